// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger

/// Asks for whole blocks.
/// Bytes: count (varint, 1…64) ‖ count × 32 bytes.
public struct GetBlocks: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 7
  /// More than a peer is ever asked for at once.
  public static let blockCount: ClosedRange<UInt64> = 1...64
  /// A count and as many values.
  public static let byteLimit = 4 + 32 * 64

  public let hashes: [BlockHash]

  /// A message of 1…64 values.
  public init(hashes: [BlockHash]) { self.hashes = hashes }

  /// What it asks for.
  public var asks: (kind: UInt8, count: Int)? { (BlockDelivery.kind, hashes.count) }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    hashes = try input.readList(BlockHash.self, in: GetBlocks.blockCount, itemBytes: 32)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) { output.writeList(hashes) }
}
