// SPDX-License-Identifier: Apache-2.0

import CQRCode

/// A text that is too long for a QR code.
public struct QRCodeError: Error, Sendable, CustomStringConvertible {
  /// Its bytes.
  public let count: Int
  public var description: String { "\(count) bytes are too many for a QR code (2331)" }
}

/// A QR code as pictures. Source: ISO/IEC 18004, by libqrencode; error correction level M.
public struct QRCode: Sendable {
  /// Rows of dark and light squares, without the quiet zone.
  private let rows: [[Bool]]

  /// The code of a text.
  public init(_ text: String) throws(QRCodeError) {
    guard let code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1) else {
      throw QRCodeError(count: text.utf8.count)
    }
    defer { QRcode_free(code) }
    let width = Int(code.pointee.width)
    rows = (0..<width).map { row in
      (0..<width).map { code.pointee.data[row * width + $0] & 1 != 0 }
    }
  }

  /// A picture for a page.
  public var svg: String {
    var path = ""
    for (row, squares) in rows.enumerated() {
      for (column, isDark) in squares.enumerated() where isDark {
        path += "M\(column + 4) \(row + 4)h1v1h-1z"
      }
    }
    let size = rows.count + 8
    return
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size) \(size)\" role=\"img\" aria-label=\"QR\">"
      + "<path fill=\"#fff\" d=\"M0 0h\(size)v\(size)H0z\"/><path d=\"\(path)\"/></svg>"
  }

  /// A picture for a terminal: two squares above one another in a character, light on dark.
  public var text: String {
    func isLight(_ row: Int, _ column: Int) -> Bool {
      guard rows.indices.contains(row), rows.indices.contains(column) else { return true }
      return !rows[row][column]
    }
    return stride(from: -2, to: rows.count + 2, by: 2).map { row in
      (-2..<rows.count + 2).map { column in
        switch (isLight(row, column), isLight(row + 1, column)) {
        case (true, true): "█"
        case (true, false): "▀"
        case (false, true): "▄"
        case (false, false): " "
        }
      }.joined()
    }.joined(separator: "\n")
  }
}
