// SPDX-License-Identifier: Apache-2.0

import Markup

/// A chart of bars on its scale, which is found once.
struct BarDrawing {
  private let chart: BarChart
  private let scale: ChartScale
  /// Hundredths of a pixel from the top to zero.
  private let zero: Int

  init(_ chart: BarChart) {
    self.chart = chart
    let slots = 0..<chart.slots
    let tops = slots.map { slot in
      max(
        BarDrawing.sum(chart.above, slot), chart.line.map { BarDrawing.value($0, slot) } ?? 0)
    }
    scale = ChartScale(
      above: max(tops.max() ?? 0, chart.ghost.max() ?? 0),
      below: slots.map { BarDrawing.sum(chart.below, $0) }.max() ?? 0)
    zero = BarChart.head * 100 + scale.height(scale.above * scale.step, of: BarChart.height)
  }

  private static func sum(_ series: [ChartSeries], _ slot: Int) -> UInt64 {
    series.reduce(0) { min($0 + value($1, slot), ChartScale.limit) }
  }

  private static func value(_ series: ChartSeries, _ slot: Int) -> UInt64 {
    series.values.indices.contains(slot) ? min(series.values[slot], ChartScale.limit) : 0
  }

  /// The picture, its marks and its legend.
  var html: HTML {
    """
    <div class="chart" role="group" aria-label="\(chart.title)"><div class="plot">\(lines.axis("kWh"))\
    <div class="area"><svg width="100%" height="\(height)">\(hatching)\
    <text class="rest soft t-e" x="100%" y="11">\(chart.hint)</text>\(lines.html)\(bars)\(hatched)\(steps)\(nowLine)\
    \(touch)</svg></div></div>\(tickRow)</div>\(Legend(chart.above + chart.below, chart.line).html)
    """
  }

  private var height: Int { BarChart.head + BarChart.height }

  private func down(_ value: UInt64) -> Int { scale.height(value, of: BarChart.height) }

  private var lines: ChartGrid {
    let up = (0...scale.above).map { ChartGrid.Line(zero - down($0 * scale.step), $0 * scale.step) }
    guard scale.below > 0 else { return ChartGrid(lines: up, height: height) }
    let under = (1...scale.below).map {
      ChartGrid.Line(zero + down($0 * scale.step), $0 * scale.step)
    }
    return ChartGrid(lines: up + under, height: height)
  }

  /// A picture whose width is the slots, and which stretches.
  private func stretched(_ shapes: HTML) -> HTML {
    """
    <svg width="100%" height="\(height)" \
    viewBox="0 0 \(chart.slots) \(height)" preserveAspectRatio="none">\(shapes)</svg>
    """
  }

  private func bar(_ slot: Int, from low: Int, to high: Int) -> String {
    "M\(slot).1 \(ChartNumber.place(low))V\(ChartNumber.place(high))h.8"
      + "V\(ChartNumber.place(low))z"
  }

  private var bars: HTML {
    var shapes: HTML = ""
    let outline = chart.ghost.indices.filter { chart.ghost[$0] > 0 && $0 < chart.slots }
      .map { bar($0, from: zero, to: zero - down(chart.ghost[$0])) }.joined()
    if !outline.isEmpty { shapes += "<path class=\"ghost\" d=\"\(outline)\"/>" }
    for (rows, sign) in [(chart.above, -1), (chart.below, 1)] {
      var reached = [UInt64](repeating: 0, count: chart.slots)
      for row in rows {
        var path = ""
        for slot in 0..<chart.slots where BarDrawing.value(row, slot) > 0 {
          let before = reached[slot]
          reached[slot] = min(before + BarDrawing.value(row, slot), ChartScale.limit)
          path += bar(
            slot, from: zero + sign * down(before), to: zero + sign * down(reached[slot]))
        }
        if !path.isEmpty { shapes += "<path class=\"f-\(row.style)\" d=\"\(path)\"/>" }
      }
    }
    return stretched(shapes)
  }

  private var steps: HTML {
    guard let line = chart.line, !chart.known.isEmpty else { return "" }
    var path = ""
    for slot in (0..<chart.slots) where chart.known.contains(slot) {
      let y = ChartNumber.place(zero - down(BarDrawing.value(line, slot)))
      path += chart.known.contains(slot - 1) ? "V\(y)H\(slot + 1)" : "M\(slot) \(y)H\(slot + 1)"
    }
    return stretched(
      "<path class=\"halo\" d=\"\(path)\"/><path class=\"l-\(line.style)\" d=\"\(path)\"/>")
  }

  private var hatching: HTML {
    guard !chart.open.isEmpty else { return "" }
    return """
      <pattern id="\(chart.id)-hatch" width="6" height="6" patternUnits="userSpaceOnUse" \
      patternTransform="rotate(45)"><rect class="hatch" width="2.5" height="6"/></pattern>
      """
  }

  private var hatched: HTML {
    chart.open.sorted().map { slot -> HTML in
      let top = zero - down(BarDrawing.sum(chart.above, slot))
      return """
        <rect fill="url(#\(chart.id)-hatch)" x="\(across(slot))" width="\(across(1))" \
        y="\(ChartNumber.place(top))" height="\(ChartNumber.place(zero + down(BarDrawing.sum(chart.below, slot)) - top))"/>
        """
    }.reduce("", +)
  }

  private func across(_ slot: Int) -> String { ChartNumber.percent(slot, of: chart.slots) }

  private var nowLine: HTML {
    guard let now = chart.now else { return "" }
    let x = ChartNumber.percent(now.place, of: 1000)
    let isLate = now.place > 600
    return """
      <line class="nowline" x1="\(x)" x2="\(x)" y1="\(BarChart.head + 2)" \
      y2="\(height)"/><text class="nowtext\(isLate ? " t-e" : "")" x="\(x)" \
      dx="\(isLate ? "-5" : "5")" y="\(BarChart.head + 12)">\(now.text)</text>
      """
  }

  private var touch: HTML {
    chart.details.prefix(chart.slots).enumerated().map { slot, detail -> HTML in
      """
      <g class="v" tabindex="-1"><rect class="hit" x="\(across(slot))" width="\(across(1))" \
      y="\(BarChart.head)" height="\(BarChart.height)"/><text class="t-e" x="100%" y="11">\(detail.head)\
      <tspan x="100%" dy="15">\(detail.text)</tspan></text></g>
      """
    }.reduce("", +)
  }

  private var tickRow: HTML {
    let isEach = chart.ticks.count == chart.slots
    let marks = chart.ticks.map { tick -> HTML in
      let place = ChartNumber.percent(tick.slot * 2 + (isEach ? 1 : 0), of: chart.slots * 2)
      let side =
        isEach || (tick.slot > 0 && tick.slot < chart.slots)
        ? " t-m" : (tick.slot == 0 ? "" : " t-e")
      return "<text class=\"soft\(side)\" x=\"\(place)\" y=\"13\">\(tick.text)</text>"
    }
    return """
      <div class="plot" aria-hidden="true"><span></span><div class="area"><svg width="100%" \
      height="18">\(marks)</svg></div></div>
      """
  }
}
