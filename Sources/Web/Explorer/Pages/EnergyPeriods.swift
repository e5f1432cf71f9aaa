// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import ExplorerIndex
import HTTPAPI
import Ledger
import Quantities
import WebService

/// Energy of one site, or of all sites of a member, by half hours of a day, days of a month, months
/// of a year.
struct EnergyPeriods {
  /// What a page takes that shows periods.
  static let parameters = [
    Parameter("day", .date, ""), Parameter("month", .text(7), ""),
    Parameter("year", .integer(1970...9998), ""),
  ]

  let view: View
  /// The page that the links between periods lead to.
  let path: String
  let sites: [SiteId]

  /// The day, the month or the year that the call names; the newest day unless told.
  func chart(_ call: Call) throws -> HTML {
    let last = try sites.compactMap { try view.source.index.span(of: $0)?.upperBound }.max()
    guard let last else {
      return
        "<section><p class=\"none\">\(view.t("Nothing reported yet.", "まだ報告がありません。"))</p></section>"
    }
    let newest = CalendarDate(dayNumber: Int64(last))
    if let year = call.integer("year") { return try self.year(Int(year)) }
    if let month = call["month"] {
      guard let first = CalendarDate(text: month + "-01") else {
        throw Problem.badRequest("month \"\(month)\" is no month such as 2026-08")
      }
      return try self.month(first)
    }
    return try day(call.date("day") ?? newest, newest: newest)
  }

  private func switcher(_ date: CalendarDate, _ current: String) -> HTML {
    let month = "\(date)".prefix(7)
    let parts = [
      ("day", view.t("Day", "日"), "day=\(date)"), ("month", view.t("Month", "月"), "month=\(month)"),
      ("year", view.t("Year", "年"), "year=\(date.year)"),
    ]
    return "<p class=\"pager noprint\">"
      + parts.map { part -> HTML in
        "<a href=\"\(path)?\(part.2)\"\(part.0 == current ? " aria-current=\"true\"" as HTML : "")>\(part.1)</a>"
      }.reduce("", +) + "</p>"
  }

  private func day(_ date: CalendarDate, newest: CalendarDate) throws -> HTML {
    let number = UInt32(clamping: date.dayNumber)
    let title = view.t("\(date), half hour by half hour", "\(date) の 30 分値")
    let flows = try sites.compactMap { try view.source.index.flows(of: $0, day: number) }
      .reduce(nil as DayFlows?) { $0?.adding($1) ?? $1 }
    let labels = (0..<48).map { "\($0 / 2):\($0 % 2 == 0 ? "00" : "30")" }
    let before = CalendarDate(dayNumber: date.dayNumber - 1)
    let after = CalendarDate(dayNumber: date.dayNumber + 1)
    let neighbours: HTML = """
      <p class="pager noprint"><a rel="prev" href="\(path)?day=\("\(before)")">← \("\(before)")</a>\
      \(date < newest ? "<a rel=\"next\" href=\"\(path)?day=\("\(after)")\">\("\(after)") →</a>" as HTML : "")</p>
      """
    guard let flows else {
      return """
        <section><h2>\(title)</h2>\(switcher(date, "day"))<p class="none">\(view.t(
          "Nothing is reported of this day.", "この日の報告はありません。"))</p>\(neighbours)</section>
        """
    }
    let shown = EnergyFlow.allCases.filter { flow in
      flow <= .purchased || flows.total(flow) > 0
        || flows.qualities.contains { $0?[flow] == .unknown }
    }
    let rows = labels.indices.map { slot -> [HTML] in
      ["\(labels[slot])"]
        + shown.map { view.energy(flows[$0][slot], flows.qualities[slot]?[$0]) }
        + ["\(flows.qualities[slot].map { view.quality($0.worst) } ?? "–")"]
    }
    let sums = view.facts(shown.map { (view.name($0), "\(view.kWh(flows.total($0)))") })
    return """
      <section id="day" data-live><h2>\(title)</h2>\(switcher(date, "day"))\
      \(view.day(title, shown, of: flows, labels: labels))\(neighbours)\(sums)<details><summary>\(view.t(
        "The numbers", "数値で見る"))</summary>\(view.table(
          title + " (kWh)", [view.t("Half hour", "時間帯")] + shown.map(view.name) + [view.t("Quality", "品質")],
          rows, numbers: Set(1...shown.count)))</details></section>
      """
  }

  private func month(_ first: CalendarDate) throws -> HTML {
    let start = UInt32(clamping: first.dayNumber)
    let length = UInt32(clamping: CalendarDate.days(inMonth: first.month, of: first.year))
    let days = try days(in: start..<start + length)
    let title = "\(first)".prefix(7).description
    return """
      <section><h2>\(title)</h2>\(switcher(first, "month"))\
      \(view.energyChart(title, days) { "\(CalendarDate(dayNumber: Int64($0.number)).day)" })</section>
      """
  }

  private func year(_ year: Int) throws -> HTML {
    let first = CalendarDate(year: year, month: 1, day: 1) ?? CalendarDate(dayNumber: 0)
    let next = CalendarDate(year: year + 1, month: 1, day: 1) ?? first
    let months = ExplorerSource.months(
      try days(in: UInt32(clamping: first.dayNumber)..<UInt32(clamping: next.dayNumber)))
    let names = Dictionary(
      months.map { ($0.sums.number, String($0.period.suffix(2))) }, uniquingKeysWith: { $1 })
    return """
      <section><h2>\(year)</h2>\(switcher(first, "year"))\
      \(view.energyChart("\(year)", months.map(\.sums)) { names[$0.number] ?? "" })</section>
      """
  }

  /// The sums of days of all the sites, oldest first.
  private func days(in range: Range<UInt32>) throws -> [EnergySums] {
    var sums: [UInt32: EnergySums] = [:]
    for site in sites {
      for day in try view.source.index.days(of: site, in: range) {
        sums[day.number] = sums[day.number].map { $0 + day } ?? day
      }
    }
    return sums.values.sorted { $0.number < $1.number }
  }
}
