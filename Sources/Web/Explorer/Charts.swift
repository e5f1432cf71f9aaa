// SPDX-License-Identifier: Apache-2.0

import ExplorerIndex
import Foundation
import Ledger
import MeterServices
import Quantities
import WebService

/// Charts as SVG that stands in the page: no script, no other file, colours from the style sheet.
struct Chart {
  static let width = 720.0
  static let height = 260.0
  private static let left = 58.0
  private static let bottom = 28.0
  private static let top = 22.0

  /// A series of a chart.
  struct Series {
    let name: String
    /// Names its colour.
    let style: String
    let values: [UInt64]
    /// Where its values begin among the labels.
    var first = 0
    /// A line has its area filled.
    var isFilled = false
  }

  /// A round number that is not far above a value, and whose quarters are round as well.
  static func nice(_ value: UInt64) -> UInt64 {
    var step: UInt64 = 1
    while step < value {
      for tenths in [12, 16, 20, 24, 32, 40, 60, 80, 100] as [UInt64] {
        let candidate = step * tenths / 10
        if step * tenths % 40 == 0 || step >= 40, candidate >= value { return candidate }
      }
      step *= 10
    }
    return step
  }

  private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

  private static func grid(_ top: UInt64, unit: String) -> HTML {
    let lines = (0...4).map { step -> HTML in
      let y = y(Double(top) * Double(step) / 4, of: top)
      let label = Double(top) * Double(step) / 4 / 1000
      return """
        <line class="axis" x1="\(number(left))" x2="\(number(width))" y1="\(number(y))" \
        y2="\(number(y))"/><text x="\(number(left - 6))" y="\(number(y + 4))" \
        text-anchor="end">\(label == label.rounded() ? "\(Int(label))" : String(format: "%.3g", label))</text>
        """
    }
    return "\(lines)<text x=\"\(number(width))\" y=\"14\" text-anchor=\"end\">\(unit)</text>"
  }

  private static func y(_ value: Double, of top: UInt64) -> Double {
    height - bottom - value / Double(max(1, top)) * (height - bottom - Chart.top)
  }

  /// Columns side by side for each label.
  static func columns(
    _ title: String, _ series: [Series], labels: [String], unit: String = "kWh"
  ) -> HTML {
    let most = series.flatMap(\.values).max() ?? 0
    let top = nice(max(most, 4))
    let count = max(1, labels.count)
    let slot = (width - left) / Double(count)
    let bar = slot * 0.84 / Double(max(1, series.count))
    var bars: [HTML] = []
    for (number, row) in series.enumerated() {
      var path = ""
      for (index, value) in row.values.enumerated() where value > 0 {
        let x = left + Double(index) * slot + slot * 0.08 + Double(number) * bar
        let y = y(Double(value), of: top)
        path +=
          "M\(Chart.number(x)) \(Chart.number(height - bottom))V\(Chart.number(y))"
          + "h\(Chart.number(max(0.8, bar - 0.3)))V\(Chart.number(height - bottom))z"
      }
      bars.append("<path class=\"f-\(row.style)\" d=\"\(path)\"/>")
    }
    return frame(title, top, bars, labels: labels, slot: slot, unit: unit) + legend(series, "f-")
  }

  /// Lines over labels that are evenly spaced.
  static func lines(
    _ title: String, _ series: [Series], labels: [String], unit: String = "kWh"
  ) -> HTML {
    let top = nice(max(series.flatMap(\.values).max() ?? 0, 4))
    let slot = (width - left) / Double(max(1, labels.count))
    let lines = series.map { row -> HTML in
      var path = ""
      for (index, value) in row.values.enumerated() {
        let x = left + (Double(row.first + index) + 0.5) * slot
        path += "\(index == 0 ? "M" : "L")\(number(x)) \(number(y(Double(value), of: top)))"
      }
      let line: HTML = "<path class=\"l-\(row.style)\" d=\"\(path)\"/>"
      guard row.isFilled, !row.values.isEmpty else { return line }
      let ground = number(height - bottom)
      let end = number(left + (Double(row.first + row.values.count) - 0.5) * slot)
      let start = number(left + (Double(row.first) + 0.5) * slot)
      return
        "<path class=\"a-\(row.style)\" d=\"\(path)L\(end) \(ground)L\(start) \(ground)z\"/>\(line)"
    }
    return frame(title, top, lines, labels: labels, slot: slot, unit: unit) + legend(series, "l-")
  }

