// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import ArgumentParser
import CanonicalCoding
import CommandLineTool
import Foundation
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerStore
import Quantities

/// Asks the exchange to mint, and shows what exchanges decided.
struct ClaimCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "claim", abstract: "Ask the exchange to mint recorded generation; read decisions.",
    discussion: """
      The claim is signed by the site's key; the running node of --data passes it on until it reaches an \
      exchange, whose signed decision comes back the same way.

      Examples:
        hinata claim make --data ~/.local/state/hinata --genesis Genesis/street.json --site ID \\
          --key site.key --first 2016-08-01T00:00Z --length 48
        hinata claim list --data ~/.local/state/hinata --genesis Genesis/street.json
      """, subcommands: [ClaimMake.self, ClaimList.self])
}

/// A claim.
struct ClaimMake: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make", abstract: "Sign a claim and send it to the exchanges.")

  @OptionGroup var ledger: LedgerOptions
  @Option(help: "The site, by its name or id.") var site: String
  @Option(help: "Key file of the site.") var key: String
  @Option(help: "First interval: its start in UTC, or its number.") var first: String
  @Option(help: "Number of half hours, 1…1488.") var length: UInt32

  func run() async throws {
    try await guardedAsync {
      let network = try NetworkFile.load(ledger.genesis).network
      let id = try ledger.open().site(named: site)
      guard let start = Interval(text: first) else {
        throw UsageError(description: "--first \(first) is neither a time nor a number")
      }
      guard (1...Mint.lengthLimit).contains(length) else {
        throw UsageError(description: "--length \(length) is outside of 1…\(Mint.lengthLimit)")
      }
      guard let client = AdminClient(folder: ledger.data) else {
        throw UsageError(
          description: "no node with an admin API runs on \(ledger.data): set admin.listen")
      }
      let pair = try KeyFile.open(key, password: try KeyCommand.password(twice: false))
      let claim = Claim(site: id, first: start, length: length, network: network, signedBy: pair)
      _ = try await client.act("claims", body: claim.bytes)
      print("claim \(claim.id.hex)")
    }
  }
}

/// Decisions that this node heard of.
struct ClaimList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "The exchanges' decisions that this node heard of, newest first."
  )

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Only those on this claim, oldest first.")
  var claim: String?

  @Option(help: "At most so many.")
  var limit = 50

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    try guarded {
      let id = try claim.map { text in
        guard let id = ClaimId(hex: text) else {
          throw UsageError(description: "--claim \(text) is no id of 64 hexadecimal digits")
        }
        return id
      }
      let store = try ledger.open()
      let most = max(1, limit)
      let decisions =
        try id.map { try store.decisions(on: $0, limit: most) }
        ?? store.decisions(limit: most).map(\.decision)
      try DecisionForm.show(decisions, network: store.network, json: json)
    }
  }
}

/// A decision for people and scripts.
struct DecisionForm: Codable {
  struct ReasonForm: Codable {
    let check: String
    let score: Double
    let sentence: String
  }
  let claim: String
  let site: String
  let first: String
  let length: UInt32
  let outcome: String
  let amountMcoin: UInt64
  let mint: String?
  let time: String
  let reasons: [ReasonForm]
  let exchangeKey: String
  let isSigned: Bool

  init(_ decision: ClaimDecision, network: NetworkId) {
    claim = decision.claim.id.hex
    site = decision.claim.site.hex
    first = "\(decision.claim.first)"
    length = decision.claim.length
    outcome = "\(decision.outcome)"
    amountMcoin = decision.amount.value
    mint = decision.mint?.hex
    time = "\(decision.time)"
    reasons = decision.reasons.map {
      ReasonForm(check: $0.check, score: Double($0.score) / 1000, sentence: $0.sentence)
    }
    exchangeKey = decision.exchange.value.hex
    isSigned = decision.isSigned(in: network)
  }

  /// Prints decisions as a table with their reasons, or as JSON.
  static func show(_ decisions: [ClaimDecision], network: NetworkId, json: Bool) throws {
    let forms = decisions.map { DecisionForm($0, network: network) }
    if json { return try printJSON(forms) }
    for (form, decision) in zip(forms, decisions) {
      print("\(form.time)  \(form.outcome)  \(decision.amount)  claim \(form.claim)")
      print("  site \(form.site.prefix(16))… from \(form.first), \(form.length) half hours")
      for reason in form.reasons { print("  \(reason.check) \(reason.score): \(reason.sentence)") }
    }
    if decisions.isEmpty { print("no decisions") }
  }
}
