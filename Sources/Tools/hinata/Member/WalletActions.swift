// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import CommandLineTool
import Ledger
import LedgerStore
import Quantities
import Wallet

/// Sends coins.
struct WalletSend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send", abstract: "Send an amount or a lot to another member.",
    discussion: """
      Examples:
        hinata wallet send --key member.key --to "Sato Foods" --coins 12.5
        hinata wallet send --key member.key --to "Sato Foods" --coins 12.5 --dry-run
        hinata wallet send --key member.key --to ID --lot ID --from 2026-06-01T03:00Z --intervals 4
      """)

  @OptionGroup var options: SpendOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var choice: PartOptions

  @Option(help: "Who gets them: a member's whole name, or its id.")
  var to: String

  func run() throws {
    try guarded {
      // Who gets them is looked up before anybody is asked for a password.
      let receiver = try options.ledger.open().member(named: to)
      let (store, member, key) = try options.open()
      let ahead = try WalletLedger(store)
      let parts = try choice.parts(of: member, ahead, try selection.rule(in: store))
      let name = try store.member(receiver)?.record.name ?? ""
      try options.submit(
        parts.map { lot, part in
          EncodedTransaction(
            .transfer(
              Transfer(
                from: member, to: receiver, lot: lot, part: part, network: store.network,
                signedBy: key)))
        }, on: ahead,
        "send \(try ahead.amount(of: parts)) to \(name) (\(receiver.hex.prefix(12))…)")
    }
  }
}

/// Ends the value of coins.
struct WalletRetire: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retire", abstract: "Retire an amount or a lot for a purpose and a beneficiary.",
    discussion: """
      Example:
        hinata wallet retire --key member.key --coins 3 --purpose "RE100 2026" --beneficiary "Sato Foods"
      """)

  @OptionGroup var options: SpendOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var choice: PartOptions
  @OptionGroup var claim: PurposeOptions

  func run() throws {
    try guarded {
      try claim.check()
      let (store, member, key) = try options.open()
      let ahead = try WalletLedger(store)
      let parts = try choice.parts(of: member, ahead, try selection.rule(in: store))
      try options.submit(
        parts.map { lot, part in
          EncodedTransaction(
            .retire(
              Retire(
                owner: member, lot: lot, part: part, purpose: claim.purpose,
                beneficiary: claim.beneficiary, network: store.network, signedBy: key)))
        }, on: ahead, "retire \(try ahead.amount(of: parts)) \(claim.words)")
    }
  }
}

/// Pairs coins with consumption.
struct WalletMatch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "match",
    abstract: "Retire coins against a site's own consumption, half hour by half hour.",
    discussion: """
      Each coin is paired with consumption of the half hour in which it was generated; both are \
      matched once. What finds no partner stays as it is.

      Example:
        hinata wallet match --key member.key --site "Sato roof" --purpose "24/7 clean" \\
          --beneficiary "Sato Foods" --from 2026-06-01T00:00Z --intervals 48
      """)

  @OptionGroup var options: SpendOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var claim: PurposeOptions

  @Option(help: "The consuming site, by its name or id; it must be the member's own.")
  var site: String

  @Option(help: "First interval to match; all by default.")
  var from: String?

  @Option(help: "How many intervals from there.")
  var intervals: UInt32?

  func run() throws {
    try guarded {
      try claim.check()
      let consumer = try options.ledger.open().site(named: site)
      let (store, member, key) = try options.open()
      guard let record = try store.site(consumer), record.member == member else {
        throw UsageError(description: "--site \(site) is no site of this member")
      }
      let range = try range()
      let ahead = try WalletLedger(store)
      let lots = try selection.rule(in: store).ordered(try ahead.lots(of: member))
        .filter { $0.lot.first < range.upperBound }
      let pairings = ConsumptionMatching.pairings(
        of: lots, with: consumer,
        consumed: try left(of: [(consumer, record)], lots, range, ahead, isConsumption: true),
        generated: try left(
          of: try producers(lots, store), lots, range, ahead, isConsumption: false),
        in: range, rate: store.genesis.rules.milliCoinsPerKilowattHour)
      guard !pairings.isEmpty else {
        throw UsageError(
          description: "no coin was generated in a half hour in which \(record.name) consumed")
      }
      try options.submit(
        ConsumptionMatching.retirements(
          pairings, owner: member, site: consumer, purpose: claim.purpose,
          beneficiary: claim.beneficiary, network: store.network, signedBy: key), on: ahead,
        "retire \(pairings.reduce(MilliCoins.zero) { $0 + $1.amount }) of \(pairings.count) lots against what "
          + "\(record.name) consumed, \(claim.words)")
    }
  }

  private func range() throws -> Range<Interval> {
    guard let from else { return Interval(0)..<Interval(UInt32.max / 2) }
    guard let first = Interval(text: from) else {
      throw UsageError(description: "--from \(from) is neither a time nor a number")
    }
    return first..<first.advanced(by: max(1, intervals ?? 48))
  }

  private func producers(
    _ lots: [HeldLot], _ store: LedgerStore
  ) throws -> [(SiteId, SiteRecord)] {
    try Set(lots.map(\.lot.site)).sorted().compactMap { id in
      guard let record = try store.site(id) else { return nil }
      return (id, record)
    }
  }

  /// What is left to be paired at `sites` over the lots' periods.
  private func left(
    of sites: [(SiteId, SiteRecord)], _ lots: [HeldLot], _ range: Range<Interval>,
    _ ahead: WalletLedger, isConsumption: Bool
  ) throws -> UnmatchedEnergy {
    var left = UnmatchedEnergy()
    for (id, record) in sites {
      var days: Set<UInt32> = []
      for held in lots where isConsumption || held.lot.site == id {
        let first = max(held.lot.first, range.lowerBound)
        let end = min(held.lot.first.advanced(by: held.lot.length), range.upperBound)
        guard first < end else { continue }
        for number in first.number..<end.number {
          days.insert(record.day(of: Interval(number)).day)
        }
      }
      for number in days {
        guard let day = try ahead.state.day(id, number) else { continue }
        for slot in 0..<48 where day.isRecorded(slot) {
          let (all, used) =
            isConsumption
            ? (day.supplied[slot], day.consumptionMatched[slot])
            : (
              NoCoinWithoutEnergyLaw.creditable(slot, of: day, under: record.support),
              day.generationMatched[slot]
            )
          left.set(id, record.interval(day: number, slot: slot), all.subtractingDownToZero(used))
        }
      }
    }
    return left
  }
}

