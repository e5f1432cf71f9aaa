// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger

/// A final block that a new box is told of by somebody whom its owner trusts: chains without it are
/// refused. With the genesis alone, keys of a past set of approvers could lead it astray once two
/// thirds of them are sold with old boxes. Source: Docs/finality.md §11.
/// Bytes: network (16) ‖ height (8) ‖ block (32); as text their hexadecimal digits.
public struct KnownCheckpoint: Hashable, Sendable, Canonical, CustomStringConvertible {
  public let network: NetworkTag
  public let height: UInt64
  public let block: BlockHash

  /// A block of a network.
  public init(network: NetworkId, height: UInt64, block: BlockHash) {
    (self.network, self.height, self.block) = (NetworkTag(network), height, block)
  }

  /// Reads the text of one; nil for anything else.
  public init?(text: String) {
    let digits = text.filter { !$0.isWhitespace }
    guard let bytes = [UInt8](hex: digits), let known = try? KnownCheckpoint(exactly: bytes) else {
      return nil
    }
    self = known
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    network = try NetworkTag(from: &input)
    height = try input.readFixed(UInt64.self)
    block = try BlockHash(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    network.encode(to: &output)
    output.writeFixed(height)
    block.encode(to: &output)
  }

  /// Whether a header stands where another block is known to stand.
  public func contradicts(_ header: BlockHeader) -> Bool {
    header.height == height && header.hash != block
  }

  /// 112 hexadecimal digits.
  public var description: String { bytes.hex }
}
