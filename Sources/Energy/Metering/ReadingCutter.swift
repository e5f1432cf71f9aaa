// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Quantities

/// Cuts counters into readings of half hours. Source: Docs/decisions/0006-meter-reading.md; Docs/design.md §2.
public struct ReadingCutter: Sendable {
  /// Law 5's tolerance of the network.
  public let tolerance: WattHours
  /// The counters as last reported; a report goes on from there.
  public private(set) var known: [MeterRegister]
  /// The last reported interval was a gap, or there is none.
  public private(set) var endedInGap: Bool
  /// The site's running imbalance.
  public private(set) var imbalance: WattHours

  /// A cutter that goes on from `progress`, or from nothing.
  public init(tolerance: WattHours, progress: SiteProgress?) {
    self.tolerance = tolerance
    known = progress?.registers ?? []
    endedInGap = progress?.endedInGap ?? true
    imbalance = progress?.imbalance ?? .zero
  }

  /// Goes on from a report of this site that is signed but not yet on the chain.
  public mutating func resume(after report: Report) {
    for reading in report.readings { imbalance = imbalance + reading.imbalance }
    remember(report.registers)
    endedInGap = report.readings.last?.quality == .gap
  }

  /// The readings of `length` intervals from `first` on; a draft ends early where a counter was
  /// reset, since a report cannot span that.
  /// - Parameters: `length` is 1…48; `gapBefore` counts intervals left out before `first`.
  public mutating func cut(
    _ book: MeterBook, first: Interval, length: Int, gapBefore: UInt32 = 0
  ) -> ReportDraft {
    var readings: [Reading] = []
    var registers: [Int: MeterRegister] = [:]
    var disagreeing: [Interval] = []
    var afterGap = endedInGap || gapBefore > 0
    for offset in 0..<length {
      let interval = first.advanced(by: UInt32(offset))
      let ends = counts(book, interval)
      let reset = ends.map { resets($0, registers, afterGap, book) } ?? []
      if !reset.isEmpty, !readings.isEmpty { break }
      guard let ends, reset.isEmpty || afterGap else {
        readings.append(Reading(interval: interval, quality: .gap))
        afterGap = true
        continue
      }
      var reading = Reading(interval: interval, quality: quality(ends))
      for (index, end) in ends.enumerated() {
        extend(
          &registers, index, book.sources[index], end, isReset: reset.contains(index))
        reading[book.sources[index].flow] += energy(book.sources[index], end)
      }
      if !balance(&reading, board: book.consumed(in: interval)) { disagreeing.append(interval) }
      readings.append(reading)
      afterGap = false
    }
    let kept = registers.values.sorted { ($0.flow, $0.device) < ($1.flow, $1.device) }
    remember(kept)
    endedInGap = readings.last?.quality == .gap
    return ReportDraft(
      gapBefore: gapBefore, readings: readings, registers: kept, imbalance: imbalance,
      boardDisagrees: disagreeing)
  }

  private typealias Ends = (open: CounterTimeline.Boundary, close: CounterTimeline.Boundary)

  /// Where each counter stood at both ends of the interval, or nil when one is not known or was reset
  /// within it.
  private func counts(_ book: MeterBook, _ interval: Interval) -> [Ends]? {
    var ends: [Ends] = []
    for index in book.sources.indices {
      guard let open = book.boundary(index, at: interval.start),
        let close = book.boundary(index, at: interval.end),
        book.advance(index, from: open.count, to: close.count, seconds: Interval.seconds) != nil
      else { return nil }
      ends.append((open, close))
    }
    return ends.isEmpty ? nil : ends
  }

  private func quality(_ ends: [Ends]) -> Quality {
    ends.flatMap { [$0.open.quality, $0.close.quality] }.max() ?? .gap
  }

  private func energy(_ source: CounterSource, _ end: Ends) -> UInt32 {
    let energy = MeterRegister.energy(
      from: end.open.count, to: end.close.count, step: source.step, digits: source.digits)
    return UInt32(clamping: energy.value)
  }

  /// The counters that do not go on from where the report, or the last one, left them.
  private func resets(
    _ ends: [Ends], _ registers: [Int: MeterRegister], _ afterGap: Bool, _ book: MeterBook
  ) -> Set<Int> {
    var reset: Set<Int> = []
    for (index, end) in ends.enumerated() {
      let source = book.sources[index]
      let last =
        registers[index]
        ?? known.first { $0.flow == source.flow && $0.device == source.device }
      guard let last else { continue }
      let gone = MeterRegister.advance(
        from: last.closing, to: end.open.count, digits: source.digits)
      if last.step != source.step || last.digits != source.digits || gone >= last.modulus / 2
        || (!afterGap && last.closing != end.open.count)
      {
        reset.insert(index)
      }
    }
    return reset
  }

  private func extend(
    _ registers: inout [Int: MeterRegister], _ index: Int, _ source: CounterSource, _ end: Ends,
    isReset: Bool
  ) {
    let before = registers[index]
    let isIntegrated: Bool
    if case .power = source.method { isIntegrated = true } else { isIntegrated = false }
    registers[index] = MeterRegister(
      flow: source.flow, device: source.device, step: source.step, digits: source.digits,
      opening: before?.opening ?? end.open.count, closing: end.close.count,
      isRestarted: before?.isRestarted ?? isReset, isIntegrated: isIntegrated)
  }

  private mutating func remember(_ registers: [MeterRegister]) {
    for register in registers {
      known.removeAll { $0.flow == register.flow && $0.device == register.device }
      known.append(register)
    }
  }

  /// Puts PQ2 into a reading: what the balance leaves, or what the board measured as long as the
  /// running sum stays within half of the tolerance. Rounding that would make PQ2 negative is
  /// carried on.
  /// - Returns: false when the board disagrees.
  private mutating func balance(_ reading: inout Reading, board: WattHours?) -> Bool {
    let left = reading.inflow - reading.outflow + imbalance
    var consumed = WattHours(max(0, left.value))
    var agrees = true
    if let board {
      agrees = (left - board).magnitude <= WattHours(tolerance.value / 2)
      if agrees { consumed = board }
    }
    reading[.consumed] = UInt32(clamping: consumed.value)
    imbalance = imbalance + reading.imbalance
    return agrees
  }
}
