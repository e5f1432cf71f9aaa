// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger

/// Transactions that were asked for. Bytes: as a block's body, at most 2 MiB.
public struct TransactionDelivery: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 15
  /// A hundred of the largest transactions; senders split what is longer.
  public static let byteLimit = 2 << 20

  public let transactions: [EncodedTransaction]

  /// A delivery whose bytes stay below the limit.
  public init(transactions: [EncodedTransaction]) { self.transactions = transactions }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    transactions = try Block.readBody(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) { Block.writeBody(transactions, to: &output) }
}
