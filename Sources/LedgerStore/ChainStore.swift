import CanonicalCoding
public import Chain
import Foundation
import GRDB
public import Ledger
public import LedgerCrypto
public import Quantities

/// The chain of one node: the store, the headers it may build on and the state's tree, kept in step.
/// It is the only writer of a ledger. Not safe to share: an actor owns it.
public final class ChainStore {
  /// How many newest headers are kept at hand for forks and the laws' looking back.
  static let headerDepth = 4096

  /// What taking in a block did.
  public enum Outcome: Sendable {
    /// The block was known.
    case known
    /// The block is kept, but the chain did not change.
    case kept
    /// The chain changed: blocks taken off, newest first, and put on, oldest first.
    case advanced(disconnected: [BlockHash], connected: [ConnectedBlock])
  }

  public let store: LedgerStore
  private var tree: StateTree
  private var headers: BlockTree
  /// The tip of the chain.
  public private(set) var tip: BlockHeader
  public private(set) var tipHash: BlockHash

  private var rules: NetworkRules { store.genesis.rules }

  /// Takes up the chain that `store` keeps.
  /// - Throws: `StoreError.damaged` when the state is not the one that the tip binds.
  public init(_ store: LedgerStore) throws(StoreError) {
    self.store = store
    let rules = store.genesis.rules
    let (tree, chain) = try store.read { db in
      var updates: [StateTree.Update] = []
      try StateRows(db).visit { key, entry in
        updates.append(StateTree.Update(path: key.path, value: SHA256.digest(entry)))
      }
      var tree = StateTree()
      tree.apply(updates)
      return (tree, try ChainStore.newestHeaders(db, HeaderContext.depth(rules)))
    }
    guard let newest = chain.last else {
      throw .damaged(path: store.path, reason: "there is no genesis block")
    }
    guard tree.root == newest.header.stateRoot else {
      throw .damaged(
        path: store.path, reason: "the state is not the one of block \(newest.hash.hex)")
    }
    self.tree = tree
    tip = newest.header
    tipHash = newest.hash
    let rootIndex = max(0, chain.count - ChainStore.headerDepth)
    let root = chain[rootIndex]
    headers = BlockTree(
      root: root.header, work: root.work,
      context: HeaderContext(
        parent: root.header, hash: root.hash,
        ancestors: chain[...rootIndex].map { HeaderContext.Ancestor($0.header) }),
      rules: rules)
    for link in chain[(rootIndex + 1)...] {
      do {
        try headers.insert(
          link.sealed, network: store.network, now: NetworkTime(seconds: 1 << 40))
      } catch {
        throw .damaged(path: store.path, reason: "block \(link.hash.hex): \(error)")
      }
    }
  }

  private struct Link {
    let hash: BlockHash
    let sealed: SealedHeader
    let work: UInt256
    var header: BlockHeader { sealed.header }
  }

