// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// An unsigned number of 256 bits, for targets and accumulated work: just what the laws need.
public struct UInt256: Hashable, Comparable, Sendable {
  /// Words from the least to the most significant.
  var limbs: (UInt64, UInt64, UInt64, UInt64)

  /// Zero.
  public static let zero = UInt256(limbs: (0, 0, 0, 0))
  /// 2²⁵⁶ − 1.
  public static let max = UInt256(limbs: (.max, .max, .max, .max))

  init(limbs: (UInt64, UInt64, UInt64, UInt64)) { self.limbs = limbs }

  /// A small number.
  public init(_ value: UInt64) { limbs = (value, 0, 0, 0) }

  /// The number that big-endian bytes stand for.
  public init(_ bytes: Bytes32) {
    limbs = (bytes.words.3, bytes.words.2, bytes.words.1, bytes.words.0)
  }

  /// The number as big-endian bytes.
  public var bytes: Bytes32 { Bytes32(words: (limbs.3, limbs.2, limbs.1, limbs.0)) }

  /// Position of the highest bit set plus one, 0 for zero.
  var bitWidth: Int {
    for (index, limb) in [limbs.3, limbs.2, limbs.1, limbs.0].enumerated() where limb != 0 {
      return 256 - index * 64 - limb.leadingZeroBitCount
    }
    return 0
  }

  /// The sum; `max` where it would be more.
  public func addingSaturated(_ other: UInt256) -> UInt256 {
    let (a, c0) = limbs.0.addingReportingOverflow(other.limbs.0)
    let (b, c1) = UInt256.add(limbs.1, other.limbs.1, c0)
    let (c, c2) = UInt256.add(limbs.2, other.limbs.2, c1)
    let (d, c3) = UInt256.add(limbs.3, other.limbs.3, c2)
    return c3 ? .max : UInt256(limbs: (a, b, c, d))
  }

  /// This times `factor` / `divisor`, rounded down; `max` where it would be more.
  /// - Parameter divisor: not 0.
  func scaled(by factor: UInt64, over divisor: UInt64) -> UInt256 {
    var words: [UInt64] = []
    var carry: UInt64 = 0
    for limb in [limbs.0, limbs.1, limbs.2, limbs.3] {
      let (high, low) = limb.multipliedFullWidth(by: factor)
      let (sum, overflow) = low.addingReportingOverflow(carry)
      words.append(sum)
      carry = high + (overflow ? 1 : 0)
    }
    words.append(carry)
    var rest: UInt64 = 0
    for index in words.indices.reversed() {
      (words[index], rest) = divisor.dividingFullWidth((rest, words[index]))
    }
    return words[4] != 0 ? .max : UInt256(limbs: (words[0], words[1], words[2], words[3]))
  }

  /// 2²⁵⁶ / (this + 1), rounded down: the expected number of hashes to find one that is at most
  /// this.
  public var work: UInt256 {
    guard self != .max else { return UInt256(1) }
    let divisor = addingSaturated(UInt256(1))
    // 2²⁵⁶ = (2²⁵⁶ − 1) + 1, and one is lost only when the divisor is a power of two.
    var quotient = UInt256.zero
    var rest = UInt256.zero
    for _ in 0..<256 {
      let overflow = rest.limbs.3 >> 63 != 0
      rest = rest.doubled(adding: 1)
      quotient = quotient.doubled(adding: 0)
      if overflow || rest >= divisor {
        rest = rest.subtractingWrapped(divisor)
        quotient.limbs.0 |= 1
      }
    }
    let isExact = rest.addingSaturated(UInt256(1)) == divisor
    return isExact ? quotient.addingSaturated(UInt256(1)) : quotient
  }

  private func doubled(adding bit: UInt64) -> UInt256 {
    UInt256(
      limbs: (
        limbs.0 << 1 | bit, limbs.1 << 1 | limbs.0 >> 63, limbs.2 << 1 | limbs.1 >> 63,
        limbs.3 << 1 | limbs.2 >> 63
      ))
  }

