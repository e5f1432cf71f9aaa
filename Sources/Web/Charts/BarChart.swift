// SPDX-License-Identifier: Apache-2.0

public import Markup

/// A row of values, one for each slot of a chart.
public struct ChartSeries: Sendable {
  /// What it shows, in the reader's language.
  public let name: String
  /// Names its colour in the style sheet: `f-` and `l-` with it.
  public let style: String
  public let values: [UInt64]

  /// A row of values.
  public init(_ name: String, style: String, _ values: [UInt64]) {
    (self.name, self.style, self.values) = (name, style, values)
  }
}

/// Stacked bars over the slots of a whole period, such as the half hours of a day: parts above
/// zero, others below it, and a line over them. Text is 12 px at any width: places across are
/// percent, places down are pixels, and only bars and lines stretch. Values show on touch and focus
/// without scripts. Source: Docs/design.md §6.
public struct BarChart: Sendable {
  /// Pixels of the picture: two lines for a slot's values, and below them the bars.
  static let head = 34
  static let height = 220
  static let axis = 40

  /// A mark below the bars.
  public struct Tick: Sendable {
    let slot: Int
    let text: String

    /// A mark at the left edge of a slot; at the middle of it where every slot has one.
    public init(_ slot: Int, _ text: String) { (self.slot, self.text) = (slot, text) }
  }

  /// What it shows, for those who do not see it.
  public var title: String
  /// Unique in its page.
  public var id: String
  /// How many slots the whole period has; those without values stay empty.
  public var slots: Int
  public var above: [ChartSeries] = []
  public var below: [ChartSeries] = []
  /// A line over the bars, from step to step.
  public var line: ChartSeries?
  /// Outlines behind the bars: the sum of the period before.
  public var ghost: [UInt64] = []
  /// Slots of which something is known; the line is drawn there alone.
  public var known: Set<Int> = []
  /// Slots whose values are not settled: hatched.
  public var open: Set<Int> = []
  public var ticks: [Tick] = []
  /// Where in the period now is, in thousandths of it.
  public var now: (place: Int, text: String)?
  /// What stands where a slot's values show, until one is touched.
  public var hint = ""
  /// Two lines about a slot.
  public var details: [(head: String, text: String)] = []

  /// A chart of a period of so many slots.
  public init(_ title: String, id: String, slots: Int) {
    (self.title, self.id, self.slots) = (title, id, max(1, slots))
  }

  /// The picture, its marks and its legend.
  public var html: HTML {
    """
    <div class="chart" role="group" aria-label="\(title)"><div class="plot">\(axisColumn)\
    <div class="area"><svg width="100%" height="\(BarChart.head + BarChart.height)">\(hatching)\
    <text class="rest soft t-e" x="100%" y="11">\(hint)</text>\(grid)\(bars)\(hatched)\(steps)\(nowLine)\
    \(touch)</svg></div></div>\(tickRow)</div>\(Legend(above + below, line).html)
    """
  }

  private func sum(_ series: [ChartSeries], _ slot: Int) -> UInt64 {
    series.reduce(0) { min($0 + value($1, slot), ChartScale.limit) }
  }

  private func value(_ series: ChartSeries, _ slot: Int) -> UInt64 {
    series.values.indices.contains(slot) ? min(series.values[slot], ChartScale.limit) : 0
  }

  private var scale: ChartScale {
    let tops = (0..<slots).map { slot in
      max(sum(above, slot), line.map { value($0, slot) } ?? 0)
    }
    return ChartScale(
      above: max(tops.max() ?? 0, ghost.max() ?? 0),
      below: (0..<slots).map { sum(below, $0) }.max() ?? 0)
  }

  /// Hundredths of a pixel from the top to zero.
  private var zero: Int {
    BarChart.head * 100 + scale.height(scale.above * scale.step, of: BarChart.height)
  }

  private func down(_ value: UInt64) -> Int { scale.height(value, of: BarChart.height) }

  private var lines: [(y: Int, value: UInt64)] {
    let up = (0...scale.above).map { (zero - down($0 * scale.step), $0 * scale.step) }
    guard scale.below > 0 else { return up }
    return up + (1...scale.below).map { (zero + down($0 * scale.step), $0 * scale.step) }
  }

  private var axisColumn: HTML {
    let marks = lines.map { line -> HTML in
      """
      <text class="soft t-e" x="\(BarChart.axis - 8)" y="\(ChartNumber.place(line.y + 400))">\
      \(ChartNumber.thousandths(line.value))</text>
      """
    }
    return """
      <svg class="axis" width="\(BarChart.axis)" height="\(BarChart.head + BarChart.height)" \
      aria-hidden="true"><text class="soft" x="0" y="11">kWh</text>\(marks)</svg>
      """
  }

