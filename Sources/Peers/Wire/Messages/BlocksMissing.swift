// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger

/// Blocks that were asked for and are not here.
/// Bytes: count (varint, 1…64) ‖ count × 32 bytes.
public struct BlocksMissing: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 9
  /// As many as can be asked for at once.
  public static let blockCount: ClosedRange<UInt64> = 1...64
  /// A count and as many values.
  public static let byteLimit = 4 + 32 * 64

  public let hashes: [BlockHash]

  /// A message of 1…64 values.
  public init(hashes: [BlockHash]) { self.hashes = hashes }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    hashes = try input.readList(BlockHash.self, in: BlocksMissing.blockCount, itemBytes: 32)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) { output.writeList(hashes) }
}
