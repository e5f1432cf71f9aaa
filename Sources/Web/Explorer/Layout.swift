// SPDX-License-Identifier: Apache-2.0

import HTTPAPI
import HTTPTypes
import Ledger
import Product
import WebService

extension View {
  /// A whole page.
  /// - Parameter current: the part of the navigation that it belongs to.
  func page(_ title: String, _ current: String = "", _ main: HTML) -> HTML {
    let parts: [(String, String)] = [
      ("blocks", t("Blocks", "ブロック")), ("transactions", t("Transactions", "取引")),
      ("sites", t("Sites", "設備")), ("members", t("Members", "会員")),
      ("lots", t("Coins", "コイン")), ("claims", t("Claims", "請求")),
      ("network", t("Network", "ネットワーク")),
    ]
    let links = parts.map { path, name -> HTML in
      path == current
        ? "<a href=\"/\(path)\" aria-current=\"page\">\(name)</a>"
        : "<a href=\"/\(path)\">\(name)</a>"
    }
    let home: HTML =
      source.hasHome
      ? "<a href=\"/home\"\(current == "home" ? " aria-current=\"page\"" as HTML : "")>\(t("My home", "わが家"))</a>"
      : ""
    return """
      <!DOCTYPE html>
      <html lang="\(language.rawValue)"\(theme.isEmpty ? "" : " data-theme=\"\(theme)\"" as HTML)>
      <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title) · Hinata \(source.rules.name)</title>
      <link rel="stylesheet" href="\(Asset.style.path)"><link rel="icon" href="\(Asset.icon.path)">
      <script src="\(Asset.live.path)" defer></script></head>
      <body><a class="skip" href="#main">\(t("To the content", "本文へ"))</a>
      <header><div class="bar"><a class="brand" href="/"><span aria-hidden="true">☀</span> Hinata \
      <small>\(source.rules.name)</small></a>\
      <form role="search" action="/search"><label class="hide" for="q">\(t("Search", "検索"))</label>\
      <input id="q" name="q" type="search" maxlength="128" placeholder="\(searchHint)">\
      <button>\(t("Search", "検索"))</button></form>\
      <div class="prefs">\(preferences)</div></div>
      <nav aria-label="\(t("Parts", "目次"))">\(links)\(home)</nav></header>
      <main id="main">\(main)</main>
      <footer><p>\(t(
        "Everything here is read off the chain of this node, and can be checked without trusting it.",
        "ここにあるものはすべてこのノードのチェーンから読んだもので、信用せずに検証できます。"))</p>
      <p><a href="/api/v1/openapi.json">API</a> · <a href="/metrics">\(t("Metrics", "計測"))</a> · \
      Hinata \(Version.text)</p></footer></body></html>
      """
  }

  private var searchHint: String {
    t("id, height, name, 2026-08-01T03:30Z", "番号、高さ、名前、2026-08-01T03:30Z")
  }

  private var preferences: HTML {
    let other = language == .japanese ? ("en", "English") : ("ja", "日本語")
    let dark = theme == "dark" ? ("light", t("Light", "明るく")) : ("dark", t("Dark", "暗く"))
    return """
      <form method="post" action="/preferences"><input type="hidden" name="back" value="\(path)">\
      <button name="lang" value="\(other.0)" lang="\(other.0)">\(other.1)</button>\
      <button name="theme" value="\(dark.0)">\(dark.1)</button></form>
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
