// SPDX-License-Identifier: Apache-2.0

/// Thirty-two bytes kept inline: a digest, a key or half a signature. Ordered as a big-endian
/// number.
public struct Bytes32: Hashable, Comparable, Sendable {
  /// The bytes as four big-endian words, most significant first.
  public var words: (UInt64, UInt64, UInt64, UInt64)

  /// Thirty-two zero bytes.
  public static let zero = Bytes32(words: (0, 0, 0, 0))

  /// The bytes of four big-endian words.
  @inlinable
  public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// Reads 32 bytes at `pointer`.
  @inlinable
  public init(loading pointer: UnsafeRawPointer) {
    words = (
      UInt64(bigEndian: pointer.loadUnaligned(as: UInt64.self)),
      UInt64(bigEndian: pointer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
      UInt64(bigEndian: pointer.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
      UInt64(bigEndian: pointer.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    )
  }

  /// The value, or nil when `bytes` are not exactly 32.
  @inlinable
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    let copy = Array(bytes)
    self = copy.withUnsafeBytes { buffer in
      buffer.baseAddress.map(Bytes32.init(loading:)) ?? .zero
    }
  }

  /// The value of 64 hexadecimal digits, or nil.
  public init?(hex: String) {
    guard let bytes = [UInt8](hex: hex), let value = Bytes32(bytes) else { return nil }
    self = value
  }

  /// Calls `body` with the 32 bytes.
  @inlinable
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    var big = (
      words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian
    )
    return try withUnsafeBytes(of: &big, body)
  }

  /// The 32 bytes.
  @inlinable
  public var bytes: [UInt8] { withBytes { Array($0) } }

  /// All 64 hexadecimal digits.
  public var hex: String { bytes.hex }

  /// Bit `index` of the value, 0 the most significant. `index` is 0…255.
  @inlinable
  public func bit(_ index: Int) -> Bool {
    let word: UInt64
    switch index >> 6 {
    case 0: word = words.0
    case 1: word = words.1
    case 2: word = words.2
    default: word = words.3
    }
    return word & (1 << UInt64(63 - index & 63)) != 0
  }

  /// Equality of all bytes.
  @inlinable
  public static func == (left: Bytes32, right: Bytes32) -> Bool { left.words == right.words }

  /// Order as big-endian numbers.
  @inlinable
  public static func < (left: Bytes32, right: Bytes32) -> Bool { left.words < right.words }

  /// Feeds the first word: keys and digests are spread evenly.
  @inlinable
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension Bytes32: CustomStringConvertible {
  /// The first eight hexadecimal digits and an ellipsis.
  public var description: String { String(hex.prefix(8)) + "…" }
}

extension Sequence where Element == UInt8 {
  /// Lower-case hexadecimal digits, two a byte.
  public var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in self {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension Array where Element == UInt8 {
  /// The bytes of hexadecimal digits in pairs, blanks between them allowed; nil for anything else.
  public init?(hex: String) {
    var digits: [UInt8] = []
    for character in hex.utf8 where character != UInt8(ascii: " ") {
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(character - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digits.append(character - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digits.append(character - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    guard digits.count.isMultiple(of: 2) else { return nil }
    self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
