// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Ledger
public import LedgerCrypto

/// A block that every law was checked on, with what it changes. Only `connect` makes one.
public struct ConnectedBlock: Sendable {
  public let block: Block
  public let hash: BlockHash
  /// The entries after the block, in order of their keys.
  public let changes: [StateChange]
  /// What these keys held before: applying it disconnects the block.
  public let undo: [StateChange]

  /// The genesis block of a network, connected to nothing.
  public static func genesis(_ genesis: Genesis) throws(ApplyError) -> ConnectedBlock {
    let changes = try genesis.initialChanges()
    let block = try genesis.block()
    return ConnectedBlock(
      block: block, hash: block.header.hash, changes: changes,
      undo: changes.map { StateChange(key: $0.key, entry: nil) })
  }

  /// Checks every law on `block` and advances `tree` by it; `tree` stays as it was on a refusal.
  /// - Parameters:
  ///   - context: the block's ancestors.
  ///   - source: the state after the parent, of which `tree` is the tree.
  ///   - verified: signatures that were verified before, by their signers.
  ///   - isUndoable: whether what the changed keys held before is kept with it; an audit that only
  ///     goes forward needs none.
  public static func connect(
    _ block: Block, after context: HeaderContext, on source: any StateSource,
    tree: inout StateTree, network: NetworkId, rules: NetworkRules,
    verified: [TransactionId: PublicKey] = [:], isUndoable: Bool = true
  ) throws(BlockRefusal) -> ConnectedBlock {
    do { try WorkLaw.check(block.sealed, after: context, network: network, rules: rules) } catch {
      throw .work(error)
    }
    try checkBody(block, rules: rules)
    var transition = Transition(
      rules: rules, time: block.header.time, on: source, expecting: block.transactions.count)
    try checkProducer(of: block, after: context, in: transition)
    do { try transition.begin(after: context.parent) } catch {
      throw .ownFault(error.description)
    }
    for (index, transaction) in block.transactions.enumerated() {
      do { try transition.apply(transaction, in: network, verified: verified) } catch {
        switch error {
        case .law(let violation):
          throw .transaction(index: index, id: transaction.id, violation)
        case .source(let error): throw .ownFault(error.description)
        }
      }
    }
    try checkWorth(of: block, in: transition, on: source)
    let changes = transition.state.changes
    var undo: [StateChange] = []
    if isUndoable { undo = try before(transition) }
    tree.apply(changes)
    guard tree.root == block.header.stateRoot else {
      let expected = tree.root
      tree.apply(isUndoable ? undo : try before(transition))
      throw .work(.stateRoot(supplied: block.header.stateRoot, expected: expected))
    }
    return ConnectedBlock(block: block, hash: block.header.hash, changes: changes, undo: undo)
  }

  private static func before(
    _ transition: Transition
  ) throws(BlockRefusal) -> [StateChange] {
    do { return try transition.state.undo() } catch { throw .ownFault(error.description) }
  }

  /// Checks that the transactions are those which the header binds, each once, within the limits.
  static func checkBody(_ block: Block, rules: NetworkRules) throws(BlockRefusal) {
    let byteCount = block.transactions.reduce(0) { $0 + $1.bytes.count }
    guard byteCount <= Int(rules.blockBytes),
      block.transactions.count <= Int(rules.blockTransactions)
    else { throw .work(.tooLarge(bytes: byteCount, transactions: block.transactions.count)) }
    let root = Block.transactionRoot(block.transactions)
    guard root == block.header.transactionRoot else {
      throw .work(.transactionRoot(supplied: block.header.transactionRoot, expected: root))
    }
    guard !block.transactions.isEmpty else { throw .work(.empty) }
    var seen = Set<TransactionId>()
    for transaction in block.transactions where !seen.insert(transaction.id).inserted {
      throw .work(.duplicate(transaction.id))
    }
  }

  /// Records of finality alone are worth a block where one of them ends a term, or where what is
  /// recorded as final moves on by a day: an idle network seals no more for it. Source:
  /// Docs/finality.md §9.
  private static func checkWorth(
    of block: Block, in transition: Transition, on source: any StateSource
  ) throws(BlockRefusal) {
    guard block.transactions.allSatisfy({ $0.transaction.kind == .recordFinal }) else { return }
    do {
      let (before, after) = (try source.finality(), try transition.state.finality())
      guard let before, let after, !after.isWorthBlock(after: before, transition.rules) else {
        return
      }
      throw BlockRefusal.work(.recordAlone)
    } catch let error as BlockRefusal {
      throw error
    } catch {
      throw .ownFault("\(error)")
    }
  }

  /// In a closed network the producer's key is that of an admitted member or of one of its sites,
  /// and the hash meets the target by the share of all that member's keys.
  private static func checkProducer(
    of block: Block, after context: HeaderContext, in transition: Transition
  ) throws(BlockRefusal) {
    guard transition.rules.membership == .closed else { return }
    let key = block.header.producer
    do {
      guard let holder = try transition.state.holder(key),
        let member = try transition.state.member(holder.member),
        KeysLaw.mayProduce(member, holder, with: key)
      else { throw BlockRefusal.work(.notMember(key)) }
      let own = try context.ownTarget(of: key, in: transition.state, transition.rules)
      let hash = block.header.hash
      guard hash.value <= own.bytes else {
        throw BlockRefusal.work(.noWork(hash: hash, target: own.bytes))
      }
    } catch let error as BlockRefusal {
      throw error
    } catch {
      throw .ownFault("\(error)")
    }
  }
}

/// Why a block was not connected, and by that what follows for its sender. Source: Docs/design.md
/// §3.
public enum BlockRefusal: Error, Sendable {
  /// Invalid: the header or the body breaks law 8.
  case work(WorkLaw.Violation)
  /// Invalid: a transaction breaks a law.
  case transaction(index: Int, id: TransactionId, LawViolation)
  /// The parent is not known: keep the block and ask for the parent.
  case unknownParent(BlockHash)
  /// Nobody here knows the producer as one who may seal on that block: its member may have been let
  /// in on a branch that is not here.
  case stranger(PublicKey, on: BlockHash)
  /// The time lies ahead of the node's clock: keep the block.
  case futureTime(supplied: UInt64, limit: UInt64)
  /// The fork begins deeper than this node keeps undo data: against local policy.
  case tooDeep(height: UInt64)
  /// Our own fault: the sender did nothing wrong.
  case ownFault(String)

  /// Whether a body is not the one that its header binds: whoever gave it made it so.
  public var isOfBody: Bool {
    guard case .work(let violation) = self else { return false }
    switch violation {
    case .transactionRoot, .tooLarge, .empty, .duplicate: return true
    default: return false
    }
  }

  /// The law that was broken, by its number, where one was.
  public var law: Int? {
    switch self {
    case .work: 8
    case .transaction(_, _, let violation): violation.law
    default: nil
    }
  }
}

extension BlockRefusal: CustomStringConvertible {
  /// The text for people.
  public var description: String {
    switch self {
    case .work(let violation): "law 8 (\(Law.title(8))): \(violation)"
    case .transaction(let index, let id, let violation):
      "transaction \(index) (\(id.hex)): \(violation)"
    case .unknownParent(let hash): "the parent \(hash.hex) is not known"
    case .stranger(let key, let parent):
      "nobody here knows its producer \(key) as a member who may seal on block \(parent.hex)"
    case .futureTime(let supplied, let limit):
      "its time \(supplied) is later than this node's clock allows (\(limit))"
    case .tooDeep(let height): "it forks off at height \(height), deeper than this node keeps"
    case .ownFault(let reason): "this node's own fault: \(reason)"
    }
  }
}
