// SPDX-License-Identifier: Apache-2.0

package import CanonicalCoding
import Foundation
package import GRDB

/// Short numbers for 32-byte ids, in a table `entity (id, name)`: other tables name members, sites,
/// lots and keys by them. Numbers looked up once in a transaction are remembered: a site's comes up
/// for each of its rows.
package final class EntityNumbers {
  private let db: Database
  private var known: [Bytes32: Int64] = [:]

  /// The numbers of a file, for one transaction.
  package init(_ db: Database) { self.db = db }

  /// Makes room for so many.
  func expect(_ count: Int) { known.reserveCapacity(count) }

  /// The short number of an id, or nil when it never occurred.
  package func number(of id: Bytes32) throws -> Int64? {
    if let number = known[id] { return number }
    let reader = RowWriter(try db.cachedStatement(sql: "SELECT id FROM entity WHERE name = ?"))
    let found = try reader.firstNumber(id.bytes)
    known[id] = found
    return found
  }

  /// The short number of an id, given out where it is new.
  package func makeNumber(of id: Bytes32) throws -> Int64 {
    if let number = try number(of: id) { return number }
    let statement = try db.cachedStatement(sql: "INSERT INTO entity (name) VALUES (?)")
    statement.setUncheckedArguments([Data(id.bytes)])
    try statement.execute()
    known[id] = db.lastInsertedRowID
    return db.lastInsertedRowID
  }
}
