// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Quantities

/// All that is known of one counter over time, and what it stood at on each half hour.
///
/// Counts that fall or leap are set aside until later ones say what they were: a blip, after which
/// the counter goes on from its old count as if nothing had been; or a reset, after which a new
/// stretch begins. No energy is counted from one stretch to the next. Source:
/// Docs/decisions/0017-each-flow-on-its-own.md.
public struct CounterTimeline: Sendable {
  /// The count at a half hour and how it is known.
  public struct Boundary: Hashable, Sendable {
    public let count: UInt64
    public let quality: Quality
    /// The stretch of the counter's life that the count belongs to: it was reset between two.
    let stretch: Int
  }

  /// How far apart two counts may be for the counter between them to be interpolated, in seconds: a
  /// half hour and five minutes, so that one reading that was missed loses nothing.
  public static let reach: UInt64 = 2100
  /// How far apart two looks at a power may be, in seconds: it is wanted each minute.
  public static let powerReach: UInt64 = 150
  /// Energy between two counts, in tenths of a Wh, that is interpolated however far apart they are:
  /// what an inverter still gives before it falls asleep.
  static let trifle: UInt64 = 100
  /// By how many counts a counter may go back for a moment without having been reset.
  static let jitter: UInt64 = 10
  /// How many counts in a row show that a counter was reset, the last of them having moved on.
  static let proof = 3
  /// How many counts of which nobody knows what they are stay at hand.
  static let doubts = 8

  private struct Mark: Sendable {
    let time: NetworkTime
    let count: UInt64
    let quality: Quality
    /// The meter's own count of that half hour, not one that was on its way for a while.
    let isHalfHour: Bool
    var stretch = 0
  }

  private let step: UInt64
  private let digits: UInt8
  private let limitW: UInt64
  private let isIntegrated: Bool
  /// All counts by time, those that came after later ones, and those of them that hold.
  private var marks: [Mark] = []
  private var late: [Mark] = []
  private var holding: [Mark] = []
  /// Counts after the last that holds, of which nobody knows yet what they are.
  private var doubtful: [Mark] = []
  private var fixed: [NetworkTime: (count: UInt64, quality: Quality)] = [:]
  /// History and live values that differed: the live one is kept.
  public private(set) var disagreements: Set<NetworkTime> = []
  /// How often counts were found to be none.
  public private(set) var blips = 0

  /// An empty timeline of a counter with `step` tenths of a Wh that wraps at `digits` digits.
  /// - Parameter limitW: the most that can flow, in W.
  public init(step: UInt32, digits: UInt8, limitW: UInt32, isIntegrated: Bool = false) {
    self.step = UInt64(max(1, step))
    self.digits = digits
    self.limitW = UInt64(limitW)
    self.isIntegrated = isIntegrated
  }

  /// Takes in a count. Counts beyond the counter's digits are not its own.
  public mutating func insert(_ count: CounterReadings.Count) {
    guard count.count < MeterRegister.modulus(digits: digits) else { return }
    let quality: Quality =
      isIntegrated ? .integrated : count.isHistory ? .backfilled : .measured
    let mark = Mark(
      time: count.time, count: count.count, quality: quality, isHalfHour: count.isHalfHour)
    if let last = marks.last, last.time >= mark.time {
      late.append(mark)
    } else {
      marks.append(mark)
      if late.isEmpty { take(mark) }
    }
  }

  /// Puts counts that came late into their places. To be called after `insert`, once for any number
  /// of counts: all are sorted anew.
  public mutating func settle() {
    guard !late.isEmpty else { return }
    let all = (marks + late).enumerated().sorted {
      ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
    }
    (marks, late, holding, doubtful, blips) = ([], [], [], [], 0)
    for (_, mark) in all {
      guard let known = marks.last, known.time == mark.time else {
        marks.append(mark)
        continue
      }
      if known.count != mark.count { disagreements.insert(mark.time) }
      if known.quality == .backfilled, mark.quality == .measured { marks[marks.count - 1] = mark }
    }
    for mark in marks { take(mark) }
  }

  private mutating func take(_ mark: Mark) {
    guard let last = holding.last else { return hold(mark, stretch: 0) }
    if isIntegrated {
      let isNear = mark.time.seconds(since: last.time) <= CounterTimeline.powerReach
      return hold(mark, stretch: last.stretch + (isNear ? 0 : 1))
    }
    if follows(last, mark), mark.count >= last.count {
      // A counter that began anew and has caught up with its old count looks like one that goes on.
      let isUnclear = doubtful.last.map { follows($0, mark) && !isJitter(after: last) } ?? false
      if !isUnclear { blips += doubtful.count }
      doubtful = []
      return hold(mark, stretch: last.stretch + (isUnclear ? 1 : 0))
    }
    if follows(last, mark), let first = doubtful.first, !follows(last, first) {
      doubtful = [mark]
      return
    }
    if let first = doubtful.first, let before = doubtful.last, follows(last, first),
      follows(before, mark), mark.count > first.count
    {
      // It has rolled over, as the count after it says; one count alone could have fallen to zero.
      for mark in doubtful + [mark] { hold(mark, stretch: last.stretch) }
      doubtful = []
      return
    }
    guard !isStale(mark, after: last) else { return }
    if let before = doubtful.last, !follows(before, mark) { doubtful = [] }
    doubtful.append(mark)
    // A counter that stands still for years costs no more than one that does so for an hour.
    if doubtful.count > CounterTimeline.doubts {
      let forgotten = doubtful.remove(at: 1)
      if let index = marks.lastIndex(where: { $0.time == forgotten.time }) {
        marks.remove(at: index)
      }
    }
    // A meter that stamps its half hours means them; of any other counter one that stands still need not
    // count.
    let isMeter = doubtful.count(where: \.isHalfHour) >= CounterTimeline.proof
    guard isMeter || (doubtful.count >= CounterTimeline.proof && doubtful[0].count != mark.count)
    else { return }
    let moved = doubtful.first { $0.count != doubtful[0].count } ?? mark
    for mark in doubtful
    where isMeter || moved.time.seconds(since: mark.time) <= CounterTimeline.reach {
      hold(mark, stretch: last.stretch + 1)
    }
    doubtful = []
  }

