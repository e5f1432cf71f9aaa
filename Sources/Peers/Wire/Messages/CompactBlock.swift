// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
public import Ledger
import LedgerCrypto

/// A new block by its header and short names of its transactions: most peers have them all.
/// Bytes: sealed header (242) ‖ count (varint, 0…100,000) ‖ count × short id (6).
public struct CompactBlock: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 10
  /// A header and the short ids of the largest block.
  public static let byteLimit = 242 + 4 + 6 * Int(Block.transactionLimit)

  public let sealed: SealedHeader
  public let shortIds: [ShortId]

  /// The short form of `block`.
  public init(_ block: Block) {
    sealed = block.sealed
    let hash = block.header.hash
    shortIds = block.transactions.map { ShortId($0.id, in: hash) }
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    sealed = try SealedHeader(from: &input)
    shortIds = try input.readList(
      ShortId.self, in: 0...Block.transactionLimit, itemBytes: ShortId.byteCount)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    sealed.encode(to: &output)
    output.writeList(shortIds)
  }
}

/// The first 48 bits of a hash over block and transaction id: who would make two of them equal has
/// to search anew for each block.
public struct ShortId: Hashable, Sendable, Canonical {
  /// The length in bytes.
  public static let byteCount = 6

  /// The 48 bits.
  public let value: UInt64

  /// The short name of a transaction in a block.
  public init(_ id: TransactionId, in block: BlockHash) {
    value = SHA256.digest(tag: 2, block.value, id.value).words.0 >> 16
  }

  /// Reads six bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    value =
      UInt64(try input.readFixed(UInt16.self)) << 32 | UInt64(try input.readFixed(UInt32.self))
  }

  /// Appends six bytes.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(UInt16(truncatingIfNeeded: value >> 32))
    output.writeFixed(UInt32(truncatingIfNeeded: value))
  }
}
