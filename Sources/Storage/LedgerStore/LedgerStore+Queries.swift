// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Chain
import Foundation
import GRDB
public import Ledger
import LedgerCrypto
public import Quantities

extension LedgerStore: StateReading {
  /// The height of the chain's tip.
  public func height() throws(StoreError) -> UInt64 {
    try read { db in
      UInt64(
        try Int64.fetchOne(db, sql: "SELECT max(height) FROM block WHERE \(BlockRows.onChain)") ?? 0
      )
    }
  }

  /// The block of the chain at `height`, or nil.
  public func block(height: UInt64) throws(StoreError) -> Block? {
    try read { try BlockRows($0).block(onChainAt: height) }
  }

  /// A block with this hash, on the chain or off it, or nil.
  public func block(hash: BlockHash) throws(StoreError) -> Block? {
    try read { try BlockRows($0).block(hash) }
  }

  /// The raw header and body of the chain's block at `height`, undecoded, with the row's hash.
  public func rawBlock(
    height: UInt64
  ) throws(StoreError) -> (hash: [UInt8], header: [UInt8], body: [UInt8])? {
    try read { db in
      guard
        let row = try Row.fetchOne(
          db, sql: "SELECT hash, header, body FROM block WHERE \(BlockRows.onChain) AND height = ?",
          arguments: [Int64(clamping: height)])
      else { return nil }
      let (hash, header, body): (Data, Data, Data) = (row[0], row[1], row[2])
      return (Array(hash), Array(header), Array(body))
    }
  }

  /// Bytes out of the body of the chain's block at `height`; nil where there are not so many.
  public func bodyBytes(
    height: UInt64, start: Int, count: Int
  ) throws(StoreError) -> [UInt8]? {
    try read { db in
      let statement = try db.cachedStatement(
        sql: "SELECT substr(body, ?, ?) FROM block WHERE \(BlockRows.onChain) AND height = ?")
      statement.setUncheckedArguments([start + 1, count, Int64(clamping: height)])
      let bytes = try Data.fetchOne(statement)
      return bytes?.count == count ? bytes.map(Array.init) : nil
    }
  }

  /// The height up to which nothing changes any more: the last final block that the chain records;
  /// in an open network, where nothing is final, as deep as `NetworkRules.workedDepth`. Desks mint
  /// from there down alone.
  public func settledHeight() throws(StoreError) -> UInt64 {
    if let finality = try finality() { return finality.height }
    return try height().subtractingDownToZero(NetworkRules.workedDepth)
  }

  /// The entry of `key` in the state after the tip, or nil.
  public func entry(_ key: StateKey) throws(StoreError) -> StateEntry? {
    try read { try StateRows($0).entry(key) }
  }

  /// Calls `body` with every entry of the state, or with every one of a kind.
  public func visitEntries(
    of kind: StateKey.Kind? = nil, _ body: (StateKey, [UInt8]) throws -> Void
  ) throws(StoreError) {
    try read { try StateRows($0).visit(of: kind, body) }
  }

