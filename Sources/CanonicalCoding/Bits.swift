/// Reads single bits of a byte string, most significant first.
struct BitReader {
  private let bytes: ArraySlice<UInt8>
  private(set) var position = 0
  private let count: Int
  private let base: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    count = bytes.count * 8
    base = bytes.startIndex
  }

  mutating func bit() -> UInt64? {
    guard position < count else { return nil }
    defer { position += 1 }
    return UInt64(bytes[base + position >> 3] >> UInt8(7 - position & 7)) & 1
  }

  mutating func bits(_ width: Int) -> UInt64? {
    guard position + width <= count else { return nil }
    var value: UInt64 = 0
    var left = width
    while left > 0 {
      let room = 8 - position & 7
      let taken = min(room, left)
      let byte = UInt64(bytes[base + position >> 3])
      value = value << UInt64(taken) | (byte >> UInt64(room - taken)) & ((1 << UInt64(taken)) - 1)
      position += taken
      left -= taken
    }
    return value
  }

  /// The count of one-bits before the next zero-bit, which is consumed; nil beyond `limit`.
  mutating func unary(limit: Int) -> Int? {
    var ones = 0
    while true {
      guard position < count else { return nil }
      let byte = bytes[base + position >> 3] << UInt8(position & 7)
      let run = min((~byte).leadingZeroBitCount, 8 - position & 7)
      ones += run
      position += run
      guard ones <= limit else { return nil }
      if run < 8 - (position - run) & 7 {
        position += 1
        return ones
      }
    }
  }
}

/// Writes single bits, most significant first; the last byte is filled up with zeros.
struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var position = 0

  mutating func write(_ value: UInt64, width: Int) {
    var left = width
    while left > 0 {
      if position & 7 == 0 { bytes.append(0) }
      let room = 8 - position & 7
      let taken = min(room, left)
      let part = UInt8(truncatingIfNeeded: (value >> UInt64(left - taken)) & ((1 << UInt64(taken)) - 1))
      bytes[bytes.count - 1] |= part << UInt8(room - taken)
      position += taken
      left -= taken
    }
  }

  mutating func writeUnary(_ ones: Int) {
    var left = ones
    while left >= 32 {
      write(0xFFFF_FFFF, width: 32)
      left -= 32
    }
    write((1 << UInt64(left + 1)) - 2, width: left + 1)
  }
}
