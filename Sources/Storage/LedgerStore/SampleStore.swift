// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import GRDB
public import Ledger
public import Metering
public import Quantities

/// The samples of a home's meters in its data folder: `meters.sqlite`, apart from the ledger.
/// Samples are kept as they come; those under a report are kept together, in the order of its root.
public final class SampleStore: Sendable {
  /// The file's name in the data folder.
  public static let fileName = "meters.sqlite"
  /// Marks the file as ours ("HNTM").
  static let applicationId: Int32 = 0x484E_544D

  private let pool: DatabasePool
  private let path: String

  private static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1-samples") { db in
      try db.execute(sql: "PRAGMA application_id = \(applicationId)")
      try db.execute(
        sql: """
          CREATE TABLE sample (
            id INTEGER PRIMARY KEY, time INTEGER NOT NULL, bytes BLOB NOT NULL,
            history_day INTEGER);
          CREATE INDEX sample_time ON sample (time);
          CREATE TABLE evidence (
            site BLOB NOT NULL, first INTEGER NOT NULL, length INTEGER NOT NULL,
            bytes BLOB NOT NULL, report BLOB NOT NULL, PRIMARY KEY (site, first));
          """)
    }
    return migrator
  }()

  /// Opens the samples of a folder for writing, or makes the file.
  public init(folder: String) throws(StoreError) {
    path = (folder as NSString).appendingPathComponent(SampleStore.fileName)
    pool = try DatabaseFile.open(
      path, applicationId: SampleStore.applicationId, migrator: SampleStore.migrator, keepsOld: true
    )
  }

  private init(pool: DatabasePool, path: String) {
    self.pool = pool
    self.path = path
  }

  /// Opens the samples of a folder for reading alone.
  public static func reading(folder: String) throws(StoreError) -> SampleStore {
    let path = (folder as NSString).appendingPathComponent(fileName)
    return SampleStore(
      pool: try DatabaseFile.openReadOnly(
        path, applicationId: applicationId, migrator: migrator), path: path)
  }

  /// Keeps samples.
  /// - Parameter historyDay: the day that was asked, for samples that hold a meter's history.
  public func append(_ samples: [Sample], historyDay: CalendarDate? = nil) throws(StoreError) {
    try write { db in
      let statement = try db.cachedStatement(
        sql: "INSERT INTO sample (time, bytes, history_day) VALUES (?, ?, ?)")
      for sample in samples {
        statement.setUncheckedArguments([
          Int64(clamping: sample.time.seconds), Data(sample.bytes), historyDay?.dayNumber,
        ])
        try statement.execute()
      }
    }
  }

  /// The samples from `time` on, oldest first, with the day that was asked for histories.
  public func samples(
    since time: NetworkTime
  ) throws(StoreError) -> [(sample: Sample, historyDay: CalendarDate?)] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT bytes, history_day FROM sample WHERE time >= ? ORDER BY time, id",
        arguments: [Int64(clamping: time.seconds)]
      ).map { row in
        let bytes: Data = row[0]
        let day: Int64? = row[1]
        return (try Sample(exactly: Array(bytes)), day.map { CalendarDate(dayNumber: $0) })
      }
    }
  }

  /// What was read from a time on and before another, the oldest first, and after that what the
  /// meter's history said of some days.
  public func samples(
    from: NetworkTime, until: NetworkTime, historyOf days: ClosedRange<CalendarDate>
  ) throws(StoreError) -> [Sample] {
    try read { db in
      try Data.fetchAll(
        db,
        sql: """
          SELECT bytes FROM sample WHERE time >= ? AND (time < ? OR history_day BETWEEN ? AND ?)
          ORDER BY time, id
          """,
        arguments: [
          Int64(clamping: from.seconds), Int64(clamping: until.seconds),
          days.lowerBound.dayNumber, days.upperBound.dayNumber,
        ]
      ).map { try Sample(exactly: Array($0)) }
    }
  }

  /// The newest samples, the newest first.
  public func newest(limit: Int) throws(StoreError) -> [Sample] {
    try read { db in
      try Data.fetchAll(
        db, sql: "SELECT bytes FROM sample ORDER BY id DESC LIMIT ?", arguments: [limit]
      ).map { try Sample(exactly: Array($0)) }
    }
  }

  /// Keeps a signed report with its evidence.
  public func keep(_ evidence: Evidence, of report: Report) throws(StoreError) {
    try write { db in
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO evidence (site, first, length, bytes, report)
          VALUES (?, ?, ?, ?, ?)
          """,
        arguments: [
          Data(report.site.value.bytes), report.first.number, report.readings.count,
          Data(evidence.bytes), Data(Transaction.report(report).bytes),
        ])
    }
  }

  /// Forgets single samples from before a time.
  public func forgetSamples(before time: NetworkTime) throws(StoreError) {
    try write { db in
      try db.execute(
        sql: "DELETE FROM sample WHERE time < ?", arguments: [Int64(clamping: time.seconds)])
    }
  }

  /// Forgets the samples under reports of `site` that began before an interval.
  public func forgetEvidence(of site: SiteId, before first: Interval) throws(StoreError) {
    try write { db in
      try db.execute(
        sql: "DELETE FROM evidence WHERE site = ? AND first < ?",
        arguments: [Data(site.value.bytes), first.number])
    }
  }

  /// The evidence of the report of `site` that covers `interval`, or nil.
  public func evidence(
    site: SiteId, covering interval: Interval
  ) throws(StoreError) -> (first: Interval, evidence: Evidence)? {
    try read { db in
      guard
        let row = try Row.fetchOne(
          db,
          sql: """
            SELECT first, bytes FROM evidence
            WHERE site = ? AND first <= ? AND first + length > ? ORDER BY first DESC
            """,
          arguments: [Data(site.value.bytes), interval.number, interval.number])
      else { return nil }
      let bytes: Data = row[1]
      return (Interval(row[0]), try Evidence(exactly: Array(bytes)))
    }
  }

  /// The reports that this node signed for `site` and that began at `first` or later, oldest first.
  public func signedReports(
    of site: SiteId, from first: Interval
  ) throws(StoreError) -> [Report] {
    try read { db in
      try Data.fetchAll(
        db, sql: "SELECT report FROM evidence WHERE site = ? AND first >= ? ORDER BY first",
        arguments: [Data(site.value.bytes), first.number]
      ).compactMap {
        guard case .report(let report) = try Transaction(exactly: Array($0)) else { return nil }
        return report
      }
    }
  }

  /// All reports that this node signed for `site`, with their evidence, oldest first.
  public func reports(
    of site: SiteId
  ) throws(StoreError) -> [(report: Report, evidence: Evidence)] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT report, bytes FROM evidence WHERE site = ? ORDER BY first",
        arguments: [Data(site.value.bytes)]
      ).compactMap { row in
        let (report, evidence): (Data, Data) = (row[0], row[1])
        guard case .report(let signed) = try Transaction(exactly: Array(report)) else {
          return nil
        }
        return (signed, try Evidence(exactly: Array(evidence)))
      }
    }
  }

  /// Puts all changes into the main file. Called on shutdown.
  public func close() throws(StoreError) {
    do {
      _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
      try pool.close()
    } catch { throw storeError(error, path: path) }
  }

  private func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try pool.read(body) } catch { throw storeError(error, path: path) }
  }

  private func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try pool.write(body) } catch { throw storeError(error, path: path) }
  }
}
