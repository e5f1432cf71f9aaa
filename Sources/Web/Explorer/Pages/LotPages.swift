// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import CertificatePages
import Certificates
import ExplorerIndex
import HTTPAPI
import HTTPTypes
import Ledger
import Markup
import Product
import QRCodes
import Quantities
import WebService

/// Lots of coins with their provenance, and certificates of the retired.
struct LotPages {
  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    let filters = ["living", "retired"]
    return [
      .page("/lots", source, [Parameter("status", .choice(filters), ""), .after]) { view, call in
        let title = view.t("Coins", "コイン")
        let filter: ExplorerIndex.LotFilter = call["status"] == "retired" ? .retired : .all
        let found = Found(
          try source.index.lots(
            filter, living: call["status"] == "living", before: call.cursor?.0,
            limit: Page.usualLimit + 1)
        ) { "\($0.number)" }
        let query = call["status"].map { "status=\($0)&" } ?? ""
        return view.page(
          title, "lots",
          """
          <h1>\(title)</h1><p><a href="/lots">\(view.t("All", "すべて"))</a> \
          <a href="/lots?status=living">\(view.t("Living", "有効"))</a> \
          <a href="/lots?status=retired">\(view.t("Retired", "償却済み"))</a></p>\
          \(view.lotTable(found.rows.map(\.summary), id: call["after"] == nil ? "lots" : nil))\
          \(view.pager("/lots", found.next, query: query))
          """)
      },
      .page("/lots/{lot}", source, [Parameter("lot", .id, "")]) { view, call in
        guard let form = try source.lotDetail(LotId(call.id("lot") ?? .zero)) else {
          throw Problem.notFound(view.t("The chain has no such lot.", "そのロットはありません。"))
        }
        return try LotPages(view: view).one(form)
      },
      .page("/certificates/{lot}", source, [Parameter("lot", .id, "")], isShared: false) {
        view, call in
        guard
          let (certificate, _) = try await source.certificate(of: LotId(call.id("lot") ?? .zero))
        else { throw Problem.notFound(view.t("No retired lot has this id.", "償却済みロットがありません。")) }
        return try LotPages(view: view).certificate(certificate, call)
      },
    ]
  }

  let view: View

  private func one(_ form: LotDetailForm) throws -> HTML {
    let summary = form.form.summary
    let lot = summary.lot
    let title = view.t("Lot \(summary.id)", "ロット \(summary.id)")
    let exchange = try view.source.member(lot.exchange)?.record.name
    let status: HTML = "\(view.status(form.form.status))"
    let certificate: HTML =
      lot.isRetired
      ? "<p>\(view.link("certificates", summary.id.hex, view.t("Its green power certificate", "グリーン電力証書")))</p>"
      : ""
    return view.page(
      title, "lots",
      """
      <h1>\(title)</h1><div class="figures">\
      \(view.figure(view.t("Amount", "数量"), view.coins(lot.amount), "coin"))\
      \(view.figure(view.t("Status", "状態"), view.status(form.form.status)))</div>\
      <section>\(view.facts([
        (view.t("Id", "番号"), view.whole(summary.id.hex)), (view.t("Status", "状態"), status),
        (view.t("Owner", "保有者"), view.link("members", lot.owner.hex, summary.ownerName)),
        (view.t("Generated at", "発電設備"), view.link("sites", lot.site.hex, summary.siteName)),
        (view.t("Generated in", "発電期間"), view.period(lot.first, lot.length)),
        (view.t("Minted by", "発行者"), view.link("members", lot.exchange.hex, exchange)),
        (view.t("Mint", "発行取引"), view.link("transactions", lot.mint.hex)),
      ]))\(certificate)</section><section><h2>\(view.t("Where it comes from and what became of it", "来歴"))</h2>\
      \(tree(form))</section>\
      \(view.verify(
        view.t("The lot's whole way, derived from the chain.", "ロットの来歴をチェーンから導きます。"),
        view.chainCommands("lot \(summary.id.hex)")))
      """)
  }

  /// From the minted lot down to this one, and what it became.
  private func tree(_ form: LotDetailForm) -> HTML {
    var inner: HTML = form.parts.isEmpty ? "" : "<ul>\(form.parts.map { item($0, "") })</ul>"
    let made = form.made.map { transaction -> HTML in
      " · \(view.kind(transaction.kind)) \(view.link("transactions", transaction.summary.id.hex))"
    }
    let ended = form.ended.map { transaction -> HTML in
      " → \(view.kind(transaction.kind)) \(view.link("transactions", transaction.summary.id.hex))"
    }
    inner = "<li class=\"here\">\(words(form.form))\(made ?? "")\(ended ?? "")\(inner)</li>"
    for lot in form.way.reversed() { inner = "<li>\(words(lot))<ul>\(inner)</ul></li>" }
    return "<ul class=\"tree\">\(inner)</ul>"
  }

  private func item(_ form: LotForm, _ more: HTML) -> HTML { "<li>\(words(form))\(more)</li>" }

  private func words(_ form: LotForm) -> HTML {
    """
    \(view.link("lots", form.summary.id.hex)) \(view.coins(form.summary.lot.amount)), \
    \(form.summary.ownerName), \(view.status(form.status))
    """
  }

  private func certificate(_ certificate: Certificate, _ call: Call) throws -> HTML {
    let title = view.t("Green power certificate", "グリーン電力証書")
    let address = "\(view.host)/certificates/\(call["lot"] ?? "")"
    let facts = certificate.attributes.map { attribute -> (String, HTML) in
      (
        CertificateSheet.title(attribute.name, japanese: view.language == .japanese),
        "\(attribute.value)"
      )
    }
    return view.page(
      title, "lots",
      """
      <h1>\(title)</h1><section class="sheet"><div><p><strong>\(view.kWh(certificate.energyWh))</strong></p>\
      <p>\(certificate.producer.name) · \("\(certificate.site.method)")<br>\
      \(view.period(certificate.first, certificate.length))</p>\
      <p>\(view.t("Beneficiary", "受益者")): <strong>\(certificate.beneficiary)</strong><br>\
      \(view.t("Purpose", "目的")): \(certificate.purpose)</p></div>\
      <figure class="qr">\(HTML(stringLiteral: try QRCode(address).svg))</figure></section>\
      <section>\(view.facts(facts))</section>\
      <p class="noprint"><a href="/api/v1/certificates/\(call["lot"] ?? "")">\(view.t(
        "The certificate with its proof, as one file", "証明付きの証書ファイル"))</a></p>\
      \(view.verify(
        view.t("Offline, with the network file alone.", "ネットワークファイルだけで、オフラインで検証できます。"),
        [
          view.networkCommand,
          "curl -fLo certificate.json \(address.replacing("/certificates/", with: "/api/v1/certificates/"))",
          "hinata-verify certificate certificate.json --genesis network.json",
        ]))
      """)
  }
}

extension View {
  /// What became of a lot.
  func status(_ word: String) -> String {
    switch word {
    case "living": t("living", "有効")
    case "retired": t("retired", "償却済み")
    default: t("ended in its parts", "分割・譲渡済み")
    }
  }

  /// Lots in a table.
  func lotTable(_ lots: [LotSummary], id: String?) -> HTML {
    let rows = lots.map { summary -> [HTML] in
      [
        link("lots", summary.id.hex), "\(View.thousandths(summary.lot.amount.value))",
        "\(status(LotForm(summary).status))",
        link("members", summary.lot.owner.hex, summary.ownerName),
        link("sites", summary.lot.site.hex, summary.siteName), time(summary.lot.first.start),
      ]
    }
    return table(
      t("Lots", "ロット"),
      [
        t("Lot", "番号"), t("Coins", "コイン"), t("Status", "状態"), t("Owner", "保有者"),
        t("Site", "設備"), t("Generated from", "発電開始"),
      ], rows, numbers: [1], id: id, isList: true)
  }
}
