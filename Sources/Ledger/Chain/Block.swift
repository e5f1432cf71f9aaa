// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
import LedgerCrypto

/// A block as it came from a file or a peer: decoded, not yet checked by any law.
/// Bytes: sealed header (242) ‖ transactions (varint count; each length (varint) and bytes).
public struct Block: Hashable, Sendable, Canonical {
  /// The most transactions that a decoder takes, whatever the genesis says.
  public static let transactionLimit: UInt64 = 100_000

  public let sealed: SealedHeader
  public let transactions: [EncodedTransaction]

  /// A block with these parts.
  public init(sealed: SealedHeader, transactions: [EncodedTransaction]) {
    self.sealed = sealed
    self.transactions = transactions
  }

  /// The header.
  public var header: BlockHeader { sealed.header }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    sealed = try SealedHeader(from: &input)
    transactions = try Block.readBody(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    sealed.encode(to: &output)
    output.writeBytes(bodyBytes)
  }

  /// Reads the transactions of a body.
  public static func readBody(
    from input: inout ByteReader
  ) throws(DecodeError) -> [EncodedTransaction] {
    var transactions: [EncodedTransaction] = []
    for _ in 0..<(try input.readCount(in: 0...transactionLimit, itemBytes: 66)) {
      let length = try input.readCount(in: 65...EncodedTransaction.limit)
      let start = input.offset
      let slice = Array(try input.readBytes(length))
      do throws(DecodeError) {
        transactions.append(try EncodedTransaction(exactly: slice))
      } catch {
        throw input.refusal(error.reason, at: start + error.offset)
      }
    }
    return transactions
  }

  /// The transactions with their count and lengths.
  public var bodyBytes: [UInt8] {
    var output = ByteWriter(capacity: transactions.reduce(16) { $0 + $1.bytes.count + 4 })
    Block.writeBody(transactions, to: &output)
    return output.bytes
  }

  /// Appends transactions with their count and lengths.
  public static func writeBody(
    _ transactions: [EncodedTransaction], to output: inout ByteWriter
  ) {
    output.writeVarint(UInt64(transactions.count))
    for transaction in transactions {
      output.writeVarint(UInt64(transaction.bytes.count))
      output.writeBytes(transaction.bytes)
    }
  }

  /// The Merkle root over the transactions' ids.
  public static func transactionRoot(_ transactions: [EncodedTransaction]) -> Bytes32 {
    MerkleTree.root(of: transactions.map(\.id.value))
  }
}
