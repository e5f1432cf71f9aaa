// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Quantities

/// All that is known of one counter over time, and what it stood at on each half hour.
public struct CounterTimeline: Sendable {
  /// The count at a half hour and how it is known.
  public struct Boundary: Hashable, Sendable {
    public let count: UInt64
    public let quality: Quality
  }

  /// A counter cannot go faster than this: what seems to is a reset or a replaced meter, in W.
  public static let plausibleWatts: UInt64 = 200_000
  /// How far apart two live readings may be for the counter between them to be interpolated, in seconds: a half hour and
  /// five minutes, so that one reading that was missed loses nothing.
  public static let reach: UInt64 = 2100

  private let step: UInt64
  private let digits: UInt8
  private let isIntegrated: Bool
  private var exact: [NetworkTime: Boundary] = [:]
  private var points: [(time: NetworkTime, count: UInt64)] = []
  /// History and live values that differed: the live one is kept.
  public private(set) var disagreements: [NetworkTime] = []

  /// An empty timeline of a counter with `step` tenths of a Wh that wraps at `digits` digits.
  public init(step: UInt32, digits: UInt8, isIntegrated: Bool = false) {
    self.step = UInt64(step)
    self.digits = digits
    self.isIntegrated = isIntegrated
  }

  /// Takes in a count. Counts beyond the counter's digits are not its own.
  public mutating func insert(_ count: CounterReadings.Count) {
    guard count.count < MeterRegister.modulus(digits: digits) else { return }
    if count.isHalfHour {
      let quality: Quality = count.isHistory ? .backfilled : .measured
      if let known = exact[count.time] {
        if known.count != count.count, !disagreements.contains(count.time) {
          disagreements.append(count.time)
        }
        guard known.quality == .backfilled, quality == .measured else { return }
      }
      exact[count.time] = Boundary(count: count.count, quality: quality)
    } else {
      let place = points.firstIndex { $0.time >= count.time } ?? points.count
      if place < points.count, points[place].time == count.time { return }
      points.insert((count.time, count.count), at: place)
    }
  }

  /// Fixes what a half hour was reported as, so that the next report goes on from there.
  public mutating func fix(_ time: NetworkTime, count: UInt64, quality: Quality) {
    exact[time] = Boundary(count: count, quality: quality)
  }

  /// What the counter stood at on the half hour `time`, or nil.
  public func boundary(at time: NetworkTime) -> Boundary? {
    if let known = exact[time] { return known }
    guard let after = points.firstIndex(where: { $0.time >= time }) else { return nil }
    if points[after].time == time {
      return Boundary(
        count: points[after].count, quality: isIntegrated ? .integrated : .measured)
    }
    guard after > 0 else { return nil }
    let (left, right) = (points[after - 1], points[after])
    let span = right.time.seconds - left.time.seconds
    guard span <= CounterTimeline.reach,
      let advance = advance(from: left.count, to: right.count, seconds: span)
    else { return nil }
    let part = advance * (time.seconds - left.time.seconds) / span
    return Boundary(
      count: (left.count + part) % MeterRegister.modulus(digits: digits),
      quality: isIntegrated ? .integrated : .interpolated)
  }

  /// Steps between two counts, or nil when the counter must have been reset or replaced in between.
  public func advance(from: UInt64, to: UInt64, seconds: UInt64) -> UInt64? {
    let steps = MeterRegister.advance(from: from, to: to, digits: digits)
    let most = CounterTimeline.plausibleWatts * 10 * seconds / 3600 / max(1, step) + 2
    return steps <= most ? steps : nil
  }

  /// Forgets what lies before `time`, one point aside.
  public mutating func prune(before time: NetworkTime) {
    exact = exact.filter { $0.key >= time }
    disagreements.removeAll { $0 < time }
    if let keep = points.firstIndex(where: { $0.time >= time }), keep > 1 {
      points.removeFirst(keep - 1)
    }
  }
}
