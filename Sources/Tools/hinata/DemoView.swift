import Chain
import CommandLineTool
import Foundation
import HouseModel
import Ledger
import LedgerStore
import NodeServices
import Quantities

/// What a viewer sees while the demo runs.
struct DemoView {
  private var screen = Screen()
  private let trace: EnergyTrace
  private let site: SiteId
  private let days: Int?
  private var lastHeight: UInt64?

  init(trace: EnergyTrace, site: SiteId, days: Int?) {
    self.trace = trace
    self.site = site
    self.days = days
  }

  mutating func draw(_ store: LedgerStore, home: URL) throws {
    let height = try store.height()
    var progress: SiteProgress?
    if case .progress(let known)? = try store.entry(.progress(site)) { progress = known }
    var supply = Supply()
    if case .supply(let known)? = try store.entry(.supply) { supply = known }
    guard screen.isTerminal else { return note(height, progress, supply) }
    let cost: MiningCost? = StatusCommand.load("mining.json", home.path)
    let reported = progress.map { $0.next.start.seconds(since: trace.start) } ?? 0
    let goal = days.map { UInt64($0) * 86_400 } ?? (reported / 86_400 + 1) * 86_400
    var table = Table([.left, .right, .left])
    for (index, name) in ["PQ1 generated", "PQ2 consumed", "PQ3 sold", "PQ4 purchased"].enumerated()
    {
      let total = progress?.totals[index] ?? 0
      table.add([name, "\(total) Wh", bar(total, progress)])
    }
    table.add(["coins minted", "\(supply.minted)", bar(supply.minted.value, progress)])
    let clock = progress.map { localTime($0.next.start) } ?? "waiting for the first half hour"
    screen.draw(
      [
        "日向 Hinata   \(clock)", "day  \(ProgressBar.text(reported, of: goal))", "",
      ] + table.lines + [
        "",
        "blocks \(height)   waiting \(try store.pending().count)   hashes \(cost?.hashes ?? 0)"
          + "   search energy \(Int(cost?.joules ?? 0)) J",
        try newest(store, height),
      ])
  }

  /// Without a terminal: a line a block.
  private mutating func note(_ height: UInt64, _ progress: SiteProgress?, _ supply: Supply) {
    guard height != lastHeight else { return }
    lastHeight = height
    let until = progress.map { localTime($0.next.start) } ?? "no report yet"
    Screen.note(
      "block \(height)  \(until)  PQ1–PQ4 \(progress?.totals ?? [0, 0, 0, 0]) Wh  "
        + "minted \(supply.minted)")
  }

  private func bar(_ value: UInt64, _ progress: SiteProgress?) -> String {
    let most = progress?.totals.max() ?? 1
    return String(repeating: "■", count: Int(value * 30 / max(1, most)))
  }

  private func newest(_ store: LedgerStore, _ height: UInt64) throws -> String {
    guard let block = try store.block(height: height) else { return "" }
    let kinds = block.transactions.map(\.transaction.kindName).joined(separator: ", ")
    return "newest block \(block.header.hash.hex.prefix(16))…  \(kinds.isEmpty ? "genesis" : kinds)"
  }

  private func localTime(_ time: NetworkTime) -> String {
    let (date, second) = UTCOffset.japan.clock(at: time)
    let minute = second / 60 % 60
    return "\(date) \(second / 3600):\(minute < 10 ? "0" : "")\(minute)"
  }
}
