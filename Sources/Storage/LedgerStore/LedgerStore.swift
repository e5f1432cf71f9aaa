// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Chain
import Foundation
import GRDB
public import Ledger

/// The ledger of one network in a data folder: `ledger.sqlite`, SQLite in WAL.
///
/// A block is connected or disconnected in one transaction with all that it changes, so that a
/// process that dies at any moment leaves either all of it or nothing.
public final class LedgerStore: Sendable {
  /// The file's name in the data folder.
  public static let fileName = "ledger.sqlite"
  /// How many newest blocks keep their undo data; a deeper reorganisation replays the chain
  /// instead.
  public static let undoDepth: UInt64 = 64

  let pool: DatabasePool
  /// One moment of the file, where all reads are to see the same.
  private let snapshot: DatabaseSnapshot?
  /// The file.
  public let path: String
  public let genesis: Genesis
  public let network: NetworkId

  /// Opens the ledger of a folder for writing, or makes it.
  public convenience init(folder: String, genesis: Genesis) throws(StoreError) {
    let path = (folder as NSString).appendingPathComponent(LedgerStore.fileName)
    let pool = try DatabaseFile.open(
      path, applicationId: Schema.applicationId, migrator: Schema.migrator)
    try self.init(pool: pool, path: path, genesis: genesis)
    do {
      try pool.write { db in
        guard try Int.fetchOne(db, sql: "SELECT count(*) FROM network") == 0 else { return }
        try db.execute(
          sql: "INSERT INTO network (id, genesis) VALUES (0, ?)", arguments: [Data(genesis.bytes)])
        let block: ConnectedBlock = try .genesis(genesis)
        try BlockRows(db).insert(block, work: UInt256.zero)
      }
    } catch { throw storeError(error, path: path) }
  }

  /// Opens the ledger of a folder for reading alone.
  public static func reading(folder: String, genesis: Genesis) throws(StoreError) -> LedgerStore {
    let path = (folder as NSString).appendingPathComponent(LedgerStore.fileName)
    let pool = try DatabaseFile.openReadOnly(
      path, applicationId: Schema.applicationId, migrator: Schema.migrator)
    return try LedgerStore(pool: pool, path: path, genesis: genesis)
  }

  private init(
    pool: DatabasePool, path: String, genesis: Genesis, snapshot: DatabaseSnapshot? = nil
  ) throws(StoreError) {
    self.pool = pool
    self.snapshot = snapshot
    self.path = path
    self.genesis = genesis
    network = genesis.network
    let kept: Data?
    do {
      kept = try pool.read { try Data.fetchOne($0, sql: "SELECT genesis FROM network") }
    } catch { throw storeError(error, path: path) }
    guard let kept, Array(kept) != genesis.bytes else { return }
    let found = (try? Genesis(exactly: Array(kept)))?.network.hex ?? "unknown"
    throw .otherNetwork(path: path, found: found, expected: genesis.network.hex)
  }

  /// The same ledger as it is at this moment, whatever a running node goes on to write.
  public func frozen() throws(StoreError) -> LedgerStore {
    let snapshot: DatabaseSnapshot
    do { snapshot = try pool.makeSnapshot() } catch { throw storeError(error, path: path) }
    return try LedgerStore(pool: pool, path: path, genesis: genesis, snapshot: snapshot)
  }

  /// Reads in one consistent view of the file.
  func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try snapshot?.read(body) ?? pool.read(body) } catch {
      throw storeError(error, path: path)
    }
  }

  /// Writes in one transaction.
  func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try pool.write(body) } catch { throw storeError(error, path: path) }
  }

  /// Puts all changes into the main file, so that it can be copied alone. Called on shutdown.
  public func close() throws(StoreError) {
    do {
      _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
      try pool.close()
    } catch { throw storeError(error, path: path) }
  }
}

extension LedgerStore: ChainStorage {
  /// Reads in one consistent view of the file.
  public func read(_ body: (any ChainReading) throws -> Void) throws {
    if let snapshot { return try snapshot.read { try body(BlockRows($0)) } }
    try pool.read { try body(BlockRows($0)) }
  }

  /// Writes in one transaction of the file.
  public func write(_ body: (any ChainWriting) throws -> Void) throws {
    try pool.write { try body(BlockRows($0)) }
  }
}
