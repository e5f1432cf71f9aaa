// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import ExplorerIndex
import Foundation
import HTTPAPI
import Ledger
import Markup
import Quantities
import WebService

/// Sites with their days, months and years.
struct SitePages {
  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    [
      .page("/sites", source, [.after]) { view, call in
        let title = view.t("Sites", "設備")
        let found = Found(
          try source.index.entities(.site, after: call.cursor?.0 ?? 0, limit: Page.usualLimit + 1)
        ) { "\($0.number)" }
        return view.page(
          title, "sites",
          """
          <h1>\(title)</h1>\(try view.siteTable(Array(found.rows), id: "sites"))\
          \(view.pager("/sites", found.next))
          """)
      },
      .page(
        "/sites/{site}", source,
        [Parameter("site", .id, "")] + EnergyPeriod.parameters
      ) { view, call in
        guard let form = try source.siteForm(SiteId(call.id("site") ?? .zero)) else {
          throw Problem.notFound(view.t("The network has no such site.", "その設備はありません。"))
        }
        return try SitePages(view: view, form: form).one(call)
      },
    ]
  }

  let view: View
  let form: SiteForm

  private var record: SiteRecord { form.record }
  private var path: String { "/sites/\(record.id.hex)" }

  /// What proves the period that is shown, of a year its first month.
  private func claimCommands(_ call: Call) throws -> [String] {
    guard let last = try view.source.index.span(of: record.id)?.upperBound else { return [] }
    let newest = CalendarDate(dayNumber: Int64(last))
    let days = try EnergyPeriod(call, newest: newest).days
    let from = min(days.lowerBound, last)
    let count = min(UInt32(days.count), 31) * 48
    let first = record.interval(day: from, slot: 0)
    return view.chainCommands("claim --site \(record.id.hex) --first \(first) --length \(count)")
  }

  private func one(_ call: Call) throws -> HTML {
    let member = try view.source.member(record.member)?.record.name
    let facts = view.facts([
      (view.t("Member", "会員"), view.link("members", record.member.hex, member)),
      (view.t("Generation", "発電方法"), "\("\(record.method)")"),
      (view.t("Capacity", "出力"), "\(View.thousandths(UInt64(record.capacityW))) kW"),
      (
        view.t("Battery", "蓄電池"),
        record.batteryWh > 0 ? "\(view.kWh(UInt64(record.batteryWh)))" : "–"
      ),
      (view.t("Connection", "受電契約"), "\(View.thousandths(UInt64(record.connectionW))) kW"),
      (view.t("Device", "機器"), "\(record.deviceName), \(record.deviceId)"),
      (
        view.t("Since", "運転開始"),
        "\("\(CalendarDate(dayNumber: Int64(record.commissionedDay)))")"
      ),
      (view.t("Support received", "公的支援"), "\(view.support(record.support))"),
      (view.t("Area", "地域"), "\(record.region), \(record.gridArea)"),
      (
        view.t("Reported up to", "報告済み"), form.progress.map { view.time($0.next.start) } ?? "–"
      ),
      (view.t("Id", "番号"), view.whole(record.id.hex)),
    ])
    let figures = [EnergyFlow.generated, .consumed, .sold, .purchased].map { flow in
      view.figure(view.name(flow), view.kWh(form.total(flow)), "\(flow)")
    }
    let reports = try view.source.index.transactions(
      kind: Report.kind, of: record.id, in: Interval(0)..<Interval(.max), limit: 5)
    let lots = try view.source.index.lots(.site(record.id), limit: 5)
    return view.page(
      record.name, "sites",
      """
      <h1>\(record.name)</h1><div class="figures" id="totals" data-live>\(figures)\
      \(view.figure(
        view.t("Minted from", "発行済み"), view.kWh(form.progress?.mintedWh ?? 0), "coin",
        "<small>\(view.share(form.progress?.mintedWh ?? 0, of: form.total(.generated)))</small>"))</div>\
      \(try EnergyPeriods(view: view, path: path, sites: [record.id]).chart(call))<section>\(facts)</section>\
      \(view.transactionTable(reports, id: "reports"))\
      \(view.lotTable(lots.map(\.summary), id: nil))\
      \(view.verify(
        view.t(
          "What was recorded and minted for a period, derived from every block.",
          "期間の記録と発行を全ブロックから導きます。"),
        try claimCommands(call)
          + ["curl -f '\(view.host)/api/v1\(path)/days?format=csv'"]))
      """)
  }
}

extension View {
  /// Sites in a table.
  func siteTable(_ sites: [NamedEntity], id: String?) throws -> HTML {
    let rows = try sites.compactMap { entity -> [HTML]? in
      guard let form = try source.siteForm(SiteId(entity.id)) else { return nil }
      return [
        link("sites", entity.id.hex, entity.name),
        link("members", form.record.member.hex, try source.member(form.record.member)?.record.name),
        "\(View.thousandths(UInt64(form.record.capacityW)))",
        "\(View.thousandths(form.total(.generated)))", "\(View.thousandths(form.total(.consumed)))",
        "\(View.thousandths(form.total(.sold)))", "\(View.thousandths(form.total(.purchased)))",
        "\(View.thousandths(form.progress?.mintedWh ?? 0))",
      ]
    }
    return table(
      t("Sites, in kWh", "設備 (kWh)"),
      [
        t("Site", "設備"), t("Member", "会員"), "kW", name(.generated), name(.consumed),
        name(.sold), name(.purchased), t("Minted", "発行"),
      ], rows, numbers: Set(2...7), id: id, isList: true)
  }
}

extension View {
  /// What public support generation receives.
  func support(_ support: PublicSupport) -> String {
    switch support {
    case .none: t("none", "なし")
    case .investmentGrant: t("grant for the device", "設備の補助金")
    case .feedInTariff: t("feed-in tariff (FIT)", "固定価格買取（FIT）")
    case .feedInPremium: t("feed-in premium (FIP)", "プレミアム（FIP）")
    }
  }
}