  private var grid: HTML {
    lines.map { line -> HTML in
      let y = ChartNumber.place(line.y)
      return """
        <line class="\(line.value == 0 ? "zero" : "gl")" x1="0" x2="100%" y1="\(y)" y2="\(y)"/>
        """
    }.reduce("", +)
  }

  /// A picture whose width is the slots, and which stretches.
  private func stretched(_ shapes: HTML) -> HTML {
    """
    <svg width="100%" height="\(BarChart.head + BarChart.height)" \
    viewBox="0 0 \(slots) \(BarChart.head + BarChart.height)" preserveAspectRatio="none">\(shapes)</svg>
    """
  }

  private func bar(_ slot: Int, from low: Int, to high: Int) -> String {
    "M\(slot).1 \(ChartNumber.place(low))V\(ChartNumber.place(high))h.8"
      + "V\(ChartNumber.place(low))z"
  }

  private var bars: HTML {
    var shapes: HTML = ""
    let outline = ghost.indices.filter { ghost[$0] > 0 && $0 < slots }
      .map { bar($0, from: zero, to: zero - down(ghost[$0])) }.joined()
    if !outline.isEmpty { shapes += "<path class=\"ghost\" d=\"\(outline)\"/>" }
    for (rows, sign) in [(above, -1), (below, 1)] {
      var reached = [UInt64](repeating: 0, count: slots)
      for row in rows {
        var path = ""
        for slot in 0..<slots where value(row, slot) > 0 {
          let before = reached[slot]
          reached[slot] = min(before + value(row, slot), ChartScale.limit)
          path += bar(
            slot, from: zero + sign * down(before), to: zero + sign * down(reached[slot]))
        }
        if !path.isEmpty { shapes += "<path class=\"f-\(row.style)\" d=\"\(path)\"/>" }
      }
    }
    return stretched(shapes)
  }

  private var steps: HTML {
    guard let line, !known.isEmpty else { return "" }
    var path = ""
    for slot in (0..<slots) where known.contains(slot) {
      let y = ChartNumber.place(zero - down(value(line, slot)))
      path += known.contains(slot - 1) ? "V\(y)H\(slot + 1)" : "M\(slot) \(y)H\(slot + 1)"
    }
    return stretched(
      "<path class=\"halo\" d=\"\(path)\"/><path class=\"l-\(line.style)\" d=\"\(path)\"/>")
  }

  private var hatching: HTML {
    guard !open.isEmpty else { return "" }
    return """
      <pattern id="\(id)-hatch" width="6" height="6" patternUnits="userSpaceOnUse" \
      patternTransform="rotate(45)"><rect class="hatch" width="2.5" height="6"/></pattern>
      """
  }

  private var hatched: HTML {
    open.sorted().map { slot -> HTML in
      let top = zero - down(sum(above, slot))
      return """
        <rect fill="url(#\(id)-hatch)" x="\(across(slot))" width="\(across(1))" \
        y="\(ChartNumber.place(top))" height="\(ChartNumber.place(zero + down(sum(below, slot)) - top))"/>
        """
    }.reduce("", +)
  }

  private func across(_ slot: Int) -> String { ChartNumber.percent(slot, of: slots) }

  private var nowLine: HTML {
    guard let now else { return "" }
    let x = ChartNumber.percent(now.place, of: 1000)
    let isLate = now.place > 600
    return """
      <line class="nowline" x1="\(x)" x2="\(x)" y1="\(BarChart.head + 2)" \
      y2="\(BarChart.head + BarChart.height)"/><text class="nowtext\(isLate ? " t-e" : "")" x="\(x)" \
      dx="\(isLate ? "-5" : "5")" y="\(BarChart.head + 12)">\(now.text)</text>
      """
  }

  private var touch: HTML {
    details.prefix(slots).enumerated().map { slot, detail -> HTML in
      """
      <g class="v" tabindex="-1"><rect class="hit" x="\(across(slot))" width="\(across(1))" \
      y="\(BarChart.head)" height="\(BarChart.height)"/><text class="t-e" x="100%" y="11">\(detail.head)\
      <tspan x="100%" dy="15">\(detail.text)</tspan></text></g>
      """
    }.reduce("", +)
  }

  private var tickRow: HTML {
    let isEach = ticks.count == slots
    let marks = ticks.map { tick -> HTML in
      let place = ChartNumber.percent(tick.slot * 2 + (isEach ? 1 : 0), of: slots * 2)
      let side =
        isEach || (tick.slot > 0 && tick.slot < slots) ? " t-m" : (tick.slot == 0 ? "" : " t-e")
      return "<text class=\"soft\(side)\" x=\"\(place)\" y=\"13\">\(tick.text)</text>"
    }
    return """
      <div class="plot" aria-hidden="true"><span></span><div class="area"><svg width="100%" \
      height="18">\(marks)</svg></div></div>
      """
  }
}
