// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger

/// Asks for the transactions of a compact block that the receiver does not have.
/// Bytes: block (32) ‖ count (varint, 1…100,000) ‖ first index, then the steps to each next one
/// less one (varints).
public struct GetBlockTransactions: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 11
  /// A hash and an index for each transaction of the largest block.
  public static let byteLimit = 32 + 4 + 3 * Int(Block.transactionLimit)

  public let block: BlockHash
  /// Indexes in rising order.
  public let indexes: [Int]

  /// Asks for transactions by their indexes, in rising order.
  public init(block: BlockHash, indexes: [Int]) {
    self.block = block
    self.indexes = indexes
  }

  /// What it asks for.
  public var asks: (kind: UInt8, count: Int)? { (BlockTransactions.kind, 1) }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    block = try BlockHash(from: &input)
    var indexes: [Int] = []
    var next: UInt64 = 0
    for _ in 0..<(try input.readCount(in: 1...Block.transactionLimit)) {
      let start = input.offset
      next += try input.readVarint(in: 0...Block.transactionLimit)
      guard next < Block.transactionLimit else { throw input.refusal(.outOfRange, at: start) }
      indexes.append(Int(next))
      next += 1
    }
    self.indexes = indexes
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    block.encode(to: &output)
    output.writeVarint(UInt64(indexes.count))
    var next = 0
    for index in indexes {
      output.writeVarint(UInt64(index - next))
      next = index + 1
    }
  }
}
