// SPDX-License-Identifier: Apache-2.0

public import Certificates
import Charts
import Foundation
import Ledger
public import LedgerFiles
public import Markup
public import Product
import QRCodes
public import Quantities

/// Lays a statement out as a page for a printer, in Japanese or English, with a QR code that leads
/// to its verification. It needs no other file and no network.
public enum StatementSheet {
  /// What a link to an explorer's statement asks for.
  public static func query(_ days: ClosedRange<CalendarDate>, for beneficiary: String) -> String {
    let name = beneficiary.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    return "first=\(days.lowerBound)&last=\(days.upperBound)&beneficiary=\(name)"
  }

  /// The page of a statement, up to where its signature belongs.
  /// - Parameters:
  ///   - days: the first and last day, by the owner's clock.
  ///   - link: what the QR code says: an address of a node, or the statement's own name.
  public static func html(
    _ file: StatementFile, _ statement: Statement, days: ClosedRange<CalendarDate>,
    _ say: Language, link: String
  ) throws -> String {
    let title = say("Statement of used green power", "グリーン電力使用明細書")
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="\(say.rawValue)">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>\(title) · \(statement.beneficiary)</title>
      <style>\(HTML(raw: PrintStyle.sheet + PrintStyle.heat))</style>
      </head>
      <body>
      <header>
      <div>
      <h1>\(title)</h1>
      <p class="amount">\(Thousandths.text(statement.energyWh)) kWh</p>
      <p>\(sentence(statement, say))<br>\("\(days.lowerBound)") – \("\(days.upperBound)")</p>
      </div>
      <figure>\(HTML(raw: try QRCode(link).svg))<figcaption>\(link)</figcaption></figure>
      </header>
      \(statement.users.enumerated().map { map($1, number: $0, say) })
      \(sources(statement, say))
      \(facts(statement, say))
      <footer>
      <p>\(say("Verify, offline", "検証（オフライン）")): <code>hinata-verify statement THIS-PAGE.html --genesis FILE</code></p>
      </footer>
      \(HTML(raw: try ProvenPage.script(of: file)))
      </body>
      </html>

      """
    return page.text
  }

  /// Who used how much, from where.
  public static func sentence(_ statement: Statement, _ say: Language) -> String {
    let amount = "\(Thousandths.text(statement.energyWh)) kWh"
    let count = statement.sources.count
    return say(
      "\(statement.owner.name) used the value of \(amount) of renewable power from \(count) \(count == 1 ? "site" : "sites") for \(statement.beneficiary), and nobody can use it again.",
      "\(statement.owner.name) は \(count) か所の再生可能電力 \(amount) の価値を「\(statement.beneficiary)」のために使いました。この価値は二度と使えません。"
    )
  }

  /// A user's half hours as a map of days, tinted by how much of the use is matched.
  public static func map(_ user: Statement.User, number: Int, _ say: Language) -> HTML {
    let rows = rows(user, say)
    guard user.suppliedWh > 0 || user.matchedWh > 0 else { return "" }
    let name = say("Use of \(user.site.name)", "\(user.site.name) の使用")
    var map = HeatMap(name, id: "use-\(number)", columns: 48, rows)
    map.ticks = [0, 12, 24, 36, 48].map { BarChart.Tick($0, "\($0 / 2):00") }
    map.hint = say("touch a day for its numbers", "日に触れると数値が出ます")
    map.legend = [
      say("nothing matched", "対応なし"), say("under a third", "3 分の 1 未満"),
      say("under two thirds", "3 分の 2 未満"), say("under all", "全量未満"),
      say("all of it", "全量"), say("not known", "記録なし"),
    ]
    guard user.suppliedWh > 0 else {
      let none = say("What it used is not known.", "使用量は不明です。")
      return "<section><h2>\(name)</h2><p>\(none)</p>\(map.html)</section>"
    }
    let part = min(user.matchedWh, user.suppliedWh).multipliedFullWidth(by: 1000)
    let share = user.suppliedWh.dividingFullWidth(part).quotient
    let unknown =
      user.unknown == 0
      ? ""
      : say(
        "; \(user.unknown) half hours are not known and not counted",
        "（不明な \(user.unknown) コマは数えていません）")
    let said = say(
      "\(Thousandths.text(user.matchedWh)) of \(Thousandths.text(user.suppliedWh)) kWh, \(Thousandths.percent(share)) %, were generated in the half hour of their use\(unknown)",
      "\(Thousandths.text(user.suppliedWh)) kWh のうち \(Thousandths.text(user.matchedWh)) kWh（\(Thousandths.percent(share)) %）は、使ったその 30 分に発電されました\(unknown)"
    )
    return "<section><h2>\(name)</h2><p>\(said)</p>\(map.html)</section>"
  }

  private static func rows(_ user: Statement.User, _ say: Language) -> [HeatMap.Row] {
    var rows: [HeatMap.Row] = []
    var at = 0
    while at < user.uses.count {
      let (day, slot) = user.site.day(of: user.uses[at].interval)
      let uses = user.uses[at..<min(user.uses.count, at + 48 - slot)]
      at += uses.count
      let date = CalendarDate(dayNumber: Int64(day))
      let matched = uses.reduce(UInt64(0)) { $0.addingUpToMax($1.matchedWh) }
      let supplied = uses.reduce(UInt64(0)) { $0.addingUpToMax($1.suppliedWh ?? 0) }
      let cells =
        [HeatMap.Cell](repeating: .empty, count: slot)
        + uses.map { use in
          use.suppliedWh.map { HeatMap.Cell.of(use.matchedWh, in: $0) } ?? .unknown
        }
      // A month names every other day, a year its months.
      let isNamed = user.uses.count <= 32 * 48 ? date.day % 2 == 1 : date.day == 1
      rows.append(
        HeatMap.Row(
          isNamed
            ? "\(date)".dropFirst(user.uses.count <= 32 * 48 ? 5 : 0).prefix(7).description : "",
          cells,
          detail: "\(date) · \(Thousandths.text(matched)) / \(Thousandths.text(supplied)) kWh"
            + say(" matched", " 対応")))
    }
    return rows
  }

  private static func sources(_ statement: Statement, _ say: Language) -> HTML {
    let rows = statement.sources.prefix(40).map { source -> HTML in
      """
      <tr><td>\(source.site.name), \(source.producer.name)</td><td>\("\(source.site.method)"), \(source.site.region)</td>\
      <td class="n">\(Thousandths.text(source.energyWh)) kWh</td></tr>
      """
    }
    let more = statement.sources.count - rows.count
    let rest: HTML =
      more > 0
      ? "<tr><td>\(say("\(more) more in the file", "ほか \(more) か所（ファイルに記載）"))</td><td></td><td></td></tr>"
      : ""
    return "<h2>\(say("Sources", "発電元"))</h2><table>\(rows)\(rest)</table>"
  }

  private static func facts(_ statement: Statement, _ say: Language) -> HTML {
    let rows = statement.attributes.filter { $0.name != "sources" }.map { attribute -> HTML in
      "<tr><th>\(title(attribute.name, say))</th><td>\(attribute.value)</td></tr>"
    }
    return "<h2>\(say("What is stated", "明細"))</h2><table>\(rows)</table>"
  }

  private static let titles: [String: (japanese: String, english: String)] = [
    "statement_id": ("明細書番号", "Statement id"),
    "certificates": ("証書の数", "Certificates"),
    "fed_in_of_periods_wh": ("発電期間の逆潮流", "Fed into the grid in these periods (Wh)"),
    "use_of": ("使用量を示す設備", "Use shown of"),
    "used_wh": ("使用量", "Used (Wh)"),
    "matched_wh": ("同時同量の使用量", "Matched in the half hour (Wh)"),
    "unknown_half_hours": ("記録のない 30 分値", "Half hours not known"),
    "period_start": ("期間 開始", "Period start"),
    "period_end": ("期間 終了", "Period end"),
  ]

  /// What an attribute of a statement is called.
  public static func title(_ name: String, _ say: Language) -> String {
    titles[name].map { say($0.english, $0.japanese) }
      ?? CertificateSheet.title(name, japanese: say == .japanese)
  }
}
