// SPDX-License-Identifier: Apache-2.0

import HTTPAPI
import HTTPTypes
import HomeEnergy
import Markup
import Quantities
import WebService

/// A period in money and CO2, by what the household said of its contract.
struct MoneyPart {
  static func endpoints(_ source: ExplorerSource, _ household: Household) -> [Endpoint] {
    [
      .action("/home/prices", source) { view, call, values in
        try HouseholdPages.guardOpen(household, to: call)
        var prices = HomePrices()
        let wrong = prices.take(values)
        guard wrong.isEmpty else {
          let form = MoneyPart(view: view, prices: prices).form(values, wrong: wrong)
          let title = view.t("Prices", "料金")
          return Answer(
            view.page(title, "home", "<h1>\(title)</h1><section>\(form)</section>"),
            status: .unprocessableContent, freshness: .never)
        }
        try prices.write(to: household.folder)
        return Answer(seeing: "/home#money")
      }
    ]
  }

  let view: View
  let prices: HomePrices

  /// The part of the page: sums where there are prices, and the form that asks for them.
  func html(_ flows: PeriodFlows, _ shares: HomeShares) -> HTML {
    let rows = sums(flows, shares)
    let list: HTML =
      rows.isEmpty
      ? "<p class=\"soft\">\(view.t("Say what a kWh costs you, and this shows what your sun is worth.", "電気料金を入力すると、太陽光の価値が円で表示されます。"))</p>"
      : "<ul class=\"sums\">\(rows)</ul>"
    return """
      <section id="money"><h2>\(view.t("Money and CO₂", "お金と CO₂"))</h2>\
      <p class="soft small">\(flows.period.title(view))</p>\(list)\
      <details><summary>\(view.t("Your prices", "料金の設定"))</summary>\(form([:], wrong: []))</details></section>
      """
  }

  private func sums(_ flows: PeriodFlows, _ shares: HomeShares) -> [HTML] {
    var rows: [HTML] = []
    func yen(_ millionths: UInt64, _ sign: String) -> String {
      "\(sign)¥\(View.grouped(millionths.addingUpToMax(500_000) / 1_000_000))"
    }
    func add(_ name: String, _ value: String, _ style: String = "") {
      rows.append("<li class=\"\(style)\"><span>\(name)</span><b>\(value)</b></li>")
    }
    if prices.bought != nil {
      // Wh times thousandths of a yen a kWh: millionths of a yen.
      func cost(_ amounts: [UInt64]) -> UInt64 {
        amounts.enumerated().reduce(0) { sum, item in
          sum.addingUpToMax(
            item.element.multipliedUpToMax(prices.bought(in: item.offset % 48) ?? 0))
        }
      }
      add(
        view.t("Own energy used, not bought", "自家消費（買わずに済んだ分）"),
        yen(cost(shares.ownByHalfHour), "+"))
      add(view.t("Bought", "買電"), yen(cost(flows.halfHours.map(\.purchased)), "−"))
    }
    if let sold = prices.sold {
      let amount = flows.halfHours.reduce(UInt64(0)) { $0.addingUpToMax($1.sold) }
        .multipliedUpToMax(sold)
      add(view.t("Sold", "売電"), yen(amount, "+"))
    }
    if let grams = prices.grams {
      func kilograms(_ wh: UInt64) -> String {
        let tenths = wh.multipliedUpToMax(grams).addingUpToMax(50_000) / 100_000
        return "\(View.grouped(tenths / 10)).\(tenths % 10)\u{a0}kg"
      }
      add(view.t("CO₂ not caused by own use", "自家消費で避けた CO₂"), kilograms(shares.usedOwn))
      add(
        view.t("CO₂ of what was bought", "買電による CO₂"),
        kilograms(flows.halfHours.reduce(UInt64(0)) { $0.addingUpToMax($1.purchased) }))
    }
    let unknown = flows.partialHalfHours
    if !rows.isEmpty, unknown > 0 {
      rows.append(
        "<li><small>\(view.t("\(unknown) half hours are partly unknown: sums are of what is known.", "一部不明の 30 分値が \(unknown) 個あり、分かる分だけの合計です。"))</small></li>"
      )
    }
    if !rows.isEmpty, let source = prices.source {
      rows.append("<li><small>\(view.t("By: \(source)", "出典: \(source)"))</small></li>")
    }
    return rows
  }

