import GRDB
import GRDBSQLite

/// Writes many rows with one statement, binding numbers and bytes by SQLite's own calls: GRDB's
/// arguments box each value and copy each blob, which takes as long as the insert itself.
struct RowWriter {
  private let statement: OpaquePointer
  private let owner: Statement

  /// A writer for a prepared statement, which it keeps alive.
  init(_ statement: Statement) {
    owner = statement
    self.statement = statement.sqliteStatement
  }

  /// Executes the statement with these numbers and, after them, the bytes.
  func write(_ numbers: [Int64], _ bytes: [UInt8]? = nil) throws {
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    for (index, number) in numbers.enumerated() {
      sqlite3_bind_int64(statement, Int32(index + 1), number)
    }
    let code = (bytes ?? []).withUnsafeBufferPointer { buffer in
      if bytes != nil {
        // The bytes outlive the step, so SQLite need not copy them (SQLITE_STATIC is nil).
        sqlite3_bind_blob64(
          statement, Int32(numbers.count + 1), buffer.baseAddress, UInt64(buffer.count), nil)
      }
      return sqlite3_step(statement)
    }
    guard code == SQLITE_DONE else {
      throw DatabaseError(resultCode: ResultCode(rawValue: code), sql: owner.sql)
    }
  }
}
