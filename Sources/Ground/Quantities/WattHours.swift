// SPDX-License-Identifier: Apache-2.0

/// Energy in whole watt-hours, signed. One recorded flow of one interval lies below 2³² Wh and a
/// site's life below 2⁵³ Wh, so sums of decoded values stay inside `Int64`.
/// Source: Docs/design.md §1.
public struct WattHours: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The count of watt-hours.
  public var value: Int64

  /// An amount of `value` Wh.
  @inlinable
  public init(_ value: Int64) { self.value = value }

  /// The largest running total that the ledger encodes: 2⁵³ − 1 Wh, nine thousand TWh.
  public static let totalLimit: UInt64 = 1 << 53 - 1

  /// No energy.
  public static let zero = WattHours(0)

  /// The size of the amount, without its sign.
  @inlinable
  public var magnitude: WattHours { WattHours(abs(value)) }

  /// Exact sum.
  @inlinable
  public static func + (left: WattHours, right: WattHours) -> WattHours {
    WattHours(left.value + right.value)
  }

  /// Exact difference.
  @inlinable
  public static func - (left: WattHours, right: WattHours) -> WattHours {
    WattHours(left.value - right.value)
  }

  /// Adds in place.
  @inlinable
  public static func += (left: inout WattHours, right: WattHours) { left = left + right }

  /// Orders by amount.
  @inlinable
  public static func < (left: WattHours, right: WattHours) -> Bool { left.value < right.value }

  /// The amount with its unit, for example `1250 Wh`.
  public var description: String { "\(value) Wh" }
}
