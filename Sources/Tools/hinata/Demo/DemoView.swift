// SPDX-License-Identifier: Apache-2.0

import Chain
import CommandLineTool
import DemoStreet
import HouseModel
import Ledger
import LedgerStore
import NodeServices
import Quantities

/// What a viewer sees while the demo runs.
struct DemoView {
  private var screen = Screen()
  private var lastHeight: UInt64?

  mutating func draw(_ street: Street, _ view: StreetView) {
    guard let store = try? street.store(.home(1)), let height = try? store.height() else { return }
    let progress = view.nodes[0].progress
    guard screen.isTerminal else { return note(height, progress, view.supply) }
    let cost = MiningCost(folder: street.folder(.home(1)))
    let reported = progress.map { $0.next.start.seconds(since: street.traces[0].start) } ?? 0
    let goal = street.plan.days.map { UInt64($0) * 86_400 } ?? (reported / 86_400 + 1) * 86_400
    var table = Table([.left, .right, .left])
    for (index, name) in ["PQ1 generated", "PQ2 consumed", "PQ3 sold", "PQ4 purchased"].enumerated()
    {
      let total = progress?.totals[index] ?? 0
      table.add([name, "\(total) Wh", bar(total, progress)])
    }
    table.add([
      "coins minted", "\(view.supply.minted)", bar(view.supply.minted.value, progress),
    ])
    let clock = progress.map { localTime($0.next.start) } ?? "waiting for the first half hour"
    let waiting = (try? store.pending().count) ?? 0
    screen.draw(
      [
        "日向 Hinata   \(clock)", "day  \(ProgressBar.text(reported, of: goal))", "",
      ] + table.lines + [
        "",
        "blocks \(height)   waiting \(waiting)   hashes \(cost?.hashes ?? 0)"
          + "   search energy \(Int(cost?.joules ?? 0)) J",
        newest(store, height),
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

  private func newest(_ store: LedgerStore, _ height: UInt64) -> String {
    guard let block = try? store.block(height: height) else { return "" }
    let kinds = block.transactions.map(\.transaction.kind.name).joined(separator: ", ")
    return "newest block \(block.header.hash.hex.prefix(16))…  \(kinds.isEmpty ? "genesis" : kinds)"
  }

  private func localTime(_ time: NetworkTime) -> String {
    let (date, second) = UTCOffset.japan.clock(at: time)
    let minute = second / 60 % 60
    return "\(date) \(second / 3600):\(minute < 10 ? "0" : "")\(minute)"
  }
  /// Prints the sums.
  /// - Parameter isBounded: the demo ran to its end; otherwise the last reports may not be sealed
  ///   or minted yet.
  static func show(_ sums: DemoSums, isBounded: Bool) {
    print("\nPQ1 from the roof to the coin (PV counter in steps of 1 Wh, grid meter 100 Wh)")
    var table = Table([.left, .right])
    table.add(["source data", "\(sums.sourceWh) Wh"])
    table.add(["meter samples", "\(sums.sampleWh) Wh"])
    table.add(["signed reports", "\(sums.reportWh) Wh"])
    table.add(["blocks", "\(sums.chainWh) Wh"])
    table.add(["minted coins", "\(sums.coinWh) Wh"])
    table.add(["half hours", "\(sums.intervals)"])
    table.add(["blocks sealed", "\(sums.blocks)"])
    table.add(["seconds", "\(sums.seconds)"])
    for line in table.lines { print("  " + line) }
    print(sums.lawsHold ? "All laws hold." : "WRONG: \(sums.finding ?? "")")
    guard !sums.isGood, sums.lawsHold else { return }
    print(
      isBounded
        ? "The five sums are NOT equal."
        : "What was not yet sealed or minted when it ended is missing from the later sums.")
  }
}
