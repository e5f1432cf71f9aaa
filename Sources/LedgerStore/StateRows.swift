import CanonicalCoding
import Foundation
import GRDB
import Ledger

/// The state in its table, read and written inside one transaction.
struct StateRows: StateSource {
  let db: Database

  init(_ db: Database) { self.db = db }

  func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? {
    do {
      guard let entity = try number(of: key.id) else { return nil }
      let statement = try db.cachedStatement(
        sql: "SELECT entry FROM state WHERE kind = ? AND entity = ? AND number = ?")
      statement.setUncheckedArguments([key.kind.rawValue, entity, key.number])
      guard let bytes = try Data.fetchOne(statement) else { return nil }
      return try StateEntry(key.kind, exactly: Array(bytes))
    } catch { throw StateSourceError("state entry \(key.kind) \(key.id): \(error)") }
  }

  func apply(_ changes: [StateChange]) throws {
    let put = try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO state (kind, entity, number, entry) VALUES (?, ?, ?, ?)")
    let drop = try db.cachedStatement(
      sql: "DELETE FROM state WHERE kind = ? AND entity = ? AND number = ?")
    for change in changes {
      let key = change.key
      let entity = try makeNumber(of: key.id)
      if let entry = change.entry {
        put.setUncheckedArguments([key.kind.rawValue, entity, key.number, Data(entry.bytes)])
        try put.execute()
      } else {
        drop.setUncheckedArguments([key.kind.rawValue, entity, key.number])
        try drop.execute()
      }
    }
  }

  /// The short number of an id, or nil when it never occurred.
  func number(of id: Bytes32) throws -> Int64? {
    let statement = try db.cachedStatement(sql: "SELECT id FROM entity WHERE name = ?")
    statement.setUncheckedArguments([Data(id.bytes)])
    return try Int64.fetchOne(statement)
  }

  /// The short number of an id, given out where it is new.
  func makeNumber(of id: Bytes32) throws -> Int64 {
    if let known = try number(of: id) { return known }
    let statement = try db.cachedStatement(sql: "INSERT INTO entity (name) VALUES (?)")
    statement.setUncheckedArguments([Data(id.bytes)])
    try statement.execute()
    return db.lastInsertedRowID
  }

  /// Calls `body` with every entry's key and bytes.
  func forEach(_ body: (StateKey, [UInt8]) throws -> Void) throws {
    let rows = try Row.fetchCursor(
      db, sql: "SELECT s.kind, e.name, s.number, s.entry FROM state s JOIN entity e ON e.id = s.entity")
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

/// Undo data of a block. Bytes: count (varint); each key (37), present (flag), entry (length, bytes).
enum UndoBytes {
  static func encode(_ changes: [StateChange]) -> [UInt8] {
    var output = ByteWriter()
    output.writeVarint(UInt64(changes.count))
    for change in changes {
      output.writeBytes(change.key.bytes)
      let entry = change.entry?.bytes
      output.writeFlag(entry != nil)
      if let entry {
        output.writeVarint(UInt64(entry.count))
        output.writeBytes(entry)
      }
    }
    return output.bytes
  }

  static func decode(_ bytes: [UInt8]) throws(DecodeError) -> [StateChange] {
    var input = ByteReader(bytes)
    var changes: [StateChange] = []
    for _ in 0..<(try input.readCount(in: 0...10_000_000, itemBytes: 38)) {
      guard let kind = StateKey.Kind(rawValue: try input.readUInt8()) else {
        throw input.refusal(.unknownKind, at: input.offset - 1)
      }
      let key = StateKey(kind, try input.readBytes32(), try input.readFixed(UInt32.self))
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
