// SPDX-License-Identifier: Apache-2.0

import Markup

/// The lines of a chart's scale, and the numbers beside them.
struct ChartGrid {
  /// A value and where it stands, in hundredths of a pixel from the top.
  struct Line {
    let y: Int
    let value: UInt64

    init(_ y: Int, _ value: UInt64) { (self.y, self.value) = (y, value) }
  }

  let lines: [Line]
  /// Pixels of the picture.
  let height: Int

  /// The column of numbers.
  func axis(_ unit: String) -> HTML {
    let marks = lines.map { line -> HTML in
      """
      <text class="soft t-e" x="\(BarChart.axis - 8)" y="\(ChartNumber.place(line.y + 400))">\
      \(ChartNumber.thousandths(line.value))</text>
      """
    }
    let name: HTML = unit.isEmpty ? "" : "<text class=\"soft\" x=\"0\" y=\"11\">\(unit)</text>"
    return """
      <svg class="axis" width="\(BarChart.axis)" height="\(height)" aria-hidden="true">\(name)\(marks)</svg>
      """
  }

  /// The lines themselves.
  var html: HTML {
    let drawn = lines.map { line -> HTML in
      let y = ChartNumber.place(line.y)
      return """
        <line class="\(line.value == 0 ? "zero" : "gl")" x1="0" x2="100%" y1="\(y)" y2="\(y)"/>
        """
    }
    return "\(drawn)"
  }
}
