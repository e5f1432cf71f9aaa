// SPDX-License-Identifier: Apache-2.0

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
import Wallet

/// What a member has, and what it does with it.
struct WalletCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wallet", abstract: "Coins: balance, lots, history; send, retire, match.",
    discussion: """
      Coins come in lots, each with its provenance; lots split, but never blend. No fees. What is \
      signed here waits in the data folder until the node passes it on.

      Examples:
        hinata wallet balance --member "Sato"
        hinata wallet send --key member.key --to "Sato Foods" --coins 12.5
        hinata wallet match --key member.key --site "Sato roof" --purpose "RE100 2026" \\
          --beneficiary "Sato Foods"

      Members and sites go by their names, their ids, or six digits and more of an id. What cannot be \
      undone is shown first: on a terminal it is asked about, with --dry-run nothing is kept.
      """,
    subcommands: [
      WalletBalance.self, WalletLots.self, WalletForeign.self, WalletHistory.self, WalletSend.self,
      WalletRetire.self,
      WalletMatch.self, WalletNodeKey.self,
    ])
}

/// Whose coins to look at.
struct MemberOptions: ParsableArguments {
  @OptionGroup var ledger: LedgerOptions

  @Option(help: "The member: its name, a part of it, or its id.")
  var member: String

  @Flag(help: "Print JSON.")
  var json = false

  func id(in store: LedgerStore) throws -> MemberId {
    try store.member(named: member, isLoose: true)
  }
}

/// Signs for a member.
struct SpendOptions: ParsableArguments {
  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Key file of the member.")
  var key: String

  @Flag(help: "Do it without asking.")
  var yes = false

  @Flag(help: "Only say what it would do: nothing is kept.")
  var dryRun = false

  @Flag(help: "Print JSON, and ask nothing.")
  var json = false

  /// The ledger for writing, the member whose key it is, and the key.
  func open() throws -> (store: LedgerStore, member: MemberId, key: KeyPair) {
    try SpendOptions.open(ledger, key)
  }

  /// A ledger for writing, the member whose key a file holds, and the key.
  static func open(
    _ ledger: LedgerOptions, _ key: String
  ) throws -> (store: LedgerStore, member: MemberId, key: KeyPair) {
    let pair = try KeyFile.open(key, password: try KeyCommand.password(twice: false))
    try ledger.place.folder.checkNamed()
    // Opened for reading first: a folder without a ledger is not made into one.
    _ = try ledger.open()
    let store = try LedgerStore(
      folder: ledger.data, genesis: try NetworkFile.load(ledger.genesis))
    guard let holder = try store.holder(pair.publicKey),
      holder.site == nil
    else {
      throw UsageError(
        description: "\(key) is no member's key in this network (a site's key signs reports alone)")
    }
    return (store, holder.member, pair)
  }

  /// Says what transactions would do, asks where somebody can answer, and lets them wait for a
  /// block.
  /// - Parameter summary: what cannot be undone, in words.
  /// - Throws: `ExitCode` 1 where the answer is no.
  func submit(
    _ transactions: [EncodedTransaction], on ahead: WalletLedger, _ summary: String
  ) throws {
    var tried = ahead
    try tried.add(transactions)
    if !json { print(summary) }
    if json, !yes, !dryRun, isatty(STDIN_FILENO) == 1 {
      throw UsageError(description: "--json asks nothing: add --yes, or --dry-run to see it first")
    }
    guard !dryRun else {
      return json
        ? try printJSON(SpentForm(transactions: [], dryRun: true, summary: summary))
        : print("Nothing was kept: --dry-run.")
    }
    if !yes, !json, isatty(STDIN_FILENO) == 1, !SpendOptions.isAnsweredYes() {
      print("Nothing was done.")
      throw ExitCode(1)
    }
    // Blocks and other commands went on while somebody thought about it.
    var now = try WalletLedger(ahead.store)
    try now.add(transactions)
    try ahead.store.addPending(transactions)
    if json {
      return try printJSON(
        SpentForm(transactions: transactions.map(\.id.hex), dryRun: false, summary: summary))
    }
    for transaction in transactions {
      print("\(transaction.transaction.kind.name) \(transaction.id.hex)")
    }
    print(
      "It waits for the next block: hinata mempool shows it until then, hinata wallet history after."
    )
  }

  private static func isAnsweredYes() -> Bool {
    print("This cannot be undone. Go on? [y/N] ", terminator: "")
    fflush(nil)
    return readLine()?.lowercased().hasPrefix("y") ?? false
  }
}

/// What was let wait for a block, or would be.
private struct SpentForm: Encodable {
  let transactions: [String]
  let dryRun: Bool
  let summary: String
}

/// Which lots go first.
struct SelectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "oldest, newest, site:NAME (coins of one site), or from/to (generated then), for example "
        + "2026-06-01T00:00Z/2026-06-02T00:00Z.", valueName: "rule"))
  var select = "oldest"

  func rule(in store: LedgerStore) throws -> CoinSelection {
    switch select {
    case "oldest": return .oldest
    case "newest": return .newest
    default: break
    }
    if select.hasPrefix("site:") {
      return .site(try store.site(named: String(select.dropFirst(5))))
    }
    let parts = select.split(separator: "/")
    if parts.count == 2, let from = Interval(text: String(parts[0])),
      let to = Interval(text: String(parts[1])), from < to
    {
      return .intervals(from..<to)
    }
    throw UsageError(
      description: "--select \(select): known are oldest, newest, site:NAME, from/to")
  }
}

extension MilliCoins {
  /// Reads coins with up to three decimals.
  init?(text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let whole = UInt64(parts[0]), whole <= 1 << 40 else {
      return nil
    }
    var part: UInt64 = 0
    if parts.count == 2 {
      guard (1...3).contains(parts[1].count), let digits = UInt64(parts[1]) else { return nil }
      part = digits * [100, 10, 1][parts[1].count - 1]
    }
    self.init(whole * 1000 + part)
  }
}
