// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Chain
public import Ledger
import LedgerCrypto

/// Re-derives a chain from nothing: every law on every block, the state from the genesis on. It
/// keeps the state in memory and one block at a time, and believes nothing but the genesis.
public struct ChainVerifier {
  private let genesis: Genesis
  private let network: NetworkId
  private var tree = StateTree()
  /// The state after the last block that was checked.
  public private(set) var state = CompactState()
  private var context: HeaderContext
  /// Blocks and transactions checked so far, the genesis included.
  public private(set) var blocks: UInt64 = 1
  public private(set) var transactions: UInt64 = 0
  /// The work accumulated so far.
  public private(set) var work = UInt256.zero
  /// The hash and the height of the last block that was checked.
  public var tip: BlockHash { context.hash }
  public var height: UInt64 { context.height }

  /// A verifier at the genesis block.
  /// - Parameter first: the genesis block as it lies in the file.
  public init(genesis: Genesis, first: RawBlock) throws(Finding) {
    self.genesis = genesis
    network = genesis.network
    let expected: Block
    do {
      expected = try genesis.block()
      state.apply(try genesis.initialChanges())
      tree.apply(try genesis.initialChanges())
    } catch { throw Finding(height: 0, reason: "the genesis itself: \(error)") }
    let hash = expected.header.hash
    guard first.header == expected.sealed.bytes, first.body == expected.bodyBytes,
      first.hash == hash.value.bytes
    else {
      throw Finding(height: 0, law: 8, reason: "this is not the genesis block of the network file")
    }
    context = HeaderContext(
      parent: expected.header, hash: hash, ancestors: [HeaderContext.Ancestor(expected.header)])
  }

  /// Checks the next block by every law and goes on from it.
  /// - Returns: the block with all that it changes.
  @discardableResult
  mutating func check(_ prepared: PreparedBlock) throws(Finding) -> ConnectedBlock {
    let sealed = try prepared.sealed.get()
    let hash = sealed.header.hash
    try checkName(prepared.raw, hash)
    // A header that does not hold says more than a body that does not decode.
    if case .failure = prepared.transactions { try checkHeader(sealed, prepared.raw) }
    let block = Block(sealed: sealed, transactions: try prepared.transactions.get())
    let connected: ConnectedBlock
    do {
      connected = try ConnectedBlock.connect(
        block, after: context, on: state, tree: &tree, network: network, rules: genesis.rules,
        verified: prepared.verified, isUndoable: false)
    } catch { throw finding(error, block, sealed.header.height) }
    state.apply(connected.changes)
    transactions += UInt64(block.transactions.count)
    advance(by: sealed, hash)
    return connected
  }

  /// Checks the next block of a pruned file by its header, and its body, where it is kept, by the
  /// root that the header binds. What it did to the state cannot be told without the bodies before
  /// it.
  mutating func checkPruned(_ prepared: PreparedBlock) throws(Finding) {
    let sealed = try prepared.sealed.get()
    try checkHeader(sealed, prepared.raw)
    if !prepared.raw.body.isEmpty {
      let body = try prepared.transactions.get()
      guard Block.transactionRoot(body) == sealed.header.transactionRoot else {
        throw Finding(
          height: sealed.header.height, law: 8,
          reason: "the transactions do not have the root that the header binds")
      }
      transactions += UInt64(body.count)
    }
    advance(by: sealed, sealed.header.hash)
  }

  /// Goes on from a header alone, its body left out.
  mutating func skip(_ raw: RawBlock) throws(Finding) {
    let sealed: SealedHeader
    do { sealed = try SealedHeader(exactly: raw.header) } catch {
      throw Finding(height: height + 1, law: 8, reason: "the header is malformed (\(error))")
    }
    try checkHeader(sealed, raw)
    advance(by: sealed, sealed.header.hash)
  }

