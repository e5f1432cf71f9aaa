// SPDX-License-Identifier: Apache-2.0

import HTTPAPI
import HTTPTypes
import Ledger
import Markup
import Product
import WebService

extension View {
  /// A whole page.
  /// - Parameter current: the part of the navigation that it belongs to.
  func page(_ title: String, _ current: String = "", _ main: HTML) -> HTML {
    let tabs = parts(current, isMain: true) + parts(current, isMain: false)
    let more = parts(current, isMain: false).map { "<li>\($0)</li>" as HTML }
    return """
      <!DOCTYPE html>
      <html lang="\(language.rawValue)"\(theme.isEmpty ? "" : " data-theme=\"\(theme)\"" as HTML)>
      <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title) · Hinata \(source.rules.name)</title>
      <link rel="stylesheet" href="\(Asset.style.path)"><link rel="icon" href="\(Asset.icon.path)">
      <link rel="manifest" href="/manifest.webmanifest"><link rel="apple-touch-icon" href="/apple-touch-icon.png">
      <meta property="og:title" content="\(title)"><meta property="og:site_name" content="Hinata \(source.rules.name)">
      <meta property="og:image" content="\(host)/icon.png"><meta property="og:description" content="\(about)">
      <script src="\(Asset.live.path)" defer></script></head>
      <body><a class="skip" href="#main">\(t("To the content", "本文へ"))</a>
      <header class="top"><div><a class="brand" href="/"><span aria-hidden="true">☀</span> Hinata \
      <small>\(source.rules.name)</small></a>\
      <nav class="tabs" aria-label="\(t("Parts", "目次"))">\(tabs)</nav><span class="grow"></span>\
      \(searchForm("q", "search"))\
      <a class="icon search-link" href="/search" aria-label="\(t("Search", "検索"))">⌕</a>\
      <details class="menu"><summary class="icon" aria-label="\(t("Menu", "メニュー"))">☰</summary>\
      <div><ul>\(more)</ul>\(preferences)</div></details></div></header>
      <main id="main">\(main)</main>
      <footer><p>\(t(
        "Everything here is read off the chain of this node, and can be checked without trusting it.",
        "ここにあるものはすべてこのノードのチェーンから読んだもので、信用せずに検証できます。"))</p>
      <p><a href="/help">\(t("Words", "ことば"))</a> · <a href="/api/v1/openapi.json">API</a> · <a href="/metrics">\(t("Metrics", "計測"))</a> · \
      Hinata \(Version.text)</p></footer></body></html>
      """
  }

  /// The parts of the explorer as links: those that lie at hand on a phone, or the others.
  private func parts(_ current: String, isMain: Bool) -> [HTML] {
    let main = [
      ("", t("Explorer", "台帳")), ("sites", t("Sites", "設備")), ("lots", t("Coins", "コイン")),
    ]
    let others = [
      ("blocks", t("Blocks", "ブロック")), ("transactions", t("Transactions", "取引")),
      ("members", t("Members", "会員")), ("claims", t("Claims", "発行申請")),
      ("network", t("Network", "ネットワーク")),
    ]
    let home = source.hasHome ? [("home", t("My home", "わが家"))] : []
    return (isMain ? home + main : others).map { path, name in
      let mark: HTML = path == current ? " aria-current=\"page\"" : ""
      let place: HTML = isMain ? "" : " class=\"more\""
      return "<a\(place) href=\"/\(path)\"\(mark)>\(name)</a>"
    }
  }

  /// What these pages are, for whoever is shown a link to one.
  private var about: String {
    t(
      "Energy of homes, and its zero-carbon value: 1 coin = 1 kWh, each traced to its meter.",
      "家々の電気とゼロカーボン価値。1 コイン = 1 kWh、すべて計量データまで遡れます。")
  }

  /// Where people type what they look for.
  func searchForm(_ id: String, _ place: String, _ text: String = "") -> HTML {
    """
    <form role="search" class="\(place)" action="/search"><label class="hide" for="\(id)">\(t("Search", "検索"))</label>\
    <input id="\(id)" name="q" type="search" maxlength="128" value="\(text)" placeholder="\(searchHint)">\
    <button>\(t("Search", "検索"))</button></form>
    """
  }

  private var searchHint: String { t("Name, date, id, block", "名前、日付、番号、ブロック") }

  /// Language and colours.
  private var preferences: HTML {
    let languages = [("en", "English"), ("ja", "日本語")].map { code, name -> HTML in
      """
      <button name="lang" value="\(code)" lang="\(code)" aria-pressed="\(code == language.rawValue ? "true" : "false")">\(name)</button>
      """
    }
    let themes = [
      ("auto", t("Auto", "自動")), ("light", t("Light", "ライト")), ("dark", t("Dark", "ダーク")),
    ]
    .map { code, name -> HTML in
      let isOn = code == (theme.isEmpty ? "auto" : theme)
      return
        "<button name=\"theme\" value=\"\(code)\" aria-pressed=\"\(isOn ? "true" : "false")\">\(name)</button>"
    }
    return """
      <form method="post" action="/preferences"><input type="hidden" name="back" value="\(path)">\
      <p>\(t("Language", "言語"))</p><div class="seg">\(languages)</div>\
      <p>\(t("Colours", "表示色"))</p><div class="seg">\(themes)</div></form>
      """
  }
}

extension Answer {
  /// A page as an answer.
  init(
    _ html: HTML, status: HTTPResponse.Status = .ok, freshness: Freshness = .changing
  ) {
    self.init(
      Array(html.text.utf8), type: "text/html; charset=utf-8", status: status,
      freshness: freshness)
  }
}

extension Endpoint {
  /// A page of the explorer.
  static func page(
    _ path: String, _ source: ExplorerSource, _ parameters: [Parameter] = [], isShared: Bool = true,
    _ make: @escaping @Sendable (View, Call) async throws -> HTML
  ) -> Endpoint {
    Endpoint(
      path, "pages", "", parameters, gives: .media("text/html"), failures: [.notFound],
      isShared: isShared
    ) { call in
      Answer(try await make(View(source, call), call), freshness: isShared ? .changing : .never)
    }
  }

  /// A form that a page of this node sends: another site's page may not press its buttons.
  static func action(
    _ path: String, _ source: ExplorerSource, most: Int = 8192,
    _ perform: @escaping @Sendable (View, Call, [String: String]) async throws -> Answer
  ) -> Endpoint {
    Endpoint(
      .post, path, "pages", "", body: (type: "application/x-www-form-urlencoded", most: most),
      gives: .media("text/html")
    ) { call in
      if let origin = call.headers[.origin],
        !["http://\(call.authority)", "https://\(call.authority)"].contains(origin)
      {
        throw Problem(.forbidden, "the form was sent from \(origin.prefix(80))")
      }
      return try await perform(View(source, call), call, try call.form())
    }
  }
}