  private static func newestHeaders(_ db: Database, _ depth: Int) throws -> [Link] {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT hash, header, work FROM block WHERE status = 1 ORDER BY height DESC LIMIT ?
        """, arguments: [headerDepth + depth])
    return try rows.reversed().map { row in
      let hash: Data = row[0]
      let header: Data = row[1]
      let work: Data = row[2]
      let padded = [UInt8](repeating: 0, count: 32 - min(32, work.count)) + work
      return Link(
        hash: BlockHash(Bytes32(hash) ?? .zero), sealed: try SealedHeader(exactly: Array(header)),
        work: UInt256(Bytes32(padded) ?? .zero))
    }
  }

  /// What a child of the tip looks back on.
  public var tipContext: HeaderContext? { headers.context(after: tipHash) }

  /// Takes in a block: checks its header, keeps it, and follows it when law 9 says so. All that a
  /// reorganisation undoes and connects happens in one transaction of the store.
  public func accept(_ block: Block, now: NetworkTime) throws(BlockRefusal) -> Outcome {
    let hash = block.header.hash
    guard !headers.contains(hash) else { return .known }
    try headers.insert(block.sealed, network: store.network, now: now)
    do {
      let work = headers.work(hash) ?? .zero
      try store.write { try BlockRows($0).keep(block, work: work) }
    } catch { throw .ownFault(error.description) }
    return try follow(newest: block)
  }

  private func follow(newest: Block) throws(BlockRefusal) -> Outcome {
    while headers.best != tipHash {
      guard let path = headers.path(from: tipHash, to: headers.best) else {
        throw .tooDeep(height: newest.header.height)
      }
      var treeAfter = tree
      do {
        let connected = try store.write { db in
          try apply(path, newest: newest, in: db, tree: &treeAfter)
        }
        tree = treeAfter
        tipHash = headers.best
        tip = headers.header(tipHash) ?? tip
        return .advanced(disconnected: path.disconnect, connected: connected)
      } catch {
        guard case .system(_, _) = error, let invalid = foundInvalid else {
          throw .ownFault(error.description)
        }
        foundInvalid = nil
        headers.markInvalid(invalid.hash)
        do { try store.write { try BlockRows($0).markInvalid(invalid.hash) } } catch {
          throw .ownFault(error.description)
        }
        if invalid.hash == newest.header.hash { throw invalid.refusal }
      }
    }
    return .kept
  }

  /// Set when a block on the way to a better tip breaks a law; the transaction is rolled back then.
  private var foundInvalid: (hash: BlockHash, refusal: BlockRefusal)?

  private func apply(
    _ path: BlockTree.Path, newest: Block, in db: Database, tree: inout StateTree
  ) throws -> [ConnectedBlock] {
    let rows = BlockRows(db)
    if try path.disconnect.allSatisfy(rows.hasUndo) {
      for hash in path.disconnect { tree.apply(try rows.disconnect(hash)) }
    } else {
      tree = try replay(without: path.disconnect, rows)
    }
    var connected: [ConnectedBlock] = []
    for hash in path.connect {
      let kept = newest.header.hash == hash ? newest : try rows.block(hash)
      guard let block = kept, let context = headers.context(after: block.header.previous)
      else { throw StoreError.damaged(path: store.path, reason: "block \(hash.hex) is missing") }
      do {
        let next = try ConnectedBlock.connect(
          block, after: context, on: StateRows(db), tree: &tree, network: store.network,
          rules: rules)
        try rows.insert(next, work: headers.work(hash) ?? .zero)
        connected.append(next)
      } catch let refusal as BlockRefusal {
        if case .ownFault(let reason) = refusal {
          throw StoreError.damaged(path: store.path, reason: reason)
        }
        foundInvalid = (hash, refusal)
        throw StoreError.system(path: store.path, reason: "\(refusal)")
      }
    }
    return connected
  }

  /// Derives the state below a deep fork anew, where undo data is gone: takes `dropped` off the chain
  /// and connects all blocks below them again from the genesis.
  private func replay(without dropped: [BlockHash], _ rows: BlockRows) throws -> StateTree {
    for hash in dropped { try rows.drop(hash) }
    try rows.clearDerived()
    let genesis: ConnectedBlock = try .genesis(store.genesis)
    var tree = StateTree()
    tree.apply(genesis.changes)
    try rows.insert(genesis, work: .zero)
    var context = HeaderContext(
      parent: genesis.block.header, hash: genesis.hash,
      ancestors: [HeaderContext.Ancestor(genesis.block.header)])
    while let block = try rows.block(onChainAt: context.height + 1) {
      let connected = try ConnectedBlock.connect(
        block, after: context, on: StateRows(rows.db), tree: &tree, network: store.network,
        rules: rules)
      try rows.insert(connected, work: .zero)
      context = context.advanced(
        by: block.header, hash: connected.hash, depth: HeaderContext.depth(rules))
    }
    return tree
  }

  /// A template on top of the tip from the transactions that wait, oldest first.
  public func template(
    producer: PublicKey, time: NetworkTime, searchSeconds: UInt32
  ) throws(StoreError) -> BlockTemplate? {
    guard let context = tipContext else { return nil }
    let candidates = try store.pending()
    guard !candidates.isEmpty else { return nil }
    do {
      return try store.pool.read { db in
        try BlockTemplate.build(
          from: candidates, after: context, on: StateRows(db), tree: &tree,
          network: store.network, rules: rules, producer: producer, time: time,
          searchSeconds: searchSeconds)
      }
    } catch { throw storeError(error, path: store.path) }
  }
}
