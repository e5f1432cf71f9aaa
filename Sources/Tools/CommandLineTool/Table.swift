// SPDX-License-Identifier: Apache-2.0

/// Rows of text that line up, wide (Japanese) characters counted as two columns.
public struct Table: Sendable {
  /// How a column is set.
  public enum Side: Sendable { case left, right }

  private let sides: [Side]
  private var rows: [[String]] = []

  /// A table with these columns.
  public init(_ sides: [Side]) { self.sides = sides }

  /// Adds a row; missing cells are empty.
  public mutating func add(_ cells: [String]) { rows.append(cells) }

  /// The lines of the table, two blanks between columns.
  public var lines: [String] {
    let widths = sides.indices.map { column in
      rows.map { column < $0.count ? Table.width($0[column]) : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (column, side) in sides.enumerated() {
        let cell = column < row.count ? row[column] : ""
        let blanks = String(repeating: " ", count: widths[column] - Table.width(cell))
        line += (column == 0 ? "" : "  ") + (side == .left ? cell + blanks : blanks + cell)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  /// Columns that `text` takes on a terminal.
  public static func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { sum, scalar in
      sum
        + ((0x1100...0x115F).contains(scalar.value) || (0x2E80...0xA4CF).contains(scalar.value)
          || (0xAC00...0xD7A3).contains(scalar.value) || (0xF900...0xFAFF).contains(scalar.value)
          || (0xFF00...0xFF60).contains(scalar.value) ? 2 : 1)
    }
  }
}

/// A bar that fills: `▕████████      ▏ 57 %`.
public enum ProgressBar {
  /// The bar for `done` of `total`.
  public static func text(_ done: UInt64, of total: UInt64, width: Int = 32) -> String {
    let part = total == 0 ? 1 : min(1, Double(done) / Double(total))
    let filled = Int(part * Double(width))
    return "▕" + String(repeating: "█", count: filled)
      + String(repeating: " ", count: width - filled) + "▏ \(Int(part * 100)) %"
  }
}
