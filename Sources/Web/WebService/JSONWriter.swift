// SPDX-License-Identifier: Apache-2.0

/// One value without parts.
public enum Scalar: Sendable, Equatable {
  case null
  case flag(Bool)
  case unsigned(UInt64)
  case signed(Int64)
  case text(String)

  /// The value, or null.
  public static func optional(_ value: UInt64?) -> Scalar { value.map { .unsigned($0) } ?? .null }
  /// The value, or null.
  public static func optional(_ value: String?) -> Scalar { value.map { .text($0) } ?? .null }
}

/// Writes JSON straight into bytes: an answer of a few kilobytes takes a tenth of what
/// `JSONEncoder` takes. Source: RFC 8259; Docs/design.md §6.5.
public struct JSONWriter: Sendable {
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// A writer of nothing yet.
  public init() { bytes.reserveCapacity(4096) }

  private init(capacity: Int) { bytes.reserveCapacity(capacity) }

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
  public mutating func key(_ name: String) { key(encoded: JSONWriter.encoded(name)) }

  /// The name of the next member as `encoded` gave it: forms encode theirs once.
  mutating func key(encoded name: [UInt8]) {
    comma()
    bytes.append(contentsOf: name)
    needsComma = false
  }

  /// A name with its quotes and colon.
  static func encoded(_ name: String) -> [UInt8] {
    var writer = JSONWriter(capacity: name.utf8.count + 3)
    writer.append(name)
    return writer.bytes + [UInt8(ascii: ":")]
  }

  /// Whole numbers in an array.
  public mutating func write(_ numbers: [UInt64]) {
    comma()
    bytes.append(UInt8(ascii: "["))
    for (index, number) in numbers.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(number)
    }
    bytes.append(UInt8(ascii: "]"))
    needsComma = true
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
    case .text(let text): append(text)
    }
    needsComma = true
  }

  private mutating func append(_ number: UInt64) {
    guard number > 9 else { return bytes.append(UInt8(ascii: "0") + UInt8(number)) }
    var rest = number
    let start = bytes.count
    while rest > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    }
    bytes[start...].reverse()
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
