// SPDX-License-Identifier: Apache-2.0

import Charts
import Joining
import Ledger
import Markup
import Product
import Quantities
import WebService

/// Japan as a grid of equal squares, one for each prefecture and about where it lies, tinted by
/// what was generated there. Letters keep their size at any width. The grid is our own.
struct PrefectureMap {
  private static let columns = 14
  private static let tile = 26

  /// Column and row of each prefecture, by the number of its ISO code.
  static let places: [String: (column: Int, row: Int)] = [
    "01": (12, 0), "02": (12, 2), "03": (12, 3), "04": (12, 4),
    "05": (11, 3), "06": (11, 4), "07": (12, 5), "08": (13, 6),
    "09": (12, 6), "10": (11, 6), "11": (12, 7), "12": (13, 7),
    "13": (12, 8), "14": (12, 9), "15": (11, 5), "16": (10, 5),
    "17": (9, 5), "18": (9, 6), "19": (11, 7), "20": (10, 6),
    "21": (10, 7), "22": (11, 8), "23": (10, 8), "24": (9, 8),
    "25": (9, 7), "26": (8, 7), "27": (7, 8), "28": (7, 7),
    "29": (8, 8), "30": (8, 9), "31": (6, 7), "32": (5, 7),
    "33": (6, 8), "34": (5, 8), "35": (4, 8), "36": (6, 10),
    "37": (6, 9), "38": (5, 9), "39": (5, 10), "40": (2, 9),
    "41": (1, 9), "42": (0, 9), "43": (2, 10), "44": (3, 9),
    "45": (3, 10), "46": (2, 11), "47": (0, 12),
  ]

  let view: View
  /// Wh by ISO 3166-2 code.
  let energy: [String: UInt64]

  var html: HTML {
    let most = energy.values.max() ?? 0
    let rows = (PrefectureMap.places.values.map(\.row).max() ?? 0) + 1
    let tiles = Prefecture.all.map { tile($0, most) }
    let title = view.t("Generated, by prefecture", "都道府県別の発電量")
    return """
      <div class="chart"><svg class="tiles" width="100%" height="\(rows * PrefectureMap.tile)" role="img" \
      aria-label="\(title)">\(tiles)</svg></div>\(table(title))
      """
  }

  private func tile(_ prefecture: Prefecture, _ most: UInt64) -> HTML {
    guard let place = PrefectureMap.places[String(prefecture.code.suffix(2))] else { return "" }
    let wh = energy[prefecture.code] ?? 0
    // Three tints: of a whole that nobody else reaches, a third, two thirds, and more.
    let level = wh == 0 ? 0 : [1, 2, 4][min(2, Int(clamping: wh / max(1, (most + 2) / 3)))]
    func across(_ part: Int) -> String {
      let hundredths = part * 100 / PrefectureMap.columns
      return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)%"
    }
    let name =
      view.language == .japanese
      ? String(prefecture.japanese.prefix(2)) : String(prefecture.code.suffix(2))
    let y = place.row * PrefectureMap.tile
    let middle = across(place.column * 100 + 50)
    return """
      <g><title>\(view.t(prefecture.english, prefecture.japanese)): \(view.kWh(wh))</title>\
      <rect class="h-\(level)" x="\(across(place.column * 100 + 3))" width="\(across(94))" y="\(y)" \
      height="\(PrefectureMap.tile - 2)" rx="3"/>\
      <text class="t-m\(level == 4 ? " on" : "")" x="\(middle)" y="\(y + 16)">\(name)</text></g>
      """
  }

  private func table(_ title: String) -> HTML {
    let rows = energy.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { code, wh -> [HTML] in
      let name = Prefecture(code).map { view.t($0.english, $0.japanese) }
      return ["\(name ?? code)", "\(code)", "\(View.thousandths(wh))"]
    }
    return """
      <details><summary>\(view.t("The numbers", "数値で見る"))</summary>\(view.table(
        title + " (kWh)", [view.t("Prefecture", "都道府県"), view.t("Code", "コード"), "kWh"], rows,
        numbers: [2]))</details>
      """
  }
}

extension View {
  /// The numbers of a chart, for those who would rather read them.
  func numbers(_ title: String, _ heads: [String], _ rows: [[HTML]]) -> HTML {
    """
    <details><summary>\(t("The numbers", "数値で見る"))</summary>\
    \(table(title + " (kWh)", [t("Period", "期間")] + heads, rows, numbers: Set(1...heads.count)))</details>
    """
  }
}
