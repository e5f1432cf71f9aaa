// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain

/// A whole block that was asked for. Bytes: block.
public struct BlockDelivery: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 8
  /// The largest block of any genesis with lengths and header.
  public static let byteLimit = 34 << 20

  public let block: Block

  /// The delivery of `block`.
  public init(block: Block) { self.block = block }

  /// Reads one block.
  public init(from input: inout ByteReader) throws(DecodeError) { block = try Block(from: &input) }

  /// Appends the block.
  public func encode(to output: inout ByteWriter) { block.encode(to: &output) }
}