  /// Takes over a state that was derived before: it must have the root that the last header binds.
  mutating func adopt(
    _ entries: [(key: StateKey, entry: StateEntry)], transactions: UInt64, under tip: SealedHeader
  ) throws(Finding) {
    let changes = entries.map { StateChange(key: $0.key, entry: $0.entry) }
    state = CompactState()
    tree = StateTree()
    state.apply(changes)
    tree.apply(changes)
    self.transactions = transactions
    guard tip.header.hash == context.hash, tree.root == tip.header.stateRoot else {
      throw Finding(
        height: height, reason: "the state that was kept to go on from is not that of this block")
    }
  }

  private mutating func advance(by sealed: SealedHeader, _ hash: BlockHash) {
    context = context.advanced(
      by: sealed.header, hash: hash, depth: HeaderContext.depth(genesis.rules))
    work = work.addingSaturated(CompactTarget.expand(sealed.header.target)?.work ?? .zero)
    blocks += 1
  }

  private func checkHeader(_ sealed: SealedHeader, _ raw: RawBlock) throws(Finding) {
    do {
      try WorkLaw.check(sealed, after: context, network: network, rules: genesis.rules)
    } catch { throw Finding(height: height + 1, law: 8, reason: "\(error)") }
    try checkName(raw, sealed.header.hash)
  }

  private func checkName(_ raw: RawBlock, _ hash: BlockHash) throws(Finding) {
    guard raw.hash == hash.value.bytes else {
      throw Finding(
        height: height + 1, law: 8, reason: "it is filed under \(raw.hash.hex), but is \(hash.hex)")
    }
  }

  private func finding(_ refusal: BlockRefusal, _ block: Block, _ height: UInt64) -> Finding {
    switch refusal {
    case .transaction(let index, let id, let violation):
      return Finding(
        height: height, law: violation.law, transaction: "\(index) (\(id.hex))",
        reason: "\(violation.finding)")
    case .work(.transactionRoot(let supplied, let expected)):
      return Finding(
        height: height, law: 8, transaction: forged(block),
        reason: "the transactions do not have the root that the header binds: "
          + "\(supplied.hex) expected, \(expected.hex) found")
    case .work(let violation): return Finding(height: height, law: 8, reason: "\(violation)")
    default: return Finding(height: height, law: refusal.law, reason: "\(refusal)")
    }
  }

  /// The first transaction of a changed body that does not hold by itself: the changed one, unless
  /// the change left its signature whole.
  private func forged(_ block: Block) -> String? {
    var transition = Transition(
      rules: genesis.rules, time: block.header.time, on: state)
    try? transition.begin(after: context.parent)
    for (index, transaction) in block.transactions.enumerated() {
      do { try transition.apply(transaction, in: network) } catch {
        return "\(index) (\(transaction.id.hex))"
      }
    }
    return nil
  }

  /// Holds a kept state against the root that the last header binds: all of a pruned file's state.
  func checkStateRoot(
    of tip: SealedHeader, _ visit: ((StateKey, [UInt8]) throws -> Void) throws -> Void
  ) throws {
    var updates: [StateTree.Update] = []
    try visit { key, bytes in
      updates.append(StateTree.Update(path: key.path, value: SHA256.digest(bytes)))
    }
    var tree = StateTree()
    tree.apply(updates)
    guard tree.root == tip.header.stateRoot else {
      throw Finding(
        height: tip.header.height,
        reason: "the kept state does not have the root that the tip's header binds")
    }
  }

  /// Compares a state that was kept beside the chain with the one derived here.
  /// - Parameter visit: calls its argument with every kept entry.
  func checkState(_ visit: ((StateKey, [UInt8]) throws -> Void) throws -> Void) throws {
    var seen = 0
    try visit { key, bytes in
      seen += 1
      guard state.bytes(key) == bytes else {
        throw Finding(
          reason: "the kept state of \(key.kind) \(key.id.hex) is not what the chain gives")
      }
    }
    guard seen == state.count else {
      throw Finding(
        reason: "the kept state has \(seen) entries, the chain gives \(state.count)")
    }
  }
}
