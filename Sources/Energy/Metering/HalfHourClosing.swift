// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// What is still to be done for a half hour that has ended, before it is reported. Pure.
public struct HalfHourClosing: Sendable {
  /// What is to be done next.
  public enum Step: Hashable, Sendable {
    /// Wait a little and ask all counters again.
    case askAgain
    /// Ask meters for their history of these days.
    case history([MeterDay])
    /// Report what is ripe.
    case report
  }

  /// A day of a meter's history.
  public struct MeterDay: Hashable, Sendable {
    public let device: UInt8
    /// The day by the meter's clock.
    public let day: CalendarDate
  }

  /// How often all counters are asked again.
  static let tries = 3
  /// How long a half hour may lack a counter before the meter's history is asked, in seconds.
  static let patience: UInt64 = 300
  /// Days of history that are asked for, at most.
  static let reach = 90

  private let boundary: NetworkTime
  private let offset: UTCOffset
  private let comparedDay: Int64
  private var asked = 0
  private var hasAskedHistory = false

  /// The closing of the half hour that ended at `boundary`.
  /// - Parameter comparedDay: the newest day, by the meters' clock, whose day before was compared
  ///   with their history.
  public init(_ boundary: NetworkTime, offset: UTCOffset, comparedDay: Int64) {
    (self.boundary, self.offset, self.comparedDay) = (boundary, offset, comparedDay)
  }

  /// The day that has begun, by the meters' clock: to be kept as compared once this is closed.
  public var day: Int64 { offset.clock(at: boundary).date.dayNumber }

  /// The next step.
  /// - Parameter unreported: the first half hour that is not reported yet.
  public mutating func next(
    _ book: MeterBook, unreported: Interval?, at now: NetworkTime
  ) -> Step {
    let last = Interval(containing: boundary)
    let closed = Interval(last.number.subtractingDownToZero(1))
    if !hasAskedHistory, asked < HalfHourClosing.tries,
      now < boundary.advanced(by: HalfHourClosing.patience), !book.missing(in: closed).isEmpty
    {
      asked += 1
      return .askAgain
    }
    guard !hasAskedHistory else { return .report }
    hasAskedHistory = true
    var wanted: [MeterDay] = []
    if let unreported, unreported < last,
      last.number - unreported.number < 48 * HalfHourClosing.reach
    {
      wanted = book.missingHistory(in: unreported..<last).map { MeterDay(device: $0, day: $1) }
    }
    if day > comparedDay {
      // Once a day the meter's own history of the day that ended is laid beside the live counts.
      let yesterday = CalendarDate(dayNumber: day - 1)
      for device in Set(book.sources.filter(\.hasOwnHalfHours).map(\.device)).sorted() {
        let own = MeterDay(device: device, day: yesterday)
        if !wanted.contains(own) { wanted.append(own) }
      }
    }
    return wanted.isEmpty ? .report : .history(wanted)
  }
}
