// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chain
import CommandLineTool
import Ledger
import Quantities
import Verification

/// All coins against all energy.
struct VerifySupply: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "supply",
    abstract: "Minted coins against the generation that was claimed, per site.",
    discussion: """
      Example:
        hinata-verify supply --data ~/.local/state/hinata --genesis Genesis/street.json --json
      """)

  @OptionGroup var source: SourceOptions

  struct Form: Codable {
    let ok: Bool
    let height: UInt64
    let tip: String
    let generatedWh: UInt64
    let claimedWh: UInt64
    let mintedMcoin: UInt64
    let balanceMcoin: UInt64
    let retiredMcoin: UInt64
    let reason: String?
    let sites: [SupplyVerdict.Site]
  }

  func run() async throws {
    let genesis = try source.network()
    var recount = SupplyRecount(genesis)
    let verdict = try await source.checked { recount.follow($0) }
    let supply = try SupplyVerdict(verdict.state, recount: recount, genesis: genesis)
    if source.json {
      let totals = supply.supply
      try printJSON(
        Form(
          ok: supply.finding == nil, height: verdict.blocks - 1, tip: verdict.tip,
          generatedWh: totals.generatedWh, claimedWh: totals.claimedWh,
          mintedMcoin: totals.minted.value, balanceMcoin: totals.balance.value,
          retiredMcoin: totals.retired.value, reason: supply.finding?.description,
          sites: supply.sites))
    } else {
      var table = Table([.left, .right, .right, .right])
      table.add(["site", "generated Wh", "claimed Wh", "minted"])
      for site in supply.sites {
        table.add([
          site.name, "\(site.generatedWh)", "\(site.claimedWh)", "\(MilliCoins(site.mintedMcoin))",
        ])
      }
      let totals = supply.supply
      table.add(["all", "\(totals.generatedWh)", "\(totals.claimedWh)", "\(totals.minted)"])
      for line in table.lines { print(line) }
      print("still valid \(totals.balance), retired \(totals.retired)")
      print(supply.finding.map { "WRONG: \($0)" } ?? "Every coin has its energy.")
    }
    if supply.finding != nil { throw ExitCode(1) }
  }
}

/// One member's coins.
struct VerifyBalance: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "balance", abstract: "What a member has, derived from every transaction.")

  @OptionGroup var source: SourceOptions

  @Option(help: "Id of the member.")
  var member: String

  struct Form: Codable {
    let ok: Bool
    let member: String
    let name: String
    let purchasedMcoin: UInt64
    let receivedMcoin: UInt64
    let usedMcoin: UInt64
    let retiredMcoin: UInt64
    let balanceMcoin: UInt64
    /// What the member's valid lots add up to.
    let lotsMcoin: UInt64
  }

  func run() async throws {
    guard let id = MemberId(hex: member) else { throw ValidationError("\(member) is no id") }
    let verdict = try await source.checked()
    guard let record = try verdict.state.member(id) else {
      throw wrong("the chain has no member \(member)", json: source.json)
    }
    let coins = try verdict.state.coins(id)
    var lots: UInt64 = 0
    try verdict.state.visit(.lot) { _, entry in
      if case .lot(let lot) = entry, lot.owner == id, !lot.isRetired { lots += lot.amount.value }
    }
    let form = Form(
      ok: lots == coins.balance.value, member: id.hex, name: record.record.name,
      purchasedMcoin: coins.purchased.value, receivedMcoin: coins.received.value,
      usedMcoin: coins.used.value, retiredMcoin: coins.retired.value,
      balanceMcoin: coins.balance.value, lotsMcoin: lots)
    if source.json {
      try printJSON(form)
    } else {
      print(
        "\(form.name): purchased \(coins.purchased), received \(coins.received), used \(coins.used), "
          + "amortised \(coins.retired), balance \(coins.balance)")
      print(
        form.ok ? "The lots add up to the balance." : "WRONG: the lots hold \(lots) milli-coins")
    }
    if !form.ok { throw ExitCode(1) }
  }
}

