// SPDX-License-Identifier: Apache-2.0

public import Ledger

/// The network, blocks and state that a chain stands on: a SQLite file, or memory in simulations.
/// Whatever fails in it is this node's own fault, never a peer's.
public protocol ChainStorage {
  /// The genesis that the storage was made with; its block is in it from the start.
  var genesis: Genesis { get }
  /// Reads in one consistent view.
  func read(_ body: (any ChainReading) throws -> Void) throws
  /// Writes in one transaction: all that `body` does is kept, or nothing when it throws.
  func write(_ body: (any ChainWriting) throws -> Void) throws
}

/// A consistent view of blocks and state.
public protocol ChainReading: StateSource {
  /// A block whose body is kept, on the chain or beside it.
  func block(_ hash: BlockHash) throws -> Block?
  /// The block of the chain at `height`; nil above the tip and where its body was pruned.
  func block(onChainAt height: UInt64) throws -> Block?
  /// From which height on all bodies are here; 0 in an archive.
  func lowestBody() throws -> UInt64
  /// The height up to which the history rests on a snapshot and is not yet checked; nil where all
  /// is.
  func historyGoal() throws -> UInt64?
  /// The newest headers of the chain with the work up to each, oldest first.
  func newestHeaders(_ limit: Int) throws -> [(header: SealedHeader, work: UInt256)]
  /// Headers of the chain from `height` on, at most `limit`.
  func headers(from height: UInt64, limit: Int) throws -> [SealedHeader]
  /// The height of a block of the chain, or nil.
  func heightOnChain(_ hash: BlockHash) throws -> UInt64?
  /// Where a transaction stands on the chain, or nil.
  func place(of id: TransactionId) throws -> (block: BlockHash, position: Int)?
  /// Calls `body` with every entry's key and bytes.
  func visitState(_ body: (StateKey, [UInt8]) throws -> Void) throws
  /// Whether a block of the chain can be disconnected by its undo data.
  func hasUndo(_ hash: BlockHash) throws -> Bool
  /// What undoes a block of the chain, nil where that is kept no more.
  func undo(_ hash: BlockHash) throws -> [StateChange]?
  /// Handovers from a term's own on, in the order of terms, at most `limit`.
  func handovers(from term: UInt32, limit: Int) throws -> [Handover]
  /// The newest block that its term's seats prove to be final on their own; nil before the first.
  func finalBlock() throws -> FinalBlock?
  /// Transactions kept to wait for a block, oldest first.
  func pending() throws -> [EncodedTransaction]
}

/// The changes of one transaction of the storage.
public protocol ChainWriting: ChainReading {
  /// Keeps a block that is not on the chain.
  func keep(_ block: Block, work: UInt256) throws
  /// Connects a block: its row, the state after it, what undoes it; its transactions wait no more.
  func insert(_ block: ConnectedBlock, work: UInt256) throws
  /// Takes a block off the chain; its transactions wait again.
  /// - Returns: the changes that undid it.
  func disconnect(_ hash: BlockHash) throws -> [StateChange]
  /// Puts a chain of headers without bodies and the state after the last of them in place of an
  /// empty chain; its history is then to be checked.
  func install(
    _ headers: [(header: SealedHeader, work: UInt256)], _ state: [StateChange]) throws
  /// Notes that the history under a snapshot was checked.
  func settleHistory() throws
  /// Puts in the body of a block of the chain that has none.
  func fill(_ block: Block) throws
  /// Takes a block off the chain without touching the state.
  func drop(_ hash: BlockHash) throws
  /// Forgets everything that is derived from the blocks of the chain.
  func clearDerived() throws
  /// Keeps what proves a term's end.
  func keep(_ handover: Handover) throws
  /// Keeps the newest final block in place of the one before; undo data reaches down to it.
  func keep(_ final: FinalBlock) throws
  /// Marks a block as found invalid.
  func markInvalid(_ hash: BlockHash) throws
  /// Keeps a transaction to wait for a block, once.
  func addPending(_ transaction: EncodedTransaction) throws
  /// Forgets transactions that wait.
  func dropPending(_ ids: [TransactionId]) throws
}

/// The chain in a storage cannot be used. Whatever was there is left untouched.
public struct ChainFault: Error, Sendable, CustomStringConvertible {
  /// What is wrong.
  public let description: String

  /// A fault that `description` explains.
  public init(_ description: String) { self.description = description }
}
