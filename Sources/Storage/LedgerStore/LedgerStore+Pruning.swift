// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import GRDB
public import Ledger
import Proofs
import Quantities

extension LedgerStore {
  /// The fewest newest bodies that a pruned ledger keeps: more than any reorganisation takes back.
  public static let leastBodies: UInt64 = 288
  /// Bodies taken out in one transaction, so that no reader waits long.
  static let pruneStep = 64

  /// From which height on all bodies are here; 0 in an archive.
  public func lowestBody() throws(StoreError) -> UInt64 {
    try read { try BlockRows($0).lowestBody() }
  }

  /// Takes out bodies that lie more than `bodies` below the tip. Headers and state stay, and of the
  /// reports of `sites` each with its proof.
  /// - Returns: how many were taken out; call again while there are any.
  @discardableResult
  public func prune(keeping bodies: UInt64, reportsOf sites: [SiteId]) throws(StoreError) -> Int {
    try write { db in
      let rows = BlockRows(db)
      let top =
        try Int64.fetchOne(db, sql: "SELECT max(height) FROM block WHERE \(BlockRows.onChain)") ?? 0
      var limit = top - Int64(clamping: max(bodies, LedgerStore.leastBodies))
      // What is not final may have to be undone, and questions go to the newest proven block.
      if let final = try rows.finality() {
        let proven = try rows.finalBlock()?.header.height ?? final.height
        limit = min(limit, Int64(min(final.height, proven)))
      }
      guard limit > 0 else { return 0 }
      let old = try Row.fetchAll(
        db,
        sql: """
          SELECT id, hash, height FROM block WHERE \(BlockRows.onChain) AND height BETWEEN ? AND ?
          ORDER BY height LIMIT ?
          """,
        arguments: [Int64(max(1, try rows.lowestBody())), limit, LedgerStore.pruneStep])
      for row in old {
        let (id, hash, height): (Int64, Data, Int64) = (row[0], row[1], row[2])
        if let hash = Bytes32(hash), let block = try rows.block(BlockHash(hash)) {
          try keepReports(of: sites, in: block, height, db)
        }
        try db.execute(sql: "UPDATE block SET body = x'' WHERE id = ?", arguments: [id])
        for table in ["undo", "report_place", "transaction_place", "entity_event"] {
          try db.execute(sql: "DELETE FROM \(table) WHERE block = ?", arguments: [id])
        }
      }
      try db.execute(
        sql: "DELETE FROM block WHERE NOT \(BlockRows.onChain) AND height <= ?", arguments: [limit])
      return old.count
    }
  }

  private func keepReports(
    of sites: [SiteId], in block: Block, _ height: Int64, _ db: Database
  ) throws {
    for (index, transaction) in block.transactions.enumerated() {
      guard case .report(let report) = transaction.transaction, sites.contains(report.site),
        let proof = TransactionProof(index: index, in: block)
      else { continue }
      try db.execute(
        sql: "INSERT OR REPLACE INTO kept_report (site, first, height, proof) VALUES (?, ?, ?, ?)",
        arguments: [
          Data(report.site.value.bytes), report.first.number, height, Data(proof.bytes),
        ])
    }
  }
}

extension BlockRows {
  /// A report whose block was pruned, with its proof and that block's header; nil where it was not
  /// kept.
  func keptReport(_ id: TransactionId) throws -> (block: SealedHeader, proof: TransactionProof)? {
    // A home has a few reports a day, and each is looked for rarely.
    let rows = try Row.fetchCursor(db, sql: "SELECT proof, height FROM kept_report")
    while let row = try rows.next() {
      let proof = try TransactionProof(exactly: Array(row[0] as Data))
      guard proof.transaction.id == id else { continue }
      return try headers(from: UInt64(row[1] as Int64), limit: 1).first.map { ($0, proof) }
    }
    return nil
  }
}
