// SPDX-License-Identifier: Apache-2.0

public import Ledger
import LedgerCrypto
import Quantities

/// What the state after a block held for a key, with its path under that block's state root.
public struct PastEntry: Hashable, Sendable {
  public let key: StateKey
  /// nil where the state held nothing.
  public let entry: StateEntry?
  public let path: StateProof
}

extension ChainReading {
  /// All that proves the newest final block from the genesis; nil where nothing is final yet.
  public func finalityProof() throws -> FinalityProof? {
    guard let final = try finalBlock() else { return nil }
    let handovers = try handovers(from: 0, limit: Int(FinalityProof.handoverCount.upperBound))
      .filter { $0.next.number <= final.proof.term }
    // With one missing nothing is proven from the genesis.
    guard handovers.count == Int(final.proof.term) else { return nil }
    return FinalityProof(handovers: handovers, final: final)
  }

  /// What the state after an earlier block of the chain held for `keys`.
  /// - Parameter tree: of the state after the tip; it is moved back and forth, and left as it was.
  /// - Returns: nil where the block is not of the chain, or what undoes those after it is not kept.
  public func entries(
    of keys: [StateKey], after block: BlockHash, tree: inout StateTree
  ) throws -> [PastEntry]? {
    guard let height = try heightOnChain(block) else { return nil }
    var before: [StateKey: StateChange] = [:]
    for sealed in try headers(from: height + 1, limit: .max).reversed() {
      guard let undo = try undo(sealed.header.hash) else { return nil }
      for change in undo { before[change.key] = change }
    }
    let current = try before.keys.map { StateChange(key: $0, entry: try entry($0)) }
    tree.apply(Array(before.values))
    defer { tree.apply(current) }
    return try keys.map { key in
      let entry = try before[key].map(\.entry) ?? entry(key)
      return PastEntry(key: key, entry: entry, path: tree.proof(key.path))
    }
  }
}

extension ChainWriting {
  /// Keeps what a connected block records as final, with what proves it to others later.
  /// - Parameter tree: of the state after the block.
  func keepRecords(of connected: ConnectedBlock, rules: NetworkRules, tree: inout StateTree) throws
  {
    let before = StateBefore(connected, self)
    // A block may hold the records of more than one term: each ends the list that the one before
    // led to.
    var begun: Term?
    for transaction in connected.block.transactions {
      guard case .recordFinal(let content) = transaction.transaction,
        let height = try heightOnChain(content.record.block),
        let header = try headers(from: height, limit: 1).first?.header
      else { continue }
      let number = content.record.term
      let known = begun?.number == number ? begun : try before.term(number)
      guard let ended = known else { continue }
      let next = try before.term(
        after: number, at: header.height, byRestart: content.record.isRestart)
      if let next {
        begun = next
        try keepHandover(content.record, header, to: next, tree: &tree)
      } else if case .approved(let proof) = content.record,
        header.time < rules.start(of: ended.endEpoch),
        // After a start from a proven block, what was recorded later may lie below it.
        header.height > (try finalBlock()?.header.height ?? 0)
      {
        try keep(FinalBlock(proof: proof, header: header))
      }
    }
  }

  private func keepHandover(
    _ record: FinalityRecord, _ header: BlockHeader, to next: Term, tree: inout StateTree
  ) throws {
    let keys = [StateKey.term(next.number), .replacedTerm(next.number)]
    // Where what undoes is gone, this node proves nothing from here on, and serves no proof.
    guard
      let found = try entries(of: keys, after: record.block, tree: &tree)?
        .first(where: { $0.entry == .term(next) })
    else { return }
    try keep(Handover(record: record, header: header, next: next, path: found.path))
  }
}

/// The state before a block that has just been connected: what it changed is at hand, the rest is
/// as it was.
private struct StateBefore: StateReading {
  private let changed: [StateKey: StateEntry?]
  private let after: any ChainReading

  init(_ connected: ConnectedBlock, _ after: any ChainReading) {
    changed = Dictionary(connected.undo.map { ($0.key, $0.entry) }) { first, _ in first }
    self.after = after
  }

  func entry(_ key: StateKey) throws -> StateEntry? {
    if let before = changed[key] { return before }
    return try after.entry(key)
  }
}
