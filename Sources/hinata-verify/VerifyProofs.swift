import ArgumentParser
import CanonicalCoding
import CertificateFiles
import Certificates
import Chain
import ChainFiles
import Foundation
import Ledger
import LedgerStore
import NetworkFiles
import Quantities
import Terminal

/// A certificate, from its file and the genesis alone.
struct VerifyCertificate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certificate",
    abstract: "A certificate file or a printed page, from the genesis alone.",
    discussion: """
      What the certificate states is derived again from its proof; the proof's blocks must be on the \
      chain of the headers in the file, or of better ones that are named. A page must carry the signature \
      of its owner or issuer as well.

      Examples:
        hinata-verify certificate june.json --genesis Genesis/street.json
        hinata-verify certificate june.html --genesis Genesis/street.json --headers street.headers
        hinata-verify certificate june.json --genesis Genesis/street.json --data ~/.hinata
      """)

  @Argument(help: "Certificate file (JSON) or page (HTML).")
  var certificate: String

  @Option(help: "Network file: all that is believed.")
  var genesis: String

  @Option(help: "Headers of one's own: as hinata light --headers keeps them, or a chain file.")
  var headers: String?

  @Option(help: "A data folder whose headers are used.")
  var data: String?

  @Option(help: "Blocks that must be on top of the retirement.")
  var confirmations: UInt64 = 0

  @Flag(help: "Print JSON.")
  var json = false

  struct Form: Codable {
    let ok: Bool
    let certificate: [String: String]
    let confirmations: UInt64
    let height: UInt64
    let proofBytes: Int
  }

  func run() throws {
    let verdict: CertificateFile.Verdict
    do {
      let genesis = try NetworkFile.load(genesis)
      guard let bytes = FileManager.default.contents(atPath: certificate) else {
        throw ValidationError("\(certificate) cannot be read")
      }
      let own = try ownHeaders(genesis)
      verdict =
        bytes.first == UInt8(ascii: "{")
        ? try CertificateFile(reading: bytes).verify(genesis: genesis, headers: own)
        : try CertificatePage(reading: bytes).verify(genesis: genesis, headers: own)
      guard verdict.confirmations >= confirmations else {
        throw CertificateFault.malformed(
          "\(verdict.confirmations) blocks are on top of the retirement, \(confirmations) are wanted"
        )
      }
    } catch let fault as CertificateFault {
      throw wrong(fault.description, json: json)
    } catch let fault as HeaderChain.Fault {
      throw wrong(fault.description, json: json)
    } catch {
      Screen.note("hinata-verify: \(error)")
      throw ExitCode(2)
    }
    let certificate = verdict.certificate
    if json {
      return try printJSON(
        Form(
          ok: true,
          certificate: Dictionary(
            uniqueKeysWithValues: certificate.attributes.map { ($0.name, $0.value) }),
          confirmations: verdict.confirmations, height: verdict.height,
          proofBytes: verdict.proofBytes))
    }
    var table = Table([.left, .left])
    for attribute in certificate.attributes { table.add([attribute.name, attribute.value]) }
    for line in table.lines { print(line) }
    print(
      "The certificate holds: proven by \(verdict.proofBytes) bytes under \(verdict.height) headers, "
        + "\(verdict.confirmations) blocks on top.")
  }

  private func ownHeaders(_ genesis: Genesis) throws -> HeaderChain? {
    if let data {
      let store = try LedgerStore.reading(folder: data, genesis: genesis)
      return try HeaderChain(genesis, store.sealedHeaders())
    }
    guard let headers else { return nil }
    guard let bytes = FileManager.default.contents(atPath: headers) else {
      throw ValidationError("\(headers) cannot be read")
    }
    if bytes.starts(with: Array("hinata chain".utf8)) {
      let file = try ChainFileReader(path: headers)
      let sealed = try (1..<file.top + 1).compactMap { height in
        try file.block(height: height).map { try SealedHeader(exactly: $0.header) }
      }
      return try HeaderChain(genesis, sealed)
    }
    return try HeaderChain(genesis, try HeaderChain.decode(Array(bytes)))
  }
}
