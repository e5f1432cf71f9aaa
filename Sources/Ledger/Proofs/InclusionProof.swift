// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
public import Ledger
public import LedgerCrypto

/// Proof that a transaction stands in a block, checked with the block's header alone.
/// Bytes: transaction (varint length, bytes) ‖ Merkle path.
public struct TransactionProof: Hashable, Sendable, Canonical {
  public let transaction: EncodedTransaction
  public let path: MerkleProof

  /// The proof for transaction `index` of `block`, or nil when there is none.
  public init?(index: Int, in block: Block) {
    guard block.transactions.indices.contains(index) else { return nil }
    self.init(block.transactions[index], at: index, among: block.transactions.map(\.id))
  }

  /// The proof for a transaction at `index` among the ids of its block, or nil when it is not
  /// there.
  public init?(_ transaction: EncodedTransaction, at index: Int, among ids: [TransactionId]) {
    guard let path = MerkleTree.proof(for: index, in: ids.map(\.value)),
      ids[index] == transaction.id
    else { return nil }
    self.transaction = transaction
    self.path = path
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    let length = try input.readCount(in: 65...EncodedTransaction.limit)
    transaction = try EncodedTransaction(exactly: Array(try input.readBytes(length)))
    path = try MerkleProof(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeVarint(UInt64(transaction.bytes.count))
    output.writeBytes(transaction.bytes)
    path.encode(to: &output)
  }

  /// Whether the transaction stands in the block with this header.
  public func isValid(under header: BlockHeader) -> Bool {
    path.root(from: transaction.id.value) == header.transactionRoot
  }
}

/// Proof of what the state after a block holds for a key (a member, a site, a lot …), or that it
/// holds nothing, checked with the block's header alone.
/// Bytes: key (37) ‖ present (flag) ‖ entry (varint length, bytes) where present ‖ path.
public struct EntryProof: Hashable, Sendable, Canonical {
  public let key: StateKey
  /// The entry's canonical bytes, nil where the proof shows absence.
  public let entry: [UInt8]?
  public let path: StateProof

  /// The proof for `key` in the state of which `tree` is the tree.
  public init(key: StateKey, entry: StateEntry?, tree: StateTree) {
    self.key = key
    self.entry = entry?.bytes
    path = tree.proof(key.path)
  }

  /// The proof of what the state after an earlier block held.
  public init(_ past: PastEntry) {
    key = past.key
    entry = past.entry?.bytes
    path = past.path
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard let kind = StateKey.Kind(rawValue: try input.readUInt8()) else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    key = StateKey(kind, try input.readBytes32(), try input.readFixed(UInt32.self))
    if try input.readFlag() {
      let length = try input.readCount(in: 1...65_536)
      let bytes = Array(try input.readBytes(length))
      _ = try StateEntry(kind, exactly: bytes)
      entry = bytes
    } else {
      entry = nil
    }
    path = try StateProof(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeBytes(key.bytes)
    output.writeFlag(entry != nil)
    if let entry {
      output.writeVarint(UInt64(entry.count))
      output.writeBytes(entry)
    }
    path.encode(to: &output)
  }

  /// Whether the state after the block with this header holds just this.
  public func isValid(under header: BlockHeader) -> Bool {
    path.root(for: key, entry: entry) == header.stateRoot
  }
}
