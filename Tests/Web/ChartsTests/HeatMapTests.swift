// SPDX-License-Identifier: Apache-2.0

import Markup
import Testing

@testable import Charts

@Suite("Heat maps")
struct HeatMapTests {
  @Test("Nothing, all and what lies between are told apart, and an unknown is never a zero")
  func shares() {
    #expect(HeatMap.Cell.of(0, in: 0) == .empty && HeatMap.Cell.of(5, in: 0) == .empty)
    #expect(HeatMap.Cell.of(0, in: 9) == .share(0) && HeatMap.Cell.of(9, in: 9) == .share(4))
    #expect(HeatMap.Cell.of(1, in: 9) == .share(1) && HeatMap.Cell.of(8, in: 9) == .share(3))
    #expect(HeatMap.Cell.of(.max, in: .max - 1) == .share(4))
    #expect(HeatMap.Cell.of(.max - 1, in: .max) == .share(3))
    for part in 1..<100 as Range<UInt64> {
      guard case .share(let level) = HeatMap.Cell.of(part, in: 100) else {
        Issue.record("\(part)")
        continue
      }
      #expect(level == 1 + Int(part * 3 / 100))
    }
  }

  @Test("Equal neighbours are one shape; what is unknown is hatched where it stands")
  func runs() {
    let cells: [HeatMap.Cell] = [.share(4), .share(4), .unknown, .empty, .share(0)]
    let text = HeatMap("Use", id: "u", columns: 5, [.init("1", cells, detail: "a day")]).html.text
    #expect(text.contains("<path class=\"h-4\" d=\"M0 18h2v13h-2z\"/>"))
    #expect(text.contains("<path class=\"h-0\" d=\"M4 18h1v13h-1z\"/>"))
    #expect(text.contains("fill=\"url(#u-unknown)\" x=\"40%\" width=\"20%\" y=\"18\""))
    #expect(text.contains("<text class=\"t-e\" x=\"100%\" y=\"11\">a day</text>"))
  }

  @Test("More cells than columns, and a name that is markup, change nothing else")
  func hostile() {
    let cells = [HeatMap.Cell](repeating: .share(2), count: 99)
    let map = HeatMap("<b>", id: "u", columns: 4, [.init("<i>", cells, detail: "<u>")])
    #expect(map.html.text.contains("d=\"M0 18h4v13h-4z\""))
    for mark in ["<b>", "<i>", "<u>"] { #expect(!map.html.text.contains(mark)) }
  }
}
