// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Quantities

/// What flowed in a home since its node began, by its own counters and up to the minute: totals
/// that never fall, for who shows them. Nothing of it is reported; what is, is cut into half hours.
public struct RunningTotals: Sendable {
  /// What is kept over a restart.
  public struct Kept: Codable, Hashable, Sendable {
    struct Counter: Codable, Hashable, Sendable {
      let flow: UInt8
      let device: UInt8
      let step: UInt32
      let count: UInt64
      let time: UInt64
    }
    var counters: [Counter] = []
    /// What the counters of a flow have gone, in tenths of a Wh, by the flow's code.
    var sums: [UInt8: Int64] = [:]
    /// The highest total that was shown, in tenths of a Wh.
    var shown: [UInt8: Int64] = [:]
    /// What the sum of a flow stood at when its total stood at 0, and of which flows it was made.
    var bases: [UInt8: Base] = [:]

    struct Base: Codable, Hashable, Sendable {
      let tenths: Int64
      let plus: [UInt8]
      let minus: [UInt8]
      /// The counters behind it, as 256 · flow + device.
      let counters: [UInt16]
    }

    /// Nothing yet.
    public init() {}

    /// Totals that begin where those of the ledger stand.
    /// - Parameter totals: in Wh, PQ1 to PQ4.
    public init(startingAt totals: [UInt64]) {
      for (flow, total) in zip([EnergyFlow.generated, .consumed, .sold, .purchased], totals) {
        shown[flow.rawValue] = Int64(clamping: min(total, UInt64(RunningTotals.most) / 20) * 10)
      }
    }
  }

  /// What no home counts in its life, in tenths of a Wh; a file that says more was spoiled.
  static let most: Int64 = 1 << 56
  /// How much older one count may be than another that it is taken off, in seconds.
  static let lag: UInt64 = 90

  private struct Counter: Hashable, Sendable {
    let flow: EnergyFlow
    let device: UInt8

    init(_ source: CounterSource) { (flow, device) = (source.flow, source.device) }
  }

  private var plan = FlowPlan([])
  private var book: MeterBook
  private let offset: UTCOffset
  private var until: [Counter: NetworkTime] = [:]
  private var sums: [EnergyFlow: Int64]
  private var shown: [EnergyFlow: Int64]
  private var bases: [EnergyFlow: Kept.Base] = [:]
  private var seeds: [Kept.Counter]

  /// Totals that go on from what was kept, of a home of which nothing is known yet.
  public init(_ kept: Kept, offset: UTCOffset) {
    func byFlow(_ values: [UInt8: Int64]) -> [EnergyFlow: Int64] {
      var found: [EnergyFlow: Int64] = [:]
      for (code, value) in values where value >= 0 && value < RunningTotals.most {
        if let flow = EnergyFlow(rawValue: code) { found[flow] = value }
      }
      return found
    }
    (sums, shown, seeds) = (byFlow(kept.sums), byFlow(kept.shown), kept.counters)
    self.offset = offset
    book = MeterBook(plan, offset: offset)
    for (code, base) in kept.bases where base.tenths.magnitude < RunningTotals.most {
      if let flow = EnergyFlow(rawValue: code) { bases[flow] = base }
    }
  }

  /// Goes on with the counters of a plan; those that were there before go on from their counts.
  /// - Parameter now: counts of a later time were kept by a clock that was wrong.
  public mutating func follow(_ plan: FlowPlan, at now: NetworkTime) {
    guard plan != self.plan else { return }
    seeds = kept.counters.filter { $0.time <= now.seconds }
    self.plan = plan
    (book, until) = (MeterBook(plan, offset: offset), [:])
    for (index, source) in plan.sources.enumerated() where !source.isIntegrated {
      guard
        let seed = seeds.first(where: {
          $0.flow == source.flow.rawValue && $0.device == source.device && $0.step == source.step
        })
      else { continue }
      let time = NetworkTime(seconds: seed.time)
      book.seed(index, seed.count, at: time)
      until[Counter(source)] = time
    }
    // Where a flow is put together anew its total goes on from what was shown.
    for flow in EnergyFlow.allCases {
      guard let parts = parts(flow), let sum = composed(flow) else { continue }
      let (plus, minus) = (parts.plus.map(\.rawValue), parts.minus.map(\.rawValue))
      let counters = plan.sources.filter { (parts.plus + parts.minus).contains($0.flow) }.map {
        UInt16($0.flow.rawValue) << 8 | UInt16($0.device)
      }
      if let base = bases[flow], base.plus == plus, base.minus == minus,
        Set(counters).isSubset(of: base.counters)
      {
        continue
      }
      bases[flow] = Kept.Base(
        tenths: sum - (shown[flow] ?? 0), plus: plus, minus: minus, counters: counters)
    }
  }

