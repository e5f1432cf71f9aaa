// SPDX-License-Identifier: Apache-2.0

/// Appends canonical encodings to bytes in memory.
public struct ByteWriter: Sendable {
  /// What was written.
  public private(set) var bytes: [UInt8] = []

  /// An empty writer, with room for so many bytes where the length is known.
  public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// Appends one byte.
  public mutating func write(_ byte: UInt8) { bytes.append(byte) }

  /// Appends a big-endian number of 16 bits.
  public mutating func writeFixed(_ value: UInt16) { writeBigEndian(value) }

  /// Appends a big-endian number of 32 bits.
  public mutating func writeFixed(_ value: UInt32) { writeBigEndian(value) }

  /// Appends a big-endian number of 64 bits.
  public mutating func writeFixed(_ value: UInt64) { writeBigEndian(value) }

  private mutating func writeBigEndian<T: FixedWidthInteger & UnsignedInteger>(_ value: T) {
    var shift = T.bitWidth
    while shift > 0 {
      shift -= 8
      bytes.append(UInt8(truncatingIfNeeded: value >> T(shift)))
    }
  }

  /// Appends an unsigned LEB128 number in its shortest form.
  public mutating func writeVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Appends a signed number as zigzag LEB128.
  public mutating func writeSigned(_ value: Int64) {
    writeVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  /// Appends bytes as they stand.
  public mutating func writeBytes(_ more: [UInt8]) { bytes.append(contentsOf: more) }

  /// Appends a part of bytes as it stands.
  public mutating func writeBytes(_ more: ArraySlice<UInt8>) { bytes.append(contentsOf: more) }

  /// Appends 32 bytes.
  public mutating func write(_ value: Bytes32) { value.withBytes { bytes.append(contentsOf: $0) } }

  /// Appends text: its length in bytes, then UTF-8.
  public mutating func writeText(_ text: String) {
    writeVarint(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends 1 or 0.
  public mutating func writeFlag(_ flag: Bool) { bytes.append(flag ? 1 : 0) }
}
