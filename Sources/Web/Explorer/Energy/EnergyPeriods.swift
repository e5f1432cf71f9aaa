// SPDX-License-Identifier: Apache-2.0

import Charts
import ExplorerIndex
import HTTPAPI
import HomeEnergy
import Ledger
import Markup
import MeterServices
import Quantities
import WebService

/// Energy of one site, or of all sites of a member, over a day, a week, a month or a year.
struct EnergyPeriods {
  let view: View
  /// The page that the links between periods lead to.
  let path: String
  let sites: [SiteId]
  /// What the home's own node has read and the chain does not hold for good.
  var open: [(day: UInt32, slot: Int, half: OpenHalfHour)] = []
  /// The day that is today, and how far it has come in thousandths.
  var today: (day: CalendarDate, part: Int)?

  /// The newest day of which anything is known.
  func newest() throws -> CalendarDate? {
    let reported = try sites.compactMap { try view.source.index.span(of: $0)?.upperBound }.max()
    let last = [reported, open.map(\.day).max()].compactMap { $0 }.max()
    return last.map { CalendarDate(dayNumber: Int64($0)) }
  }

  /// The section of the period that the call names; a sentence where nothing is known at all.
  func chart(_ call: Call) throws -> HTML {
    guard let newest = try newest() else {
      return
        "<section><p class=\"none\">\(view.t("Nothing reported yet.", "まだ報告がありません。"))</p></section>"
    }
    let period = try EnergyPeriod(call, newest: newest)
    return try section(flows(period), before: before(period), newest: newest)
  }

  func flows(_ period: EnergyPeriod) throws -> PeriodFlows {
    try PeriodFlows(period, of: sites, in: view.source, reading: open)
  }

  /// What was had in each bar of the period before, for its ghost.
  func before(_ period: EnergyPeriod) throws -> [UInt64] {
    guard period.previous.first < period.first else { return [] }
    let earlier = try flows(period.previous)
    guard earlier.reportedHalfHours > 0 else { return [] }
    return earlier.bars.prefix(period.slots).map { HomeSupply($0).total }
  }

  func section(_ flows: PeriodFlows, before: [UInt64], newest: CalendarDate) -> HTML {
    let period = flows.period
    let body: HTML =
      flows.reportedHalfHours == 0
      ? "<p class=\"none\">\(view.t("Nothing is known of this period.", "この期間の記録はありません。"))</p>"
      : """
      \(picture(flows, before).html)\(sums(flows))\(numbers(flows))\(file(period))
      """
    return """
      <section class="energy" id="energy" data-live><div class="head"><h2>\(view.t("Energy", "電気"))</h2>\
      \(switcher(period, newest))</div>\(stepper(period, newest))\(body)</section>
      """
  }

  private func switcher(_ period: EnergyPeriod, _ newest: CalendarDate) -> HTML {
    // From a longer period to a shorter one: to its last days, not to its first.
    let around = min(period.last, max(newest, period.first))
    let links = EnergyPeriod.Kind.allCases.map { kind -> HTML in
      let current: HTML = kind == period.kind ? " aria-current=\"true\"" : ""
      return """
        <a href="\(path)?\(EnergyPeriod(kind, around: around).query)#energy"\(current)>\
        \(EnergyPeriod.name(kind, view))</a>
        """
    }
    return "<nav class=\"seg noprint\" aria-label=\"\(view.t("Period", "期間"))\">\(links)</nav>"
  }

  /// The period before, the date that is picked, and the period after.
  private func stepper(_ period: EnergyPeriod, _ newest: CalendarDate) -> HTML {
    let (input, value, name) =
      switch period.kind {
      case .day, .week: ("date", "\(period.first)", period.kind.rawValue)
      case .month: ("month", String("\(period.first)".prefix(7)), "month")
      case .year: ("number", "\(period.first.year)", "year")
      }
    let after: HTML =
      period.last < newest
      ? """
      <a class="button" rel="next" href="\(path)?\(period.next.query)#energy" \
      aria-label="\(view.t("Next", "次")): \(period.next.title(view))">→</a>
      """
      : "<span class=\"button\" aria-disabled=\"true\">→</span>"
    return """
      <div class="step noprint"><a class="button" rel="prev" href="\(path)?\(period.previous.query)#energy" \
      aria-label="\(view.t("Previous", "前")): \(period.previous.title(view))">←</a>\
      <details class="pick"><summary class="button">\(period.title(view))</summary>\
      <form action="\(path)#energy"><label class="hide" for="when">\(view.t("Date", "日付"))</label>\
      <input id="when" type="\(input)" name="\(name)" value="\(value)" required>\
      <button>\(view.t("Show", "表示"))</button></form></details>\(after)</div>
      """
  }

