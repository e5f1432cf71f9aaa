/// Reads single bits of a byte string, most significant first. The buffer outlives the reader.
struct BitReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var position = 0
  private let count: Int

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    count = bytes.count * 8
  }

  /// Bits not yet read.
  var remaining: Int { count - position }

  mutating func bits(_ width: Int) -> UInt64? {
    guard position + width <= count else { return nil }
    var value: UInt64 = 0
    var left = width
    while left > 0 {
      let room = 8 - position & 7
      let taken = min(room, left)
      let byte = UInt64(bytes[position >> 3])
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
      let byte = bytes[position >> 3] << UInt8(position & 7)
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

/// Writes bits, most significant first; the last byte is filled up with zeros.
struct BitWriter {
  private var whole: [UInt8] = []
  private var pending: UInt64 = 0
  private var pendingCount = 0

  init() { whole.reserveCapacity(64) }

  /// Appends the lowest `width` bits of `value`; `width` is at most 48.
  mutating func write(_ value: UInt64, width: Int) {
    pending = pending << UInt64(width) | value & ((1 << UInt64(width)) - 1)
    pendingCount += width
    while pendingCount >= 8 {
      pendingCount -= 8
      whole.append(UInt8(truncatingIfNeeded: pending >> UInt64(pendingCount)))
    }
  }

  /// Appends `ones` one-bits, at most 40, and a zero-bit.
  mutating func writeUnary(_ ones: Int) { write((1 << UInt64(ones + 1)) - 2, width: ones + 1) }

  /// The bytes written, the last one filled up.
  var bytes: [UInt8] {
    guard pendingCount > 0 else { return whole }
    return whole + [UInt8(truncatingIfNeeded: pending << UInt64(8 - pendingCount))]
  }
}
