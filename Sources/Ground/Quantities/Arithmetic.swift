// SPDX-License-Identifier: Apache-2.0

extension FixedWidthInteger where Self: UnsignedInteger {
  /// The difference, 0 where `other` is more: amounts and ages that cannot go below nothing.
  @inlinable
  public func subtractingDownToZero(_ other: Self) -> Self { self > other ? self - other : 0 }

  /// The sum, the greatest number there is where it would be more: sums of what strangers state.
  @inlinable
  public func addingUpToMax(_ other: Self) -> Self {
    let (sum, isOver) = addingReportingOverflow(other)
    return isOver ? .max : sum
  }
}

/// Numbers of thousandths as people read them.
public enum Thousandths {
  /// Three decimals after the whole part: 12345 is `12.345`.
  public static func text(_ value: UInt64) -> String {
    "\(value / 1000)." + String(1000 + value % 1000).dropFirst()
  }

  /// Thousandths of a whole in percent, one decimal: 453 is `45.3`.
  public static func percent(_ value: UInt64) -> String { "\(value / 10).\(value % 10)" }
}
