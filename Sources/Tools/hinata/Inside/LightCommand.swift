// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import Chain
import CommandLineTool
import Foundation
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerFiles
import LightNode
import PeerFiles
import PeerProtocol
import PeerTransport
import Proofs
import Quantities
import Wire

/// A look at a network without a ledger of one's own.
struct LightCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "light",
    abstract: "Follow what is final on a network; have members, lots, reports, samples proven.",
    discussion: """
      Nothing is believed: the newest final block is proven from the genesis by the signatures of its \
      approvers, each answer under that block. A few kilobytes a month are all that it takes; in an open \
      network, where nothing is final, headers are followed. Exit code 1 when the peer's answer does not \
      hold, is not final yet, or there is no such thing.

      Examples:
        hinata light --genesis Genesis/street.json --peer 127.0.0.1:17700
        hinata light --genesis Genesis/street.json --peer 127.0.0.1:17700 --lot ID --json
        hinata light --genesis Genesis/street.json --peer home.example:7711 --transaction ID \\
          --known ~/.local/state/hinata/known

      A member may ask the node of a home for the samples under a report of it; they must lead to \
      the sample root of the report, which is proven first:
        hinata light --genesis Genesis/street.json --peer home.example:7711 --evidence REPORT \
          --key member.key
      """)

  @Option(help: "Network file.")
  var genesis: String

  @Option(help: "A node of the network: host:port or host:port#key.")
  var peer: String

  @Option(
    help: "File in which what is known to be final is kept: no peer leads back behind it.")
  var known: String?

  @Option(help: "Id of a member.")
  var member: String?

  @Option(help: "Id of a site: its record and how far it has reported.")
  var site: String?

  @Option(help: "Id of a lot of coins.")
  var lot: String?

  @Option(help: "Id of a transaction, for example a report.")
  var transaction: String?

  @Option(help: "Id of a report: its samples, from the node of its site.")
  var evidence: String?

  @Option(
    help:
      "Key file of a member, to ask for samples; not that of a running node, which peers know already."
  )
  var key: String?

  @Option(help: "Seconds to wait for the peer.")
  var timeout = 30

  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    try await guardedAsync {
      let genesis = try NetworkFile.load(genesis)
      guard let target = PeersFile.target(peer) else {
        throw UsageError(description: "--peer \(peer) is not host:port or host:port#key")
      }
      let own = try key.map {
        try KeyFile.open($0, password: try KeyCommand.password(twice: false))
      }
      var session = try LightSession(
        genesis, known: known, subjects: try subjects(), evidence: try report(), key: own)
      let form: LightAnswer
      do { form = try await session.run(target, timeout: timeout) } catch LightError.wrong(
        let reason)
      {
        Screen.note("hinata: \(reason)")
        throw ExitCode(1)
      }
      if json { try printJSON(form) } else { show(form) }
      if let evidence = form.evidence, evidence.finding != "\(AuditNote.Finding.agrees)" {
        throw ExitCode(1)
      }
    }
  }

  private func show(_ form: LightAnswer) {
    print("network \(form.network), block \(form.height) of \(form.time)")
    print("  \(form.block)")
    print("  \(form.bytesReceived) bytes came, \(form.bytesKept) are kept")
    for proof in form.proofs {
      print("\(proof.subject)")
      print("  \(proof.holds ?? "the state holds nothing of it")")
      print(
        "  proven under block \(proof.height) by \(proof.proofBytes) bytes")
      print("  \(proof.standing.text)")
    }
    if let evidence = form.evidence {
      print("evidence of \(evidence.report), \(evidence.byteCount) bytes")
      print("  the samples and the report: \(evidence.finding)")
    }
  }

  private func report() throws -> TransactionId? {
    guard let evidence else { return nil }
    guard let id = TransactionId(hex: evidence) else {
      throw UsageError(description: "--evidence \(evidence) is no id of 64 hexadecimal digits")
    }
    return id
  }

  private func subjects() throws -> [(name: String, subject: GetProof.Subject)] {
    var subjects: [(String, GetProof.Subject)] = []
    func add(_ name: String, _ text: String?, _ make: (Bytes32) -> GetProof.Subject) throws {
      guard let text else { return }
      guard let id = Bytes32(hex: text) else {
        throw UsageError(description: "--\(name) \(text) is no id of 64 hexadecimal digits")
      }
      subjects.append(("\(name) \(text)", make(id)))
    }
    try add("member", member) { .entry(.member(MemberId($0))) }
    try add("site", site) { .entry(.site(SiteId($0))) }
    try add("site", site) { .entry(.progress(SiteId($0))) }
    try add("lot", lot) { .entry(.lot(LotId($0))) }
    try add("transaction", transaction) { .transaction(TransactionId($0)) }
    return subjects
  }
}
