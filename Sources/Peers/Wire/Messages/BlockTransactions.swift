// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger

/// The transactions of a compact block that were asked for, in the order of the question.
/// Bytes: block (32) ‖ transactions as in a block's body.
public struct BlockTransactions: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 12
  /// No more than a whole block.
  public static let byteLimit = BlockDelivery.byteLimit

  public let block: BlockHash
  public let transactions: [EncodedTransaction]

  /// An answer for `block`.
  public init(block: BlockHash, transactions: [EncodedTransaction]) {
    self.block = block
    self.transactions = transactions
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    block = try BlockHash(from: &input)
    transactions = try Block.readBody(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    block.encode(to: &output)
    Block.writeBody(transactions, to: &output)
  }
}
