// SPDX-License-Identifier: Apache-2.0

public import Markup

/// Lines over places that are evenly spaced, by the same rules as `BarChart`.
public struct LineChart: Sendable {
  static let height = 200
  static let head = 12

  public var title: String
  public var series: [ChartSeries] = []
  /// What stands below the first place and the last.
  public var ends: (first: String, last: String) = ("", "")

  /// A chart without lines.
  public init(_ title: String) { self.title = title }

  /// The picture, its marks and its legend.
  public var html: HTML {
    let count = series.map(\.values.count).max() ?? 0
    let scale = ChartScale(above: series.flatMap(\.values).max() ?? 0)
    let bottom = (LineChart.head + LineChart.height) * 100
    func y(_ value: UInt64) -> Int { bottom - scale.height(value, of: LineChart.height) }
    let whole = LineChart.head + LineChart.height + 4
    let grid = ChartGrid(
      lines: (0...scale.above).map { ChartGrid.Line(y($0 * scale.step), $0 * scale.step) },
      height: whole)
    let lines = series.map { row -> HTML in
      let path = row.values.enumerated().map { index, value in
        "\(index == 0 ? "M" : "L")\(index) \(ChartNumber.place(y(value)))"
      }.joined()
      return "<path class=\"l-\(row.style)\" d=\"\(path)\"/>"
    }
    return """
      <div class="chart" role="group" aria-label="\(title)"><div class="plot">\
      \(grid.axis(""))\
      <div class="area"><svg width="100%" height="\(whole)" aria-hidden="true">\(grid.html)\
      <svg width="100%" height="\(whole)" viewBox="0 0 \(max(1, count - 1)) \(whole)" \
      preserveAspectRatio="none">\(lines)</svg></svg></div></div>\
      <div class="plot" aria-hidden="true"><span></span><div class="area"><svg width="100%" height="18">\
      <text class="soft" x="0" y="13">\(ends.first)</text>\
      <text class="soft t-e" x="100%" y="13">\(ends.last)</text></svg></div></div></div>\
      \(Legend(lines: series).html)
      """
  }
}
