// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger

/// Asks for one part of a snapshot. Bytes: block (32) ‖ first byte of the part's paths.
public struct GetSnapshotPart: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 25
  /// The parts.
  public static let byteLimit = 33

  public let block: BlockHash
  public let index: UInt8

  /// A question.
  public init(block: BlockHash, index: UInt8) {
    self.block = block
    self.index = index
  }

  /// What it asks for.
  public var asks: (kind: UInt8, count: Int)? { (SnapshotPart.kind, 1) }

  /// Reads 33 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    block = try BlockHash(from: &input)
    index = try input.readUInt8()
  }

  /// Appends 33 bytes.
  public func encode(to output: inout ByteWriter) {
    block.encode(to: &output)
    output.write(index)
  }
}
