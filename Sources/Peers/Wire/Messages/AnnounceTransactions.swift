// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger

/// Transactions that the sender has and the receiver may not have.
/// Bytes: count (varint, 1…1000) ‖ count × 32 bytes.
public struct AnnounceTransactions: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 13
  /// 32 kilobytes: several ticks of the busiest network.
  public static let idCount: ClosedRange<UInt64> = 1...1000
  /// A count and as many values.
  public static let byteLimit = 4 + 32 * 1000

  public let ids: [TransactionId]

  /// A message of 1…1000 values.
  public init(ids: [TransactionId]) { self.ids = ids }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    ids = try input.readList(TransactionId.self, in: AnnounceTransactions.idCount, itemBytes: 32)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) { output.writeList(ids) }
}
