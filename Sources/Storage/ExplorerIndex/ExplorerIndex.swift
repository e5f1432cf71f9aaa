// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Chain
import Foundation
import GRDB
public import Ledger
public import LedgerStore

/// What an explorer looks things up by, derived from a ledger: `explorer.sqlite`.
///
/// It follows the chain of a `LedgerStore` block by block, forwards and back, each step in one
/// transaction, so it may be broken off at any moment. Nothing in it is believed by anybody: it can
/// be deleted. Source: Docs/decisions/0013-explorer.md.
public final class ExplorerIndex: Sendable {
  /// The file's name in a data folder.
  public static let fileName = "explorer.sqlite"
  /// Blocks of one transaction of the file while it catches up.
  public static let blocksAtOnce = 64

  let pool: DatabasePool
  /// The file.
  public let path: String
  let rules: NetworkRules

  /// Opens the index at `path`, or makes it; one of another network is refused.
  public init(path: String, genesis: Genesis) throws(StoreError) {
    self.path = path
    rules = genesis.rules
    pool = try ExplorerIndex.open(path)
    let network = Data(genesis.network.value.bytes)
    do {
      let kept = try pool.read { try Data.fetchOne($0, sql: "SELECT network FROM progress") }
      guard kept == nil || kept == network else {
        throw StoreError.otherNetwork(
          path: path, found: kept.map { Array($0).hex } ?? "", expected: genesis.network.hex)
      }
      if kept == nil { try pool.write { try IndexRows($0, rules).begin(genesis) } }
    } catch { throw storeError(error, path: path) }
  }

  /// Opens the file; one of a later version is made anew, as nothing in it is lost by that.
  private static func open(_ path: String) throws(StoreError) -> DatabasePool {
    func open() throws(StoreError) -> DatabasePool {
      try DatabaseFile.open(
        path, applicationId: IndexSchema.applicationId, migrator: IndexSchema.migrator,
        isDerived: true)
    }
    do { return try open() } catch {
      guard case .newer = error else { throw error }
      for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
      return try open()
    }
  }

  /// What one step of following the chain did.
  public struct Advance: Sendable {
    /// Blocks taken off, the newest first.
    public var disconnected: [BlockHash] = []
    /// Blocks put on, by height.
    public var connected: [BlockHeader] = []
    /// Whether the index is at the ledger's tip.
    public var isComplete = false
  }

  /// Follows the ledger by at most `blocksAtOnce` blocks.
  public func advance(with ledger: LedgerStore) throws(StoreError) -> Advance {
    do {
      try beginAgain(with: ledger)
      return try pool.write { db in
        let rows = IndexRows(db, rules)
        var advance = Advance()
        var tip = try rows.tip()
        while try ledger.rawBlock(height: tip.height)?.hash != tip.hash.value.bytes {
          guard tip.height > 0 else {
            throw StoreError.damaged(path: path, reason: "it follows another chain; delete it")
          }
          guard let block = try ledger.block(hash: tip.hash) else {
            try rows.clear(ledger.genesis)
            return advance
          }
          advance.disconnected.append(tip.hash)
          tip = try rows.disconnect(block)
        }
        let fork = tip.height
        while advance.connected.count < ExplorerIndex.blocksAtOnce {
          guard let raw = try ledger.rawBlock(height: tip.height + 1) else {
            advance.isComplete = true
            break
          }
          let sealed = try SealedHeader(exactly: raw.header)
          // The ledger moved under us: the next step sees it whole.
          guard sealed.header.previous == tip.hash else { break }
          try rows.connect(sealed, body: raw.body)
          tip = (sealed.header.height, sealed.header.hash)
          advance.connected.append(sealed.header)
        }
        if let old = advance.disconnected.first {
          try rows.note(
            fork: fork, disconnected: advance.disconnected.count, old: old,
            connected: advance.connected)
        }
        return advance
      }
    } catch { throw storeError(error, path: path) }
  }

  /// A ledger that began from a snapshot has bodies now that it did not have then: all is read
  /// anew.
  private func beginAgain(with ledger: LedgerStore) throws {
    let hollow = try pool.read { try Int.fetchOne($0, sql: "SELECT hollow FROM progress") ?? 0 }
    guard hollow > 0, try ledger.lowestBody() <= 1 else { return }
    try pool.write { try IndexRows($0, rules).clear(ledger.genesis) }
  }

  /// The newest block that the index knows.
  public func tip() throws(StoreError) -> (height: UInt64, hash: BlockHash) {
    try read { try IndexRows($0, rules).tip() }
  }

  /// Reads in one consistent view of the file.
  func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try pool.read(body) } catch { throw storeError(error, path: path) }
  }

  /// Reads by one statement, which sees one moment of the file by itself: a transaction around it
  /// would double its time.
  func readOnce<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try pool.unsafeRead(body) } catch { throw storeError(error, path: path) }
  }

  /// Puts all changes into the main file. Called on shutdown.
  public func close() throws(StoreError) {
    do {
      _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
      try pool.close()
    } catch { throw storeError(error, path: path) }
  }
}
