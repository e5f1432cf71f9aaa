// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Clocks
import Foundation
import HTTPAPI
import HTTPTypes
import Ledger
import Markup
import NodeServices
import Product
import Quantities
import WebService

/// How one reader sees pages: in which language and colours, and how values are written there.
struct View: Sendable {
  let source: ExplorerSource
  let language: Language
  /// `light`, `dark`, or empty for what the system says.
  let theme: String
  /// The page's own path, to come back to.
  let path: String
  /// Where the reader found this node, as commands name it.
  let host: String

  init(_ source: ExplorerSource, _ call: Call) {
    self.source = source
    (language, theme) = View.preferences(call.headers)
    path = call.target
    // It stands in commands that people paste into a shell.
    let isPlain = call.authority.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: ":"),
        UInt8(ascii: "-"), UInt8(ascii: "["), UInt8(ascii: "]"):
        true
      default: false
      }
    }
    host = "http://\(isPlain && !call.authority.isEmpty ? call.authority : "localhost")"
  }

  private static func preferences(_ headers: HTTPFields) -> (Language, theme: String) {
    let theme = headers.cookie("theme").flatMap { ["light", "dark"].contains($0) ? $0 : nil }
    return (preferred(headers.cookie("lang") ?? headers[.acceptLanguage] ?? ""), theme ?? "")
  }

  /// All that a page takes from the headers: pages that agree in it are the same.
  static func variant(_ headers: HTTPFields) -> String {
    let (language, theme) = preferences(headers)
    return "\(language.rawValue) \(theme)"
  }

  /// The first of the languages of a header that there is. Source: RFC 9110 §12.5.4.
  private static func preferred(_ header: String) -> Language {
    for part in header.split(separator: ",") {
      let tag = part.drop { $0 == " " }.prefix(2).lowercased()
      if let language = Language(rawValue: tag) { return language }
    }
    return .english
  }

  /// A phrase in the reader's language.
  func t(_ english: String, _ japanese: String) -> String {
    language(english, japanese)
  }

  // MARK: Values

  /// Energy in kWh with three places.
  func kWh(_ wh: UInt64) -> String { "\(View.thousandths(wh)) kWh" }

  /// Coins with three places.
  func coins(_ amount: MilliCoins) -> String {
    t("\(View.thousandths(amount.value)) coins", "\(View.thousandths(amount.value)) コイン")
  }

  /// A number of thousandths, its whole part in groups of three digits.
  static func thousandths(_ value: UInt64) -> String {
    grouped(value / 1000) + Thousandths.text(value).drop { $0 != "." }
  }

  /// A whole number in groups of three digits.
  static func grouped(_ value: UInt64) -> String {
    var text = ""
    let digits = String(value)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }

  /// A moment by the clock of Japan; programs and pointers see UTC.
  func time(_ time: NetworkTime) -> HTML {
    let clock = UTCOffset.japan.clock(at: time)
    let hour = String(100 + clock.secondsOfDay / 3600).dropFirst()
    let minute = String(100 + clock.secondsOfDay / 60 % 60).dropFirst()
    return """
      <time datetime="\("\(time)")" title="\("\(time)")">\("\(clock.date)") \(hour):\(minute) \
      <small>JST</small></time>
      """
  }

  /// How long ago a moment of the network's clock was.
  func ago(_ time: NetworkTime) -> String {
    let seconds = source.clock.now.seconds(since: time)
    let (count, english, japanese) =
      switch seconds {
      case ..<60: (seconds, "s", "秒前")
      case ..<3600: (seconds / 60, "min", "分前")
      case ..<172_800: (seconds / 3600, "h", "時間前")
      default: (seconds / 86_400, "days", "日前")
      }
    return t("\(count) \(english) ago", "\(count) \(japanese)")
  }

  /// The beginning of an id that leads to its page.
  func link(_ kind: String, _ id: String, _ title: String? = nil) -> HTML {
    guard let title else {
      return "<a class=\"id\" href=\"/\(kind)/\(id)\" title=\"\(id)\">\(id.prefix(10))…</a>"
    }
    return "<a href=\"/\(kind)/\(id)\">\(title)</a>"
  }

  /// A whole id in a box that is easily copied.
  func whole(_ id: String) -> HTML { "<code class=\"whole\">\(id)</code>" }

  /// How the network file is got; whoever has one from somebody that they trust takes that.
  /// One that is there already is not touched.
  var networkCommand: String {
    "test -s network.json || curl -fLo network.json \(host)/api/v1/genesis"
  }

  /// A command of hinata-verify over a copy of the whole chain, complete as it stands.
  func chainCommands(_ command: String) -> [String] {
    [
      networkCommand, "curl -fLo chain.hinata \(host)/api/v1/chain",
      "hinata-verify \(command) --file chain.hinata --genesis network.json",
    ]
  }

  /// Whether what is shown can still change.
  func settled(_ isFinal: Bool) -> HTML {
    isFinal
      ? "<span class=\"badge good\">✓ \(t("final", "確定"))</span>"
      : "<span class=\"badge wait\">◷ \(t("not final yet", "未確定"))</span>"
  }

  /// The commands that prove what a page says.
  func verify(_ about: String, _ commands: [String]) -> HTML {
    """
    <aside class="verify"><h2>\(t("Verify it yourself", "自分で検証する"))</h2><p>\(about) \(t(
      "All that is believed is network.json: take it from somebody you trust, rather than from this node.",
      "信じるのは network.json だけです。このノードからではなく、信頼できる相手から受け取ってください。"))</p>\
    \(commands.map { "<pre tabindex=\"0\"><code>\($0)</code></pre>" as HTML })</aside>
    """
  }

  /// A table with a head. A list, where each row is a thing with its name first, becomes cards on a
  /// phone, so that nothing of a row is out of sight.
  func table(
    _ caption: String, _ head: [String], _ rows: [[HTML]], numbers: Set<Int> = [],
    id: String? = nil, isList: Bool = false
  ) -> HTML {
    guard !rows.isEmpty else {
      return """
        <section\(live(id))><h2>\(caption)</h2><p class="none">\(t("None yet.", "まだありません。"))</p></section>
        """
    }
    func cells(_ row: [HTML]) -> [HTML] {
      row.enumerated().map { index, cell in
        let place: HTML = numbers.contains(index) ? " class=\"n\"" : ""
        let name: HTML =
          isList && head.indices.contains(index) ? " data-h=\"\(head[index])\"" : ""
        return "<td\(place)\(name)>\(cell)</td>"
      }
    }
    let heads = head.enumerated().map { index, name -> HTML in
      numbers.contains(index)
        ? "<th scope=\"col\" class=\"n\">\(name)</th>" : "<th scope=\"col\">\(name)</th>"
    }
    return """
      <section\(live(id))><h2>\(caption)</h2><div class="\(isList ? "wide list" : "wide")" tabindex="0" role="region" \
      aria-label="\(caption)"><table><thead><tr>\(heads)</tr></thead>\
      <tbody>\(rows.map { "<tr>\(cells($0))</tr>" as HTML })</tbody></table></div></section>
      """
  }

  private func live(_ id: String?) -> HTML {
    id.map { " id=\"\($0)\" data-live" } ?? ""
  }

  /// Names and values, one beside the other.
  func facts(_ facts: [(String, HTML)]) -> HTML {
    "<dl class=\"facts\">\(facts.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" as HTML })</dl>"
  }

  /// A figure that stands out, with what it is.
  func figure(_ name: String, _ value: String, _ tone: String = "", _ note: HTML = "") -> HTML {
    """
    <div class="figure \(tone)"><span class="name">\(name)</span>\
    <strong>\(value)</strong>\(note)</div>
    """
  }
}
