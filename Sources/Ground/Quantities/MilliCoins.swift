// SPDX-License-Identifier: Apache-2.0

/// An amount of coins in thousandths: 1 coin = 1 kWh of PV, 1 milli-coin = 1 Wh at the usual rate.
/// All amounts of value in the ledger pass through this one type. Source: Docs/design.md §1, §7.
public struct MilliCoins: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The count of milli-coins, below 2⁵³ in every decoded value.
  public var value: UInt64

  /// The largest amount that the ledger encodes: 2⁵³ − 1, nine thousand TWh.
  public static let limit = MilliCoins(1 << 53 - 1)

  /// An amount of `value` milli-coins.
  @inlinable
  public init(_ value: UInt64) { self.value = value }

  /// Nothing.
  public static let zero = MilliCoins(0)

  /// Exact sum.
  @inlinable
  public static func + (left: MilliCoins, right: MilliCoins) -> MilliCoins {
    MilliCoins(left.value + right.value)
  }

  /// The difference, or nil when `right` is more than `left`.
  @inlinable
  public func subtracting(_ right: MilliCoins) -> MilliCoins? {
    value >= right.value ? MilliCoins(value - right.value) : nil
  }

  /// Orders by amount.
  @inlinable
  public static func < (left: MilliCoins, right: MilliCoins) -> Bool { left.value < right.value }

  /// The amount in coins with three decimals, for example `12.345 coins`.
  public var description: String {
    Thousandths.text(value) + " coins"
  }
}
