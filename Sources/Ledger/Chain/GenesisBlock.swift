// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Ledger
import LedgerCrypto

extension Genesis {
  /// The state with the first members in it.
  /// - Throws: a law, when a member's key is bad or taken twice.
  public func initialChanges() throws(ApplyError) -> [StateChange] {
    var transition = Transition(rules: rules, time: rules.time, on: MemoryState())
    for member in members { try transition.admit(member) }
    transition.beginFinality(members)
    return transition.state.changes
  }

  /// The block of height 0, which every node makes for itself: no transactions, no work.
  public func block() throws(ApplyError) -> Block {
    var tree = StateTree()
    tree.apply(try initialChanges())
    let header = BlockHeader(
      network: NetworkTag(network), height: 0, previous: BlockHash(.zero), time: rules.time,
      transactionRoot: MerkleTree.emptyRoot, stateRoot: tree.root,
      producer: PublicKey(.zero), target: rules.easiestTarget, searchSeconds: 0, nonce: 0)
    return Block(
      sealed: SealedHeader(header: header, signature: SealedHeader.noSignature), transactions: [])
  }
}