  private func form(_ typed: [String: String], wrong: Set<HomePrices.Field>) -> HTML {
    let fields = HomePrices.Field.allCases.map { field in
      self.field(field, typed[field.rawValue], isWrong: wrong.contains(field))
    }
    return """
      <form method="post" action="/home/prices">\(fields)\
      <p class="soft small">\(view.t(
        "The factor of your power company is published each year by Japan's ministries (METI and MOE); the prices stand in your contract.",
        "排出係数は毎年、経済産業省・環境省が電気事業者別に公表しています。料金は契約書にあります。"))</p>\
      <button>\(view.t("Save", "保存"))</button></form>
      """
  }

  private func field(_ field: HomePrices.Field, _ typed: String?, isWrong: Bool) -> HTML {
    let name = field.rawValue
    let value = typed ?? known(field) ?? ""
    let kind: HTML = field == .source ? "" : " inputmode=\"decimal\""
    let unit: String =
      switch field {
      case .bought, .boughtAtNight, .sold: view.t("¥/kWh", "円/kWh")
      case .nightFrom, .nightTo: view.t("o'clock", "時")
      case .grams: "kg/kWh"
      case .source: ""
      }
    let error: HTML =
      isWrong
      ? "<span class=\"error\" id=\"e-\(name)\">\(view.t("“\(value.prefix(20))” cannot be read. Example: \(example(field))", "「\(value.prefix(20))」は読めません。例: \(example(field))"))</span>"
      : ""
    let mark: HTML = isWrong ? " aria-invalid=\"true\" aria-describedby=\"e-\(name)\"" : ""
    return """
      <div class="field\(isWrong ? " wrong" : "")"><label for="\(name)">\(label(field))</label>\
      <span class="with"><input id="\(name)" name="\(name)" value="\(value)"\(kind)\(mark) maxlength="200"> \
      \(unit)</span>\(error)</div>
      """
  }

  private func known(_ field: HomePrices.Field) -> String? {
    switch field {
    case .bought: prices.bought.map { View.thousandths($0) }
    case .boughtAtNight: prices.boughtAtNight.map { View.thousandths($0) }
    case .sold: prices.sold.map { View.thousandths($0) }
    case .grams: prices.grams.map { View.thousandths($0) }
    case .nightFrom: prices.nightFrom.map { "\($0)" }
    case .nightTo: prices.nightTo.map { "\($0)" }
    case .source: prices.source
    }
  }

  private func example(_ field: HomePrices.Field) -> String {
    switch field {
    case .bought: "31.0"
    case .boughtAtNight: "22.5"
    case .sold: "15.0"
    case .grams: "0.43"
    case .nightFrom: "23"
    case .nightTo: "7"
    case .source: ""
    }
  }

  private func label(_ field: HomePrices.Field) -> String {
    switch field {
    case .bought: view.t("A kWh bought", "買電 1 kWh")
    case .boughtAtNight: view.t("At night, if it differs", "夜間の買電（異なる場合）")
    case .nightFrom: view.t("Night from", "夜間の開始")
    case .nightTo: view.t("Night until", "夜間の終了")
    case .sold: view.t("A kWh sold", "売電 1 kWh")
    case .grams: view.t("CO₂ of a kWh from the grid", "買電 1 kWh の CO₂")
    case .source: view.t("Source of the factor", "係数の出典")
    }
  }
}

extension UInt64 {
  /// The product, or the most that there is.
  fileprivate func multipliedUpToMax(_ other: UInt64) -> UInt64 {
    let (product, isTooMuch) = multipliedReportingOverflow(by: other)
    return isTooMuch ? .max : product
  }
}
