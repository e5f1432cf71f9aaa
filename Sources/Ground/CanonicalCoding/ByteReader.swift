// SPDX-License-Identifier: Apache-2.0

/// Reads canonical values from bytes in memory. Nothing is allocated before its length was checked.
public struct ByteReader: Sendable {
  /// All the bytes.
  public let bytes: [UInt8]
  /// The offset of the next byte.
  public private(set) var offset = 0
  private let end: Int

  /// A reader at the first of `bytes`.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    end = bytes.count
  }

  /// How many bytes are left.
  public var remaining: Int { end - offset }

  /// Ends the reading.
  /// - Throws: `trailing-bytes` when any byte is left.
  public func finish() throws(DecodeError) {
    if offset != end { throw DecodeError(.trailingBytes, at: offset) }
  }

  /// A refusal at the next byte, or at `offset` where given.
  public func refusal(_ reason: DecodeError.Reason, at offset: Int? = nil) -> DecodeError {
    DecodeError(reason, at: offset ?? self.offset)
  }

  /// The next byte.
  public mutating func readUInt8() throws(DecodeError) -> UInt8 {
    guard offset < end else { throw refusal(.truncated) }
    defer { offset += 1 }
    return bytes[offset]
  }

  // One method a width: a generic one would be called through witnesses from other modules.

  /// A big-endian number of 16 bits.
  public mutating func readFixed(_ type: UInt16.Type) throws(DecodeError) -> UInt16 {
    try readBigEndian(type)
  }

  /// A big-endian number of 32 bits.
  public mutating func readFixed(_ type: UInt32.Type) throws(DecodeError) -> UInt32 {
    try readBigEndian(type)
  }

  /// A big-endian number of 64 bits.
  public mutating func readFixed(_ type: UInt64.Type) throws(DecodeError) -> UInt64 {
    try readBigEndian(type)
  }

  private mutating func readBigEndian<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type
  ) throws(DecodeError) -> T {
    let width = T.bitWidth / 8
    guard remaining >= width else { throw refusal(.truncated) }
    var value: T = 0
    for index in offset..<(offset + width) { value = value << 8 | T(bytes[index]) }
    offset += width
    return value
  }

  /// An unsigned LEB128 number in its shortest form, within `range`.
  public mutating func readVarint(
    in range: ClosedRange<UInt64> = 0...UInt64.max
  ) throws(DecodeError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try readUInt8()
      let part = UInt64(byte & 0x7F)
      if shift == 63 && part > 1 { throw refusal(.outOfRange, at: start) }
      value |= part << shift
      if byte & 0x80 == 0 {
        if byte == 0 && shift > 0 { throw refusal(.notCanonical, at: start) }
        guard range.contains(value) else { throw refusal(.outOfRange, at: start) }
        return value
      }
      shift += 7
      if shift > 63 { throw refusal(.outOfRange, at: start) }
    }
  }

  /// A signed number as zigzag LEB128, within `range`.
  public mutating func readSigned(in range: ClosedRange<Int64>) throws(DecodeError) -> Int64 {
    let start = offset
    let coded = try readVarint()
    let value = Int64(bitPattern: coded >> 1) ^ -Int64(bitPattern: coded & 1)
    guard range.contains(value) else { throw refusal(.outOfRange, at: start) }
    return value
  }

  /// The count of a list, within `range`, known to fit: each item takes at least `itemBytes`.
  public mutating func readCount(
    in range: ClosedRange<UInt64>, itemBytes: Int = 1
  ) throws(DecodeError) -> Int {
    let start = offset
    let count = Int(try readVarint(in: range))
    guard count * itemBytes <= remaining else { throw refusal(.truncated, at: start) }
    return count
  }

  /// The next `count` bytes.
  public mutating func readBytes(_ count: Int) throws(DecodeError) -> ArraySlice<UInt8> {
    guard count >= 0, remaining >= count else { throw refusal(.truncated) }
    defer { offset += count }
    return bytes[offset..<(offset + count)]
  }

  /// The next 32 bytes.
  public mutating func readBytes32() throws(DecodeError) -> Bytes32 {
    guard remaining >= 32 else { throw refusal(.truncated) }
    let start = offset
    offset += 32
    return bytes.withUnsafeBytes { buffer in
      buffer.baseAddress.map { Bytes32(loading: $0 + start) } ?? .zero
    }
  }

  /// Text: length in bytes within `limit`, then UTF-8 without control characters.
  public mutating func readText(in limit: ClosedRange<UInt64>) throws(DecodeError) -> String {
    let start = offset
    let count = try readCount(in: limit)
    let slice = try readBytes(count)
    guard let text = String(validating: slice, as: UTF8.self),
      !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw refusal(.badText, at: start) }
    return text
  }

  /// 0 or 1.
  public mutating func readFlag() throws(DecodeError) -> Bool {
    switch try readUInt8() {
    case 0: return false
    case 1: return true
    default: throw refusal(.outOfRange, at: offset - 1)
    }
  }
}
