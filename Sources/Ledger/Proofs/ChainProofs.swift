// SPDX-License-Identifier: Apache-2.0

public import Chain
public import Ledger

extension ActiveChain {
  /// Proofs of what the state held for `keys` after the block that counts: the newest final one, in
  /// an open network the tip; nil where nothing is final yet.
  public func proofs(
    of keys: [StateKey]
  ) throws -> (block: BlockHeader, entries: [EntryProof])? {
    guard genesis.rules.hasFinality else {
      let tree = tree
      return (
        tip, try keys.map { EntryProof(key: $0, entry: try entry($0), tree: tree) }
      )
    }
    return try finalEntries(keys).map { ($0.final.header, $0.entries.map { EntryProof($0) }) }
  }
}
