// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import Certificates
import Chain
import CommandLineTool
import Foundation
import Ledger
import LedgerFiles
import LedgerStore
import Quantities

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
        hinata-verify certificate june.json --genesis Genesis/street.json --data ~/.local/state/hinata
      """)

  @Argument(help: "Certificate file (JSON) or page (HTML).")
  var certificate: String

  @Option(help: "Network file: all that is believed.")
  var genesis: String

  @OptionGroup var own: HeaderOptions

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
    let verdict: CertificateFile.Verdict = try judged(json: json) {
      let genesis = try NetworkFile.load(genesis)
      guard let bytes = FileManager.default.contents(atPath: certificate) else {
        throw ValidationError("\(certificate) cannot be read")
      }
      let kept = try own.chain(genesis)
      let verdict =
        try bytes.first == UInt8(ascii: "{")
        ? CertificateFile(reading: bytes).verify(genesis: genesis, headers: kept)
        : CertificatePage(reading: bytes).verify(genesis: genesis, headers: kept)
      guard verdict.confirmations >= confirmations else {
        throw CertificateFault.unconfirmed(blocks: verdict.confirmations, needed: confirmations)
      }
      return verdict
    }
    let proven = verdict.certificate
    if json {
      return try printJSON(
        Form(
          ok: true,
          certificate: Dictionary(
            uniqueKeysWithValues: proven.attributes.map { ($0.name, $0.value) }),
          confirmations: verdict.confirmations, height: verdict.height,
          proofBytes: verdict.proofBytes))
    }
    var table = Table([.left, .left])
    for attribute in proven.attributes { table.add([attribute.name, attribute.value]) }
    for line in table.lines { print(line) }
    print(
      "The certificate holds: proven by \(verdict.proofBytes) bytes under \(verdict.height) headers, "
        + "\(verdict.confirmations) blocks on top.")
  }
}

/// Headers to judge a proof by.
struct HeaderOptions: ParsableArguments {
  @Option(help: "File of headers: as hinata prove and hinata light write them, or a chain file.")
  var headers: String?

  @Option(help: "A data folder whose headers are used.")
  var data: String?

  /// The headers, checked from the genesis on; nil where none are named.
  func chain(_ genesis: Genesis) throws -> HeaderChain? {
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
    let sealed: [SealedHeader]
    do { sealed = try HeaderChain.decode(Array(bytes)) } catch {
      throw CertificateFault.malformedHeaders(error)
    }
    guard !sealed.isEmpty else {
      throw CertificateFault.noHeaders
    }
    return try HeaderChain(genesis, sealed)
  }
}

/// One proof, from its file and headers alone.
struct VerifyProof: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proof",
    abstract: "A lot, member, site, balance or transaction, from a proof file.",
    discussion: """
      Example:
        hinata-verify proof lot.json --genesis Genesis/street.json --headers street.headers
      """)

  @Argument(help: "Proof file, as hinata prove writes it.")
  var proof: String

  @Option(help: "Network file: all that is believed.")
  var genesis: String

  @OptionGroup var own: HeaderOptions

  @Flag(help: "Print JSON.")
  var json = false

  struct Form: Codable {
    let ok: Bool
    let kind: String
    let id: String
    /// What is proven, in words; nil where the state holds nothing.
    let holds: String?
    let block: String
    let height: UInt64
    let confirmations: UInt64
    let proofBytes: Int
  }

  func run() throws {
    let verdict: ProofFile.Verdict = try judged(json: json) {
      let genesis = try NetworkFile.load(genesis)
      guard let bytes = FileManager.default.contents(atPath: proof) else {
        throw ValidationError("\(proof) cannot be read")
      }
      guard let chain = try own.chain(genesis) else {
        throw ValidationError("name the headers with --headers or --data")
      }
      return try ProofFile(reading: bytes).verify(in: chain)
    }
    let form = form(verdict)
    if json { return try printJSON(form) }
    print("\(form.kind) \(form.id)")
    print("  \(form.holds ?? "the state holds nothing of it")")
    print(
      "  proven by \(form.proofBytes) bytes under block \(form.height), \(form.confirmations) on top"
    )
  }

  private func form(_ verdict: ProofFile.Verdict) -> Form {
    let (kind, id, holds): (String, String, String?) =
      switch verdict.content {
      case .entry(let key, let entry): ("\(key.kind)", key.id.hex, entry.map { "\($0)" })
      case .transaction(let transaction):
        ("transaction", transaction.id.hex, transaction.transaction.kind.name)
      }
    return Form(
      ok: true, kind: kind, id: id, holds: holds, block: verdict.block.hash.hex,
      height: verdict.block.height, confirmations: verdict.confirmations,
      proofBytes: verdict.proofBytes)
  }
}

/// Judges a proof: what does not hold ends with exit code 1, what cannot be judged with 2.
private func judged<Value>(json: Bool, _ body: () throws -> Value) throws -> Value {
  do { return try body() } catch let fault as CertificateFault {
    throw wrong(fault.description, json: json)
  } catch let fault as HeaderChain.Fault {
    throw wrong(fault.description, json: json)
  } catch {
    Screen.note("hinata-verify: \(error)")
    throw ExitCode(2)
  }
}
