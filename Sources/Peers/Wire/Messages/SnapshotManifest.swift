// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger

/// The 256 parts of the state after a block, by their hashes: together they give the state root
/// that the block's header binds. Bytes: block (32) ‖ 256 × subtree (33).
public struct SnapshotManifest: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 24
  /// A hash and all subtrees.
  public static let byteLimit = 32 + StateSubtree.count * StateSubtree.byteCount

  public let block: BlockHash
  /// In order of the first bytes of their paths.
  public let subtrees: [StateSubtree]

  /// A manifest of 256 subtrees.
  public init(block: BlockHash, subtrees: [StateSubtree]) {
    self.block = block
    self.subtrees = subtrees
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    block = try BlockHash(from: &input)
    var subtrees: [StateSubtree] = []
    for _ in 0..<StateSubtree.count { subtrees.append(try StateSubtree(from: &input)) }
    self.subtrees = subtrees
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    block.encode(to: &output)
    for subtree in subtrees { subtree.encode(to: &output) }
  }
}
