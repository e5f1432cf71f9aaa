// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Charts
import Clocks
import ExplorerIndex
import HTTPAPI
import HomeEnergy
import Ledger
import Markup
import Quantities
import WebService

/// What all sites did in one day by the clock of Japan.
struct DayPage {
  let view: View
  let date: CalendarDate

  private var first: Interval {
    UTCOffset.japan.interval(day: UInt32(clamping: date.dayNumber), slot: 0)
  }

  func page() throws -> HTML {
    let title = view.date(date)
    let sums = try view.source.index.networkIntervals(in: first..<first.advanced(by: 48))
    let before = CalendarDate(dayNumber: max(0, date.dayNumber - 1))
    let after = CalendarDate(dayNumber: date.dayNumber + 1)
    let today = UTCOffset.japan.clock(at: view.source.clock.now).date
    let next: HTML =
      date < today ? "<a rel=\"next\" href=\"/days/\("\(after)")\">\("\(after)") →</a>" : ""
    let body: HTML =
      sums.isEmpty
      ? "<p class=\"none\">\(view.t("Nothing is reported of that day.", "この日の報告はありません。"))</p>"
      : try picture(title, sums)
    return view.page(
      title, "",
      """
      <h1>\(title)</h1><p class="pager"><a rel="prev" href="/days/\("\(before)")">← \("\(before)")</a>\
      \(next)</p><section>\(body)</section>\(try sites())
      """)
  }

  private func picture(_ title: String, _ sums: [EnergySums]) throws -> HTML {
    let known = Dictionary(sums.map { ($0.number, HomeFlows($0)) }, uniquingKeysWith: { $1 })
    let numbers = (0..<48).map { first.number + $0 }
    let bars = numbers.map { known[$0] ?? HomeFlows() }
    let names = numbers.map { view.clock(Interval($0)) }
    var chart = EnergyPicture.chart(view, title, id: "d", bars, names: names) {
      known[numbers[$0]] == nil ? nil : []
    }
    chart.ticks = stride(from: 0, through: 48, by: 12).map { BarChart.Tick($0, "\($0 / 2)") }
    let flows: [EnergyFlow] = [.generated, .consumed, .sold, .purchased]
    let total = bars.reduce(HomeFlows(), +)
    let rows = chart.known.sorted().map { slot -> [HTML] in
      [view.link("intervals", "\(Interval(numbers[slot]))", names[slot])]
        + flows.map { "\(View.thousandths(bars[slot][$0]))" }
    }
    return chart.html + view.facts(flows.map { (view.name($0), "\(view.kWh(total[$0]))") })
      + view.numbers(title, flows.map(view.name), rows)
  }

  /// What each site reported of its own day of that date.
  private func sites() throws -> HTML {
    let flows: [EnergyFlow] = [.generated, .consumed, .sold, .purchased]
    let day = UInt32(clamping: date.dayNumber)
    let rows = try view.source.index.entities(.site, limit: 200).compactMap { entity -> [HTML]? in
      guard let known = try view.source.index.flows(of: SiteId(entity.id), day: day) else {
        return nil
      }
      return ["<a href=\"/sites/\(entity.id.hex)?day=\("\(date)")\">\(entity.name)</a>"]
        + flows.map { "\(View.thousandths(known.total($0)))" }
    }
    return view.table(
      view.t("Sites that day, in kWh", "この日の設備別 (kWh)"),
      [view.t("Site", "設備")] + flows.map(view.name), rows, numbers: [1, 2, 3, 4], isList: true)
  }
}
