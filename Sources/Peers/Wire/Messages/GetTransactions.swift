// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger

/// Asks for transactions that were announced.
/// Bytes: count (varint, 1…1000) ‖ count × 32 bytes.
public struct GetTransactions: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 14
  /// As many as can be announced at once.
  public static let idCount: ClosedRange<UInt64> = 1...1000
  /// A count and as many values.
  public static let byteLimit = 4 + 32 * 1000

  public let ids: [TransactionId]

  /// A message of 1…1000 values.
  public init(ids: [TransactionId]) { self.ids = ids }

  /// What it asks for.
  public var asks: (kind: UInt8, count: Int)? { (TransactionDelivery.kind, ids.count) }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    ids = try input.readList(TransactionId.self, in: GetTransactions.idCount, itemBytes: 32)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) { output.writeList(ids) }
}
