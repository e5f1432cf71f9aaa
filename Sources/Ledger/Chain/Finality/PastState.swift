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
    for transaction in connected.block.transactions {
      guard case .recordFinal(let record) = transaction.transaction,
        let height = try heightOnChain(record.proof.source.block),
        let header = try headers(from: height, limit: 1).first?.header,
        let term = try term(record.proof.term, before: connected)
      else { continue }
      let final = FinalBlock(proof: record.proof, header: header)
      guard header.time >= rules.start(of: term.endEpoch) else {
        // After a start from a proven block, what was recorded later may lie below it.
        if header.height > (try finalBlock()?.header.height ?? 0) { try keep(final) }
        continue
      }
      let key = StateKey.term(term.number.addingUpToMax(1))
      guard let found = try entries(of: [key], after: final.proof.source.block, tree: &tree)?.first,
        case .term(let next)? = found.entry
      else {
        // What undoes is gone: this node proves nothing from here on, and serves no proof.
        continue
      }
      try keep(Handover(final: final, next: next, path: found.path))
    }
  }

  /// A term's list before a block that may have ended more than one.
  private func term(_ number: UInt32, before connected: ConnectedBlock) throws -> Term? {
    let key = StateKey.term(number)
    guard case .term(let term)? = connected.undo.first(where: { $0.key == key })?.entry else {
      return try term(number)
    }
    return term
  }
}
