// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Testing

@Suite("Parts of command lines")
struct TableTests {
  @Test("Columns line up, wide characters counted twice, numbers to the right")
  func table() {
    var table = Table([.left, .right, .left])
    table.add(["発電", "7", "Wh"])
    table.add(["sold", "1234"])
    #expect(table.lines == ["発電     7  Wh", "sold  1234"])
    #expect(Table.width("日向A") == 5 && Table.width("") == 0)
  }

  @Test("A bar fills from nothing to all and no further")
  func bar() {
    #expect(ProgressBar.text(0, of: 10, width: 4) == "▕    ▏ 0 %")
    #expect(ProgressBar.text(5, of: 10, width: 4) == "▕██  ▏ 50 %")
    #expect(ProgressBar.text(99, of: 10, width: 4) == "▕████▏ 100 %")
    #expect(ProgressBar.text(0, of: 0, width: 4) == "▕████▏ 100 %")
  }

  @Test("What goes wrong in a command ends with 2, and its own exit code is kept")
  func exitCodes() async {
    let wrong = #expect(throws: ExitCode.self) {
      try guarded { throw UsageError(description: "said by a test") }
    }
    #expect(wrong?.rawValue == 2)
    let own = await #expect(throws: ExitCode.self) { try await guardedAsync { throw ExitCode(1) } }
    #expect(own?.rawValue == 1)
    #expect(throws: Never.self) { try guarded { 7 } }
  }
}
