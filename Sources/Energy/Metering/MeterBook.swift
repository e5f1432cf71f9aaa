// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import EchonetLite
public import Ledger
public import Quantities

/// All samples of a site turned into counters over time: the pure middle between meters and
/// readings.
public struct MeterBook: Sendable {
  public private(set) var plan: FlowPlan
  private var timelines: [CounterTimeline]
  private var consumptionTimeline: CounterTimeline?
  /// Power that is summed up, by counter.
  private var integrators: [CounterSource: (time: NetworkTime, watts: UInt64, tenthsWs: UInt64)] =
    [:]
  private let offset: UTCOffset
  /// When a meter last told its history of a day, by counter: what it lacked then does not come.
  private var told: [CounterSource: [CalendarDate: NetworkTime]] = [:]
  /// Named tolerances that reading the samples used, by object.
  public private(set) var findings: [EchonetObject: [Tolerance: Int]] = [:]

  /// A book for the counters of a plan, whose steps are known, on meters with a clock of `offset`.
  public init(_ plan: FlowPlan, offset: UTCOffset) {
    self.plan = plan
    self.offset = offset
    timelines = plan.sources.map(MeterBook.timeline)
    consumptionTimeline = plan.consumption.map(MeterBook.timeline)
  }

  private static func timeline(_ source: CounterSource) -> CounterTimeline {
    CounterTimeline(
      step: source.step, digits: source.digits, limitW: source.limitW,
      isIntegrated: source.isIntegrated)
  }

  /// The counters of the plan.
  public var sources: [CounterSource] { plan.sources }

  /// Takes in a sample.
  /// - Parameter historyDay: for answers to a history: the day that was set before.
  public mutating func record(_ sample: Sample, historyDay: CalendarDate? = nil) {
    record([(sample, historyDay)])
  }

  /// Takes in samples, each with the day that was set before where it answers a history: all at the
  /// cost of one sorting, in whatever order their counts lie.
  public mutating func record(_ samples: [(sample: Sample, historyDay: CalendarDate?)]) {
    let before = timelines.map(\.blips)
    for (sample, historyDay) in samples { insert(sample, historyDay) }
    consumptionTimeline?.settle()
    for index in timelines.indices {
      timelines[index].settle()
      guard timelines[index].blips > before[index] else { continue }
      findings[sources[index].object, default: [:]][.blip, default: 0] += 1
    }
  }

  private mutating func insert(_ sample: Sample, _ historyDay: CalendarDate?) {
    var found: [Tolerance] = []
    for index in sources.indices {
      if case .power(let code, let isNegative) = sources[index].method {
        integrate(sample, code: code, isNegative: isNegative, source: index)
        continue
      }
      let counts = CounterReadings.counts(
        in: sample, of: sources[index], offset: offset, historyDay: historyDay, findings: &found)
      for count in counts { timelines[index].insert(count) }
      if let historyDay, !counts.isEmpty {
        told[sources[index], default: [:]][historyDay] = sample.time
      }
    }
    if let consumption = plan.consumption {
      for count in CounterReadings.counts(
        in: sample, of: consumption, offset: offset, historyDay: nil, findings: &found)
      { consumptionTimeline?.insert(count) }
    }
    for finding in found { findings[sample.object, default: [:]][finding, default: 0] += 1 }
  }

