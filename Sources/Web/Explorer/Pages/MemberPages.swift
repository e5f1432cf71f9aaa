// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import ExplorerIndex
import HTTPAPI
import Ledger
import LedgerCrypto
import Markup
import Quantities
import WebService

/// Members with their coins.
struct MemberPages {
  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    [
      .page("/members", source, [.after]) { view, call in
        let title = view.t("Members", "会員")
        let found = Found(
          try source.index.entities(
            .member, after: call.cursor?.0 ?? 0, limit: Page.usualLimit + 1)
        ) { "\($0.number)" }
        let rows = try found.rows.compactMap { entity -> [HTML]? in
          guard let form = try source.memberForm(MemberId(entity.id)) else { return nil }
          return [
            view.link("members", entity.id.hex, entity.name),
            "\(view.kind(form.member.record.kind))",
            "\(View.thousandths(form.coins.purchased.value))",
            "\(View.thousandths(form.coins.received.value))",
            "\(View.thousandths(form.coins.used.value))",
            "\(View.thousandths(form.coins.retired.value))",
            "\(View.thousandths(form.coins.balance.value))",
          ]
        }
        return view.page(
          title, "members",
          """
          <h1>\(title)</h1>\(view.table(
            view.t("Members and their coins", "会員とコイン"),
            [view.t("Name", "名前"), view.t("Kind", "種類")] + view.coinHeads, rows,
            numbers: Set(2...6), id: "members", isList: true))\(view.pager("/members", found.next))
          """)
      },
      .page(
        "/members/{member}", source,
        [Parameter("member", .id, ""), .after] + EnergyPeriod.parameters
      ) { view, call in
        guard let form = try source.memberForm(MemberId(call.id("member") ?? .zero)) else {
          throw Problem.notFound(view.t("The network has no such member.", "その会員はいません。"))
        }
        return try one(view, form, call)
      },
    ]
  }

  private static func one(_ view: View, _ form: MemberForm, _ call: Call) throws -> HTML {
    let record = form.member.record
    let amounts = [
      form.coins.purchased, form.coins.received, form.coins.used, form.coins.retired,
      form.coins.balance,
    ]
    let figures = zip(view.coinHeads, amounts).enumerated().map { index, pair in
      view.figure(pair.0, view.coins(pair.1), index == 4 ? "coin" : "")
    }
    let place = call.cursor.map { ChainPlace(height: UInt64($0.0), position: Int(clamping: $0.1)) }
    let found = Found(
      try view.source.index.transactions(touching: record.id.value, before: place, limit: 26),
      limit: 25
    ) { "\($0.place.height).\($0.place.position)" }
    let standing: HTML =
      form.member.isSuspended
      ? "<span class=\"bad\">\(view.t("suspended", "停止中"))</span>"
      : "\(view.t("in good standing", "有効"))"
    let sites = try view.source.index.entities(.site, of: record.id, limit: 20)
    let path = "/members/\(record.id.hex)"
    let energy: HTML =
      sites.isEmpty
      ? ""
      : try EnergyPeriods(view: view, path: path, sites: sites.map { SiteId($0.id) }).chart(call)
    return view.page(
      record.name, "members",
      """
      <h1>\(record.name)</h1><div class="figures" id="coins" data-live>\(figures)</div>\(energy)\
      <section>\(view.facts([
        (view.t("Kind", "種類"), "\(view.kind(record.kind))"), (view.t("Standing", "資格"), standing),
        (view.t("Id", "番号"), view.whole(record.id.hex)),
        (view.t("Key", "鍵"), view.whole(record.key.value.hex)),
      ]))</section>\
      \(form.coins.retired > .zero ? statement(view, path) : "")\(try view.siteTable(sites, id: nil))\
      \(view.lotTable(
        try view.source.index.lots(.owner(record.id), living: true, limit: 20).map(\.summary), id: nil))\
      \(view.transactionTable(Array(found.rows), id: nil))\
      \(view.pager(path, found.next))\
      \(view.verify(
        view.t("The balance, derived from every transaction.", "残高を全取引から導きます。"),
        view.chainCommands("balance --member \(record.id.hex)")))
      """)
  }
}

extension MemberPages {
  private static func statement(_ view: View, _ path: String) -> HTML {
    "<p><a class=\"button\" href=\"\(path)/statement\">\(view.t("Statement of what was retired", "償却の使用明細書"))</a></p>"
  }
}

extension View {
  /// What becomes of a member's coins, in order.
  var coinHeads: [String] {
    [
      t("Purchased", "購入コイン"), t("Received", "受領コイン"), t("Used", "使用コイン"),
      t("Amortised", "償却コイン"), t("Balance", "残コイン"),
    ]
  }

  /// What a member is.
  func kind(_ kind: MemberKind) -> String {
    switch kind {
    case .consumer: t("home", "需要家")
    case .publicConsumer: t("public consumer", "公共需要家")
    case .businessConsumer: t("business consumer", "法人需要家")
    case .generator: t("generator", "発電事業者")
    case .operator: t("operator", "運営者")
    case .wholesaleMarket: t("wholesale market", "卸電力市場")
    case .exchange: t("exchange", "交換所")
    }
  }
}
