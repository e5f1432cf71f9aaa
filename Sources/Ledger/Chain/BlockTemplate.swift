// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Ledger
public import LedgerCrypto
public import Quantities

/// A block that lacks only its nonce and signature.
public struct BlockTemplate: Sendable {
  public let header: BlockHeader
  public let transactions: [EncodedTransaction]
  /// What the producer's hash must be at most.
  public let ownTarget: UInt256
  /// Transactions that no block of this state can hold, with the reason.
  public let refused: [(transaction: EncodedTransaction, reason: LawViolation)]

  /// Builds a template from `candidates` in their order.
  /// - Parameter tree: the tree of `source`; it is left as it was.
  /// - Returns: a template with what fits; one without transactions is not worth a search.
  public static func build(
    from candidates: [EncodedTransaction], after context: HeaderContext,
    on source: any StateSource, tree: inout StateTree, network: NetworkId, rules: NetworkRules,
    producer: PublicKey, time: NetworkTime, searchSeconds: UInt32,
    verified: [TransactionId: PublicKey] = [:]
  ) throws(StateSourceError) -> BlockTemplate {
    var transition = Transition(rules: rules, time: time, on: source)
    let ownTarget = try context.ownTarget(of: producer, in: transition.state, rules)
    do { try transition.begin(after: context.parent) } catch {
      throw StateSourceError(error.description)
    }
    var taken: [EncodedTransaction] = []
    var refused: [(transaction: EncodedTransaction, reason: LawViolation)] = []
    var byteCount = 0
    func take(_ some: [EncodedTransaction]) throws(StateSourceError) {
      for candidate in some {
        guard taken.count < Int(rules.blockTransactions) else { break }
        guard byteCount + candidate.bytes.count <= Int(rules.blockBytes) else { continue }
        do throws(ApplyError) {
          try transition.apply(candidate, in: network, verified: verified)
          taken.append(candidate)
          byteCount += candidate.bytes.count
        } catch {
          switch error {
          case .law(let reason): refused.append((candidate, reason))
          case .source(let fault): throw fault
          }
        }
      }
    }
    var waiting = candidates.filter { $0.spentLot == nil }
    // What needs a transaction that stands later in the order gets another turn after it.
    while !waiting.isEmpty {
      let before = taken.count
      refused = []
      try take(waiting)
      if taken.count == before { break }
      waiting = refused.map(\.transaction)
    }
    // Anybody can make long chains of transfers: these are put in order, not tried again.
    try take(DependencyOrder.sorted(candidates.filter { $0.spentLot != nil }))
    tree.apply(transition.state.changes)
    let root = tree.root
    tree.apply(try transition.state.undo())
    let header = BlockHeader(
      network: NetworkTag(network), height: context.height + 1, previous: context.hash, time: time,
      transactionRoot: Block.transactionRoot(taken), stateRoot: root, producer: producer,
      target: context.nextTarget(rules), searchSeconds: searchSeconds, nonce: 0)
    return BlockTemplate(
      header: header, transactions: taken, ownTarget: ownTarget, refused: refused)
  }

  /// The block with the nonce found, signed where the network wants it.
  public func sealed(nonce: UInt64, network: NetworkId, rules: NetworkRules, by key: KeyPair)
    -> Block
  {
    var header = header
    header.nonce = nonce
    let sealed =
      rules.membership == .closed
      ? SealedHeader(header: header, network: network, signedBy: key)
      : SealedHeader(header: header, signature: SealedHeader.noSignature)
    return Block(sealed: sealed, transactions: transactions)
  }
}

extension BlockTemplate {
  /// Whether the same block may state a later time: what it writes into the state goes by the epoch
  /// and the half hour of its time, and by nothing finer.
  public func holds(at time: NetworkTime, _ rules: NetworkRules) -> Bool {
    rules.epoch(of: time) == rules.epoch(of: header.time)
      && Interval(containing: time) == Interval(containing: header.time)
  }

  /// The same block at a later time of its search, for as long as it `holds`. Till then the time
  /// decides only whether reports have ended.
  public func with(time: NetworkTime, searchSeconds: UInt64) -> BlockTemplate {
    let header = BlockHeader(
      network: header.network, height: header.height, previous: header.previous, time: time,
      transactionRoot: header.transactionRoot,
      stateRoot: header.stateRoot, producer: header.producer, target: header.target,
      searchSeconds: UInt32(clamping: searchSeconds), nonce: 0)
    return BlockTemplate(
      header: header, transactions: transactions, ownTarget: ownTarget, refused: refused)
  }
}
