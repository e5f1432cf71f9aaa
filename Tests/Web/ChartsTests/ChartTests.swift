// SPDX-License-Identifier: Apache-2.0

import Foundation
import Markup
import Testing

@testable import Charts

@Suite("Charts")
struct ChartTests {
  @Test("A scale is round, above what it shows, and not far above it")
  func scales() {
    for most in [0, 1, 3, 4, 5, 7, 99, 100, 101, 999, 2100, 553_227, 1_000_000_007] as [UInt64] {
      for least in [0, 1, most / 3, most] {
        let scale = ChartScale(above: most, below: least)
        var step = scale.step
        while step % 10 == 0 { step /= 10 }
        #expect([1, 2, 5].contains(step))
        #expect(scale.above * scale.step >= most && scale.below * scale.step >= least)
        #expect(scale.above * scale.step <= most + scale.step || scale.above == 1)
        #expect(scale.above + scale.below <= 6, "\(most) \(least): \(scale)")
        #expect((scale.below == 0) == (least == 0))
      }
    }
  }

  @Test(
    "Numbers of any size lead to a scale",
    arguments: [UInt64.max, UInt64.max - 1, 1 << 63] as [UInt64])
  func extremes(value: UInt64) {
    let scale = ChartScale(above: value, below: value)
    #expect(scale.height(value, of: 220) <= 22_000)
    var chart = BarChart("t", id: "t", slots: 3)
    chart.above = [ChartSeries("a", style: "sun", [value, value, 0])]
    chart.below = [ChartSeries("b", style: "sold", [value])]
    chart.ghost = [value]
    chart.open = [0]
    #expect(chart.html.text.contains("<svg"))
  }

  @Test("Bars stand on one another above zero, and below it hang from it")
  func stack() {
    var chart = BarChart("Day", id: "d", slots: 2)
    chart.above = [
      ChartSeries("sun", style: "sun", [100, 0]), ChartSeries("grid", style: "grid", [100, 100]),
    ]
    chart.below = [ChartSeries("sold", style: "sold", [200])]
    // 200 above and 200 below in 220 px under a head of 34: zero at 144, 0.55 px a Wh.
    let text = chart.html.text
    #expect(text.contains("<path class=\"f-sun\" d=\"M0.1 144V89h.8V144z\"/>"))
    #expect(
      text.contains("<path class=\"f-grid\" d=\"M0.1 89V34h.8V89zM1.1 144V89h.8V144z\"/>"))
    #expect(text.contains("<path class=\"f-sold\" d=\"M0.1 144V254h.8V144z\"/>"))
  }

  @Test("A line breaks where nothing is known, and is not drawn through it")
  func gaps() {
    var chart = BarChart("Day", id: "d", slots: 4)
    chart.line = ChartSeries("use", style: "use", [100, 100, 0, 100])
    chart.known = [0, 1, 3]
    #expect(chart.html.text.contains("<path class=\"l-use\" d=\"M0 34H1V34H2M3 34H4\"/>"))
  }

  @Test(
    "What people are told of a slot is text, whatever it says, and nothing has a style of its own")
  func hostile() {
    var chart = BarChart("<i>", id: "d", slots: 1)
    chart.above = [ChartSeries("<script>", style: "sun", [5])]
    chart.line = ChartSeries("\"x", style: "use", [5])
    chart.details = [("</text><script>", "&")]
    chart.hint = "<b>"
    chart.ticks = [.init(0, "<u>")]
    chart.now = (500, "<s>")
    let text = chart.html.text
    for bad in ["<script", "<i>", "<b>", "<u>", "<s>", "style=", "\"\"x"] {
      #expect(!text.contains(bad), "\(bad)")
    }
  }

  @Test("Every element of a chart is closed")
  func wellFormed() throws {
    var chart = BarChart("Day", id: "d", slots: 48)
    chart.above = [ChartSeries("sun", style: "sun", (0..<48).map { UInt64($0 * 7) })]
    chart.below = [ChartSeries("sold", style: "sold", (0..<48).map { UInt64($0 * 3) })]
    chart.line = ChartSeries("use", style: "use", (0..<48).map { UInt64($0 * 5) })
    chart.ghost = (0..<48).map { UInt64($0 * 6) }
    (chart.known, chart.open, chart.now) = (Set(0..<40), [38, 39], (830, "now"))
    chart.details = (0..<48).map { ("\($0)", "sun") }
    chart.ticks = [.init(0, "0"), .init(24, "12"), .init(48, "24")]
    var lines = LineChart("Coins")
    lines.series = [ChartSeries("kWh", style: "sun", [0, 5, 9])]
    let gauge = Gauge("Own", 637, style: "sun", note: "of use")
    for html in [chart.html, lines.html, gauge.html] {
      #expect(isWellFormed("<div>\(html.text)</div>"), "\(html.text)")
    }
    #expect(gauge.html.text.contains("64\u{a0}%") && gauge.html.text.contains("637 1000"))
    #expect(Gauge("Own", nil, style: "sun", note: "").html.text.contains("–"))
  }

  /// Every element is closed, in order.
  private func isWellFormed(_ text: String) -> Bool {
    var open: [Substring] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return false }
      } else if !tag.hasSuffix("/") {
        open.append(tag.prefix { !$0.isWhitespace })
      }
    }
    return open.isEmpty
  }
}
