// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Ledger
public import LedgerCrypto
import Quantities

/// Who may seal, on this chain and on branches beside it.
extension ActiveChain {
  /// Whether a key may seal a block on `parent`: in a closed network it is that of a member in good
  /// standing by the state after the tip, or a block of the branch lets it in, whose bodies are
  /// here.
  /// Source: Docs/finality.md §9.
  public func mayProduce(_ key: PublicKey, on parent: BlockHash) throws -> Bool {
    guard genesis.rules.membership == .closed else { return true }
    if knownProducers.contains(key) { return true }
    var ids = [key.value]
    if let holder = try holder(key), let member = try member(holder.member) {
      if KeysLaw.mayProduce(member, holder, with: key) {
        knownProducers.insert(key)
        return true
      }
      ids.append(holder.member.value)
    }
    return headers.differ(ids, at: parent, from: tipHash)
  }

  /// Keys and members that a block beside the chain lets in, by signatures of whom this chain
  /// knows.
  func admitted(by block: Block) -> [Bytes32] {
    var ids: [Bytes32] = []
    try? storage.read { view in
      let state = StateView(view)
      for transaction in block.transactions {
        guard let id = transaction.transaction.content.admitted,
          let key = try? transaction.transaction.content.author(in: state),
          transaction.isSigned(by: key, in: network)
        else { continue }
        ids.append(id)
      }
    }
    return ids
  }

  /// Keys and members whose right to seal a block's changes may touch.
  static func standing(in changes: [StateChange]) -> [Bytes32] {
    changes.compactMap { change in
      switch change.key.kind {
      case .member, .keyHolder: change.key.id
      default: nil
      }
    }
  }

  /// What the blocks that may still be undone changed in who seals.
  func noteStandings() throws {
    try storage.read { view in
      let from = try view.finalBlock()?.header.height ?? tip.height.subtractingDownToZero(288)
      for sealed in try view.headers(from: from + 1, limit: .max) {
        let hash = sealed.header.hash
        guard let undo = try view.undo(hash) else { continue }
        headers.note(hash, changing: ActiveChain.standing(in: undo))
      }
    }
  }
}
