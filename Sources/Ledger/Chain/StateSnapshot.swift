// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Ledger
import LedgerCrypto

/// The state after a block some way below the tip, cut into 256 parts: what a new node starts from.
public struct StateSnapshot: Sendable {
  /// An entry by its key.
  public typealias Item = (key: StateKey, entry: [UInt8])

  public let block: BlockHash
  public let height: UInt64
  /// The parts' hashes, which give the state root of the block's header.
  public let subtrees: [StateSubtree]
  /// The entries by the first bytes of their paths.
  public let parts: [[Item]]

  /// The state of `chain` as it was `depth` blocks below its tip; nil where undo data does not
  /// reach.
  public init?(of chain: ActiveChain, depth: UInt64) throws {
    guard chain.tip.height > depth else { return nil }
    var entries: [StateKey: [UInt8]] = [:]
    var block = chain.tipHash
    var tree = chain.tree
    var isWhole = true
    try chain.storage.read { view in
      try view.visitState { entries[$0] = $1 }
      for _ in 0..<depth {
        guard let undo = try view.undo(block), let header = chain.headers.header(block) else {
          isWhole = false
          return
        }
        tree.apply(undo)
        for change in undo { entries[change.key] = change.bytes }
        block = header.previous
      }
    }
    guard isWhole, let header = chain.headers.header(block) else { return nil }
    var parts = [[Item]](repeating: [], count: StateSubtree.count)
    for (key, entry) in entries.sorted(by: { $0.key < $1.key }) {
      parts[Int(key.path.bytes[0])].append((key, entry))
    }
    self.block = block
    height = header.height
    subtrees = tree.subtrees
    self.parts = parts
  }

  /// The changes that put `items` into an empty state, or nil when they are not what `subtree`, the
  /// one of the paths that begin with `byte`, holds.
  public static func changes(
    _ items: [Item], byte: UInt8, of subtree: StateSubtree
  ) -> [StateChange]? {
    var changes: [StateChange] = []
    var seen: Set<StateKey> = []
    for item in items {
      guard item.key.path.bytes[0] == byte, seen.insert(item.key).inserted,
        let entry = try? StateEntry(item.key.kind, exactly: item.entry)
      else { return nil }
      changes.append(StateChange(key: item.key, entry: entry))
    }
    var tree = StateTree()
    tree.apply(changes)
    return tree.subtree(byte) == subtree ? changes : nil
  }
}
