// SPDX-License-Identifier: Apache-2.0

import Charts
import ExplorerIndex
import HTTPAPI
import HomeEnergy
import Ledger
import Markup
import Quantities
import WebService

/// The first page: what the network does now.
struct HomePage {
  static func endpoints(_ source: ExplorerSource, isNew: Bool) -> [Endpoint] {
    if isNew {
      // Whoever opens a new box for the first time wants to set it up.
      return [
        Endpoint("/", "pages", "", gives: .media("text/plain"), isShared: false) { _ in
          Answer(seeing: "/home")
        }
      ]
    }
    return [
      .page("/", source) { view, _ in
        let title = view.t("Energy of homes, and its value", "家々の電気と、その価値")
        return view.page(title, "", "<h1>\(title)</h1>\(try HomePage(view: view).main)")
      }
    ]
  }

  let view: View

  private var main: HTML {
    get throws {
      """
      <div class="grid">\(try now)\(try supply)</div>\(try figures)\
      <div class="grid">\(try view.blockTable(try view.source.index.blocks(limit: 8), id: "blocks"))\
      \(view.transactionTable(
        try view.source.index.transactions(limit: 8), id: "transactions"))</div>\
      \(view.verify(
        view.t(
          "A clone of the chain and this command check every law and every coin.",
          "チェーンのコピーとこのコマンドで、すべての法則とコインを確かめられます。"),
        view.chainCommands("chain")))
      """
    }
  }

  private var figures: HTML {
    get throws {
      let supply = try view.source.supplyForm()
      let tip = try view.source.index.blocks(limit: 1).first
      let sites = try view.source.index.count(of: .site)
      let members = try view.source.index.count(of: .member)
      let age: HTML = tip.map { "<small>\(view.ago($0.time))</small>" } ?? ""
      return """
        <div class="figures" id="figures" data-live>\
        \(view.figure(view.t("Newest block", "最新ブロック"), View.grouped(tip?.height ?? 0), "", age))\
        \(view.figure(
          view.t("Generated, on the chain", "記録された発電"), view.kWh(supply.supply.generatedWh),
          "generated"))\
        \(view.figure(
          view.t("Minted", "発行コイン"), view.coins(supply.supply.minted), "coin",
          "<small>\(view.share(supply.supply.minted.value, of: supply.supply.generatedWh))</small>"))\
        \(view.figure(
          view.t("Retired", "償却コイン"), view.coins(supply.supply.retired), "sold"))\
        \(view.figure(
          view.t("Sites", "設備"), View.grouped(UInt64(sites)), "",
          "<small>\(view.t("of \(members) members", "会員 \(members)"))</small>"))</div>
        """
    }
  }

  /// The newest interval that most sites have reported, and the day that leads to it.
  private var now: HTML {
    get throws {
      let title = view.t("Energy, half hour by half hour", "30 分ごとの電気")
      guard let newest = try view.source.index.newestInterval() else {
        return
          "<section id=\"now\" data-live><h2>\(title)</h2><p class=\"none\">\(view.t("Nothing reported yet.", "まだ報告がありません。"))</p></section>"
      }
      let from = Interval(newest.number.subtractingDownToZero(47))
      let sums = try view.source.index.networkIntervals(in: from..<newest.advanced(by: 1))
      let last = sums.last
      let flows: [EnergyFlow] = [.generated, .consumed, .sold, .purchased]
      let figures = flows.map { flow in
        view.figure(view.name(flow), view.kWh(last.map { HomeFlows($0)[flow] } ?? 0), "\(flow)")
      }
      return """
        <section id="now" data-live><h2>\(title)</h2><p class="soft">\(view.t(
          "The newest half hour on the chain", "チェーン上の最新の 30 分")): \(view.time(newest.start)), \
        \(view.t("\(last?.count ?? 0) sites", "\(last?.count ?? 0) 設備"))</p>\
        \(picture(title, sums).html)<div class="figures">\(figures)</div>\
        \(view.numbers(
          title, flows.map(view.name),
          sums.map { sum in
            ["\(view.clock(Interval(sum.number)))"]
              + flows.map { "\(View.thousandths(HomeFlows(sum)[$0]))" }
          }))</section>
        """
    }
  }

  private func picture(_ title: String, _ sums: [EnergySums]) -> BarChart {
    let bars = sums.map { HomeFlows($0) }
    let names = sums.map { view.clock(Interval($0.number)) }
    var chart = EnergyPicture.chart(view, title, id: "n", bars, names: names)
    chart.ticks = names.enumerated().filter { $0.offset % 12 == 0 }
      .map { BarChart.Tick($0.offset, $0.element) }
    return chart
  }

  private var supply: HTML {
    get throws {
      let points = try view.source.index.sampledBlocks(60)
      let title = view.t("Coins against kilowatt-hours", "コインと発電量")
      var chart = LineChart(title)
      chart.series = [
        ChartSeries(
          view.t("generated kWh", "発電 kWh"), style: "sun", points.map(\.totalGeneratedWh)),
        ChartSeries(
          view.t("minted coins", "発行コイン"), style: "coin", points.map(\.totalMinted.value)),
        ChartSeries(
          view.t("retired coins", "償却コイン"), style: "sold", points.map(\.totalRetired.value)),
      ]
      chart.ends = (
        view.t("block \(points.first?.height ?? 0)", "ブロック \(points.first?.height ?? 0)"),
        "\(points.last?.height ?? 0)"
      )
      let rows = points.map { point -> [HTML] in
        [
          "\(view.link("blocks", "\(point.height)", "\(point.height)"))",
          "\(View.thousandths(point.totalGeneratedWh))",
          "\(View.thousandths(point.totalMinted.value))",
          "\(View.thousandths(point.totalRetired.value))",
        ]
      }
      return """
        <section id="supply" data-live><h2>\(title)</h2><p class="soft">\(view.t(
          "One coin is one kilowatt-hour; the lines never cross.",
          "1 コインは 1 kWh。線が交わることはありません。"))</p>\
        \(chart.html)\
        \(view.numbers(title, chart.series.map(\.name), rows))</section>
        """
    }
  }
}

extension View {
  /// A part of a whole in percent, rounded down.
  func share(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "–" }
    let tenths = part.multipliedReportingOverflow(by: 1000).partialValue / whole
    return t(
      "\(tenths / 10).\(tenths % 10) % of the generation", "発電量の \(tenths / 10).\(tenths % 10) %")
  }

  /// The hour of an interval by the clock of Japan.
  func clock(_ interval: Interval) -> String {
    let seconds = UTCOffset.japan.clock(at: interval.start).secondsOfDay
    return "\(seconds / 3600):\(seconds % 3600 == 0 ? "00" : "30")"
  }
}
