// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Foundation
import GRDB
public import Ledger
public import LedgerStore

/// What people look for when they do not have a whole id.
extension ExplorerIndex {
  /// Members and sites whose name begins with a text, and then those that have it anywhere,
  /// whatever its case and width.
  public func entities(named text: String, limit: Int) throws(StoreError) -> [NamedEntity] {
    let folded = ExplorerIndex.folded(text)
    return try read { db in
      let first = try Row.fetchAll(
        db,
        sql: """
          \(ExplorerIndex.nameColumns)
          WHERE n.folded >= ? AND n.folded < ? ORDER BY n.folded, n.entity LIMIT ?
          """,
        arguments: [folded, folded + "\u{10FFFF}", limit])
      guard first.count < limit, !folded.isEmpty else { return try first.map(ExplorerIndex.entity) }
      let others = try Row.fetchAll(
        db,
        sql: """
          \(ExplorerIndex.nameColumns)
          WHERE instr(n.folded, ?) > 1 ORDER BY n.folded, n.entity LIMIT ?
          """,
        arguments: [folded, limit - first.count])
      return try (first + others).map(ExplorerIndex.entity)
    }
  }

  /// Ids of blocks, transactions, members, sites and lots that begin with hexadecimal digits, at
  /// most `limit` of each table; fewer than six digits name nothing.
  public func ids(beginning digits: String, limit: Int) throws(StoreError) -> [Bytes32] {
    guard (6...64).contains(digits.utf8.count),
      let low = Bytes32(hex: digits + String(repeating: "0", count: 64 - digits.utf8.count)),
      let high = Bytes32(hex: digits + String(repeating: "f", count: 64 - digits.utf8.count))
    else { return [] }
    return try read { db in
      var found: [Bytes32] = []
      for (table, column) in [("block", "hash"), ("tx", "id"), ("entity", "name")] {
        found += try Data.fetchAll(
          db,
          sql: "SELECT \(column) FROM \(table) WHERE \(column) >= ? AND \(column) <= ? LIMIT ?",
          arguments: [Data(low.bytes), Data(high.bytes), limit]
        ).compactMap { Bytes32($0) }
      }
      return found
    }
  }

  /// Retirements in whose name or for whose purpose a text stands, newest first.
  public func retirements(for text: String, limit: Int) throws(StoreError) -> [TransactionId] {
    let folded = ExplorerIndex.folded(text)
    guard !folded.isEmpty else { return [] }
    return try read { db in
      try Data.fetchAll(
        db,
        sql: """
          SELECT DISTINCT t.id FROM beneficiary b
          JOIN tx t ON t.height = b.height AND t.position = b.position
          WHERE instr(b.folded, ?) > 0 ORDER BY b.height DESC, b.position DESC LIMIT ?
          """,
        arguments: [folded, limit]
      ).compactMap { Bytes32($0).map { TransactionId($0) } }
    }
  }

  /// A name as it is looked up: without case, accents and the width of East Asian letters.
  static func folded(_ name: String) -> String {
    name.folding(
      options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive],
      locale: Locale(identifier: "en_US_POSIX"))
  }
}
