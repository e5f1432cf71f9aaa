// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import GRDB
public import Ledger
import LedgerCrypto

/// What an exchange's desk keeps: claims, every decision on them, the mints that answer them, and
/// what it honoured of other networks. `desk.sqlite` in the exchange's data folder.
public final class DeskStore: Sendable {
  /// The file's name in the data folder.
  public static let fileName = "desk.sqlite"
  /// Marks the file as ours ("HNTD").
  static let applicationId: Int32 = 0x484E_5444

  /// Where a claim stands. The numbers are kept for good.
  public enum Standing: Int, Sendable {
    case open = 0
    case minted = 1
    case held = 2
    case refused = 3
    /// A person let a held claim go: its checks are not asked again.
    case released = 4
    /// A person refuses it: the desk signs that, with the person's reason.
    case turnedDown = 5
  }

  private let pool: DatabasePool
  private let path: String

  private static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1-desk") { db in
      try db.execute(
        sql: """
          PRAGMA application_id = \(applicationId);
          CREATE TABLE claim (
            number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, site BLOB NOT NULL,
            bytes BLOB NOT NULL, standing INTEGER NOT NULL);
          CREATE INDEX claim_open ON claim (standing) WHERE standing IN (0, 2, 4);
          CREATE INDEX claim_site ON claim (site, standing);
          CREATE TABLE decision (
            number INTEGER PRIMARY KEY, claim BLOB NOT NULL, bytes BLOB NOT NULL);
          CREATE INDEX decision_claim ON decision (claim);
          CREATE TABLE mint (
            claim BLOB PRIMARY KEY, bytes BLOB NOT NULL, settled INTEGER NOT NULL) WITHOUT ROWID;
          CREATE INDEX mint_unsettled ON mint (settled) WHERE settled = 0;
          CREATE TABLE honoured (
            network BLOB NOT NULL, lot BLOB NOT NULL, certificate BLOB NOT NULL,
            PRIMARY KEY (network, lot)) WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("2-refusal") { db in
      try db.execute(
        sql: """
          CREATE TABLE refusal (claim BLOB PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
          DROP INDEX claim_open;
          CREATE INDEX claim_open ON claim (standing) WHERE standing IN (0, 2, 4, 5);
          """)
    }
    return migrator
  }()

  /// Opens the desk of a folder, or makes it.
  public init(folder: String) throws(StoreError) {
    path = (folder as NSString).appendingPathComponent(DeskStore.fileName)
    pool = try DatabaseFile.open(
      path, applicationId: DeskStore.applicationId, migrator: DeskStore.migrator, keepsOld: true)
  }

  private func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try pool.read(body) } catch { throw storeError(error, path: path) }
  }

  private func write<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do { return try pool.write(body) } catch { throw storeError(error, path: path) }
  }

  /// Takes a claim in, once. A site may have `limit` claims open: more are not taken.
  /// - Returns: where the claim stands; nil where it was not taken.
  public func add(_ claim: Claim, limit: Int = 1000) throws(StoreError) -> Standing? {
    try write { db in
      let id = Data(claim.id.value.bytes)
      let known = try Int.fetchOne(
        db, sql: "SELECT standing FROM claim WHERE id = ?", arguments: [id])
      if let known { return Standing(rawValue: known) }
      let site = Data(claim.site.value.bytes)
      let open = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM claim WHERE site = ? AND standing = 0", arguments: [site])
      guard open ?? 0 < limit else { return nil }
      try db.execute(
        sql: "INSERT INTO claim (id, site, bytes, standing) VALUES (?, ?, ?, 0)",
        arguments: [id, site, Data(claim.bytes)])
      return .open
    }
  }

  /// Claims of a standing, in the order in which they came.
  /// - Parameter site: only those of a site.
  public func claims(
    _ standing: Standing, of site: SiteId? = nil, limit: Int = 10_000
  ) throws(StoreError) -> [Claim] {
    try read { db in
      if let site {
        return try Data.fetchAll(
          db,
          sql: "SELECT bytes FROM claim WHERE site = ? AND standing = ? ORDER BY number LIMIT ?",
          arguments: [Data(site.value.bytes), standing.rawValue, limit]
        ).map { try Claim(exactly: Array($0)) }
      }
      return try Data.fetchAll(
        db, sql: "SELECT bytes FROM claim WHERE standing = ? ORDER BY number LIMIT ?",
        arguments: [standing.rawValue, limit]
      ).map { try Claim(exactly: Array($0)) }
    }
  }

  /// Writes a decision down, with the mint that answers it, both or nothing.
  /// - Parameter judged: where the claim stood when it was judged: what a person says in the
  ///   meantime is not written over.
  /// - Returns: false where it stands elsewhere by now: nothing is written then.
  public func decide(
    _ decision: ClaimDecision, from judged: Standing, mint: EncodedTransaction?
  ) throws(StoreError) -> Bool {
    let standing: Standing =
      switch decision.outcome {
      case .minted: .minted
      case .held: .held
      case .refused: .refused
      }
    return try write { db in
      let id = Data(decision.claim.id.value.bytes)
      try db.execute(
        sql: "UPDATE claim SET standing = ? WHERE id = ? AND standing = ?",
        arguments: [standing.rawValue, id, judged.rawValue])
      guard db.changesCount > 0 else { return false }
      try db.execute(
        sql: "INSERT INTO decision (claim, bytes) VALUES (?, ?)",
        arguments: [id, Data(decision.bytes)])
      guard let mint else { return true }
      try db.execute(
        sql: "INSERT OR REPLACE INTO mint (claim, bytes, settled) VALUES (?, ?, 0)",
        arguments: [id, Data(mint.bytes)])
      return true
    }
  }

  /// The decisions on a claim, oldest first, or the newest of all, newest first.
  public func decisions(
    on claim: ClaimId? = nil, limit: Int = 1000
  ) throws(StoreError) -> [ClaimDecision] {
    try read { db in
      let rows =
        try claim.map {
          try Data.fetchAll(
            db, sql: "SELECT bytes FROM decision WHERE claim = ? ORDER BY number LIMIT ?",
            arguments: [Data($0.value.bytes), limit])
        }
        ?? Data.fetchAll(
          db, sql: "SELECT bytes FROM decision ORDER BY number DESC LIMIT ?", arguments: [limit])
      return try rows.map { try ClaimDecision(exactly: Array($0)) }
    }
  }

  /// Mints that are not yet so deep in the chain that they stay.
  public func unsettledMints() throws(StoreError) -> [(claim: ClaimId, mint: EncodedTransaction)] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT claim, bytes FROM mint WHERE settled = 0").map { row in
        let (claim, bytes): (Data, Data) = (row[0], row[1])
        return (
          ClaimId(Bytes32(claim) ?? .zero), try EncodedTransaction(exactly: Array(bytes))
        )
      }
    }
  }

  /// A mint lies deep enough, or can never be: it is not offered any more.
  public func settle(_ claim: ClaimId) throws(StoreError) {
    try write { db in
      try db.execute(
        sql: "UPDATE mint SET settled = 1 WHERE claim = ?", arguments: [Data(claim.value.bytes)])
    }
  }

  /// Lets a held claim go.
  /// - Returns: whether there was one.
  public func release(_ claim: ClaimId) throws(StoreError) -> Bool {
    try write { db in
      try db.execute(
        sql: "UPDATE claim SET standing = 4 WHERE id = ? AND standing = 2",
        arguments: [Data(claim.value.bytes)])
      return db.changesCount > 0
    }
  }

  /// Refuses a held claim, for a reason that the desk's decision then says.
  /// - Parameter reason: of 1 to `ClaimDecision.Reason.sentenceLimit` bytes.
  /// - Returns: whether there was one.
  public func turnDown(_ claim: ClaimId, because reason: String) throws(StoreError) -> Bool {
    try write { db in
      let id = Data(claim.value.bytes)
      try db.execute(
        sql: "UPDATE claim SET standing = 5 WHERE id = ? AND standing = 2", arguments: [id])
      guard db.changesCount > 0 else { return false }
      try db.execute(
        sql: "INSERT OR REPLACE INTO refusal (claim, reason) VALUES (?, ?)",
        arguments: [id, reason])
      return true
    }
  }

  /// Why a person refused a claim; nil where nobody did.
  public func refusal(of claim: ClaimId) throws(StoreError) -> String? {
    try read { db in
      try String.fetchOne(
        db, sql: "SELECT reason FROM refusal WHERE claim = ?", arguments: [Data(claim.value.bytes)])
    }
  }

  /// Keeps the certificate of a lot of another network that the exchange honours: the chain holds
  /// its hash alone.
  public func keep(certificate: [UInt8], of lot: ForeignLot) throws(StoreError) {
    try write { db in
      try db.execute(
        sql: "INSERT OR IGNORE INTO honoured (network, lot, certificate) VALUES (?, ?, ?)",
        arguments: [
          Data(lot.network.value.bytes), Data(lot.lot.value.bytes), Data(certificate),
        ])
    }
  }

  /// Puts all changes into the main file. Called on shutdown.
  public func close() throws(StoreError) {
    do {
      _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
      try pool.close()
    } catch { throw storeError(error, path: path) }
  }
}