  /// A device without a counter: its power is taken as constant until the next answer, for at most
  /// so long as two answers may be apart, and summed up in a counter of this node's own.
  private mutating func integrate(
    _ sample: Sample, code: UInt8, isNegative: Bool, source index: Int
  ) {
    let source = sources[index]
    guard sample.device == source.device, sample.property == code, sample.data.count == 4 else {
      return
    }
    let signed = Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: sample.data.unsigned)))
    guard abs(signed) <= Int64(source.limitW) else { return }
    let watts = UInt64(max(0, isNegative ? -signed : signed))
    var state = integrators[source] ?? (sample.time, watts, 0)
    guard sample.time >= state.time else { return }
    let seconds = min(sample.time.seconds(since: state.time), CounterTimeline.powerReach)
    state.tenthsWs += state.watts * seconds
    integrators[source] = (sample.time, watts, state.tenthsWs)
    timelines[index].insert(
      .init(
        time: sample.time, count: state.tenthsWs / 3600, isHalfHour: false, isHistory: false))
  }

  /// What counter `index` of `sources` stood at on the half hour `time`, or nil.
  public func boundary(_ index: Int, at time: NetworkTime) -> CounterTimeline.Boundary? {
    timelines[index].boundary(at: time)
  }

  /// What counter `index` has gone after `time`, in tenths of a Wh, and until when that is known.
  func gone(_ index: Int, after time: NetworkTime?) -> (tenths: Int64, until: NetworkTime?) {
    let (steps, until) = timelines[index].gone(after: time)
    let (tenths, overflow) = steps.multipliedReportingOverflow(by: UInt64(sources[index].step))
    return (overflow ? 0 : Int64(clamping: tenths), until)
  }

  /// Whether the counters of a device go on from where they were last seen: what says that it has
  /// moved has to show it.
  /// - Parameter counts: what the device at the new place says, by property.
  public func goesOn(_ device: UInt8, _ counts: [UInt8: [UInt8]], at now: NetworkTime) -> Bool {
    var hasProof = false
    for (index, source) in sources.enumerated() where source.device == device {
      guard !source.isIntegrated, let last = timelines[index].newest else { continue }
      let code = source.present(of: Set(counts.keys))
      guard now >= last.time, let data = counts[code], data.count == 4,
        timelines[index].advance(
          from: last.count, to: data.unsigned, seconds: now.seconds(since: last.time)) != nil
      else { return false }
      hasProof = true
    }
    return hasProof
  }

  /// The newest count of counter `index` that holds.
  func newest(_ index: Int) -> (time: NetworkTime, count: UInt64)? { timelines[index].newest }

  /// Lets counter `index` go on from a count that was kept.
  mutating func seed(_ index: Int, _ count: UInt64, at time: NetworkTime) {
    timelines[index].insert(.init(time: time, count: count, isHalfHour: false, isHistory: false))
  }

  /// Where a counter stood at both ends of an interval, or nil where one is not known, the counter
  /// was reset in between, or more is said to have flowed than can.
  func ends(_ index: Int, _ interval: Interval) -> CounterEnds? {
    guard let open = timelines[index].boundary(at: interval.start),
      let close = timelines[index].boundary(at: interval.end),
      timelines[index].advance(from: open, to: close, seconds: Interval.seconds) != nil
    else { return nil }
    let source = sources[index]
    let energy = MeterRegister.energy(
      from: open.count, to: close.count, step: source.step, digits: source.digits)
    return CounterEnds(open: open, close: close, energyWh: energy.value)
  }

  /// What the distribution board saw consumed in an interval in Wh, or nil.
  public func consumed(in interval: Interval) -> WattHours? {
    guard let consumption = plan.consumption, let timeline = consumptionTimeline,
      let open = timeline.boundary(at: interval.start),
      let close = timeline.boundary(at: interval.end),
      timeline.advance(from: open, to: close, seconds: Interval.seconds) != nil
    else { return nil }
    return MeterRegister.energy(
      from: open.count, to: close.count, step: consumption.step, digits: consumption.digits)
  }

  /// The flows, PQ2 aside, that an interval lacks though the site has counters of them.
  public func missing(in interval: Interval) -> Set<EnergyFlow> {
    Set(sources.indices.filter { ends($0, interval) == nil }.map { sources[$0].flow })
  }

  /// Whether anything at all is known of an interval.
  public func knowsAnything(of interval: Interval) -> Bool {
    sources.indices.contains { ends($0, interval) != nil }
  }

  /// Whether what an interval lacks may still come: a meter keeps its half hours itself, a counter
  /// that is silent may come back with the same count, one in doubt may be settled.
  /// - Parameters:
  ///   - now: the time.
  ///   - patience: how long, in seconds, a silent device is waited for.
  public func mayComplete(_ interval: Interval, now: NetworkTime, patience: UInt64) -> Bool {
    guard now < interval.end.advanced(by: patience) else { return false }
    if plan.isComparingRoofs { return true }
    return sources.indices.contains { index in
      guard ends(index, interval) == nil, !sources[index].isIntegrated else { return false }
      let timeline = timelines[index]
      guard let heard = timeline.lastHeard, now < heard.advanced(by: patience) else { return false }
      if sources[index].hasOwnHalfHours, !hasTold(index, interval) { return true }
      return timeline.isInDoubt || heard < interval.end
    }
  }

  /// Whether the meter has told its history of both ends of an interval since.
  private func hasTold(_ index: Int, _ interval: Interval) -> Bool {
    [interval.start, interval.end].allSatisfy { time in
      timelines[index].boundary(at: time) != nil
        || told[sources[index]]?[offset.clock(at: time).date].map {
          $0 > interval.end.advanced(by: CounterReadings.clockTolerance)
        } ?? false
    }
  }

  /// Takes the sale for not there in a home with nothing to sell whose meter has never said
  /// anything of it: without a reverse direction it says "no data" for ever.
  public mutating func dropSilentSale() {
    let (sale, purchase) = (plan.indices(of: .sold), plan.indices(of: .purchased))
    guard !plan.hasGenerator, !sale.isEmpty, sale.allSatisfy({ timelines[$0].lastHeard == nil }),
      purchase.contains(where: { timelines[$0].lastHeard != nil })
    else { return }
    for index in sale.reversed() { timelines.remove(at: index) }
    plan.dropSale()
  }

  /// The days, by the meter's clock, whose history could fill half hours that are missing in
  /// `range`.
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

  /// Fixes the counts with which the last report ended, at `time`. What a flow did not know then
  /// belongs to an earlier time, which no count of this book has to go on from.
  public mutating func goOn(from cutter: ReadingCutter, at time: NetworkTime) {
    for register in cutter.known where cutter.isKnown(register.flow) {
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

  /// Forgets what counter `index` said before `time`.
  mutating func prune(_ index: Int, before time: NetworkTime) {
    timelines[index].prune(before: time)
  }

  /// Forgets what lies before `time`.
  public mutating func prune(before time: NetworkTime) {
    for index in timelines.indices { timelines[index].prune(before: time) }
    consumptionTimeline?.prune(before: time)
  }
}

/// Where a counter stood at both ends of an interval, and the energy between.
struct CounterEnds {
  let open: CounterTimeline.Boundary
  let close: CounterTimeline.Boundary
  let energyWh: Int64

  var quality: Quality { max(open.quality, close.quality) }
}
