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
        hinata wallet balance --data ~/.local/state/hinata --genesis Genesis/street.json --member ID
        hinata wallet send --data ~/.local/state/hinata --genesis Genesis/street.json --key member.key \\
          --to ID --coins 12.5
        hinata wallet match --data ~/.local/state/hinata --genesis Genesis/street.json --key member.key \\
          --site ID --purpose "RE100 2026" --beneficiary "Sato Foods"
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

  @Option(help: "Id of the member.")
  var member: String

  @Flag(help: "Print JSON.")
  var json = false

  func id(in store: LedgerStore) throws -> MemberId {
    guard let id = MemberId(hex: member) else {
      throw UsageError(description: "--member \(member) is no id of 64 hexadecimal digits")
    }
    guard case .member? = try store.entry(.member(id)) else {
      throw UsageError(description: "the chain has no member \(member)")
    }
    return id
  }
}

/// Signs for a member.
struct SpendOptions: ParsableArguments {
  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Key file of the member.")
  var key: String

  @Flag(help: "Print JSON.")
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

  /// Lets signed transactions wait for a block and says what they are.
  func submit(_ transactions: [EncodedTransaction], to store: LedgerStore) throws {
    try store.tryOut(transactions)
    for transaction in transactions { try store.addPending(transaction) }
    if json {
      try printJSON(["transactions": transactions.map(\.id.hex)])
    } else {
      for transaction in transactions {
        print("\(transaction.transaction.kind.name) \(transaction.id.hex)")
      }
    }
  }
}

/// Which lots go first.
struct SelectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "oldest, newest, site:ID (coins of one site), or from/to (generated then), for example "
        + "2026-06-01T00:00Z/2026-06-02T00:00Z.", valueName: "rule"))
  var select = "oldest"

  func rule() throws -> CoinSelection {
    switch select {
    case "oldest": return .oldest
    case "newest": return .newest
    default: break
    }
    if select.hasPrefix("site:"), let site = SiteId(hex: String(select.dropFirst(5))) {
      return .site(site)
    }
    let parts = select.split(separator: "/")
    if parts.count == 2, let from = Interval(text: String(parts[0])),
      let to = Interval(text: String(parts[1])), from < to
    {
      return .intervals(from..<to)
    }
    throw UsageError(description: "--select \(select): known are oldest, newest, site:ID, from/to")
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
