/// One value without parts.
public enum Scalar: Sendable, Equatable {
  case null
  case flag(Bool)
  case unsigned(UInt64)
  case signed(Int64)
  case number(Double)
  case text(String)

  /// The value, or null.
  public static func optional(_ value: UInt64?) -> Scalar { value.map { .unsigned($0) } ?? .null }
  /// The value, or null.
  public static func optional(_ value: String?) -> Scalar { value.map { .text($0) } ?? .null }
}

/// Writes JSON straight into bytes: an answer of a few kilobytes takes a tenth of what `JSONEncoder` takes.
/// Source: RFC 8259; shared/performance.md §1.
public struct JSONWriter: Sendable {
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// A writer of nothing yet.
  public init() { bytes.reserveCapacity(4096) }

  /// An object, whose members `body` writes.
  public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
    try enclose("{", "}", body)
  }

  /// An array, whose items `body` writes.
  public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
    try enclose("[", "]", body)
  }

  private mutating func enclose(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) throws -> Void
  ) rethrows {
    comma()
    bytes.append(UInt8(ascii: open))
    needsComma = false
    try body(&self)
    bytes.append(UInt8(ascii: close))
    needsComma = true
  }

  private mutating func comma() { if needsComma { bytes.append(UInt8(ascii: ",")) } }

  /// The name of the next member.
  public mutating func key(_ name: String) {
    write(.text(name))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A value without parts.
  public mutating func write(_ value: Scalar) {
    comma()
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .flag(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    case .unsigned(let number): append(number)
    case .signed(let number):
      if number < 0 { bytes.append(UInt8(ascii: "-")) }
      append(number.magnitude)
    case .number(let number):
      bytes.append(contentsOf: (number.isFinite ? "\(number)" : "null").utf8)
    case .text(let text): append(text)
    }
    needsComma = true
  }

  private mutating func append(_ number: UInt64) {
    var digits: (UInt64, Int) = (number, bytes.count)
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(digits.0 % 10))
      digits.0 /= 10
    } while digits.0 > 0
    bytes[digits.1...].reverse()
  }

  private mutating func append(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"):
        // Angle brackets too: JSON may stand inside a page.
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(hex(byte >> 4))
        bytes.append(hex(byte & 15))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private func hex(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
  }
}
