// SPDX-License-Identifier: Apache-2.0

import Foundation
package import GRDB

/// Opens SQLite files of ours and of nobody else, and looks before it touches.
package enum DatabaseFile {
  /// Refuses a file that is not ours, is damaged or was written by a later version.
  /// - Returns: whether there is a file at all.
  static func inspect(
    _ path: String, applicationId: Int32, migrator: DatabaseMigrator
  ) throws(StoreError) -> Bool {
    guard FileManager.default.fileExists(atPath: path) else { return false }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw .system(path: path, reason: "it cannot be opened; check its permissions")
    }
    let head = (try? handle.read(upToCount: 100)) ?? Data()
    try? handle.close()
    if head.isEmpty { return false }
    guard head.count == 100, head.prefix(16) == Data("SQLite format 3\0".utf8) else {
      throw .foreign(path: path, found: "no SQLite file")
    }
    do {
      var configuration = Configuration()
      configuration.readonly = true
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      return try queue.read { try check($0, path, applicationId, migrator) }
    } catch { throw storeError(error, path: path) }
  }

  /// - Returns: false for a file that was created and not yet filled when its process died.
  private static func check(
    _ db: Database, _ path: String, _ applicationId: Int32, _ migrator: DatabaseMigrator
  ) throws -> Bool {
    let found = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    if found == 0, try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0 {
      return false
    }
    guard found == applicationId else {
      throw StoreError.foreign(path: path, found: "application id \(found)")
    }
    let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
    guard verdict == "ok" else { throw StoreError.damaged(path: path, reason: verdict) }
    let unknown = try migrator.appliedIdentifiers(db).subtracting(migrator.migrations)
    guard unknown.isEmpty else {
      throw StoreError.newer(path: path, migrations: unknown.sorted())
    }
    return true
  }

  /// Opens a file for writing, in WAL with every commit synced, and brings its tables up to date.
  /// - Parameters:
  ///   - isDerived: whatever a power cut takes can be made again, so that nothing waits for the
  ///     disk.
  ///   - keepsOld: nobody else has what is in it: before an upgrade changes its tables, the file as
  ///     it was is kept beside it, under its name and that of its last migration, for whoever wants
  ///     to go back.
  package static func open(
    _ path: String, applicationId: Int32, migrator: DatabaseMigrator, isDerived: Bool = false,
    keepsOld: Bool = false
  ) throws(StoreError) -> DatabasePool {
    _ = try inspect(path, applicationId: applicationId, migrator: migrator)
    do {
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      var configuration = Configuration()
      configuration.prepareDatabase { db in
        // Takes effect in a new file alone. Blocks of a small network are a few kilobytes: with pages
        // of 4 KiB a third of the file would be unused ends of overflow pages.
        if !db.configuration.readonly { try db.execute(sql: "PRAGMA page_size = 1024") }
      }
      configuration.busyMode = .timeout(10)
      let pool = try DatabasePool(path: path, configuration: configuration)
      // A pool sets NORMAL itself once it is open: then a power cut takes the newest commits away.
      if !isDerived {
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      }
      if keepsOld { try keepOld(pool, path, migrator) }
      try migrator.migrate(pool)
      return pool
    } catch { throw storeError(error, path: path) }
  }

  private static func keepOld(
    _ pool: DatabasePool, _ path: String, _ migrator: DatabaseMigrator
  ) throws {
    let applied = try pool.read { try migrator.appliedIdentifiers($0) }
    guard let newest = migrator.migrations.last(where: applied.contains),
      newest != migrator.migrations.last
    else { return }
    let (copy, part) = ("\(path).\(newest)", "\(path).\(newest).part")
    let files = FileManager.default
    guard !files.fileExists(atPath: copy) else { return }
    try? files.removeItem(atPath: part)
    try pool.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [part]) }
    try files.moveItem(atPath: part, toPath: copy)
  }

  /// Opens a file for reading alone.
  package static func openReadOnly(
    _ path: String, applicationId: Int32, migrator: DatabaseMigrator
  ) throws(StoreError) -> DatabasePool {
    guard try inspect(path, applicationId: applicationId, migrator: migrator) else {
      throw .missing(path: path)
    }
    do {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(10)
      return try DatabasePool(path: path, configuration: configuration)
    } catch { throw storeError(error, path: path) }
  }
}

/// Any failure of the database as one of ours.
package func storeError(_ error: any Error, path: String) -> StoreError {
  if let known = error as? StoreError { return known }
  guard let failure = error as? DatabaseError else {
    return .system(path: path, reason: "\(error)")
  }
  switch failure.resultCode {
  case .SQLITE_CORRUPT, .SQLITE_NOTADB:
    return .damaged(path: path, reason: failure.message ?? "malformed")
  case .SQLITE_FULL:
    return .system(path: path, reason: "the disk is full; nothing was lost, free some space")
  default:
    return .system(path: path, reason: failure.message ?? "\(failure)")
  }
}