/// How much goes.
struct PartOptions: ParsableArguments {
  @Option(help: "Amount in coins, three decimals.")
  var coins: String?

  @Option(help: "Id of one lot, instead of a choice by --select.")
  var lot: String?

  @Option(help: "With --lot: only what was generated from this interval on …")
  var from: String?

  @Option(help: "… over so many intervals. The lot must not have been split by amount.")
  var intervals: UInt32?

  func parts(
    of member: MemberId, _ ahead: WalletLedger, _ rule: CoinSelection
  ) throws -> [(LotId, LotPart)] {
    let amount = try coins.map { text in
      guard let amount = MilliCoins(text: text), amount > .zero else {
        throw UsageError(description: "--coins \(text) is no amount like 12.5")
      }
      return amount
    }
    guard let lot else {
      guard let amount else { throw UsageError(description: "name --coins or --lot") }
      guard from == nil, intervals == nil else {
        throw UsageError(description: "--from and --intervals need --lot")
      }
      let lots = try ahead.lots(of: member)
      do { return try rule.select(amount, from: lots).map { ($0.lot.id, $0.part) } } catch {
        throw UsageError(description: error.description)
      }
    }
    guard let id = LotId(hex: lot), let held = try ahead.lot(id),
      held.owner == member, !held.isRetired
    else {
      throw UsageError(
        description:
          "--lot \(lot) is no valid lot of this member, or is in a transaction that waits")
    }
    guard (from == nil) == (intervals == nil), from == nil || amount == nil else {
      throw UsageError(
        description: "a part of a lot is either --coins, or --from and --intervals together")
    }
    if let from, let intervals {
      guard let first = Interval(text: from), intervals > 0, intervals <= Mint.lengthLimit else {
        throw UsageError(description: "--from \(from) --intervals \(intervals) is no period")
      }
      return [(id, .intervals(first: first, length: intervals))]
    }
    return [(id, amount.map { .amount($0) } ?? .all)]
  }
}

/// What for, and in whose name.
struct PurposeOptions: ParsableArguments {
  @Option(help: "Why, for example RE100 2026; 1…128 bytes.")
  var purpose: String

  @Option(help: "In whose name; 1…128 bytes.")
  var beneficiary: String

  /// For whom and why, in words.
  var words: String { "for \"\(purpose)\", in the name of \(beneficiary)" }

  func check() throws {
    for (name, text) in [("purpose", purpose), ("beneficiary", beneficiary)] {
      guard Retire.textLimit.contains(UInt64(text.utf8.count)),
        !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 })
      else {
        throw UsageError(
          description: "--\(name) must be 1…128 bytes without control characters")
      }
    }
  }
}
