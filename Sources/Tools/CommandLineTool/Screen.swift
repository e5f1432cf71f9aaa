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
    // What is wider or higher than the terminal would be drawn over several of its lines, and the
    // next drawing would begin in the wrong one.
    let (columns, rows) = Screen.size
    let shown = lines.prefix(max(1, rows - 1))
    var text = drawn > 0 ? "\u{1B}[\(drawn)A" : ""
    for line in shown { text += "\u{1B}[2K" + Screen.cut(line, to: columns) + "\n" }
    text += "\u{1B}[J"
    drawn = shown.count
    FileHandle.standardOutput.write(Data(text.utf8))
  }

  /// The terminal's columns and rows; 80 and 24 where it does not tell. Source: tty_ioctl(4).
  public static var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else {
      return (80, 24)
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// As much of a line as fits into so many columns; sequences that set colours take none.
  public static func cut(_ line: String, to columns: Int) -> String {
    var (text, width, isSequence) = ("", 0, false)
    for scalar in line.unicodeScalars {
      if scalar == "\u{1B}" { isSequence = true }
      let wide = isSequence ? 0 : Table.width(String(scalar))
      if isSequence, scalar.properties.isAlphabetic { isSequence = false }
      guard width + wide <= columns else { continue }
      width += wide
      text.unicodeScalars.append(scalar)
    }
    return text
  }

  /// Prints a line to standard error, where it is in no script's way.
  public static func note(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
