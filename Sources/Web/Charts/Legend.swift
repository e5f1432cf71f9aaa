// SPDX-License-Identifier: Apache-2.0

import Markup

/// What the colours of a chart mean.
struct Legend {
  let bars: [ChartSeries]
  let lines: [ChartSeries]

  init(_ bars: [ChartSeries], _ line: ChartSeries?) {
    (self.bars, lines) = (bars, line.map { [$0] } ?? [])
  }

  init(lines: [ChartSeries]) { (bars, self.lines) = ([], lines) }

  var html: HTML {
    let items =
      bars.map { row -> HTML in
        item(row.name, "<rect class=\"f-\(row.style)\" width=\"14\" height=\"14\" rx=\"3\"/>")
      }
      + lines.map { row -> HTML in
        item(row.name, "<path class=\"l-\(row.style)\" d=\"M0 7h14\"/>")
      }
    return "<ul class=\"legend\">\(items)</ul>"
  }

  private func item(_ name: String, _ sign: HTML) -> HTML {
    "<li><svg viewBox=\"0 0 14 14\" aria-hidden=\"true\">\(sign)</svg>\(name)</li>"
  }
}