  private func picture(_ flows: PeriodFlows, _ before: [UInt64]) -> BarChart {
    let period = flows.period
    var chart = EnergyPicture.chart(
      view, view.t("Energy, \(period.title(view))", "電気、\(period.title(view))"), id: "e",
      flows.bars, names: (0..<period.slots).map { period.name(of: $0, view) },
      unknown: { flows.unknown[$0] })
    (chart.known, chart.open, chart.ticks) = (flows.known, flows.open, period.ticks)
    chart.ghost = before
    if let today, period.kind == .day, period.first == today.day {
      chart.now = (today.part, view.t("now", "現在"))
    }
    return chart
  }

  /// A sum over the period; what is partly unknown is no less than its known part.
  private func sum(_ flow: EnergyFlow, _ flows: PeriodFlows) -> HTML {
    let unknown = flows.unknownHalfHours[flow] ?? 0
    guard unknown < flows.reportedHalfHours else { return "\(view.t("unknown", "不明"))" }
    let known = view.kWh(flows.total[flow])
    return unknown == 0 ? "\(known)" : "\(view.t("at least \(known)", "\(known) 以上"))"
  }

  private func sums(_ flows: PeriodFlows) -> HTML {
    let total = flows.total
    let shown: [EnergyFlow] = [.generated, .consumed, .sold, .purchased]
    var facts = shown.map { (view.name($0), sum($0, flows)) }
    let stores = [
      (total.battery, view.t("Battery, in / out", "蓄電池 充電 / 放電")),
      (total.vehicle, view.t("Car, in / out", "車 充電 / 放電")),
    ]
    for (store, name) in stores where store.charged + store.discharged > 0 {
      facts.append(
        (
          name,
          "\(View.thousandths(store.charged)) / \(View.thousandths(store.discharged)) kWh"
        ))
    }
    return view.facts(facts)
  }

  /// The half hours of the period for a spreadsheet.
  private func file(_ period: EnergyPeriod) -> HTML {
    guard sites.count == 1, let site = sites.first else { return "" }
    return """
      <p class="noprint"><a href="/sites/\(site.hex)/readings.csv?from=\("\(period.first)")&amp;to=\("\(period.last)")">\
      \(view.t("These half hours on the chain, as CSV", "チェーン上の 30 分値を CSV で"))</a></p>
      """
  }

  /// The numbers under the picture, for those who would rather read them.
  private func numbers(_ flows: PeriodFlows) -> HTML {
    let total = flows.total
    let shown = EnergyFlow.allCases.filter { flow in
      flow <= .purchased || total[flow] > 0
        || (flows.unknownHalfHours[flow] ?? 0) > 0
    }
    let rows = flows.unknown.sorted { $0.key < $1.key }.map { slot, unknown -> [HTML] in
      let quality = flows.day?.qualities[slot]
      return ["\(flows.period.name(of: slot, view))"]
        + shown.map { flow -> HTML in
          let energy = view.energy(flows.bars[slot][flow], quality?[flow])
          return quality == nil && unknown.contains(flow) ? "≥ \(energy)" : energy
        }
        + (flows.day == nil ? [] : ["\(quality.map { view.quality($0.worst) } ?? "–")"])
    }
    let heads =
      [view.t("Period", "期間")] + shown.map(view.name)
      + (flows.day == nil ? [] : [view.t("Quality", "品質")])
    return """
      <details><summary>\(view.t("The numbers", "数値で見る"))</summary>\
      \(view.table(
        flows.period.title(view) + " (kWh)", heads, rows, numbers: Set(1...shown.count)))</details>
      """
  }
}
