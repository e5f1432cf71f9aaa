// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A part of the terminal that is drawn again and again, or plain lines where there is none.
public struct Screen {
  private var drawn = 0
  /// Whether standard output is a terminal.
  public let isTerminal: Bool

  /// The screen behind standard output.
  public init() { isTerminal = isatty(STDOUT_FILENO) == 1 }

  /// Draws `lines` over the last ones. Without a terminal nothing is drawn.
  public mutating func draw(_ lines: [String]) {
    guard isTerminal else { return }
    var text = drawn > 0 ? "\u{1B}[\(drawn)A" : ""
    for line in lines { text += "\u{1B}[2K" + line + "\n" }
    text += "\u{1B}[J"
    drawn = lines.count
    FileHandle.standardOutput.write(Data(text.utf8))
  }

  /// Prints a line to standard error, where it is in no script's way.
  public static func note(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
