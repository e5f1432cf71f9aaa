import CanonicalCoding
import ExplorerIndex
import Foundation
import HTTPAPI
import Ledger
import Quantities
import WebService

/// Sites with their days, months and years.
struct SitePages {
  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    [
      .page("/sites", source, [.after]) { view, call in
        let title = view.t("Sites", "設備")
        let all = try source.index.entities(.site, after: call.cursor?.0 ?? 0, limit: 51)
        let rest = all.count > 50 ? "\(all[49].number)" : nil
        return view.page(
          title, "sites",
          """
          <h1>\(title)</h1>\(try view.siteTable(Array(all.prefix(50)), id: "sites"))\
          \(view.pager("/sites", rest))
          """)
      },
      .page(
        "/sites/{site}", source,
        [
          Parameter("site", .id, ""), Parameter("day", .date, ""),
          Parameter("month", .text(7), ""), Parameter("year", .integer(1970...9998), ""),
        ]
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
      (view.t("Device", "機器"), "\(record.deviceName), \(record.deviceId)"),
      (
        view.t("Since", "運転開始"),
        "\("\(CalendarDate(dayNumber: Int64(record.commissionedDay)))")"
      ),
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
      \(try chart(call))<section>\(facts)</section>\
      \(view.transactionTable(reports, id: "reports"))\
      \(view.lotTable(lots.map(\.summary), id: nil))\
      \(view.verify(
        view.t(
          "What was recorded and minted for a period, derived from every block.",
          "期間の記録と発行を全ブロックから導きます。"),
        [
          "hinata-verify claim --data DIR --genesis FILE --site \(record.id.hex) --first 2026-08-01T00:00Z --length 48",
          "curl 'HOST/api/v1\(path)/days?format=csv'",
        ]))
      """)
  }

  /// The day, the month or the year that the call names; the newest day unless told.
  private func chart(_ call: Call) throws -> HTML {
    guard let span = try view.source.index.span(of: record.id) else {
      return
        "<section><p class=\"none\">\(view.t("Nothing reported yet.", "まだ報告がありません。"))</p></section>"
    }
    let newest = CalendarDate(dayNumber: Int64(span.upperBound))
    if let year = call.integer("year") { return try self.year(Int(year)) }
    if let month = call["month"] {
      guard let first = CalendarDate(text: month + "-01") else {
        throw Problem.badRequest("month \"\(month)\" is no month such as 2026-08")
      }
      return try self.month(first)
    }
    return try day(call.date("day") ?? newest, newest: newest)
  }

  private func switcher(_ date: CalendarDate, _ current: String) -> HTML {
    let month = "\(date)".prefix(7)
    let parts = [
      ("day", view.t("Day", "日"), "day=\(date)"), ("month", view.t("Month", "月"), "month=\(month)"),
      ("year", view.t("Year", "年"), "year=\(date.year)"),
    ]
    return "<p class=\"pager noprint\">"
      + parts.map { part -> HTML in
        "<a href=\"\(path)?\(part.2)\"\(part.0 == current ? " aria-current=\"true\"" as HTML : "")>\(part.1)</a>"
      }.reduce("", +) + "</p>"
  }

  private func day(_ date: CalendarDate, newest: CalendarDate) throws -> HTML {
    let number = UInt32(clamping: date.dayNumber)
    let title = view.t("\(date), half hour by half hour", "\(date) の 30 分値")
    let flows = try view.source.index.flows(of: record.id, day: number)
    let labels = (0..<48).map { "\($0 / 2):\($0 % 2 == 0 ? "00" : "30")" }
    let before = CalendarDate(dayNumber: date.dayNumber - 1)
    let after = CalendarDate(dayNumber: date.dayNumber + 1)
    let neighbours: HTML = """
      <p class="pager noprint"><a rel="prev" href="\(path)?day=\("\(before)")">← \("\(before)")</a>\
      \(date < newest ? "<a rel=\"next\" href=\"\(path)?day=\("\(after)")\">\("\(after)") →</a>" as HTML : "")\
      <a href="/api/v1\(path)/days/\("\(date)")">JSON</a></p>
      """
    guard let flows else {
      return """
        <section><h2>\(title)</h2>\(switcher(date, "day"))<p class="none">\(view.t(
          "Nothing is reported of this day.", "この日の報告はありません。"))</p>\(neighbours)</section>
        """
    }
    let shown = EnergyFlow.allCases.filter { $0 <= .purchased || flows.total($0) > 0 }
    let rows = labels.indices.map { slot -> [HTML] in
      ["\(labels[slot])"] + shown.map { "\(View.thousandths(flows[$0][slot]))" }
        + ["\(flows.qualities[slot].map(view.quality) ?? "–")"]
    }
    let sums = view.facts(shown.map { (view.name($0), "\(view.kWh(flows.total($0)))") })
    return """
      <section id="day" data-live><h2>\(title)</h2>\(switcher(date, "day"))\
      \(view.day(title, shown, of: flows, labels: labels))\(neighbours)\(sums)<details><summary>\(view.t(
        "The numbers", "数値で見る"))</summary>\(view.table(
          title + " (kWh)", [view.t("Half hour", "時間帯")] + shown.map(view.name) + [view.t("Quality", "品質")],
          rows, numbers: Set(1...shown.count)))</details></section>
      """
  }

  private func month(_ first: CalendarDate) throws -> HTML {
    let start = UInt32(clamping: first.dayNumber)
    let length = UInt32(clamping: CalendarDate.days(inMonth: first.month, of: first.year))
    let days = try view.source.index.days(of: record.id, in: start..<start + length)
    let title = "\(first)".prefix(7).description
    return """
      <section><h2>\(title)</h2>\(switcher(first, "month"))\
      \(view.energyChart(title, days) { "\(CalendarDate(dayNumber: Int64($0.number)).day)" })</section>
      """
  }

  private func year(_ year: Int) throws -> HTML {
    let months = try view.source.months(of: record.id, year: year)
    let first = CalendarDate(year: year, month: 1, day: 1) ?? CalendarDate(dayNumber: 0)
    let names = Dictionary(
      months.map { ($0.sums.number, String($0.period.suffix(2))) }, uniquingKeysWith: { $1 })
    return """
      <section><h2>\(year)</h2>\(switcher(first, "year"))\
      \(view.energyChart("\(year)", months.map(\.sums)) { names[$0.number] ?? "" })</section>
      """
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
      ], rows, numbers: Set(2...7), id: id)
  }
}
