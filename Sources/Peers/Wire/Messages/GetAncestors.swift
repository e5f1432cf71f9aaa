// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger

/// Asks for the headers on the way down from a block that is known to be final: each is what its
/// child names, so none can be false. Bytes: block (32) ‖ lowest height (8).
/// Source: Docs/finality.md §9.
public struct GetAncestors: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 33
  /// A hash and a height.
  public static let byteLimit = 40

  /// The block that comes first.
  public let block: BlockHash
  /// Nothing below is wanted; at least 1.
  public let lowest: UInt64

  /// Asks for the headers from `block` down to height `lowest`.
  public init(block: BlockHash, lowest: UInt64) {
    self.block = block
    self.lowest = lowest
  }

  /// What it asks for.
  public var asks: (kind: UInt8, count: Int)? { (Ancestors.kind, 1) }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    block = try BlockHash(from: &input)
    lowest = try input.readFixed(UInt64.self)
    guard (1..<1 << 53).contains(lowest) else { throw input.refusal(.outOfRange) }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    block.encode(to: &output)
    output.writeFixed(lowest)
  }
}
