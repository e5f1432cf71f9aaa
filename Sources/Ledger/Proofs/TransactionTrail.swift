// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
import Quantities

/// A transaction that stands in a block at or below another one: its place in its block, and the
/// headers from there to the other, each of which names the one before it.
/// Bytes: transaction proof ‖ headers (varint count; 178 each, oldest first). With no header the
/// transaction stands in the other block itself.
public struct TransactionTrail: Hashable, Sendable, Canonical {
  /// Twenty years of half hours.
  public static let headerCount: ClosedRange<UInt64> = 0...400_000

  public let transaction: TransactionProof
  /// From the transaction's block to the parent of the other.
  public let headers: [BlockHeader]

  /// A trail of these parts; nothing is checked yet.
  public init(_ transaction: TransactionProof, headers: [BlockHeader]) {
    self.transaction = transaction
    self.headers = headers
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    transaction = try TransactionProof(from: &input)
    let count = try input.readCount(
      in: TransactionTrail.headerCount, itemBytes: BlockHeader.byteCount)
    var headers: [BlockHeader] = []
    headers.reserveCapacity(count)
    for _ in 0..<count { headers.append(try BlockHeader(from: &input)) }
    self.headers = headers
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    transaction.encode(to: &output)
    output.writeVarint(UInt64(headers.count))
    for header in headers { header.encode(to: &output) }
  }

  /// The header of the transaction's block, where the trail leads from it to `last`; else nil.
  public func block(below last: BlockHeader) -> BlockHeader? {
    var above = last
    for header in headers.reversed() {
      guard above.previous == header.hash, above.height == header.height.addingUpToMax(1) else {
        return nil
      }
      above = header
    }
    return transaction.isValid(under: above) ? above : nil
  }
}
