// SPDX-License-Identifier: Apache-2.0

import Ledger
import Quantities

/// One report while it is cut: the counters as far as it has come, and which flows its last reading
/// knew.
struct CutPage {
  /// The counters of an inverter and of what stands behind it are taken to agree within a
  /// twentieth, and within so many Wh of reading and rounding.
  private static let exactness: UInt32 = 20
  private static let rounding: UInt32 = 10

  private let book: MeterBook
  private let known: [MeterRegister]
  private var knownFlows: Set<EnergyFlow>
  private var byIndex: [Int: MeterRegister] = [:]
  /// Counters at the ends of the interval that was read last, by their place in the book.
  private var ends: [Int: CounterEnds] = [:]

  init(_ book: MeterBook, known: [MeterRegister], knownFlows: Set<EnergyFlow>) {
    (self.book, self.known, self.knownFlows) = (book, known, knownFlows)
  }

  /// The counters in the order of a report.
  var registers: [MeterRegister] {
    byIndex.values.sorted { ($0.flow, $0.device) < ($1.flow, $1.device) }
  }

  /// All flows of an interval but PQ2; nil where the report has to end before it, since a counter
  /// that it holds was reset.
  /// - Parameter mayEnd: the report holds an interval already.
  mutating func read(_ interval: Interval, mayEnd: Bool) -> Reading? {
    ends = [:]
    var reading = Reading(interval: interval)
    for flow in EnergyFlow.allCases where flow != .consumed && book.plan.has(flow) {
      let indices = book.plan.indices(of: flow)
      var found: [Int: CounterEnds] = [:]
      for index in indices { found[index] = book.ends(index, interval) }
      let isUnclear = flow == .generated && book.plan.isComparingRoofs
      guard !book.plan.uncounted.contains(flow), found.count == indices.count, !isUnclear else {
        reading.set(flow, 0, .unknown)
        continue
      }
      let reset = found.filter { isReset($0.key, $0.value) }.keys
      if !reset.isEmpty {
        if mayEnd, !knownFlows.contains(flow), reset.contains(where: { byIndex[$0] != nil }) {
          return nil
        }
        guard !knownFlows.contains(flow) else {
          reading.set(flow, 0, .unknown)
          continue
        }
      }
      let sum = found.values.reduce(0) { $0 + $1.energyWh }
      reading.set(
        flow, UInt32(clamping: sum), found.values.map(\.quality).max() ?? .unknown)
      ends.merge(found) { _, new in new }
    }
    return reading
  }

  /// Whether a counter does not go on from where this report, or the last one, left it.
  private func isReset(_ index: Int, _ end: CounterEnds) -> Bool {
    let source = book.sources[index]
    let last =
      byIndex[index] ?? known.first { $0.flow == source.flow && $0.device == source.device }
    guard let last else { return false }
    guard last.step == source.step, last.digits == source.digits,
      last.isIntegrated == source.isIntegrated
    else { return true }
    let gone = MeterRegister.advance(
      from: last.closing, to: end.open.count, digits: source.digits)
    // More than a month at its limit is no silence that a counter went on through.
    let most = source.limitWh * 48 * 31 * 10 / Int64(max(1, source.step))
    return gone >= last.modulus / 2 || gone > UInt64(max(0, most))
      || (knownFlows.contains(source.flow) && last.closing != end.open.count)
  }

  /// Takes the counters of what a reading knows into the report.
  mutating func keep(_ reading: Reading) {
    for (index, end) in ends where reading[quality: book.sources[index].flow].isCounted {
      let source = book.sources[index]
      let before = byIndex[index]
      byIndex[index] = MeterRegister(
        flow: source.flow, device: source.device, step: source.step, digits: source.digits,
        opening: before?.opening ?? end.open.count, closing: end.close.count,
        isRestarted: before?.isRestarted ?? isReset(index, end),
        isIntegrated: source.isIntegrated)
    }
    knownFlows = Set(EnergyFlow.allCases.filter { reading[quality: $0].isCounted })
  }

  /// Marks a flow as unknown after all: its counters do not go on with this interval.
  mutating func forget(_ flow: EnergyFlow, in reading: inout Reading) {
    reading.set(flow, 0, .unknown)
    for index in book.plan.indices(of: flow) { ends[index] = nil }
  }

  /// Takes what batteries and vehicles gave out of the output of an inverter that mixes them: what
  /// is left is the sun's. Where nobody counts what they gave, nobody knows what the sun did.
  mutating func separateSun(_ reading: inout Reading) {
    let flows = [EnergyFlow.batteryDischarged, .vehicleDischarged]
    let givers = flows.filter { book.plan.has($0) }
    guard reading[quality: .generated].isCounted else { return }
    guard !givers.isEmpty, givers.allSatisfy({ reading[quality: $0].isCounted }) else {
      return forget(.generated, in: &reading)
    }
    let output = reading[.generated]
    var left = output
    for flow in givers {
      let given = min(left, reading[flow])
      // What is lost between cell and grid side is the inverter's, not the home's.
      if given < reading[flow], isBehind(flow) { reading.set(flow, given, .derived) }
      left -= given
    }
    // Two counters of one energy differ by what they are exact to: that is no sun.
    let given = output - left
    if given > 0, left <= given / CutPage.exactness + CutPage.rounding { left = 0 }
    reading.set(.generated, left, .derived)
  }

  private func isBehind(_ flow: EnergyFlow) -> Bool {
    book.plan.indices(of: flow).allSatisfy {
      book.plan.behindMixture.contains(book.sources[$0].device)
    }
  }
}
