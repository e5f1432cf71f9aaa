// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Quantities

/// The readings of a site for consecutive intervals with their counters, ready to be signed, and
/// what the household has to hear of them.
public struct ReportDraft: Hashable, Sendable {
  public let gapBefore: UInt32
  public let readings: [Reading]
  public let registers: [MeterRegister]
  /// The running imbalance after the readings.
  public let imbalance: WattHours
  /// Intervals in which the distribution board and the balance differ by more than the tolerance:
  /// PQ2 is taken from the balance there, and meter health says so.
  public internal(set) var boardDisagrees: [Interval] = []
  /// Intervals in which more left the home than any meter saw come in: there is a source that no
  /// device shows. PQ2 is unknown there.
  public internal(set) var unexplained: [Interval] = []
  /// Intervals whose PQ1 is above what the registered panels can give: it is unknown there.
  public internal(set) var aboveRoof: [Interval] = []
  /// Half hours in which more was bought or sold than the registered connection carries: that is
  /// not known.
  public internal(set) var aboveConnection: [Interval] = []

  /// The interval after the last.
  public var next: Interval {
    readings[0].interval.advanced(by: UInt32(readings.count))
  }
}
