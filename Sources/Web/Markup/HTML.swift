// SPDX-License-Identifier: Apache-2.0

/// A piece of a page. Texts that are put into it are escaped; only pieces are taken as they are.
public struct HTML: ExpressibleByStringInterpolation, Sendable {
  /// The text of the piece.
  public private(set) var text: String

  /// A piece that stands in the source.
  public init(stringLiteral text: String) { self.text = text }

  /// A piece that was made elsewhere and is taken as it is: never a text that comes from anywhere.
  public init(raw text: String) { self.text = text }

  /// A piece with values put in.
  public init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  /// Collects the parts of a piece.
  public struct Interpolation: StringInterpolationProtocol {
    var text = ""

    /// Room for the parts.
    public init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 32 * interpolationCount)
    }

    /// What stands in the source.
    public mutating func appendLiteral(_ literal: String) { text += literal }
    /// A piece.
    public mutating func appendInterpolation(_ html: HTML) { text += html.text }
    /// Pieces one after the other.
    public mutating func appendInterpolation(_ pieces: [HTML]) {
      for piece in pieces { text += piece.text }
    }
    /// A text that comes from anywhere.
    public mutating func appendInterpolation(_ text: some StringProtocol) {
      self.text += HTML.escaped(text)
    }
    /// A number.
    public mutating func appendInterpolation(_ number: some BinaryInteger) {
      text += String(number)
    }
  }

  /// One piece after the other.
  public static func + (left: HTML, right: HTML) -> HTML { "\(left)\(right)" }

  /// Adds a piece.
  public static func += (left: inout HTML, right: HTML) { left.text += right.text }

  private static func escaped(_ text: some StringProtocol) -> String {
    guard text.utf8.contains(where: special) else { return String(text) }
    var escaped = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }

  private static func special(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
      UInt8(ascii: "'"):
      true
    default: false
    }
  }
}