  /// The difference, zero where `other` is more.
  public func subtractingDownToZero(_ other: UInt256) -> UInt256 {
    self < other ? .zero : subtractingWrapped(other)
  }

  private func subtractingWrapped(_ other: UInt256) -> UInt256 {
    let (a, b0) = limbs.0.subtractingReportingOverflow(other.limbs.0)
    let (b, b1) = UInt256.subtract(limbs.1, other.limbs.1, b0)
    let (c, b2) = UInt256.subtract(limbs.2, other.limbs.2, b1)
    let (d, _) = UInt256.subtract(limbs.3, other.limbs.3, b2)
    return UInt256(limbs: (a, b, c, d))
  }

  private static func add(_ a: UInt64, _ b: UInt64, _ carry: Bool) -> (UInt64, Bool) {
    let (sum, first) = a.addingReportingOverflow(b)
    let (total, second) = sum.addingReportingOverflow(carry ? 1 : 0)
    return (total, first || second)
  }

  private static func subtract(_ a: UInt64, _ b: UInt64, _ borrow: Bool) -> (UInt64, Bool) {
    let (difference, first) = a.subtractingReportingOverflow(b)
    let (total, second) = difference.subtractingReportingOverflow(borrow ? 1 : 0)
    return (total, first || second)
  }

  /// Equality.
  public static func == (left: UInt256, right: UInt256) -> Bool { left.limbs == right.limbs }

  /// Order of numbers.
  public static func < (left: UInt256, right: UInt256) -> Bool { left.bytes < right.bytes }

  /// Feeds the lowest word.
  public func hash(into hasher: inout Hasher) { hasher.combine(limbs.0) }
}

extension UInt256: CustomStringConvertible {
  /// Decimal digits.
  public var description: String {
    var digits: [String] = []
    var value = self
    repeat {
      let next = value.scaled(by: 1, over: 10)
      let tenfold = next.scaled(by: 10, over: 1)
      digits.append(String(value.subtractingWrapped(tenfold).limbs.0))
      value = next
    } while value != .zero
    return digits.reversed().joined()
  }
}

/// A target in four bytes: exponent (3…32) ‖ mantissa (3 bytes, 0x008000…0x7FFFFF). Value =
/// mantissa × 256^(exponent − 3). Source: Bitcoin's nBits, here with one form a value.
public enum CompactTarget {
  /// The target that `compact` stands for, or nil when it is not in the one allowed form.
  public static func expand(_ compact: UInt32) -> UInt256? {
    let exponent = Int(compact >> 24)
    let mantissa = compact & 0xFF_FFFF
    guard (3...32).contains(exponent), mantissa >= 0x00_8000, mantissa < 0x80_0000 else {
      return nil
    }
    var bytes = [UInt8](repeating: 0, count: 32)
    let start = 32 - exponent
    for index in 0..<3 {
      bytes[start + index] = UInt8(truncatingIfNeeded: mantissa >> (16 - 8 * UInt32(index)))
    }
    return Bytes32(bytes).map(UInt256.init)
  }

  /// The nearest compact form at or below `target`; at least the smallest there is.
  public static func compact(_ target: UInt256) -> UInt32 {
    let bytes = target.bytes.bytes
    guard target.bitWidth > 15 else { return 0x0300_8000 }
    var exponent = (target.bitWidth + 7) / 8
    if bytes[32 - exponent] >= 0x80 { exponent += 1 }
    guard exponent <= 32 else { return 0x207F_FFFF }
    exponent = Swift.max(3, exponent)
    var mantissa: UInt32 = 0
    for index in 0..<3 {
      mantissa = mantissa << 8 | UInt32(bytes[32 - exponent + index])
    }
    return UInt32(exponent) << 24 | mantissa
  }
}
