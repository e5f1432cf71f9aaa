// SPDX-License-Identifier: Apache-2.0

public import EchonetLite
import Ledger
public import Quantities

/// All samples of a site turned into counters over time: the pure middle between meters and readings.
public struct MeterBook: Sendable {
  public private(set) var sources: [CounterSource]
  /// The distribution board's counter of all loads, where there is one.
  public private(set) var consumption: CounterSource?
  private var timelines: [CounterTimeline]
  private var consumptionTimeline: CounterTimeline?
  private var integrators: [Int: (time: NetworkTime, watts: UInt64, tenthsWs: UInt64)] = [:]
  private let offset: UTCOffset
  /// Named tolerances that reading the samples used, by object.
  public private(set) var findings: [EchonetObject: [Tolerance: Int]] = [:]

  /// A book for these sources, whose steps are known, on meters with a clock of `offset`.
  public init(sources: [CounterSource], consumption: CounterSource?, offset: UTCOffset) {
    self.sources = sources
    self.consumption = consumption
    self.offset = offset
    timelines = sources.map {
      if case .power = $0.method {
        return CounterTimeline(step: $0.step, digits: $0.digits, isIntegrated: true)
      }
      return CounterTimeline(step: $0.step, digits: $0.digits)
    }
    consumptionTimeline = consumption.map { CounterTimeline(step: $0.step, digits: $0.digits) }
  }

  /// Takes in a sample.
  /// - Parameter historyDay: for answers to E2, E4 or E7: the day that was set before.
  public mutating func record(_ sample: Sample, historyDay: CalendarDate? = nil) {
    var found: [Tolerance] = []
    for index in sources.indices {
      if case .power(let code) = sources[index].method {
        integrate(sample, code: code, source: index)
        continue
      }
      for count in CounterReadings.counts(
        in: sample, of: sources[index], offset: offset, historyDay: historyDay, findings: &found)
      { timelines[index].insert(count) }
    }
    if let consumption {
      for count in CounterReadings.counts(
        in: sample, of: consumption, offset: offset, historyDay: nil, findings: &found)
      { consumptionTimeline?.insert(count) }
    }
    for finding in found { findings[sample.object, default: [:]][finding, default: 0] += 1 }
  }

  /// A device without a counter: its power is taken as constant until the next answer, for at most
  /// a half hour, and summed up in a counter of this node's own.
  private mutating func integrate(_ sample: Sample, code: UInt8, source index: Int) {
    let source = sources[index]
    guard sample.device == source.device, sample.property == code, sample.data.count == 4 else {
      return
    }
    let signed = Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: sample.data.unsigned)))
    guard abs(signed) <= 999_999_999 else { return }
    let isCharge = source.flow == .vehicleCharged
    let watts = UInt64(max(0, isCharge ? signed : -signed))
    var state = integrators[index] ?? (sample.time, watts, 0)
    let seconds = min(sample.time.seconds(since: state.time), Interval.seconds)
    state.tenthsWs += state.watts * seconds
    integrators[index] = (sample.time, watts, state.tenthsWs)
    timelines[index].insert(
      .init(
        time: sample.time, count: state.tenthsWs / 3600, isHalfHour: false, isHistory: false))
  }

  /// What counter `index` of `sources` stood at on the half hour `time`, or nil.
  public func boundary(_ index: Int, at time: NetworkTime) -> CounterTimeline.Boundary? {
    timelines[index].boundary(at: time)
  }

  /// Steps of counter `index` between two half hours, or nil after a reset.
  public func advance(_ index: Int, from: UInt64, to: UInt64, seconds: UInt64) -> UInt64? {
    timelines[index].advance(from: from, to: to, seconds: seconds)
  }

  /// What the distribution board saw consumed in an interval in Wh, or nil.
  public func consumed(in interval: Interval) -> WattHours? {
    guard let consumption, let timeline = consumptionTimeline,
      let open = timeline.boundary(at: interval.start),
      let close = timeline.boundary(at: interval.end),
      timeline.advance(from: open.count, to: close.count, seconds: Interval.seconds) != nil
    else { return nil }
    return MeterRegister.energy(
      from: open.count, to: close.count, step: consumption.step, digits: consumption.digits)
  }

  /// Whether all counters are known at the half hour `time`.
  public func isComplete(at time: NetworkTime) -> Bool {
    timelines.allSatisfy { $0.boundary(at: time) != nil }
  }

  /// The days, by the meter's clock, whose history could fill half hours that are missing in `range`.
  public func missingHistory(in range: Range<Interval>) -> [(device: UInt8, day: CalendarDate)] {
    var missing: [(device: UInt8, day: CalendarDate)] = []
    for (index, source) in sources.enumerated() where source.hasOwnHalfHours {
      for number in range.lowerBound.number...range.upperBound.number {
        let time = Interval(number).start
        guard timelines[index].boundary(at: time) == nil else { continue }
        let day = offset.clock(at: time).date
        if !missing.contains(where: { $0 == (source.device, day) }) {
          missing.append((source.device, day))
        }
      }
    }
    return missing
  }

  /// The first of these half hours at which nothing is missing but counts that a meter keeps itself: its history
  /// may still fill it.
  public func firstFillable(in range: ClosedRange<Interval>) -> Interval? {
    (range.lowerBound.number...range.upperBound.number).lazy.map(Interval.init).first { interval in
      let missing = sources.indices.filter { boundary($0, at: interval.start) == nil }
      return !missing.isEmpty && missing.allSatisfy { sources[$0].hasOwnHalfHours }
    }
  }

  /// Fixes the counts with which the last report ended, at `time`. After a gap they belong to an earlier time, which
  /// no count of this book has to go on from.
  public mutating func goOn(from cutter: ReadingCutter, at time: NetworkTime) {
    guard !cutter.endedInGap else { return }
    for register in cutter.known {
      guard
        let index = sources.firstIndex(where: {
          $0.flow == register.flow && $0.device == register.device
        })
      else { continue }
      let quality = timelines[index].boundary(at: time)?.quality ?? .measured
      timelines[index].fix(time, count: register.closing, quality: quality)
    }
  }

  /// Half hours at which the meter's history said something else than the meter did live.
  public var disagreements: [NetworkTime] { timelines.flatMap(\.disagreements).sorted() }

  /// Forgets what lies before `time`.
  public mutating func prune(before time: NetworkTime) {
    for index in timelines.indices { timelines[index].prune(before: time) }
    consumptionTimeline?.prune(before: time)
  }
}
