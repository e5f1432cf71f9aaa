// SPDX-License-Identifier: Apache-2.0

public import Ledger
import LedgerCrypto

/// The history under a snapshot, derived from the genesis beside the chain that goes on: every law
/// on every block up to the one that the snapshot was of. Until it ends, that history rests on work
/// alone.
public struct HistoryCheck {
  private let genesis: Genesis
  private let network: NetworkId
  private var state = MemoryState()
  private var tree = StateTree()
  private var context: HeaderContext
  /// The height up to which the history is checked, and up to which it has to be.
  public var height: UInt64 { context.height }
  public let goal: UInt64

  /// A check that begins at the genesis and ends at height `goal`.
  public init(_ genesis: Genesis, goal: UInt64) throws(ApplyError) {
    self.genesis = genesis
    network = genesis.network
    self.goal = goal
    let changes = try genesis.initialChanges()
    state.apply(changes)
    tree.apply(changes)
    let header = try genesis.block().header
    context = HeaderContext(
      parent: header, hash: header.hash, ancestors: [HeaderContext.Ancestor(header)])
  }

  /// Whether all is checked.
  public var isComplete: Bool { height >= goal }

  /// The hash of the last block that was checked.
  public var tip: BlockHash { context.hash }

  /// Checks the next block by every law; its header binds the state after it, so a history that
  /// ends at the snapshot's block ends at the snapshot's state.
  public mutating func connect(_ block: Block) throws(BlockRefusal) {
    let connected = try ConnectedBlock.connect(
      block, after: context, on: state, tree: &tree, network: network, rules: genesis.rules)
    state.apply(connected.changes)
    context = context.advanced(
      by: block.header, hash: connected.hash, depth: HeaderContext.depth(genesis.rules))
  }
}
