// SPDX-License-Identifier: Apache-2.0

/// A half hour, aligned to the hour in UTC and numbered from 1970 (`unixSeconds / 1800`).
/// Source: Docs/design.md §1; Docs/requirements.md L26.
public struct Interval: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The number of the half hour since 1970-01-01T00:00Z.
  public var number: UInt32

  /// Seconds in one interval.
  public static let seconds: UInt64 = 1800

  /// Intervals in one UTC day.
  public static let perDay: UInt32 = 48

  /// The interval with this number.
  @inlinable
  public init(_ number: UInt32) { self.number = number }

  /// The interval in which `time` lies. Times after the year 246,000 saturate.
  @inlinable
  public init(containing time: NetworkTime) {
    number = UInt32(clamping: time.seconds / Interval.seconds)
  }

  /// The first second of the interval.
  @inlinable
  public var start: NetworkTime { NetworkTime(seconds: UInt64(number) * Interval.seconds) }

  /// The first second after the interval.
  @inlinable
  public var end: NetworkTime { NetworkTime(seconds: (UInt64(number) + 1) * Interval.seconds) }

  /// The UTC day, numbered from 1970-01-01.
  @inlinable
  public var day: UInt32 { number / Interval.perDay }

  /// The slot within the UTC day, 0…47.
  @inlinable
  public var slot: Int { Int(number % Interval.perDay) }

  /// The interval `count` later; saturates at the last number.
  @inlinable
  public func advanced(by count: UInt32) -> Interval {
    let (sum, overflow) = number.addingReportingOverflow(count)
    return Interval(overflow ? UInt32.max : sum)
  }

  /// Orders by time.
  @inlinable
  public static func < (left: Interval, right: Interval) -> Bool { left.number < right.number }

  /// The start of the interval, for example `2016-08-01T00:30Z`.
  public var description: String { String(start.description.prefix(16)) + "Z" }
}

extension Interval {
  /// The interval that a person names: its number, or a time in it such as `2016-08-01T03:00Z`, in
  /// UTC, with or without seconds. Nil for anything else.
  public init?(text: String) {
    if let number = UInt32(text) {
      self.init(number)
      return
    }
    let parts = text.split(separator: "T", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].hasSuffix("Z") else { return nil }
    let clock = parts[1].dropLast().split(separator: ":", omittingEmptySubsequences: false)
      .map { UInt64($0) }
    guard let date = CalendarDate(text: String(parts[0])), date.dayNumber >= 0,
      (2...3).contains(clock.count), let hour = clock[0], hour < 24, let minute = clock[1],
      minute < 60, let second = clock.count == 3 ? clock[2] : 0, second < 60
    else { return nil }
    let seconds = UInt64(date.dayNumber) * 86_400 + hour * 3600 + minute * 60 + second
    self.init(containing: NetworkTime(seconds: seconds))
  }
}
