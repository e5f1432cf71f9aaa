// SPDX-License-Identifier: Apache-2.0

import GRDB
import GRDBSQLite

/// Runs one statement many times, binding numbers and bytes by SQLite's own calls: GRDB's arguments
/// box each value and copy each blob, which takes as long as the insert itself.
struct RowWriter {
  private let statement: OpaquePointer
  private let owner: Statement

  /// A runner of a prepared statement, which it keeps alive.
  init(_ statement: Statement) {
    owner = statement
    self.statement = statement.sqliteStatement
  }

  /// Executes the statement with these numbers and, after them, the bytes.
  func write(_ a: Int64, _ b: Int64, _ c: Int64, _ bytes: [UInt8]? = nil) throws {
    sqlite3_bind_int64(statement, 1, a)
    sqlite3_bind_int64(statement, 2, b)
    sqlite3_bind_int64(statement, 3, c)
    try run(bytes, at: 4)
  }

  /// Executes the statement with four numbers.
  func write(_ a: Int64, _ b: Int64, _ c: Int64, _ d: Int64) throws {
    sqlite3_bind_int64(statement, 4, d)
    try write(a, b, c, nil)
  }

  /// Executes the statement with bytes alone.
  func write(_ bytes: [UInt8]) throws { try run(bytes, at: 1) }

  /// The number in the first column of the first row for `bytes`, or nil when there is none.
  func firstNumber(_ bytes: [UInt8]) throws -> Int64? {
    var number: Int64?
    try run(bytes, at: 1) { number = sqlite3_column_int64(statement, 0) }
    return number
  }

  private func run(
    _ bytes: [UInt8]?, at place: Int32, row: () -> Void = {}
  ) throws {
    defer { sqlite3_reset(statement) }
    let code = (bytes ?? []).withUnsafeBufferPointer { buffer in
      if bytes != nil {
        // The bytes outlive the step, so SQLite need not copy them (SQLITE_STATIC is nil).
        sqlite3_bind_blob64(statement, place, buffer.baseAddress, UInt64(buffer.count), nil)
      }
      defer { if bytes != nil { sqlite3_bind_null(statement, place) } }
      let code = sqlite3_step(statement)
      if code == SQLITE_ROW { row() }
      return code
    }
    guard code == SQLITE_DONE || code == SQLITE_ROW else {
      throw DatabaseError(resultCode: ResultCode(rawValue: code), sql: owner.sql)
    }
  }
}
