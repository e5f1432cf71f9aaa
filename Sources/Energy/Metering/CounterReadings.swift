// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import EchonetLite
public import Quantities

/// The counts that a sample holds for one counter.
public enum CounterReadings {
  /// A count and the time it belongs to.
  public struct Count: Hashable, Sendable {
    public let time: NetworkTime
    public let count: UInt64
    /// The time is the meter's own and lies on a half hour.
    public let isHalfHour: Bool
    /// It comes from the meter's history.
    public let isHistory: Bool
  }

  /// What went wrong in a sample, as named rules.
  public typealias Finding = Tolerance

  /// The counts of `source` in `sample`; findings are appended to `findings`.
  /// - Parameters:
  ///   - offset: the meter's clock.
  ///   - day: the day that was asked of a history, by the meter's clock.
  public static func counts(
    in sample: Sample, of source: CounterSource, offset: UTCOffset, historyDay day: CalendarDate?,
    findings: inout [Finding]
  ) -> [Count] {
    guard sample.device == source.device, sample.object.classCode == source.object.classCode
    else { return [] }
    switch source.method {
    case .halfHours(let fixed, let history, let present, let isStamped):
      switch sample.property {
      case fixed: return stamped(sample, offset, onHalfHour: true, &findings)
      case present where isStamped: return stamped(sample, offset, onHalfHour: false, &findings)
      case present: return single(sample, &findings)
      case history: return historyCounts(sample, day, offset, &findings)
      default: return []
      }
    case .running(let code): return sample.property == code ? single(sample, &findings) : []
    case .power: return []
    }
  }

  private static func single(_ sample: Sample, _ findings: inout [Finding]) -> [Count] {
    guard sample.data.count == 4, let count = known(sample.data, &findings) else { return [] }
    return [Count(time: sample.time, count: count, isHalfHour: false, isHistory: false)]
  }

  /// How far a meter's stamp may lie ahead of the node's clock, in seconds.
  static let clockTolerance: UInt64 = 600
  /// How old the newest half hour that a meter tells may be, in seconds.
  static let stampReach: UInt64 = 6 * 3600

  private static func stamped(
    _ sample: Sample, _ offset: UTCOffset, onHalfHour: Bool, _ findings: inout [Finding]
  ) -> [Count] {
    let data = sample.data
    guard data.count == 11, let count = known(Array(data[7...]), &findings),
      let date = CalendarDate(
        year: Int(data[0]) << 8 | Int(data[1]), month: Int(data[2]), day: Int(data[3])),
      data[4] < 24, data[5] < 60, data[6] < 60,
      let time = offset.time(
        on: date, secondsOfDay: Int(data[4]) * 3600 + Int(data[5]) * 60 + Int(data[6]))
    else { return [] }
    // A meter's clock may be off by a little; a count of the future is nobody's.
    guard time <= sample.time.advanced(by: clockTolerance),
      sample.time <= time.advanced(by: stampReach)
    else {
      findings.append(.wrongTime)
      return []
    }
    let isHalfHour = onHalfHour && time.seconds.isMultiple(of: Interval.seconds)
    return [Count(time: time, count: count, isHalfHour: isHalfHour, isHistory: false)]
  }

  /// The first two bytes name the day that the meter answers for: a meter that did not take the Set
  /// answers for another one, and its counts belong to nobody knows which day.
  private static func historyCounts(
    _ sample: Sample, _ day: CalendarDate?, _ offset: UTCOffset, _ findings: inout [Finding]
  ) -> [Count] {
    let data = sample.data
    guard data.count == 2 + 48 * 4, let day else { return [] }
    let today = offset.clock(at: sample.time).date
    guard Int64(data[0]) << 8 | Int64(data[1]) == today.dayNumber - day.dayNumber else {
      findings.append(.historyDayUnchanged)
      return []
    }
    var counts: [Count] = []
    for slot in 0..<48 {
      let value = Array(data[(2 + slot * 4)..<(6 + slot * 4)])
      guard value != noData, let time = offset.time(on: day, secondsOfDay: slot * 1800) else {
        continue
      }
      counts.append(
        Count(time: time, count: value.unsigned, isHalfHour: true, isHistory: true))
    }
    return counts
  }

  private static let noData: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFE]

  /// Counters have at most nine digits; everything above says "no data" in one way or another.
  private static func known(_ data: [UInt8], _ findings: inout [Finding]) -> UInt64? {
    guard data.unsigned <= 999_999_999 else {
      findings.append(.noData)
      return nil
    }
    return data.unsigned
  }
}
