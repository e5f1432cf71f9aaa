// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto

/// The storage of a simulated node, in memory, with the faults of a disk: it may be full, and a
/// power cut takes what was not synced. Every change notes how to take it back, so that a
/// transaction that fails and writes that are lost leave exactly what was there before.
final class SimulatedStorage: ChainStorage {
  /// The disk took no write.
  struct DiskFull: Error, CustomStringConvertible {
    var description: String { "disk full" }
  }

  let genesis: Genesis
  private(set) var contents = Contents()
  /// How to take back what was written and not synced, one list a transaction, oldest first.
  private var unsynced: [[Inverse]] = []
  var isFull = false
  /// Writes since the start: what slow disks charge for.
  private(set) var writes: UInt64 = 0

  typealias Inverse = (inout Contents) -> Void

  struct Contents {
    var blocks: [BlockHash: Block] = [:]
    /// Blocks of the chain of which the header alone is here.
    var bodiless: Set<BlockHash> = []
    var historyGoal: UInt64?
    var work: [BlockHash: UInt256] = [:]
    var chain: [BlockHash] = []
    var heights: [BlockHash: UInt64] = [:]
    var places: [TransactionId: (block: BlockHash, position: Int)] = [:]
    var undo: [BlockHash: [StateChange]] = [:]
    var state = MemoryState()
    var pending: [EncodedTransaction] = []
    var handovers: [UInt32: Handover] = [:]
    var final: FinalBlock?
  }

  init(genesis: Genesis) throws {
    self.genesis = genesis
    let block: ConnectedBlock = try .genesis(genesis)
    try write { try $0.insert(block, work: .zero) }
    sync()
  }

  func read(_ body: (any ChainReading) throws -> Void) throws {
    try body(SimulatedTransaction(self))
  }

  func write(_ body: (any ChainWriting) throws -> Void) throws {
    guard !isFull else { throw DiskFull() }
    let transaction = SimulatedTransaction(self)
    writes += 1
    do { try body(transaction) } catch {
      takeBack(transaction.inverses)
      throw error
    }
    unsynced.append(transaction.inverses)
    // SQLite's WAL is synced at each commit; a lying disk loses the last few all the same.
    if unsynced.count > 8 { unsynced.removeFirst() }
  }

  private func takeBack(_ inverses: [Inverse]) {
    for inverse in inverses.reversed() { inverse(&contents) }
  }

  func sync() { unsynced = [] }

  /// A power cut: the last `count` transactions are gone.
  func lose(_ count: Int) {
    for _ in 0..<min(count, unsynced.count) { takeBack(unsynced.removeLast()) }
    sync()
  }

  fileprivate func change(_ body: (inout Contents) -> Void) { body(&contents) }
}

/// One transaction of a simulated storage.
private final class SimulatedTransaction: ChainWriting {
  private let storage: SimulatedStorage
  private(set) var inverses: [SimulatedStorage.Inverse] = []

  init(_ storage: SimulatedStorage) { self.storage = storage }

  private var contents: SimulatedStorage.Contents { storage.contents }

  private func change(
    _ body: (inout SimulatedStorage.Contents) -> Void, inverse: @escaping SimulatedStorage.Inverse
  ) {
    inverses.append(inverse)
    storage.change(body)
  }

  func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? {
    try storage.contents.state.entry(key)
  }

  func visit(
    _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
  ) throws(StateSourceError) { try storage.contents.state.visit(kind, body) }

  func block(_ hash: BlockHash) throws -> Block? {
    contents.bodiless.contains(hash) ? nil : contents.blocks[hash]
  }

  func undo(_ hash: BlockHash) throws -> [StateChange]? { contents.undo[hash] }

  func block(onChainAt height: UInt64) throws -> Block? {
    contents.chain.indices.contains(Int(height)) ? try block(contents.chain[Int(height)]) : nil
  }

  func lowestBody() throws -> UInt64 {
    guard !contents.bodiless.isEmpty else { return 0 }
    let highest = contents.chain.lastIndex { contents.bodiless.contains($0) } ?? 0
    return UInt64(highest) + 1
  }

  func historyGoal() throws -> UInt64? { contents.historyGoal }

  func settleHistory() throws {
    let before = contents.historyGoal
    change {
      $0.historyGoal = nil
    } inverse: {
      $0.historyGoal = before
    }
  }

  func install(
    _ headers: [(header: SealedHeader, work: UInt256)], _ state: [StateChange]
  ) throws {
    let before = contents
    change { contents in
      contents.state = MemoryState()
      contents.state.apply(state)
      contents.historyGoal = headers.last?.header.header.height
      for (sealed, work) in headers {
        let hash = sealed.header.hash
        contents.blocks[hash] = Block(sealed: sealed, transactions: [])
        contents.bodiless.insert(hash)
        contents.work[hash] = work
        contents.chain.append(hash)
        contents.heights[hash] = sealed.header.height
      }
    } inverse: {
      $0 = before
    }
  }

