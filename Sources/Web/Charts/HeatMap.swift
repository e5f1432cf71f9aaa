// SPDX-License-Identifier: Apache-2.0

public import Markup

/// Days as rows and their parts as columns, each cell tinted by how much of a whole it is: the
/// darker, the more, so that it is read without colours too. Text is 12 px at any width; a row's
/// numbers show on touch and focus without scripts. Source: Docs/design.md §6.
public struct HeatMap: Sendable {
  static let axis = 64
  static let head = 18

  /// What a cell shows.
  public enum Cell: Hashable, Sendable {
    /// There is nothing to show.
    case empty
    /// Nobody knows: it is marked, not left out.
    case unknown
    /// How much of the whole, in quarters: 0 for nothing, 4 for all of it.
    case share(Int)

    /// A part of a whole: nothing and all of it are told from a little and almost.
    public static func of(_ part: UInt64, in whole: UInt64) -> Cell {
      guard whole > 0 else { return .empty }
      guard part > 0 else { return .share(0) }
      guard part < whole else { return .share(4) }
      let product = min(part, whole).multipliedFullWidth(by: 3)
      return .share(1 + Int(clamping: whole.dividingFullWidth(product).quotient))
    }
  }

  /// A row of cells.
  public struct Row: Sendable {
    let name: String
    let cells: [Cell]
    let detail: String

    /// A row that is called `name`, nothing for no mark, with a line about it.
    public init(_ name: String, _ cells: [Cell], detail: String) {
      (self.name, self.cells, self.detail) = (name, cells, detail)
    }
  }

  /// What it shows, for those who do not see it.
  public var title: String
  /// Unique in its page.
  public var id: String
  public var columns: Int
  public var rows: [Row]
  /// Marks below the columns.
  public var ticks: [BarChart.Tick] = []
  /// What stands where a row's line shows, until one is touched.
  public var hint = ""
  /// What the five tints and the mark of the unknown mean, in this order.
  public var legend: [String] = []

  /// A map of so many columns.
  public init(_ title: String, id: String, columns: Int, _ rows: [Row]) {
    (self.title, self.id, self.columns, self.rows) = (title, id, columns, rows)
  }

  /// Pixels of a row: a month is read day by day, a year as a whole.
  private var step: Int { rows.count <= 31 ? 14 : (rows.count <= 100 ? 6 : 3) }
  private var height: Int { HeatMap.head + rows.count * step }

  /// The picture, its marks and its legend.
  public var html: HTML {
    """
    <div class="chart heat" role="group" aria-label="\(title)"><div class="plot">\(names)<div class="area">\
    <svg width="100%" height="\(height)">\(pattern)<text class="rest soft t-e" x="100%" y="11">\(hint)</text>\
    \(tints)\(unknown)\(touch)</svg></div></div>\(tickRow)</div>\(key)
    """
  }

  private var names: HTML {
    let marks = rows.enumerated().map { index, row -> HTML in
      row.name.isEmpty
        ? ""
        : "<text class=\"soft t-e\" x=\"\(HeatMap.axis - 8)\" y=\"\(top(index) + 11)\">\(row.name)</text>"
    }
    return """
      <svg class="axis" width="\(HeatMap.axis)" height="\(height)" aria-hidden="true">\(marks)</svg>
      """
  }

  private func top(_ row: Int) -> Int { HeatMap.head + row * step }

  /// Runs of equal cells in a row.
  private func runs(_ row: Row) -> [(cell: Cell, from: Int, count: Int)] {
    var runs: [(cell: Cell, from: Int, count: Int)] = []
    for (column, cell) in row.cells.prefix(columns).enumerated() {
      if let last = runs.last, last.cell == cell {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((cell, column, 1))
      }
    }
    return runs
  }

  private var tints: HTML {
    var paths = [String](repeating: "", count: 5)
    let deep = max(1, step - 1)
    for (index, row) in rows.enumerated() {
      for run in runs(row) {
        guard case .share(let level) = run.cell, paths.indices.contains(level) else { continue }
        paths[level] += "M\(run.from) \(top(index))h\(run.count)v\(deep)h-\(run.count)z"
      }
    }
    let shapes = paths.enumerated().map { level, path -> HTML in
      path.isEmpty ? "" : "<path class=\"h-\(level)\" d=\"\(path)\"/>"
    }
    return """
      <svg width="100%" height="\(height)" viewBox="0 0 \(columns) \(height)" \
      preserveAspectRatio="none">\(shapes)</svg>
      """
  }

  private var pattern: HTML {
    """
    <pattern id="\(id)-unknown" width="5" height="5" patternUnits="userSpaceOnUse" \
    patternTransform="rotate(45)"><rect class="h-line" width="1.2" height="5"/></pattern>
    """
  }

  private var unknown: HTML {
    var shapes: HTML = ""
    for (index, row) in rows.enumerated() {
      for run in runs(row) where run.cell == .unknown {
        shapes += """
          <rect fill="url(#\(id)-unknown)" x="\(ChartNumber.percent(run.from, of: columns))" \
          width="\(ChartNumber.percent(run.count, of: columns))" y="\(top(index))" height="\(max(1, step - 1))"/>
          """
      }
    }
    return shapes
  }

  private var touch: HTML {
    rows.enumerated().map { index, row -> HTML in
      row.detail.isEmpty
        ? ""
        : """
        <g class="v" tabindex="-1"><rect class="hit" x="0" width="100%" y="\(top(index))" \
        height="\(step)"/><text class="t-e" x="100%" y="11">\(row.detail)</text></g>
        """
    }.reduce("", +)
  }

  private var tickRow: HTML {
    let marks = ticks.map { tick -> HTML in
      let side = tick.slot == 0 ? "" : (tick.slot < columns ? " t-m" : " t-e")
      return """
        <text class="soft\(side)" x="\(ChartNumber.percent(tick.slot, of: columns))" y="13">\(tick.text)</text>
        """
    }
    return """
      <div class="plot" aria-hidden="true"><span></span><div class="area"><svg width="100%" \
      height="18">\(marks)</svg></div></div>
      """
  }

  private var key: HTML {
    let items = legend.prefix(6).enumerated().map { index, name -> HTML in
      let sign: HTML =
        index < 5
        ? "<rect class=\"h-\(index)\" width=\"14\" height=\"14\" rx=\"3\"/>"
        : "<path class=\"h-key\" d=\"M0 14L14 0M0 7L7 0M7 14L14 7\"/>"
      return "<li><svg viewBox=\"0 0 14 14\" aria-hidden=\"true\">\(sign)</svg>\(name)</li>"
    }
    return "<ul class=\"legend\">\(items)</ul>"
  }
}
