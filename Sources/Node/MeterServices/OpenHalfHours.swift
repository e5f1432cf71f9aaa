// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Clocks
public import Ledger
import LedgerStore
import Metering
import NodeServices
import Quantities

/// A half hour of a home that is not final on the ledger yet.
public struct OpenHalfHour: Sendable {
  /// How far it has come.
  public enum State: String, CaseIterable, Sendable {
    /// The meters were read; it is not reported yet and may still change.
    case read
    /// It is reported and waits for a block.
    case waiting
    /// It is in a block that has not as many behind it as make it final.
    case sealed
  }

  public let reading: Reading
  public let state: State
}

extension MeterReadingService {
  /// The half hours of the last two days that are not final, oldest first.
  /// - Throws: `StoreError`.
  public func openHalfHours() throws -> [OpenHalfHour] {
    let store = try keeper.store.frozen()
    let end = Interval(containing: clock.now)
    let first = Interval(end.number.subtractingDownToZero(96))
    var found: [Interval: OpenHalfHour] = [:]
    func add(_ readings: [Reading], _ state: OpenHalfHour.State) {
      for reading in readings where reading.interval >= first {
        found[reading.interval] = OpenHalfHour(reading: reading, state: state)
      }
    }
    let known = Interval(containing: samplesFrom)
    add(planner.preview(book, until: end.start, from: max(first, known)), .read)
    if case .report(let report) = unsent?.transaction { add(report.readings, .waiting) }
    if let site {
      for pending in try store.pending() {
        guard case .report(let report) = pending.transaction, report.site == site else { continue }
        add(report.readings, .waiting)
      }
      let settled = try store.settledHeight()
      let from = Interval(first.number.subtractingDownToZero(48))
      for (report, _, height) in try store.reports(of: site, in: from..<end) {
        if height > settled {
          add(report.readings, .sealed)
        } else {
          for reading in report.readings { found[reading.interval] = nil }
        }
      }
    }
    return found.values.sorted { $0.reading.interval < $1.reading.interval }
  }
}
