// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
import Foundation
import GRDB
public import Ledger
import LedgerCrypto
public import LedgerStore
public import Proofs
public import Quantities

/// Blocks, transactions and reorganisations. Lists are newest first unless said; every query is
/// bounded by its limit.
extension ExplorerIndex {
  /// Blocks below a height, or from the tip.
  public func blocks(below height: UInt64? = nil, limit: Int) throws(StoreError) -> [BlockSummary] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM block WHERE height < ? ORDER BY height DESC LIMIT ?",
        arguments: [height.map { Int64(clamping: $0) } ?? .max, limit]
      ).map(ExplorerIndex.block)
    }
  }

  /// The block of the chain at a height.
  public func block(height: UInt64) throws(StoreError) -> BlockSummary? {
    try block("height = ?", [Int64(clamping: height)])
  }

  /// The block of the chain with a hash.
  public func block(hash: BlockHash) throws(StoreError) -> BlockSummary? {
    try block("hash = ?", [Data(hash.value.bytes)])
  }

  private func block(
    _ condition: String, _ arguments: StatementArguments
  ) throws(StoreError) -> BlockSummary? {
    try readOnce { db in
      let statement = try db.cachedStatement(
        sql: "SELECT * FROM block WHERE \(condition) LIMIT 1")
      return try Row.fetchOne(statement, arguments: arguments).map(ExplorerIndex.block)
    }
  }

  /// At most `count` blocks spread evenly over the chain, the tip included, oldest first: for
  /// charts.
  public func sampledBlocks(_ count: Int) throws(StoreError) -> [BlockSummary] {
    let top = try tip().height
    let step = max(1, top / UInt64(max(1, count - 1)))
    let heights = Set(stride(from: 0, through: top, by: Int(clamping: step))).union([top])
    return try read { db in
      let statement = try db.cachedStatement(sql: "SELECT * FROM block WHERE height = ?")
      return try heights.sorted().compactMap {
        try Row.fetchOne(statement, arguments: [Int64($0)]).map(ExplorerIndex.block)
      }
    }
  }

  private static func block(_ row: Row) throws -> BlockSummary {
    BlockSummary(
      height: UInt64(row[0] as Int64), hash: BlockHash(try id(row[1])),
      time: NetworkTime(seconds: UInt64(row[2] as Int64)), producer: PublicKey(try id(row[3])),
      bytes: row[4], transactions: row[5], reports: row[6], generatedWh: UInt64(row[7] as Int64),
      minted: MilliCoins(UInt64(row[8] as Int64)), retired: MilliCoins(UInt64(row[9] as Int64)),
      totalGeneratedWh: UInt64(row[10] as Int64),
      totalMinted: MilliCoins(UInt64(row[11] as Int64)),
      totalRetired: MilliCoins(UInt64(row[12] as Int64)))
  }

  private static let txColumns = """
    SELECT t.height, t.position, b.time, t.kind, t.id, e.name, t.first, t.amount, t.start, t.length,
    n.name FROM
    """
  private static let txJoins = """
    JOIN block b ON b.height = t.height LEFT JOIN entity e ON e.id = t.subject
    LEFT JOIN name n ON n.entity = t.subject
    """

  static func transaction(_ row: Row) throws -> TransactionSummary {
    TransactionSummary(
      place: ChainPlace(height: UInt64(row[0] as Int64), position: row[1]),
      time: NetworkTime(seconds: UInt64(row[2] as Int64)), kind: row[3],
      id: TransactionId(try id(row[4])), subject: try (row[5] as Data?).map(id),
      subjectName: row[10],
      first: (row[6] as Int64?).map { Interval(UInt32(clamping: $0)) },
      amount: (row[7] as Int64?).map(UInt64.init), start: row[8], length: row[9])
  }

  static func id(_ bytes: Data) throws -> Bytes32 {
    guard let id = Bytes32(bytes) else {
      throw StoreError.damaged(path: fileName, reason: "an id of \(bytes.count) bytes")
    }
    return id
  }

  /// Transactions of the chain before a place, of one kind or of all.
  public func transactions(
    kind: UInt8? = nil, before place: ChainPlace? = nil, limit: Int
  ) throws(StoreError) -> [TransactionSummary] {
    let place = place ?? ChainPlace(height: UInt64(Int64.max), position: 0)
    return try read { db in
      try Row.fetchAll(
        db,
        sql: """
          \(ExplorerIndex.txColumns) tx t \(kind == nil ? "" : "INDEXED BY tx_kind")
          \(ExplorerIndex.txJoins)
          WHERE \(kind == nil ? "" : "t.kind = :kind AND") (t.height, t.position) < (:height, :position)
          ORDER BY t.height DESC, t.position DESC LIMIT :limit
          """,
        arguments: arguments(kind, place, limit)
      ).map(ExplorerIndex.transaction)
    }
  }

  private func arguments(
    _ kind: UInt8?, _ place: ChainPlace, _ limit: Int
  ) -> StatementArguments {
    let all: StatementArguments = [
      "height": Int64(clamping: place.height), "position": place.position, "limit": limit,
    ]
    return kind.map { all + ["kind": $0] } ?? all
  }

  /// The transactions of one block in their order, from a position on.
  public func transactions(
    ofBlock height: UInt64, from position: Int = 0, limit: Int
  ) throws(StoreError) -> [TransactionSummary] {
    try readOnce { db in
      let statement = try db.cachedStatement(
        sql: """
          \(ExplorerIndex.txColumns) tx t \(ExplorerIndex.txJoins)
          WHERE t.height = ? AND t.position >= ? ORDER BY t.position LIMIT ?
          """)
      return try Row.fetchAll(
        statement, arguments: [Int64(clamping: height), position, limit]
      ).map(ExplorerIndex.transaction)
    }
  }

  /// Transactions that name a member, a site or a lot, before a place.
  public func transactions(
    touching id: Bytes32, before place: ChainPlace? = nil, limit: Int
  ) throws(StoreError) -> [TransactionSummary] {
    let place = place ?? ChainPlace(height: UInt64(Int64.max), position: 0)
    return try read { db in
      guard let number = try IndexRows(db, rules).number(of: id) else { return [] }
      return try Row.fetchAll(
        db,
        sql: """
          \(ExplorerIndex.txColumns) touch o
          JOIN tx t ON t.height = o.height AND t.position = o.position \(ExplorerIndex.txJoins)
          WHERE o.entity = :entity AND (o.height, o.position) < (:height, :position)
          ORDER BY o.height DESC, o.position DESC LIMIT :limit
          """,
        arguments: arguments(nil, place, limit) + ["entity": number]
      ).map(ExplorerIndex.transaction)
    }
  }

  /// A site's reports, mints or registrations whose first interval lies in a range, newest first.
  public func transactions(
    kind: UInt8, of site: SiteId, in range: Range<Interval>, limit: Int
  ) throws(StoreError) -> [TransactionSummary] {
    try read { db in
      guard let number = try IndexRows(db, rules).number(of: site.value) else { return [] }
      return try Row.fetchAll(
        db,
        sql: """
          \(ExplorerIndex.txColumns) tx t INDEXED BY tx_subject \(ExplorerIndex.txJoins)
          WHERE t.subject = ? AND t.kind = ? AND t.first >= ? AND t.first < ?
          ORDER BY t.first DESC LIMIT ?
          """,
        arguments: [
          number, kind, Int64(range.lowerBound.number), Int64(range.upperBound.number), limit,
        ]
      ).map(ExplorerIndex.transaction)
    }
  }

  /// A transaction of the chain by its id.
  public func transaction(_ id: TransactionId) throws(StoreError) -> TransactionSummary? {
    try readOnce { db in
      let statement = try db.cachedStatement(
        sql: "\(ExplorerIndex.txColumns) tx t \(ExplorerIndex.txJoins) WHERE t.id = ? LIMIT 1")
      return try Row.fetchOne(statement, arguments: [Data(id.value.bytes)])
        .map(ExplorerIndex.transaction)
    }
  }

  /// A transaction of the chain by its place.
  public func transaction(at place: ChainPlace) throws(StoreError) -> TransactionSummary? {
    try transactions(ofBlock: place.height, from: place.position, limit: 1)
      .first { $0.place == place }
  }

  /// The whole of a transaction, out of the ledger's block; nil where the body was pruned or the
  /// chain moved on.
  public func content(
    of summary: TransactionSummary, in ledger: LedgerStore
  ) throws(StoreError) -> EncodedTransaction? {
    let bytes = try ledger.bodyBytes(
      height: summary.place.height, start: summary.start, count: summary.length)
    guard let bytes, let encoded = try? EncodedTransaction(exactly: bytes), encoded.id == summary.id
    else { return nil }
    return encoded
  }

  /// A transaction with its path to the root of its block. The path is made of the ids that the
  /// index holds: of a block of many reports one is decoded.
  public func proof(
    of summary: TransactionSummary, in ledger: LedgerStore
  ) throws(StoreError) -> TransactionProof? {
    guard let transaction = try content(of: summary, in: ledger) else { return nil }
    let ids = try readOnce { db in
      let statement = try db.cachedStatement(
        sql: "SELECT id FROM tx WHERE height = ? ORDER BY position")
      return try Data.fetchAll(statement, arguments: [Int64(clamping: summary.place.height)])
        .map { TransactionId(try ExplorerIndex.id($0)) }
    }
    return TransactionProof(transaction, at: summary.place.position, among: ids)
  }

  /// Reorganisations that this index saw, before a number.
  public func reorganisations(
    before number: Int64? = nil, limit: Int
  ) throws(StoreError) -> [Reorganisation] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM reorganisation WHERE id < ? ORDER BY id DESC LIMIT ?",
        arguments: [number ?? .max, limit]
      ).map { row in
        Reorganisation(
          number: row[0], time: NetworkTime(seconds: UInt64(row[1] as Int64)),
          forkHeight: UInt64(row[2] as Int64), disconnected: row[3], connected: row[4],
          oldTip: BlockHash(try ExplorerIndex.id(row[5])),
          newTip: BlockHash(try ExplorerIndex.id(row[6])))
      }
    }
  }
}
