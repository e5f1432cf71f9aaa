// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import ExplorerIndex
import HTTPAPI
import HTTPTypes
import Ledger
import Quantities
import WebService

/// The half hours of a site over some days as a table for spreadsheets: local time, kWh, names.
struct ReadingsFile {
  /// Most days of one file.
  static let most: UInt32 = 366

  static func endpoints(_ source: ExplorerSource) -> [Endpoint] {
    [
      Endpoint(
        "/sites/{site}/readings.csv", "pages", "",
        [
          Parameter("site", .id, ""), Parameter("from", .date, "", isRequired: true),
          Parameter("to", .date, "", isRequired: true),
        ], gives: .media("text/csv"), failures: [.notFound], isShared: false
      ) { call in
        let view = View(source, call)
        guard let record = try source.site(SiteId(call.id("site") ?? .zero)) else {
          throw Problem.notFound(view.t("The network has no such site.", "その設備はありません。"))
        }
        let from = call.date("from")?.dayNumber ?? 0
        let to = call.date("to")?.dayNumber ?? 0
        let days = UInt32(clamping: from)..<UInt32(clamping: max(from, to + 1))
        guard days.count <= most else {
          throw Problem.badRequest("a file has \(most) days at most; from and to are \(days.count)")
        }
        return ReadingsFile(view: view, record: record, days: days).answer()
      }
    ]
  }

  let view: View
  let record: SiteRecord
  let days: Range<UInt32>

  private func answer() -> Answer {
    var answer = Answer(streaming: "text/csv; charset=utf-8") { writer in
      // Excel takes a file for UTF-8 only where it begins with the mark.
      try await writer.write(Array("\u{FEFF}\(head)\r\n".utf8))
      for day in days {
        guard let flows = try view.source.index.flows(of: record.id, day: day) else { continue }
        try await writer.write(Array(rows(of: day, flows).utf8))
      }
    }
    let first = CalendarDate(dayNumber: Int64(days.lowerBound))
    answer.headers[.contentDisposition] =
      "attachment; filename=\"hinata-\(record.id.hex.prefix(10))-\(first).csv\""
    return answer
  }

  private var head: String {
    let flows = EnergyFlow.allCases.map { "\(view.name($0)) kWh" }
    return
      ([view.t("Site", "設備"), view.t("Local time", "現地時刻"), "UTC"] + flows
      + [view.t("Quality", "品質")]).map { CSVCell.text(.text($0)) }.joined(separator: ",")
  }

  private func rows(of day: UInt32, _ flows: DayFlows) -> String {
    let date = CalendarDate(dayNumber: Int64(day))
    var text = ""
    for slot in 0..<48 {
      guard let known = flows.qualities[slot] else { continue }
      let values = EnergyFlow.allCases.map {
        known[$0] == .unknown ? "" : Thousandths.text(flows[$0][slot])
      }
      let clock = "\(date) \(slot / 2):\(slot % 2 == 0 ? "00" : "30")"
      let cells =
        [CSVCell.text(.text(record.name)), clock, "\(record.interval(day: day, slot: slot).start)"]
        + values
        + [CSVCell.text(.text(view.quality(known.worst)))]
      text += cells.joined(separator: ",") + "\r\n"
    }
    return text
  }
}
