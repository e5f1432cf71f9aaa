// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import GRDB
import Ledger

/// The state in its table, read and written inside one transaction.
struct StateRows: StateSource {
  let db: Database
  private let numbers: EntityNumbers

  init(_ db: Database) {
    self.db = db
    numbers = EntityNumbers(db)
  }

  func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? {
    do {
      guard let entity = try number(of: key.id) else { return nil }
      let statement = try db.cachedStatement(
        sql: "SELECT entry FROM state WHERE kind = ? AND number = ? AND entity = ?")
      statement.setUncheckedArguments([key.kind.rawValue, key.number, entity])
      guard let bytes = try Data.fetchOne(statement) else { return nil }
      return try StateEntry(key.kind, exactly: Array(bytes))
    } catch { throw StateSourceError("state entry \(key.kind) \(key.id): \(error)") }
  }

  func visit(
    _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
  ) throws(StateSourceError) {
    do {
      try visit(of: kind) { key, bytes in body(key, try StateEntry(kind, exactly: bytes)) }
    } catch { throw StateSourceError("state entries \(kind): \(error)") }
  }

  func apply(_ changes: [StateChange]) throws {
    var order: [(kindAndNumber: UInt64, entity: Int64, index: Int)] = []
    order.reserveCapacity(changes.count)
    numbers.expect(changes.count)
    for index in changes.indices {
      let key = changes[index].key
      order.append(
        (UInt64(key.kind.rawValue) << 32 | UInt64(key.number), try makeNumber(of: key.id), index))
    }
    // In the order of the table's key: rows in any other order take several times as long.
    order.sort { ($0.kindAndNumber, $0.entity) < ($1.kindAndNumber, $1.entity) }
    let put = RowWriter(
      try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO state (kind, number, entity, entry) VALUES (?, ?, ?, ?)"))
    let drop = RowWriter(
      try db.cachedStatement(
        sql: "DELETE FROM state WHERE kind = ? AND number = ? AND entity = ?"))
    for row in order {
      let (kind, number) = (Int64(row.kindAndNumber >> 32), Int64(row.kindAndNumber & 0xFFFF_FFFF))
      if let bytes = changes[row.index].bytes {
        try put.write(kind, number, row.entity, bytes)
      } else {
        try drop.write(kind, number, row.entity)
      }
    }
  }

  /// The short number of an id, or nil when it never occurred.
  func number(of id: Bytes32) throws -> Int64? { try numbers.number(of: id) }

  /// The short number of an id, given out where it is new.
  func makeNumber(of id: Bytes32) throws -> Int64 { try numbers.makeNumber(of: id) }

  /// The id that a short number stands for.
  func name(of number: Int64) throws -> Bytes32 {
    let statement = try db.cachedStatement(sql: "SELECT name FROM entity WHERE id = ?")
    statement.setUncheckedArguments([number])
    guard let name = try Data.fetchOne(statement), let id = Bytes32(name) else {
      throw StoreError.damaged(path: "entity", reason: "no id has the number \(number)")
    }
    return id
  }

  /// Calls `body` with the key and the bytes of every entry, or of every entry of one kind.
  func visit(
    of kind: StateKey.Kind? = nil, _ body: (StateKey, [UInt8]) throws -> Void
  ) throws {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT s.kind, e.name, s.number, s.entry FROM state s JOIN entity e ON e.id = s.entity
        \(kind.map { "WHERE s.kind = \($0.rawValue)" } ?? "")
        """)
    while let row = try rows.next() {
      let kind: UInt8 = row[0]
      let name: Data = row[1]
      guard let kind = StateKey.Kind(rawValue: kind), let id = Bytes32(name) else {
        throw StoreError.damaged(path: "state", reason: "unknown kind \(kind)")
      }
      let entry: Data = row[3]
      try body(StateKey(kind, id, row[2]), Array(entry))
    }
  }
}

/// Undo data of a block. Bytes: count (varint); each kind, entity (varint), number (varint),
/// present (flag), entry (varint length, bytes). It is local to a file, whose entity numbers it
/// uses.
enum UndoBytes {
  static func encode(_ changes: [StateChange], _ state: StateRows) throws -> [UInt8] {
    var output = ByteWriter(capacity: changes.reduce(8) { $0 + ($1.bytes?.count ?? 0) + 16 })
    output.writeVarint(UInt64(changes.count))
    for change in changes {
      output.write(change.key.kind.rawValue)
      output.writeVarint(UInt64(try state.makeNumber(of: change.key.id)))
      output.writeVarint(UInt64(change.key.number))
      output.writeFlag(change.bytes != nil)
      if let bytes = change.bytes {
        output.writeVarint(UInt64(bytes.count))
        output.writeBytes(bytes)
      }
    }
    return output.bytes
  }

  static func decode(_ bytes: [UInt8], _ state: StateRows) throws -> [StateChange] {
    var input = ByteReader(bytes)
    var changes: [StateChange] = []
    for _ in 0..<(try input.readCount(in: 0...10_000_000, itemBytes: 4)) {
      guard let kind = StateKey.Kind(rawValue: try input.readUInt8()) else {
        throw input.refusal(.unknownKind, at: input.offset - 1)
      }
      let id = try state.name(of: Int64(try input.readVarint(in: 0...UInt64(Int64.max))))
      let key = StateKey(kind, id, UInt32(try input.readVarint(in: 0...UInt64(UInt32.max))))
      var entry: StateEntry?
      if try input.readFlag() {
        let length = try input.readCount(in: 0...65_536)
        entry = try StateEntry(kind, exactly: Array(try input.readBytes(length)))
      }
      changes.append(StateChange(key: key, entry: entry))
    }
    try input.finish()
    return changes
  }
}
