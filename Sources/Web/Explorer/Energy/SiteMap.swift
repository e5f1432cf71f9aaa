// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Markup
import WebService

/// Where sites are.
enum SiteMap {
  private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

  /// Places on a grid of tenths of a degree, each as large as its capacity.
  static func map(
    _ title: String, _ places: [(name: String, position: CoarsePosition, watts: UInt32)]
  )
    -> HTML
  {
    let x = places.map { Double($0.position.longitudeTenths) / 10 }
    let y = places.map { Double($0.position.latitudeTenths) / 10 }
    guard let west = x.min(), let east = x.max(), let south = y.min(), let north = y.max() else {
      return ""
    }
    let span = max(east - west, (north - south) * 1.6, 0.5) * 1.2
    let circles = places.enumerated().map { index, place -> HTML in
      let cx = (x[index] - (west + east) / 2) / span * 600 + 360
      let cy = 120 - (y[index] - (south + north) / 2) / span * 600
      // Places of one cell of the grid lie around its middle, so that each can be seen.
      let turn = Double(index) * 2.4
      let away = 5 * Double(index).squareRoot()
      let radius = 5 + (Double(place.watts) / 1000).squareRoot() * 2
      return """
        <circle cx="\(number(cx + away * cos(turn)))" cy="\(number(cy + away * sin(turn)))" \
        r="\(number(min(40, radius)))"><title>\(place.name)</title></circle>
        """
    }
    return """
      <svg class="chart map" viewBox="0 0 720 240" role="img" aria-label="\(title)">\
      <title>\(title)</title>\(circles)<text x="4" y="16">\(number(north))° N</text>\
      <text x="4" y="234">\(number(south))° N</text>\
      <text x="716" y="234" text-anchor="end">\(number(west))°…\(number(east))° E</text></svg>
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