  /// The reports of a site whose first interval lies in `range`, oldest first, with their heights.
  public func reports(
    of site: SiteId, in range: Range<Interval>
  ) throws(StoreError) -> [(report: Report, id: TransactionId, height: UInt64)] {
    try read { db in
      guard let number = try StateRows(db).number(of: site.value) else { return [] }
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT b.header, b.body, r.position, b.height FROM report_place r
          JOIN block b ON b.id = r.block
          WHERE r.site = ? AND r.first >= ? AND r.first < ? ORDER BY r.first
          """,
        arguments: [number, range.lowerBound.number, range.upperBound.number])
      return try rows.compactMap { row in
        let block = try BlockRows.block(header: row[0], body: row[1])
        let position: Int = row[2]
        guard block.transactions.indices.contains(position),
          case .report(let report) = block.transactions[position].transaction
        else { return nil }
        return (report, block.transactions[position].id, UInt64(row[3] as Int64))
      }
    }
  }

  /// Where a transaction stands on the chain, or nil.
  public func place(
    of id: TransactionId
  ) throws(StoreError) -> (height: UInt64, position: Int)? {
    try read { db in
      try BlockRows(db).found(id).map { ($0.block.header.height, $0.position) }
    }
  }

  /// Transactions that wait for a block, oldest first.
  public func pending() throws(StoreError) -> [EncodedTransaction] {
    try read { try BlockRows($0).pending() }
  }

  /// Lets a transaction wait for a block. It survives a restart. One whose bytes no decoder takes
  /// (a text with control characters, say) is refused.
  public func addPending(_ transaction: EncodedTransaction) throws(StoreError) {
    try addPending([transaction])
  }

  /// Lets transactions wait for a block, all at once or none: what belongs together can be in one.
  public func addPending(_ transactions: [EncodedTransaction]) throws(StoreError) {
    for transaction in transactions {
      do { _ = try EncodedTransaction(exactly: transaction.bytes) } catch {
        throw .system(path: path, reason: "a transaction that does not decode (\(error))")
      }
    }
    try write { db in
      for transaction in transactions { try BlockRows(db).addPending(transaction) }
    }
  }

  /// Forgets transactions that no block can hold.
  public func dropPending(_ ids: [TransactionId]) throws(StoreError) {
    guard !ids.isEmpty else { return }
    try write { try BlockRows($0).dropPending(ids) }
  }

  /// Keeps what an auditor found; one auditor says one thing of one report.
  public func keep(_ note: AuditNote) throws(StoreError) {
    try write { db in
      try db.execute(
        sql: "INSERT OR IGNORE INTO audit_note (report, auditor, bytes) VALUES (?, ?, ?)",
        arguments: [
          Data(note.report.value.bytes), Data(note.auditor.value.bytes), Data(note.bytes),
        ])
    }
  }

  /// What auditors found under a report.
  public func auditNotes(on report: TransactionId) throws(StoreError) -> [AuditNote] {
    try read { db in
      try Data.fetchAll(
        db, sql: "SELECT bytes FROM audit_note WHERE report = ? ORDER BY id",
        arguments: [Data(report.value.bytes)]
      ).map { try AuditNote(exactly: Array($0)) }
    }
  }

  /// The newest audit notes, newest first.
  public func auditNotes(limit: Int) throws(StoreError) -> [AuditNote] {
    try read { db in
      try Data.fetchAll(
        db, sql: "SELECT bytes FROM audit_note ORDER BY id DESC LIMIT ?", arguments: [limit]
      ).map { try AuditNote(exactly: Array($0)) }
    }
  }

  /// Keeps an exchange's decision, once.
  public func keep(_ decision: ClaimDecision) throws(StoreError) {
    try write { db in
      try db.execute(
        sql: "INSERT OR IGNORE INTO claim_decision (claim, digest, bytes) VALUES (?, ?, ?)",
        arguments: [
          Data(decision.claim.id.value.bytes), Data(decision.digest.bytes), Data(decision.bytes),
        ])
    }
  }

  /// The decisions on a claim, oldest first.
  public func decisions(
    on claim: ClaimId, limit: Int = 1000
  ) throws(StoreError) -> [ClaimDecision] {
    try read { db in
      try Data.fetchAll(
        db, sql: "SELECT bytes FROM claim_decision WHERE claim = ? ORDER BY id LIMIT ?",
        arguments: [Data(claim.value.bytes), limit]
      ).map { try ClaimDecision(exactly: Array($0)) }
    }
  }

  /// The decisions before a number, newest first, with their numbers: a list in pages.
  public func decisions(
    before number: Int64? = nil, limit: Int
  ) throws(StoreError) -> [(number: Int64, decision: ClaimDecision)] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT id, bytes FROM claim_decision WHERE id < ? ORDER BY id DESC LIMIT ?",
        arguments: [number ?? .max, limit]
      ).map { (number: $0[0], decision: try ClaimDecision(exactly: Array($0[1] as Data))) }
    }
  }

  /// Blocks that are not on the chain, the newest first, before a number: other branches, and those
  /// that a law forbids.
  public func sideBlocks(
    before number: Int64? = nil, limit: Int
  ) throws(StoreError) -> [(number: Int64, header: SealedHeader, isInvalid: Bool)] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT id, header, status FROM block WHERE NOT \(BlockRows.onChain) AND id < ? ORDER BY id DESC LIMIT ?
          """, arguments: [number ?? .max, limit]
      ).map { (number: $0[0], try SealedHeader(exactly: Array($0[1] as Data)), $0[2] == 2) }
    }
  }

  /// The sealed header of the chain at `height`, or nil.
  public func header(height: UInt64) throws(StoreError) -> SealedHeader? {
    try sealedHeaders(from: height, limit: 1).first { $0.header.height == height }
  }

  /// The time of the newest block.
  public func newestTime() throws(StoreError) -> NetworkTime {
    try header(height: height())?.header.time ?? genesis.rules.time
  }

  /// Connects a block that was checked elsewhere. The caller is the only writer.
  public func insert(_ block: ConnectedBlock, work: UInt256) throws(StoreError) {
    try write { try BlockRows($0).insert(block, work: work) }
  }

  /// Bytes of the file, freed pages included.
  public func byteCount() throws(StoreError) -> UInt64 {
    try read { db in
      let pages = try Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0
      let size = try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 0
      return UInt64(pages * size)
    }
  }
}