  private mutating func hold(_ mark: Mark, stretch: Int) {
    var mark = mark
    mark.stretch = stretch
    holding.append(mark)
  }

  /// Whether a count was read before the meter's own count of a half hour, and came after it.
  private func isStale(_ mark: Mark, after last: Mark) -> Bool {
    guard last.isHalfHour, !mark.isHalfHour, mark.count < last.count else { return false }
    let seconds = min(mark.time.seconds(since: last.time), CounterTimeline.reach)
    return advance(from: mark.count, to: last.count, seconds: max(60, seconds)) != nil
  }

  private func isJitter(after last: Mark) -> Bool {
    doubtful.allSatisfy {
      $0.count > 0 && $0.count < last.count && last.count - $0.count <= CounterTimeline.jitter
    }
  }

  private func follows(_ left: Mark, _ right: Mark) -> Bool {
    advance(from: left.count, to: right.count, seconds: right.time.seconds(since: left.time)) != nil
  }

  /// Fixes what a half hour was reported as, so that the next report goes on from there.
  public mutating func fix(_ time: NetworkTime, count: UInt64, quality: Quality) {
    fixed[time] = (count, quality)
  }

  /// What the counter stood at on the half hour `time`, or nil.
  public func boundary(at time: NetworkTime) -> Boundary? {
    let after = holding.partitioningIndex { $0.time >= time }
    if let known = fixed[time] {
      let near =
        after < holding.count && holding[after].time == time || after == 0 ? after : after - 1
      return Boundary(
        count: known.count, quality: known.quality,
        stretch: near < holding.count ? holding[near].stretch : 0)
    }
    guard after < holding.count else { return nil }
    let right = holding[after]
    if right.time == time {
      return Boundary(count: right.count, quality: right.quality, stretch: right.stretch)
    }
    guard after > 0, holding[after - 1].stretch == right.stretch else { return nil }
    let left = holding[after - 1]
    let span = right.time.seconds(since: left.time)
    let reach = isIntegrated ? CounterTimeline.powerReach : CounterTimeline.reach
    guard let advance = advance(from: left.count, to: right.count, seconds: span),
      span <= reach || (!isIntegrated && advance * step <= CounterTimeline.trifle)
    else { return nil }
    let part = advance * time.seconds(since: left.time) / span
    return Boundary(
      count: (left.count + part) % MeterRegister.modulus(digits: digits),
      quality: isIntegrated ? .integrated : .interpolated, stretch: right.stretch)
  }

  /// Steps between two counts, or nil when no counter of this kind can have made them in the time.
  public func advance(from: UInt64, to: UInt64, seconds: UInt64) -> UInt64? {
    let steps = MeterRegister.advance(from: from, to: to, digits: digits)
    let most = limitW * 10 * min(seconds, 1 << 32) / 3600 / step + 2
    return steps <= most ? steps : nil
  }

  /// Steps between two half hours, or nil when the counter was reset between them, or cannot have
  /// made them.
  public func advance(from open: Boundary, to close: Boundary, seconds: UInt64) -> UInt64? {
    guard open.stretch == close.stretch else { return nil }
    return advance(from: open.count, to: close.count, seconds: seconds)
  }

  /// The steps that the counter has gone after `time`, as far as its counts hold, and the time of
  /// the last of them. Nothing is counted from one stretch to the next; the first count of all is a
  /// start and no more.
  public func gone(after time: NetworkTime?) -> (steps: UInt64, until: NetworkTime?) {
    guard let last = holding.last else { return (0, time) }
    guard let time else { return (0, last.time) }
    let first = holding.partitioningIndex { $0.time >= time }
    let steps = zip(holding[first...], holding[first...].dropFirst()).reduce(UInt64(0)) {
      guard $1.0.stretch == $1.1.stretch else { return $0 }
      return $0 + MeterRegister.advance(from: $1.0.count, to: $1.1.count, digits: digits)
    }
    return (steps, max(time, last.time))
  }

  /// The newest count that holds.
  var newest: (time: NetworkTime, count: UInt64)? { holding.last.map { ($0.time, $0.count) } }

  /// Whether counts are set aside of which nobody knows yet what they are.
  public var isInDoubt: Bool { !doubtful.isEmpty }

  /// When the counter last said something that holds, and whether it ever did.
  public var lastHeard: NetworkTime? { holding.last?.time }

  /// Forgets what lies before `time`, one count aside.
  public mutating func prune(before time: NetworkTime) {
    fixed = fixed.filter { $0.key >= time }
    disagreements = disagreements.filter { $0 >= time }
    guard let keep = holding.lastIndex(where: { $0.time < time }) else { return }
    let oldest = holding[keep].time
    marks.removeAll { $0.time < oldest }
    holding.removeFirst(keep)
  }
}

extension Array {
  /// The first place at which a condition holds that, once it holds, holds for all later ones; the
  /// count where it never does.
  func partitioningIndex(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
