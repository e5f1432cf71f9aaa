// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import CertificatePages
import Certificates
import CommandLineTool
import Foundation
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerStore
import Proofs
import Quantities

/// Makes a certificate of a retired lot.
struct CertificateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certificate", abstract: "Make the certificate of retired coins.",
    discussion: """
      The file holds what is certified and the proof, down to the signatures of those who approved the \
      chain: whoever has it and the network file can verify it, offline. A retirement has to be final \
      first, which takes some hours. With --page a page to print is made as well, \
      signed with the owner's or the exchange's key.

      Examples:
        hinata certificate --data ~/.local/state/hinata --genesis Genesis/street.json --lot ID --out june.json
        hinata certificate --data ~/.local/state/hinata --genesis Genesis/street.json --lot ID --out june.json \\
          --page june.html --key member.key --link https://home.example
      """)

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Id of the retired lot, or of its retirement.")
  var lot: String

  @Option(help: "The file to write.")
  var out: String

  @Option(help: "The page to write.")
  var page: String?

  @Option(help: "Key file that signs the page.")
  var key: String?

  @Option(help: "Address of a node's explorer for the QR code.")
  var link: String?

  func run() throws {
    try guarded {
      guard (page == nil) == (key == nil) else {
        throw UsageError(description: "--page and --key go together: the page is signed")
      }
      guard link.map({ $0.hasPrefix("https://") || $0.hasPrefix("http://") }) ?? true else {
        throw UsageError(description: "--link \(link ?? "") is no http address")
      }
      let pair = try key.map {
        try KeyFile.open($0, password: try KeyCommand.password(twice: false))
      }
      let store = try ledger.open()
      let proof = try proof(in: store)
      let certificate = try Certificate(proof, genesis: store.genesis)
      if let pair, ![certificate.owner.key, certificate.exchange.key].contains(pair.publicKey) {
        throw UsageError(
          description: "--key \(key ?? "") is neither the owner's nor the exchange's")
      }
      let headers =
        store.genesis.rules.hasFinality
        ? nil : try HeaderChain(store.genesis, store.sealedHeaders())
      let file = CertificateFile(certificate, proof: proof, headers: headers)
      try file.bytes().write(to: URL(fileURLWithPath: out), options: .atomic)
      print("certificate \(certificate.id.hex)")
      print("  \(certificate.energyWh) Wh for \(certificate.beneficiary)")
      let basis = proof.basis.bytes.count
      print("  proof of \(proof.ownByteCount) bytes on \(basis) that make it final: \(out)")
      guard let page, let pair else { return }
      let target = link.map { "\($0)/certificates/\(certificate.id.hex)" }
      let html = try CertificateSheet.html(
        file, certificate,
        link: target ?? "hinata:\(certificate.networkName)/certificates/\(certificate.id.hex)")
      try Data(ProvenPage<CertificateFile>.signed(html, network: store.network, by: pair).utf8)
        .write(to: URL(fileURLWithPath: page), options: .atomic)
      print("  page: \(page)")
    }
  }

  /// The proof of the lot, or of the lot that the retirement of this id made.
  private func proof(in store: LedgerStore) throws -> CertificateProof {
    guard let id = Bytes32(hex: lot) else {
      throw UsageError(description: "--lot \(lot) is no id of 64 hexadecimal digits")
    }
    let retirement: PlacedTransaction? = try store.transactions(naming: id).last { placed in
      if case .retire = placed.transaction.transaction {
        return placed.transaction.lotId(0).value == id
      }
      return false
    }
    let transaction = retirement?.transaction.id ?? TransactionId(id)
    guard let (_, ended) = try store.proof(of: transaction) else {
      throw UsageError(description: "\(lot) is no retired lot and no retirement of this chain")
    }
    let lotId = ended.transaction.lotId(0)
    guard let kept = try store.lot(lotId), kept.isRetired,
      let (_, made) = try store.proof(of: kept.mint)
    else { throw UsageError(description: "\(lot) is not retired") }
    guard let site = try store.site(kept.site),
      let (basis, entries) = try store.proofs(
        of: CertificateProof.keys(of: lotId, kept, at: site)),
      let proof = try CertificateProof(
        basis: basis, entries: entries, in: store, mint: made.transaction,
        retirement: ended.transaction)
    else {
      throw UsageError(
        description: "the retirement of \(lot) is not final yet: try again in some hours")
    }
    return proof
  }
}