/// One lot's way.
struct VerifyLot: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lot",
    abstract: "The way of a lot from its mint on, and what the chain says of it now.")

  @OptionGroup var source: SourceOptions

  @Argument(help: "Id of the lot.")
  var lot: String

  struct Form: Codable {
    let ok: Bool
    let lot: String
    /// valid, retired, or ended (split or sent on).
    let status: String
    let amountMcoin: UInt64?
    let owner: String?
    let site: String?
    let periodStart: String?
    let periodEnd: String?
    let steps: [LotHistory.Step]
    /// What ended it, where it did.
    let end: LotHistory.Step?
  }

  func run() async throws {
    guard let id = LotId(hex: lot) else { throw ValidationError("\(lot) is no id") }
    var history = LotHistory()
    let verdict = try await source.checked { history.follow($0) }
    guard let steps = history.way(to: id) else {
      throw wrong("the chain never had a lot \(lot)", json: source.json)
    }
    var now: Lot?
    if let lot = try verdict.state.lot(id) { now = lot }
    let status = now.map { $0.isRetired ? "retired" : "valid" } ?? "ended"
    if source.json {
      return try printJSON(
        Form(
          ok: true, lot: id.hex, status: status, amountMcoin: now?.amount.value,
          owner: now?.owner.hex, site: now?.site.hex, periodStart: now.map { "\($0.first)" },
          periodEnd: now.map { "\($0.first.advanced(by: $0.length))" }, steps: steps,
          end: history.end(of: id)))
    }
    for step in steps { show(step) }
    print("now: \(status)\(now.map { ", \($0.amount)" } ?? "")")
    guard let end = history.end(of: id) else { return }
    print("it ended:")
    show(end)
    for lot in end.to { print("  lot  \(lot)") }
  }
}

extension VerifyLot {
  fileprivate func show(_ step: LotHistory.Step) {
    let by = ["minted": "for site", "sent": "to member", "retired": "for"][step.kind] ?? ""
    print(
      "block \(step.height)  \(step.time)  \(step.kind) \(MilliCoins(step.amountMcoin)) \(by) \(step.who)"
    )
    print("  transaction  \(step.transaction)")
  }
}

/// Whether a period was claimed.
struct VerifyClaim: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "claim",
    abstract: "What a site generated in a period, and what was minted for it.",
    discussion: """
      Example:
        hinata-verify claim --data DIR --genesis FILE --site ID --first 2026-06-01T00:00Z --length 48
      """)

  @OptionGroup var source: SourceOptions

  @Option(help: "Id of the site.")
  var site: String

  @Option(help: "First interval: its number, or its start in UTC.")
  var first: String

  @Option(help: "Number of half hours.")
  var length: UInt32

  struct Form: Codable {
    struct MintForm: Codable {
      let transaction: String
      let height: UInt64
      let amountMcoin: UInt64
    }
    let ok: Bool
    let site: String
    let recorded: Int
    let missing: Int
    let generatedWh: UInt64
    let mintedIntervals: Int
    let mintedWh: UInt64
    let mints: [MintForm]
  }

  func run() async throws {
    guard let id = SiteId(hex: site) else { throw ValidationError("\(site) is no id") }
    guard let start = Interval(text: first), length > 0, length <= 100_000 else {
      throw ValidationError("--first \(first) with --length \(length) is no period")
    }
    let end = start.advanced(by: length)
    var mints: [Form.MintForm] = []
    // Days leave the state after `claimDays`; the reports and mints of the chain do not.
    var generated: [Interval: Reading] = [:]
    var named: Set<UInt32> = []
    let verdict = try await source.checked { connected in
      for transaction in connected.block.transactions {
        switch transaction.transaction {
        case .report(let report) where report.site == id:
          for reading in report.readings
          where (start..<end).contains(reading.interval)
            && reading[quality: .generated] != .unknown
          { generated[reading.interval] = reading }
        case .mint(let mint) where mint.site == id:
          let range = (mint.first..<mint.first.advanced(by: mint.length)).clamped(to: start..<end)
          guard !range.isEmpty else { continue }
          named.formUnion(range.lowerBound.number..<range.upperBound.number)
          mints.append(
            Form.MintForm(
              transaction: transaction.id.hex, height: connected.block.header.height,
              amountMcoin: mint.amount.value))
        default: continue
        }
      }
    }
    guard let record = try verdict.state.site(id) else {
      throw wrong("the chain has no site \(site)", json: source.json)
    }
    let minted = generated.filter { named.contains($0.key.number) }
    let (recorded, generatedWh) = (
      generated.count, generated.values.reduce(0) { $0 + UInt64($1[.generated]) }
    )
    let mintedWh = minted.values.reduce(0) {
      $0 + UInt64($1.creditable(under: record.support))
    }
    let form = Form(
      ok: true, site: id.hex, recorded: recorded, missing: Int(length) - recorded,
      generatedWh: generatedWh, mintedIntervals: minted.count, mintedWh: mintedWh, mints: mints)
    if source.json { return try printJSON(form) }
    print("\(record.name): \(recorded) of \(length) half hours are recorded, \(generatedWh) Wh")
    print("\(minted.count) of them were minted, \(mintedWh) Wh, by \(mints.count) mints")
    for mint in mints {
      print("  block \(mint.height)  \(MilliCoins(mint.amountMcoin))  \(mint.transaction)")
    }
  }
}
