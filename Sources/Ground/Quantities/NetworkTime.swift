// SPDX-License-Identifier: Apache-2.0

/// Time as the network counts it: seconds since 1970-01-01T00:00Z. It is always handed in; demo
/// networks let it run faster than the wall's. Source: Docs/design.md §7.
public struct NetworkTime: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Seconds since 1970-01-01T00:00Z, below 2⁴⁰ in every decoded value.
  public var seconds: UInt64

  /// The time `seconds` after 1970.
  @inlinable
  public init(seconds: UInt64) { self.seconds = seconds }

  /// The time `seconds` later.
  @inlinable
  public func advanced(by seconds: UInt64) -> NetworkTime {
    NetworkTime(seconds: self.seconds &+ seconds)
  }

  /// Seconds from `earlier` to this time, 0 when `earlier` is later.
  @inlinable
  public func seconds(since earlier: NetworkTime) -> UInt64 {
    seconds >= earlier.seconds ? seconds - earlier.seconds : 0
  }

  /// Orders by time.
  @inlinable
  public static func < (left: NetworkTime, right: NetworkTime) -> Bool {
    left.seconds < right.seconds
  }

  /// ISO 8601 in UTC, for example `2016-08-01T00:30:00Z`.
  public var description: String {
    let date = CalendarDate(dayNumber: Int64(seconds / 86_400))
    let second = seconds % 86_400
    return "\(date)T\(twoDigits(second / 3600)):\(twoDigits(second / 60 % 60))"
      + ":\(twoDigits(second % 60))Z"
  }
}

func twoDigits(_ value: some BinaryInteger) -> String { value < 10 ? "0\(value)" : "\(value)" }