  func fill(_ block: Block) throws {
    let hash = block.header.hash
    guard contents.bodiless.contains(hash), let header = contents.blocks[hash] else { return }
    change { contents in
      contents.bodiless.remove(hash)
      contents.blocks[hash] = block
      for (position, transaction) in block.transactions.enumerated() {
        contents.places[transaction.id] = (hash, position)
      }
    } inverse: { contents in
      contents.bodiless.insert(hash)
      contents.blocks[hash] = header
      for transaction in block.transactions { contents.places[transaction.id] = nil }
    }
  }

  func newestHeaders(_ limit: Int) throws -> [(header: SealedHeader, work: UInt256)] {
    contents.chain.suffix(limit).compactMap { hash in
      contents.blocks[hash].map { ($0.sealed, contents.work[hash] ?? .zero) }
    }
  }

  func headers(from height: UInt64, limit: Int) throws -> [SealedHeader] {
    contents.chain.dropFirst(Int(height)).prefix(limit).compactMap { contents.blocks[$0]?.sealed }
  }

  func heightOnChain(_ hash: BlockHash) throws -> UInt64? { contents.heights[hash] }

  func place(of id: TransactionId) throws -> (block: BlockHash, position: Int)? {
    contents.places[id]
  }

  func visitState(_ body: (StateKey, [UInt8]) throws -> Void) throws {
    for (key, entry) in contents.state.entries { try body(key, entry.bytes) }
  }

  func hasUndo(_ hash: BlockHash) throws -> Bool { contents.undo[hash] != nil }

  func pending() throws -> [EncodedTransaction] { contents.pending }

  func keep(_ block: Block, work: UInt256) throws {
    let hash = block.header.hash
    guard contents.blocks[hash] == nil else { return }
    change {
      $0.blocks[hash] = block
      $0.work[hash] = work
    } inverse: {
      $0.blocks[hash] = nil
      $0.work[hash] = nil
    }
  }

  func insert(_ connected: ConnectedBlock, work: UInt256) throws {
    let (block, hash) = (connected.block, connected.hash)
    try keep(block, work: work)
    change {
      $0.state.apply(connected.changes)
    } inverse: {
      $0.state.apply(connected.undo)
    }
    change {
      $0.chain.append(hash)
      $0.heights[hash] = block.header.height
      $0.undo[hash] = connected.undo
      for (position, transaction) in block.transactions.enumerated() {
        $0.places[transaction.id] = (hash, position)
      }
    } inverse: {
      $0.chain.removeLast()
      $0.heights[hash] = nil
      $0.undo[hash] = nil
      for transaction in block.transactions { $0.places[transaction.id] = nil }
    }
    try dropPending(block.transactions.map(\.id))
  }

  func disconnect(_ hash: BlockHash) throws -> [StateChange] {
    guard let undo = contents.undo[hash], contents.chain.last == hash,
      let block = contents.blocks[hash]
    else { throw ChainFault("no undo data for block \(hash.hex)") }
    let redo = undo.map { StateChange(key: $0.key, entry: contents.state.entries[$0.key]) }
    change {
      $0.state.apply(undo)
    } inverse: {
      $0.state.apply(redo)
    }
    change {
      $0.chain.removeLast()
      $0.heights[hash] = nil
      $0.undo[hash] = nil
      for transaction in block.transactions { $0.places[transaction.id] = nil }
    } inverse: {
      $0.chain.append(hash)
      $0.heights[hash] = block.header.height
      $0.undo[hash] = undo
      for (position, transaction) in block.transactions.enumerated() {
        $0.places[transaction.id] = (hash, position)
      }
    }
    for transaction in block.transactions where transaction.isPassedOn {
      try addPending(transaction)
    }
    return undo
  }

  func drop(_ hash: BlockHash) throws { _ = try disconnect(hash) }

  func clearDerived() throws {
    throw ChainFault("a simulated storage keeps all undo data and never replays")
  }

  func handovers(from term: UInt32, limit: Int) throws -> [Handover] {
    Array(
      contents.handovers.filter { $0.key >= term }.sorted { $0.key < $1.key }.map(\.value)
        .prefix(limit))
  }

  func finalBlock() throws -> FinalBlock? { contents.final }

  func keep(_ handover: Handover) throws {
    let term = handover.record.term
    let before = contents.handovers[term]
    change {
      $0.handovers[term] = handover
    } inverse: {
      $0.handovers[term] = before
    }
  }

  func keep(_ final: FinalBlock) throws {
    let before = contents.final
    change {
      $0.final = final
    } inverse: {
      $0.final = before
    }
  }

  func markInvalid(_ hash: BlockHash) throws {
    guard let block = contents.blocks[hash] else { return }
    change {
      $0.blocks[hash] = nil
    } inverse: {
      $0.blocks[hash] = block
    }
  }

  func addPending(_ transaction: EncodedTransaction) throws {
    guard !contents.pending.contains(where: { $0.id == transaction.id }) else { return }
    change {
      $0.pending.append(transaction)
    } inverse: { contents in
      contents.pending.removeAll { $0.id == transaction.id }
    }
  }

  func dropPending(_ ids: [TransactionId]) throws {
    let known = contents.pending
    guard !known.isEmpty else { return }
    let dropped = Set(ids)
    guard known.contains(where: { dropped.contains($0.id) }) else { return }
    change { contents in
      contents.pending.removeAll { dropped.contains($0.id) }
    } inverse: {
      $0.pending = known
    }
  }
}
