// SPDX-License-Identifier: Apache-2.0

package import CanonicalCoding
import Chain
import Foundation
import GRDB
package import Ledger
import Quantities

/// Blocks, the indexes over them and the state, read and written inside one transaction.
struct BlockRows: ChainWriting {
  /// Where a block stands, as column `status` holds it.
  enum Status: Int, CustomStringConvertible {
    /// Kept, beside the chain.
    case known = 0
    /// Of the chain.
    case connected = 1
    /// Broke a law.
    case invalid = 2

    /// The number, for SQL.
    var description: String { "\(rawValue)" }
  }

  /// The condition that a block is of the chain.
  static let onChain = "status = \(Status.connected)"

  let db: Database
  private let state: StateRows

  init(_ db: Database) {
    self.db = db
    state = StateRows(db)
  }

  func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? { try state.entry(key) }

  func visit(
    _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
  ) throws(StateSourceError) { try state.visit(kind, body) }

  func visitState(_ body: (StateKey, [UInt8]) throws -> Void) throws { try state.visit(body) }

  /// Connects a block that may be in the table already: row, state, indexes, pending.
  func insert(_ connected: ConnectedBlock, work: UInt256) throws {
    let block = connected.block
    let id = try row(of: connected.hash) ?? add(block, hash: connected.hash, work: work)
    try db.execute(sql: "UPDATE block SET \(BlockRows.onChain) WHERE id = ?", arguments: [id])
    try state.apply(connected.changes)
    try db.execute(
      sql: "INSERT INTO undo (block, bytes) VALUES (?, ?)",
      arguments: [id, Data(try UndoBytes.encode(connected.undo, state))])
    try index(block, id: id)
    if try Int.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM pending)") == 1 {
      let drop = RowWriter(try db.cachedStatement(sql: "DELETE FROM pending WHERE hash = ?"))
      for transaction in block.transactions { try drop.write(transaction.id.value.bytes) }
    }
    // What is not final may have to be undone, however deep it lies.
    // What ends two terms at once is proven by the state below the record before.
    let before = connected.undo.lazy.compactMap { change -> UInt64? in
      if case .finality(let entry)? = change.entry { entry.height } else { nil }
    }.first
    var final = before ?? block.header.height
    // Nor may what is asked of the newest proven block be lost.
    if let proven = try Int64.fetchOne(db, sql: "SELECT height FROM final_block") {
      final = min(final, UInt64(max(0, proven)))
    }
    if block.header.height > LedgerStore.undoDepth {
      try db.execute(
        sql: """
          DELETE FROM undo WHERE block IN
          (SELECT u.block FROM undo u JOIN block b ON b.id = u.block
          WHERE b.\(BlockRows.onChain) AND b.height < ?)
          """,
        arguments: [
          Int64(min(block.header.height - LedgerStore.undoDepth + 1, max(1, final)))
        ])
    }
  }

  /// Whether a block of the chain can be disconnected by its undo data.
  func hasUndo(_ hash: BlockHash) throws -> Bool { try undoBytes(hash) != nil }

  private func undoBytes(_ hash: BlockHash) throws -> Data? {
    try Data.fetchOne(
      db,
      sql: """
        SELECT u.bytes FROM block b JOIN undo u ON u.block = b.id
        WHERE b.hash = ? AND b.\(BlockRows.onChain)
        """,
      arguments: [Data(hash.value.bytes)])
  }

  func undo(_ hash: BlockHash) throws -> [StateChange]? {
    try undoBytes(hash).map { try UndoBytes.decode(Array($0), state) }
  }

  /// Puts headers without bodies and a state in place of a chain of the genesis alone.
  func install(
    _ headers: [(header: SealedHeader, work: UInt256)], _ changes: [StateChange]
  ) throws {
    guard try Int.fetchOne(db, sql: "SELECT max(height) FROM block WHERE \(BlockRows.onChain)") == 0
    else {
      throw StoreError.system(path: "block", reason: "a snapshot goes into an empty ledger alone")
    }
    try db.execute(sql: "DELETE FROM block WHERE height > 0")
    try db.execute(sql: "DELETE FROM state")
    try db.execute(sql: "DELETE FROM undo")
    for (sealed, work) in headers {
      try db.execute(
        sql: """
          INSERT INTO block (height, status, hash, work, header, body) VALUES (?, 1, ?, ?, ?, x'')
          """,
        arguments: [
          Int64(sealed.header.height), Data(sealed.header.hash.value.bytes), workBytes(work),
          Data(sealed.bytes),
        ])
    }
    try state.apply(changes)
    try db.execute(
      sql: "INSERT INTO history (id, goal) VALUES (0, ?)",
      arguments: [Int64(headers.last?.header.header.height ?? 0)])
  }

  func historyGoal() throws -> UInt64? {
    try Int64.fetchOne(db, sql: "SELECT goal FROM history").map(UInt64.init)
  }

  func settleHistory() throws { try db.execute(sql: "DELETE FROM history") }

  /// Puts in the body of a block of the chain that has none, and its place in the indexes.
  func fill(_ block: Block) throws {
    guard let id = try row(of: block.header.hash) else { return }
    let empty = try Int.fetchOne(
      db, sql: "SELECT length(body) FROM block WHERE id = ? AND \(BlockRows.onChain)",
      arguments: [id])
    guard empty == 0 else { return }
    try db.execute(
      sql: "UPDATE block SET body = ? WHERE id = ?", arguments: [Data(block.bodyBytes), id])
    try index(block, id: id)
  }

  /// Takes a block off the chain; its transactions wait again.
  /// - Returns: the changes that undid it.
  func disconnect(_ hash: BlockHash) throws -> [StateChange] {
    guard let bytes = try undoBytes(hash) else {
      throw StoreError.system(path: "block", reason: "no undo data for block \(hash.hex)")
    }
    let undo = try UndoBytes.decode(Array(bytes), state)
    try state.apply(undo)
    try drop(hash)
    return undo
  }

  /// Takes a block off the chain without touching the state.
  func drop(_ hash: BlockHash) throws {
    guard let id = try row(of: hash), let block = try block(hash) else {
      throw StoreError.damaged(path: "block", reason: "block \(hash.hex) is missing")
    }
    for table in ["undo", "report_place", "transaction_place", "entity_event"] {
      try db.execute(sql: "DELETE FROM \(table) WHERE block = ?", arguments: [id])
    }
    try db.execute(sql: "UPDATE block SET status = \(Status.known) WHERE id = ?", arguments: [id])
    for transaction in block.transactions where transaction.isPassedOn {
      try addPending(transaction)
    }
  }

  /// Forgets everything that is derived from the blocks of the chain.
  func clearDerived() throws {
    for table in [
      "state", "undo", "report_place", "transaction_place", "entity_event", "handover",
      "final_block",
    ] {
      try db.execute(sql: "DELETE FROM \(table)")
    }
  }

  /// The block of the chain at `height`, or nil.
  func block(onChainAt height: UInt64) throws -> Block? {
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT header, body FROM block WHERE \(BlockRows.onChain) AND height = ?",
        arguments: [Int64(clamping: height)])
    else { return nil }
    return try BlockRows.kept(row)
  }

  /// The block of a row of header and body, nil where its body was pruned.
  private static func kept(_ row: Row) throws -> Block? {
    let (header, body): (Data, Data) = (row[0], row[1])
    return body.isEmpty ? nil : try BlockRows.block(header: header, body: body)
  }

  /// Keeps a block that is not on the chain.
  func keep(_ block: Block, work: UInt256) throws {
    let hash = block.header.hash
    if try row(of: hash) == nil { _ = try add(block, hash: hash, work: work) }
  }

  /// Marks a block as found invalid.
  func markInvalid(_ hash: BlockHash) throws {
    try db.execute(
      sql: "UPDATE block SET status = \(Status.invalid) WHERE hash = ?",
      arguments: [Data(hash.value.bytes)])
  }

  func newestHeaders(_ limit: Int) throws -> [(header: SealedHeader, work: UInt256)] {
    try Row.fetchAll(
      db,
      sql: "SELECT header, work FROM block WHERE \(BlockRows.onChain) ORDER BY height DESC LIMIT ?",
      arguments: [limit]
    ).reversed().map { row in
      let (header, work): (Data, Data) = (row[0], row[1])
      let padded = [UInt8](repeating: 0, count: 32 - min(32, work.count)) + work
      return (try SealedHeader(exactly: Array(header)), UInt256(Bytes32(padded) ?? .zero))
    }
  }

  func headers(from height: UInt64, limit: Int) throws -> [SealedHeader] {
    try Data.fetchAll(
      db,
      sql: """
        SELECT header FROM block WHERE \(BlockRows.onChain) AND height >= ? ORDER BY height LIMIT ?
        """, arguments: [Int64(clamping: height), limit]
    ).map { try SealedHeader(exactly: Array($0)) }
  }

  func heightOnChain(_ hash: BlockHash) throws -> UInt64? {
    let statement = try db.cachedStatement(
      sql: "SELECT height FROM block WHERE hash = ? AND \(BlockRows.onChain)")
    statement.setUncheckedArguments([Data(hash.value.bytes)])
    return try Int64.fetchOne(statement).map(UInt64.init)
  }

  func place(of id: TransactionId) throws -> (block: BlockHash, position: Int)? {
    guard let (block, position) = try found(id) else { return nil }
    return (block.header.hash, position)
  }

  /// The block of the chain that holds a transaction, and the place there.
  func found(_ id: TransactionId) throws -> (block: Block, position: Int)? {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT b.header, b.body, p.position FROM transaction_place p
        JOIN block b ON b.id = p.block WHERE p.prefix = ?
        """, arguments: [BlockRows.prefix(id)])
    for row in rows {
      let block = try BlockRows.block(header: row[0], body: row[1])
      let position: Int = row[2]
      if block.transactions.indices.contains(position), block.transactions[position].id == id {
        return (block, position)
      }
    }
    return nil
  }

  func pending() throws -> [EncodedTransaction] {
    // What does not decode can be in no block: it must not keep a node from starting.
    try Data.fetchAll(db, sql: "SELECT bytes FROM pending ORDER BY id").compactMap {
      try? EncodedTransaction(exactly: Array($0))
    }
  }

  func dropPending(_ ids: [TransactionId]) throws {
    for id in ids {
      try db.execute(
        sql: "DELETE FROM pending WHERE hash = ?", arguments: [Data(id.value.bytes)])
    }
  }

  func addPending(_ transaction: EncodedTransaction) throws {
    let statement = try db.cachedStatement(
      sql: "INSERT OR IGNORE INTO pending (hash, bytes) VALUES (?, ?)")
    statement.setUncheckedArguments([
      Data(transaction.id.value.bytes), Data(transaction.bytes),
    ])
    try statement.execute()
  }

  /// A block by its hash, or nil.
  func block(_ hash: BlockHash) throws -> Block? {
    let statement = try db.cachedStatement(sql: "SELECT header, body FROM block WHERE hash = ?")
    statement.setUncheckedArguments([Data(hash.value.bytes)])
    return try Row.fetchOne(statement).flatMap(BlockRows.kept)
  }

  /// From which height on all bodies are here; 0 in an archive.
  func lowestBody() throws -> UInt64 {
    let pruned = try Int64.fetchOne(
      db, sql: "SELECT max(height) FROM block WHERE \(BlockRows.onChain) AND length(body) = 0")
    return pruned.map { UInt64($0) + 1 } ?? 0
  }

  static func block(header: Data, body: Data) throws -> Block {
    var input = ByteReader(Array(body))
    let transactions = try Block.readBody(from: &input)
    try input.finish()
    return Block(sealed: try SealedHeader(exactly: Array(header)), transactions: transactions)
  }

  private func row(of hash: BlockHash) throws -> Int64? {
    try Int64.fetchOne(
      db, sql: "SELECT id FROM block WHERE hash = ?", arguments: [Data(hash.value.bytes)])
  }

  /// Leading zeros of the work are left out; the rest orders the same way after padding.
  private func workBytes(_ work: UInt256) -> Data { Data(work.bytes.bytes.drop { $0 == 0 }) }

  private func add(_ block: Block, hash: BlockHash, work: UInt256) throws -> Int64 {
    try db.execute(
      sql: """
        INSERT INTO block (height, status, hash, work, header, body) VALUES (?, 0, ?, ?, ?, ?)
        """,
      arguments: [
        Int64(block.header.height), Data(hash.value.bytes), workBytes(work),
        Data(block.sealed.bytes), Data(block.bodyBytes),
      ])
    return db.lastInsertedRowID
  }

  private func index(_ block: Block, id: Int64) throws {
    let reports = RowWriter(
      try db.cachedStatement(
        sql: "INSERT INTO report_place (site, first, block, position) VALUES (?, ?, ?, ?)"))
    let places = RowWriter(
      try db.cachedStatement(
        sql: "INSERT INTO transaction_place (prefix, block, position) VALUES (?, ?, ?)"))
    let events = RowWriter(
      try db.cachedStatement(
        sql: "INSERT OR IGNORE INTO entity_event (entity, block, position) VALUES (?, ?, ?)"))
    var prefixes: [(prefix: Int64, position: Int64)] = []
    for (index, encoded) in block.transactions.enumerated() {
      let position = Int64(index)
      prefixes.append((BlockRows.prefix(encoded.id), position))
      if case .report(let report) = encoded.transaction {
        let site = try state.makeNumber(of: report.site.value)
        try reports.write(site, Int64(report.first.number), id, position)
        continue
      }
      for name in encoded.touchedIds {
        try events.write(try state.makeNumber(of: name), id, position)
      }
    }
    for (prefix, position) in prefixes.sorted(by: { $0.prefix < $1.prefix }) {
      try places.write(prefix, id, position)
    }
  }

  /// The first eight bytes of an id: few transactions share them.
  static func prefix(_ id: TransactionId) -> Int64 { Int64(bitPattern: id.value.words.0) }
}

extension EncodedTransaction {
  /// The members, sites and lots that a person would look this transaction up by. Reports have an
  /// index of their own.
  package var touchedIds: [Bytes32] {
    switch transaction {
    case .report(let report): [report.site.value]
    case .admitMember(let admission): [admission.record.id.value]
    case .setStanding(let change): [change.member.value]
    case .registerSite(let registration):
      [registration.record.id.value, registration.record.member.value]
    case .mint(let mint): [mint.site.value, mint.exchange.value, lotId(0).value]
    case .transfer(let transfer):
      [
        transfer.from.value, transfer.to.value, transfer.lot.value, lotId(0).value,
        lotId(1).value, lotId(2).value,
      ]
    case .recordFinal: []
    case .contradiction: []
    case .moveEdition(let move): [move.operator.value]
    case .honour(let honour):
      [honour.value.exchange.value, honour.value.member.value, honour.value.lot.value]
    case .restart(let restart): [restart.operator.value]
    case .setNodeKey(let change): [change.member.value]
    case .retire(let retirement):
      [
        retirement.owner.value, retirement.lot.value, lotId(0).value, lotId(1).value,
        lotId(2).value,
      ]
    }
  }
}
