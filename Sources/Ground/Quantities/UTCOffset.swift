// SPDX-License-Identifier: Apache-2.0

/// The fixed distance of a home's clock from UTC in whole half hours, −12 h … +14 h.
///
/// Meters give the time on the wall without an offset, so a zone with summer time would make one
/// hour a year ambiguous; only zones without it are taken. Source: ECHONET Lite Appendix 97, 98.
public struct UTCOffset: Hashable, Sendable, CustomStringConvertible {
  /// Minutes east of UTC, a multiple of 30.
  public let minutes: Int

  /// Japan Standard Time.
  public static let japan = UTCOffset(unchecked: 540)

  /// The offset, or nil when it is no half hour between −12 h and +14 h.
  public init?(minutes: Int) {
    guard minutes % 30 == 0, (-720...840).contains(minutes) else { return nil }
    self.minutes = minutes
  }

  /// Reads `+09:00`, `-03:30` or `Z`; nil for all else, zone names included.
  public init?(_ text: String) {
    if text == "Z" {
      self.init(unchecked: 0)
      return
    }
    let bytes = Array(text.utf8)
    guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
      bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
      let hours = Int(text.dropFirst().prefix(2)), let rest = Int(text.suffix(2)), rest < 60
    else { return nil }
    self.init(minutes: (bytes[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + rest))
  }

  init(unchecked minutes: Int) { self.minutes = minutes }

  /// The network time of `secondsOfDay` on `date`, as the home's clock shows it; nil before 1970.
  public func time(on date: CalendarDate, secondsOfDay: Int) -> NetworkTime? {
    let seconds = date.dayNumber * 86_400 + Int64(secondsOfDay) - Int64(minutes) * 60
    return seconds < 0 ? nil : NetworkTime(seconds: UInt64(seconds))
  }

  /// What the home's clock shows at `time`.
  public func clock(at time: NetworkTime) -> (date: CalendarDate, secondsOfDay: Int) {
    // Times beyond a million years are nobody's: they are taken as that.
    let local = Int64(min(time.seconds, 1 << 45)) + Int64(minutes) * 60
    let day = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
    return (CalendarDate(dayNumber: day), Int(local - day * 86_400))
  }

  /// The day by this clock in which `interval` lies, as days since 1970, and its slot 0…47 there.
  public func day(of interval: Interval) -> (day: UInt32, slot: Int) {
    let local = UInt32(clamping: Int64(interval.number) + Int64(minutes / 30))
    return (local / Interval.perDay, Int(local % Interval.perDay))
  }

  /// The interval of `slot` 0…47 of a day by this clock; the first there is where it lies before
  /// it.
  public func interval(day: UInt32, slot: Int) -> Interval {
    Interval(UInt32(clamping: Int64(day) * 48 + Int64(slot) - Int64(minutes / 30)))
  }

  /// `+09:00`.
  public var description: String {
    let size = abs(minutes)
    return (minutes < 0 ? "-" : "+") + twoDigits(size / 60) + ":" + twoDigits(size % 60)
  }
}
