// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import GRDB
import Ledger

/// What proves to others what is final.
extension BlockRows {
  func handovers(from term: UInt32, limit: Int) throws -> [Handover] {
    try Data.fetchAll(
      db, sql: "SELECT bytes FROM handover WHERE term >= ? ORDER BY term LIMIT ?",
      arguments: [Int64(term), limit]
    ).map { try Handover(exactly: Array($0)) }
  }

  func finalBlock() throws -> FinalBlock? {
    try Data.fetchOne(db, sql: "SELECT bytes FROM final_block")
      .map { try FinalBlock(exactly: Array($0)) }
  }

  func keep(_ handover: Handover) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO handover (term, bytes) VALUES (?, ?)",
      arguments: [Int64(handover.record.term), Data(handover.bytes)])
  }

  func keep(_ final: FinalBlock) throws {
    try db.execute(
      sql: "INSERT OR REPLACE INTO final_block (id, height, bytes) VALUES (0, ?, ?)",
      arguments: [Int64(final.header.height), Data(final.bytes)])
  }
}
