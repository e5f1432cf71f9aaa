// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// When a home's counters are asked around each half hour. Pure: whoever asks says what time it is.
public struct MeterSchedule: Sendable {
  /// What is to be done at a moment.
  public enum Moment: Hashable, Sendable {
    /// Counters without half hours of their own are asked shortly before one.
    case before(NetworkTime)
    /// They are asked shortly after it, and the half hour that ended there is closed.
    case after(NetworkTime)
  }

  /// By how much a clock may go back without the schedule following it, in seconds.
  static let leap: UInt64 = 7200

  private let lead: UInt64
  private let lag: UInt64
  private var last: NetworkTime

  /// A schedule that begins now.
  /// - Parameters:
  ///   - lead: how long before a half hour counters are asked, in seconds, below 1800.
  ///   - lag: how long after it.
  public init(lead: UInt64, lag: UInt64, from now: NetworkTime) {
    (self.lead, self.lag, last) = (min(lead, 1799), min(lag, 1799), now)
  }

  /// The next moment and when it is; one that has passed is to be done at once. Of half hours that
  /// passed while nobody asked the last is enough: meters and counters know the others.
  public mutating func next(at now: NetworkTime) -> (time: NetworkTime, moment: Moment) {
    // A clock that was ahead has been set right: what was planned by it is too late.
    if last > now.advanced(by: MeterSchedule.leap) { last = now }
    var boundary = Interval(containing: last).start
    if boundary.advanced(by: lag) <= last { boundary = boundary.advanced(by: Interval.seconds) }
    let newest = Interval(containing: now).start
    if boundary < newest {
      boundary =
        newest.advanced(by: lag) <= now
        ? newest : NetworkTime(seconds: newest.seconds - Interval.seconds)
      boundary = max(boundary, Interval(containing: last).start)
    }
    let before = NetworkTime(seconds: boundary.seconds.subtractingDownToZero(lead))
    if before > last, now < boundary {
      last = before
      return (before, .before(boundary))
    }
    last = max(last, boundary.advanced(by: lag))
    return (last, .after(boundary))
  }
}
