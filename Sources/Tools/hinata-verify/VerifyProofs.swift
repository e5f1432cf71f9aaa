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
import Proofs
import Quantities

/// A certificate, from its file and the genesis alone.
struct VerifyCertificate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certificate",
    abstract: "A certificate file or a printed page, from the genesis alone.",
    discussion: """
      What the certificate states is derived again from its proof: the retired lot in the state of a \
      block that two thirds of the approvers made final, each set of approvers proven by the one before \
      it from the genesis on, and the signatures of owner and exchange. A page must carry the signature of \
      its owner or issuer as well.

      In an open network nothing is final: the proof's block must be on the chain of the headers in the \
      file, or of better ones that are named, and --accept-work says how many hashes on top are enough.

      Examples:
        hinata-verify certificate june.json --genesis Genesis/street.json
        hinata-verify certificate june.html --genesis Genesis/street.json
        hinata-verify certificate june.json --genesis open.json --headers open.headers --accept-work 1e12
      """)

  @Argument(help: "Certificate file (JSON) or page (HTML).")
  var certificate: String

  @Option(help: "Network file: all that is believed.")
  var genesis: String

  @OptionGroup var own: HeaderOptions

  @Flag(help: "Print JSON.")
  var json = false

  struct Form: Codable {
    let ok: Bool
    let certificate: [String: String]
    let standing: StandingForm
    let proofBytes: Int
    let finalityBytes: Int
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
        : ProvenPage<CertificateFile>(reading: bytes).verify(genesis: genesis, headers: kept)
      try own.accept(verdict.standing)
      return verdict
    }
    let proven = verdict.certificate
    if json {
      return try printJSON(
        Form(
          ok: true,
          certificate: Dictionary(
            uniqueKeysWithValues: proven.attributes.map { ($0.name, $0.value) }),
          standing: StandingForm(verdict.standing), proofBytes: verdict.proofBytes,
          finalityBytes: verdict.basisBytes))
    }
    var table = Table([.left, .left])
    for attribute in proven.attributes { table.add([attribute.name, attribute.value]) }
    for line in table.lines { print(line) }
    print(
      "The certificate holds: proven by \(verdict.proofBytes) bytes on \(verdict.basisBytes) that say "
        + "what its block counts for:")
    print("\(verdict.standing)")
  }
}

/// Headers to judge the proofs of an open network by, and how much work is enough.
struct HeaderOptions: ParsableArguments {
  @Option(
    help:
      "Open network: file of headers, as hinata prove and hinata light write them, or a chain file."
  )
  var headers: String?

  @Option(help: "Open network: a data folder whose headers are used.")
  var data: String?

  @Option(help: "Open network: hashes on top of the block that are enough, for example 1e12.")
  var acceptWork: String?

  /// Refuses what nothing but work stands behind, unless so much was asked for.
  func accept(_ standing: Standing) throws {
    guard case .worked(let worked) = standing else { return }
    var least: Double?
    if let acceptWork {
      guard let number = Double(acceptWork), number >= 0, number.isFinite else {
        throw ValidationError("--accept-work \(acceptWork) is no number of hashes")
      }
      least = number
    }
    guard let least, Double(worked.work.description).map({ $0 >= least }) ?? false else {
      throw CertificateFault.onlyWorked(
        confirmations: worked.confirmations, work: worked.work.description)
    }
  }

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
    return try HeaderChain(genesis, sealed)
  }
}

/// One proof, from its file and the genesis alone.
struct VerifyProof: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "proof",
    abstract:
      "A lot, member, site, balance or transaction, from a proof file and the genesis alone.",
    discussion: """
      The block that it is proven under must be final by the approvers' signatures, from the genesis on.

      Examples:
        hinata-verify proof lot.json --genesis Genesis/street.json
        hinata-verify proof lot.json --genesis open.json --headers open.headers --accept-work 1e12
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
    let standing: StandingForm
    let proofBytes: Int
    let finalityBytes: Int
  }

  func run() throws {
    let verdict: ProofFile.Verdict = try judged(json: json) {
      let genesis = try NetworkFile.load(genesis)
      guard let bytes = FileManager.default.contents(atPath: proof) else {
        throw ValidationError("\(proof) cannot be read")
      }
      let judge: ProofJudge
      do { judge = try ProofJudge(genesis, headers: try own.chain(genesis)) } catch let fault
        as BasisFault
      {
        throw CertificateFault.basis(fault)
      }
      let verdict = try ProofFile(reading: bytes).verify(by: judge)
      try own.accept(verdict.standing)
      return verdict
    }
    let form = form(verdict)
    if json { return try printJSON(form) }
    print("\(form.kind) \(form.id)")
    print("  \(form.holds ?? "the state holds nothing of it")")
    print(
      "  proven by \(form.proofBytes) bytes in block \(form.height), on \(form.finalityBytes) that say "
        + "what it counts for:")
    print("  \(form.standing.text)")
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
      height: verdict.block.height, standing: StandingForm(verdict.standing),
      proofBytes: verdict.proofBytes, finalityBytes: verdict.basisBytes)
  }
}

/// Judges a proof: what does not hold ends with exit code 1, what cannot be judged with 2.
func judged<Value>(json: Bool, _ body: () throws -> Value) throws -> Value {
  do { return try body() } catch let fault as CertificateFault {
    if case .notAFile = fault {
      Screen.note("hinata-verify: \(fault)")
      throw ExitCode(2)
    }
    throw wrong(fault.description, json: json)
  } catch let fault as HeaderChain.Fault {
    throw wrong(fault.description, json: json)
  } catch {
    Screen.note("hinata-verify: \(error)")
    throw ExitCode(2)
  }
}
