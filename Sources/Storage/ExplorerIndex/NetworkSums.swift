// SPDX-License-Identifier: Apache-2.0

import GRDB
import Ledger
import Quantities

/// What the reports of a block add to the sums of the whole network, by interval and by day.
struct NetworkSums {
  /// Sites or site-days, and PQ1…PQ4 in Wh.
  private struct Row {
    var sites: Int64 = 0
    var wh: [Int64] = [0, 0, 0, 0]
  }

  private var intervals: [UInt32: Row] = [:]
  private var days: [UInt32: Row] = [:]
  private static let flows: [EnergyFlow] = [.generated, .consumed, .sold, .purchased]

  /// Counts a reading; a day counts a site when its first slot comes.
  mutating func count(_ reading: Reading, day: UInt32, isFirst: Bool) {
    for (index, flow) in NetworkSums.flows.enumerated() {
      intervals[reading.interval.number, default: Row()].wh[index] += Int64(reading[flow])
      days[day, default: Row()].wh[index] += Int64(reading[flow])
    }
    if !reading.isGap { intervals[reading.interval.number, default: Row()].sites += 1 }
    if isFirst { days[day, default: Row()].sites += 1 }
  }

  /// Adds the sums to the tables, or takes them off.
  func write(to db: Database, sign: Int64) throws {
    for (table, key, rows) in [
      ("network_interval", "interval", intervals), ("network_day", "day", days),
    ] {
      let statement = try db.cachedStatement(
        sql: """
          INSERT INTO \(table) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (\(key)) DO UPDATE SET
          sites = sites + excluded.sites, generated = generated + excluded.generated,
          consumed = consumed + excluded.consumed, sold = sold + excluded.sold,
          purchased = purchased + excluded.purchased
          """)
      for (number, row) in rows.sorted(by: { $0.key < $1.key }) {
        statement.setUncheckedArguments(
          [Int64(number), row.sites * sign] + StatementArguments(row.wh.map { $0 * sign }))
        try statement.execute()
      }
    }
  }
}
