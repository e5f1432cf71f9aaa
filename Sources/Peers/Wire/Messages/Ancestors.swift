// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
public import Ledger
import Quantities

/// Headers on the way down from a block, its own first, each the parent of the one before. Fewer
/// than the limit end at the height that was asked for; none mean that the sender does not have the
/// block on its chain. Bytes: block (32) ‖ count (varint, 0…1000) ‖ count × 242 bytes.
public struct Ancestors: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 34
  /// A quarter of a megabyte: a second of a slow line.
  public static let headerCount: ClosedRange<UInt64> = 0...1000
  /// A hash, a count and as many values.
  public static let byteLimit = 36 + 242 * 1000

  /// The block that was asked about.
  public let block: BlockHash
  public let headers: [SealedHeader]

  /// A message of 0…1000 headers from `block` down.
  public init(block: BlockHash, headers: [SealedHeader]) {
    self.block = block
    self.headers = headers
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    block = try BlockHash(from: &input)
    headers = try input.readList(SealedHeader.self, in: Ancestors.headerCount, itemBytes: 242)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    block.encode(to: &output)
    output.writeList(headers)
  }

  /// Whether the first header is that of the block, of this height, and each next one what the one
  /// before it names.
  public func leadDown(from height: UInt64) -> Bool {
    var (hash, height) = (block, height)
    for sealed in headers {
      guard sealed.header.hash == hash, sealed.header.height == height else { return false }
      hash = sealed.header.previous
      height = height.subtractingDownToZero(1)
    }
    return true
  }
}