  /// Takes in what the devices said of their counters as they stand.
  public mutating func take(_ samples: [Sample]) {
    book.record(samples.map { ($0, nil) })
    for (index, source) in plan.sources.enumerated() {
      let counter = Counter(source)
      let (gone, time) = book.gone(index, after: until[counter])
      until[counter] = time
      sums[source.flow, default: 0] += min(gone, 1 << 50)
      if let time { book.prune(index, before: time) }
    }
    for flow in EnergyFlow.allCases {
      guard isWhole(flow), let sum = composed(flow) else { continue }
      let total = sum - (bases[flow]?.tenths ?? 0)
      shown[flow] = max(shown[flow] ?? 0, total)
    }
  }

  /// What flowed, in Wh; nil where the home has no such flow or nobody counts it just now.
  public func wattHours(of flow: EnergyFlow) -> UInt64? {
    guard let parts = parts(flow) else { return nil }
    // What is taken off has to have said something once.
    let isHeard = plan.sources.allSatisfy { source in
      !parts.minus.contains(source.flow)
        || until[Counter(source)] != nil
    }
    guard isHeard else { return nil }
    return shown[flow].map { UInt64(max(0, $0)) / 10 }
  }

  /// The flows whose sums make up a flow's, and those whose sums are taken off; nil where one of
  /// them is not counted.
  private func parts(_ flow: EnergyFlow) -> (plus: [EnergyFlow], minus: [EnergyFlow])? {
    switch flow {
    case .consumed:
      guard !plan.mixesCharge, plan.has(.purchased) else { return nil }
      var (plus, minus) = ([EnergyFlow](), [EnergyFlow]())
      for part in EnergyFlow.allCases where part != .consumed && plan.has(part) {
        guard let inner = parts(part) else { return nil }
        let isIn = part.isSource || part == .purchased
        plus += isIn ? inner.plus : inner.minus
        minus += isIn ? inner.minus : inner.plus
      }
      return (plus, minus)
    case .generated:
      guard isCounted(flow), !plan.isComparingRoofs else { return nil }
      guard plan.mixture != nil else { return ([flow], []) }
      let givers = [EnergyFlow.batteryDischarged, .vehicleDischarged].filter { plan.has($0) }
      guard !givers.isEmpty, givers.allSatisfy(isCounted) else { return nil }
      return ([flow], givers)
    default: return isCounted(flow) ? ([flow], []) : nil
    }
  }

  /// The sum behind a flow in tenths of a Wh; nil where a part of it is not counted.
  private func composed(_ flow: EnergyFlow) -> Int64? {
    parts(flow).map { parts in
      parts.plus.reduce(0) { $0 + (sums[$1] ?? 0) } - parts.minus.reduce(0) { $0 + (sums[$1] ?? 0) }
    }
  }

  /// Whether what is taken off a flow's sum is as new as what makes it up: an old count of what was
  /// sold would show it as consumed.
  private func isWhole(_ flow: EnergyFlow) -> Bool {
    guard let parts = parts(flow), !parts.minus.isEmpty else { return true }
    func times(_ flows: [EnergyFlow]) -> [NetworkTime?] {
      plan.sources.filter { flows.contains($0.flow) }.map {
        until[Counter($0)]
      }
    }
    let newest = times(parts.plus).compactMap { $0 }.max() ?? NetworkTime(seconds: 0)
    return times(parts.minus).allSatisfy { time in
      time.map { $0.advanced(by: RunningTotals.lag) >= newest } ?? false
    }
  }

  private func isCounted(_ flow: EnergyFlow) -> Bool {
    plan.has(flow) && !plan.uncounted.contains(flow)
  }

  /// What is to be kept.
  public var kept: Kept {
    var kept = Kept()
    for (flow, sum) in sums { kept.sums[flow.rawValue] = sum }
    for (flow, total) in shown { kept.shown[flow.rawValue] = total }
    for (flow, base) in bases { kept.bases[flow.rawValue] = base }
    kept.counters = plan.sources.enumerated().compactMap { index, source in
      guard !source.isIntegrated, let newest = book.newest(index) else { return nil }
      return .init(
        flow: source.flow.rawValue, device: source.device, step: source.step, count: newest.count,
        time: newest.time.seconds)
    }
    let gone = seeds.filter { seed in
      !kept.counters.contains { $0.flow == seed.flow && $0.device == seed.device }
    }
    kept.counters += gone.prefix(64)
    return kept
  }
}
