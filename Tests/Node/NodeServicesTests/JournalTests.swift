// SPDX-License-Identifier: Apache-2.0

import Logging
import Testing

@testable import NodeServices

@Suite("Lines for the journal")
struct JournalTests {
  @Test("Each level has its priority, and a message of many lines is one entry")
  func lines() {
    #expect(JournalLogHandler.line(.error, "hinatad", "full", [:]) == "<3>hinatad: full\n")
    #expect(
      JournalLogHandler.line(.warning, "hinatad", "a\nb\r\nc", ["z": "1", "peer": "x\n<2>y"])
        == "<4>hinatad: a / b / c peer=x / <2>y z=1\n")
    let priorities = [.trace, .debug, .info, .notice, .warning, .error, .critical].map {
      JournalLogHandler.line($0, "l", "m", [:]).prefix(3)
    }
    #expect(priorities == ["<7>", "<7>", "<6>", "<5>", "<4>", "<3>", "<2>"])
  }
}
