// SPDX-License-Identifier: Apache-2.0

/// Reads bits of a byte string, most significant first, through a window of 64 bits. The buffer
/// outlives the reader.
struct BitReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var next = 0
  private var window: UInt64 = 0
  private var available = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Bits not yet read.
  var remaining: Int { available + (bytes.count - next) * 8 }

  private mutating func refill() {
    while available <= 56, next < bytes.count {
      window |= UInt64(bytes[next]) << UInt64(56 - available)
      available += 8
      next += 1
    }
  }

  /// The next `width` bits, at most 48, or nil when fewer are left.
  mutating func bits(_ width: Int) -> UInt64? {
    refill()
    guard available >= width else { return nil }
    let value = width == 0 ? 0 : window >> UInt64(64 - width)
    window <<= UInt64(width)
    available -= width
    return value
  }

  /// A number as its upper part in unary (ones, then a zero) and `k` plain bits; nil when the unary
  /// part has `limit` ones or more (nothing is consumed then) or the bits end. `limit` is at most
  /// 48.
  mutating func rice(_ k: Int, limit: Int) -> UInt64? {
    refill()
    let ones = (~window).leadingZeroBitCount
    guard ones < limit, ones < available else { return nil }
    window <<= UInt64(ones + 1)
    available -= ones + 1
    if available < k { refill() }
    guard available >= k else { return nil }
    let rest = k == 0 ? 0 : window >> UInt64(64 - k)
    window <<= UInt64(k)
    available -= k
    return UInt64(ones) << UInt64(k) | rest
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
