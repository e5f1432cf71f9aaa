// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// Law 4: a site's reports follow each other without overlap; gaps are explicit and worth nothing;
/// cumulative meter indexes continue from the last report and never run backwards, roll-over at the
/// meter's effective digits aside. Source: Docs/design.md §2.
public enum ReportsJoinLaw {
  /// What a report did wrong.
  public enum Violation: Error, Hashable, Sendable {
    /// The report begins before the last one's end, or leaves intervals out without saying so.
    case notAdjacent(supplied: Interval, expected: Interval)
    /// The report begins before the site was active.
    case beforeActive(supplied: Interval, activeFrom: Interval)
    /// The last interval has not ended.
    case notEnded(Interval, now: NetworkTime)
    /// The report comes later than the genesis allows.
    case late(Interval, now: NetworkTime)
    /// A counter starts elsewhere than the last report left it.
    case counterJumped(EnergyFlow, device: UInt8, supplied: UInt64, expected: UInt64)
    /// A counter ran backwards over a gap.
    case counterBackwards(EnergyFlow, device: UInt8, supplied: UInt64, last: UInt64)
    /// A counter's step or digits changed without a restart.
    case counterChanged(EnergyFlow, device: UInt8)
    /// A counter restarted although there was no gap.
    case restartWithoutGap(EnergyFlow, device: UInt8)
    /// The readings do not add up to what the counters say.
    case sum(EnergyFlow, readings: WattHours, counters: WattHours)
    /// Another site has the site's device.
    case ended
    /// The site has more counters than the ledger follows (64).
    case tooManyRegisters(Int)
  }

  /// Checks the place of a report in time.
  public static func checkPlace(
    first: Interval, gapBefore: UInt32, length: UInt32, progress: SiteProgress?,
    activeFrom: Interval, lateness: UInt32, now: NetworkTime
  ) throws(Violation) {
    guard progress?.isEnded != true else { throw .ended }
    guard first >= activeFrom else { throw .beforeActive(supplied: first, activeFrom: activeFrom) }
    // A first report states its gap as well: a later one that overtook it must not shut it out.
    let expected = (progress?.next ?? activeFrom).advanced(by: gapBefore)
    guard first == expected else { throw .notAdjacent(supplied: first, expected: expected) }
    let last = first.advanced(by: length - 1)
    guard last.end <= now else { throw .notEnded(last, now: now) }
    // By whole half hours: none becomes late while a block with it is searched for.
    guard last.advanced(by: 1).advanced(by: lateness) >= Interval(containing: now) else {
      throw .late(last, now: now)
    }
  }

  /// Whether no report of half hours before `end` may come any more: one of a day's length may
  /// reach beyond it, and is late by its own end.
  public static func isClosed(_ end: Interval, lateness: UInt32, now: NetworkTime) -> Bool {
    let latest = end.advanced(by: UInt32(Report.lengthLimit))
    return latest.advanced(by: lateness) < Interval(containing: now)
  }

  /// Checks that the counters go on from where the last report left them.
  /// - Parameters:
  ///   - known: the site's counters as last reported.
  ///   - isAfterGap: whether a flow was unknown or not there just before the report's first counts.
  /// - Returns: the site's counters after this report, in order of flow and device.
  public static func joined(
    _ registers: [MeterRegister], to known: [MeterRegister],
    isAfterGap: (EnergyFlow) -> Bool
  ) throws(Violation) -> [MeterRegister] {
    var result = known
    for register in registers {
      let place = result.firstIndex {
        ($0.flow, $0.device) >= (register.flow, register.device)
      }
      let kept = MeterRegister(
        flow: register.flow, device: register.device, step: register.step,
        digits: register.digits, opening: register.closing, closing: register.closing,
        isIntegrated: register.isIntegrated)
      guard let place, result[place].flow == register.flow,
        result[place].device == register.device
      else {
        result.insert(kept, at: place ?? result.count)
        continue
      }
      try checkContinues(register, from: result[place], afterGap: isAfterGap(register.flow))
      result[place] = kept
    }
    guard result.count <= 64 else { throw .tooManyRegisters(result.count) }
    return result
  }

  private static func checkContinues(
    _ register: MeterRegister, from last: MeterRegister, afterGap: Bool
  ) throws(Violation) {
    if register.isRestarted {
      guard afterGap else {
        throw .restartWithoutGap(register.flow, device: register.device)
      }
      return
    }
    guard register.step == last.step, register.digits == last.digits,
      register.isIntegrated == last.isIntegrated
    else { throw .counterChanged(register.flow, device: register.device) }
    if !afterGap {
      guard register.opening == last.closing else {
        throw .counterJumped(
          register.flow, device: register.device, supplied: register.opening,
          expected: last.closing)
      }
    } else {
      // Over a gap the count may have gone on by anything that does not look like running back.
      let gone = MeterRegister.advance(
        from: last.closing, to: register.opening, digits: register.digits)
      guard gone < register.modulus / 2 else {
        throw .counterBackwards(
          register.flow, device: register.device, supplied: register.opening, last: last.closing)
      }
    }
  }

  /// Checks that the readings of each flow add up to what its counters saw. Where the flow is
  /// unknown for a while its counters may have seen more, and so they may where what is stated is
  /// derived from them: the sun's part of what an inverter gave.
  public static func checkSums(
    _ readings: [Reading], _ registers: [MeterRegister]
  ) throws(Violation) {
    for flow in EnergyFlow.allCases where flow != .consumed {
      var fromReadings = WattHours.zero
      for reading in readings { fromReadings += WattHours(Int64(reading[flow])) }
      var fromCounters = WattHours.zero
      for register in registers where register.flow == flow { fromCounters += register.energy }
      let mayBeLess = readings.contains { !isWhole($0[quality: flow]) }
      let agree = mayBeLess ? fromReadings <= fromCounters : fromReadings == fromCounters
      guard agree else { throw .sum(flow, readings: fromReadings, counters: fromCounters) }
    }
  }

  private static func isWhole(_ quality: Quality) -> Bool {
    quality.isCounted && quality != .derived
  }
}
