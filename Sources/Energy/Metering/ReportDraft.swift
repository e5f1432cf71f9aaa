// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Quantities

/// The readings of a site for consecutive intervals with their counters, ready to be signed.
public struct ReportDraft: Hashable, Sendable {
  public let gapBefore: UInt32
  public let readings: [Reading]
  public let registers: [MeterRegister]
  /// The running imbalance after the readings.
  public let imbalance: WattHours
  /// Intervals in which the distribution board and the balance differ by more than the tolerance:
  /// PQ2 is taken from the balance there, and meter health says so.
  public let boardDisagrees: [Interval]

  /// The interval after the last.
  public var next: Interval {
    readings[0].interval.advanced(by: UInt32(readings.count))
  }
}