  private static func frame(
    _ title: String, _ top: UInt64, _ shapes: [HTML], labels: [String], slot: Double, unit: String
  ) -> HTML {
    let every = max(1, labels.count / 8 + (labels.count % 8 == 0 ? 0 : 1))
    let marks = labels.enumerated().filter { $0.offset.isMultiple(of: every) }.map {
      """
      <text x="\(number(left + (Double($0.offset) + 0.5) * slot))" y="\(number(height - 6))" \
      text-anchor="middle">\($0.element)</text>
      """ as HTML
    }
    return """
      <svg class="chart" viewBox="0 0 \(number(width)) \(number(height))" role="img" \
      aria-label="\(title)"><title>\(title)</title>\(grid(top, unit: unit))\(shapes)\(marks)</svg>
      """
  }

  private static func legend(_ series: [Series], _ prefix: String) -> HTML {
    let items = series.map { row -> HTML in
      prefix == "f-"
        ? "<li><svg viewBox=\"0 0 8 8\" aria-hidden=\"true\"><path class=\"f-\(row.style)\" d=\"M0 0h8v8H0z\"/></svg>\(row.name)</li>"
        : "<li><svg viewBox=\"0 0 8 8\" aria-hidden=\"true\"><path class=\"l-\(row.style)\" d=\"M0 4h8\"/></svg>\(row.name)</li>"
    }
    return "<ul class=\"legend\">\(items)</ul>"
  }

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
  /// A flow's name.
  func name(_ flow: EnergyFlow) -> String { flow.name(language) }

  /// The flows of a day, from the first to the last half hour that is reported.
  func day(_ title: String, _ flows: [EnergyFlow], of day: DayFlows, labels: [String]) -> HTML {
    let first = day.qualities.firstIndex { $0 != nil } ?? 0
    let last = day.qualities.lastIndex { $0 != nil } ?? 0
    return halfHours(
      title, flows.map { ($0, Array(day[$0][first...last])) }, labels: labels, from: first)
  }

  /// Flows half hour by half hour, as lines over a filled PQ1.
  /// - Parameter from: the label at which they begin.
  func halfHours(
    _ title: String, _ flows: [(EnergyFlow, [UInt64])], labels: [String], from first: Int = 0
  ) -> HTML {
    let series = flows.map { flow, values in
      Chart.Series(
        name: name(flow), style: "\(flow)", values: values, first: first,
        isFilled: flow == .generated)
    }
    return Chart.lines(title, series, labels: labels)
  }

  /// PQ1–PQ4 of periods as columns, with their numbers in a table below.
  func energyChart(_ title: String, _ sums: [EnergySums], label: (EnergySums) -> String) -> HTML {
    let series = [EnergyFlow.generated, .consumed, .sold, .purchased].map { flow in
      Chart.Series(
        name: name(flow), style: "\(flow)", values: sums.map { $0[flow] })
    }
    let rows = sums.map { sum -> [HTML] in
      ["\(label(sum))"]
        + [EnergyFlow.generated, .consumed, .sold, .purchased].map {
          "\(View.thousandths(sum[$0]))"
        }
    }
    return Chart.columns(title, series, labels: sums.map(label))
      + numbers(title, series.map(\.name), rows)
  }

  /// The numbers of a chart, for those who would rather read them.
  func numbers(_ title: String, _ heads: [String], _ rows: [[HTML]]) -> HTML {
    """
    <details><summary>\(t("The numbers", "数値で見る"))</summary>\
    \(table(title + " (kWh)", [t("Period", "期間")] + heads, rows, numbers: Set(1...heads.count)))</details>
    """
  }
}

extension EnergySums {
  subscript(flow: EnergyFlow) -> UInt64 {
    switch flow {
    case .generated: generatedWh
    case .consumed: consumedWh
    case .sold: soldWh
    default: purchasedWh
    }
  }
}
