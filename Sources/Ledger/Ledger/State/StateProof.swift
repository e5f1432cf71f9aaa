// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import LedgerCrypto

/// The digests beside the path of a state key, root side first, and the foreign leaf found at its
/// end. Bytes: siblings (varint count, 32 bytes each) ‖ other leaf (flag, then path and hash).
public struct StateProof: Hashable, Sendable, Canonical {
  /// A leaf of another key where the asked one would be: proof that it is absent.
  public struct OtherLeaf: Hashable, Sendable {
    public let path: Bytes32
    public let hash: Bytes32
  }

  public let siblings: [Bytes32]
  public let other: OtherLeaf?

  init(siblings: [Bytes32], other: OtherLeaf?) {
    self.siblings = siblings
    self.other = other
  }

  /// Reads a proof of at most 256 levels.
  public init(from input: inout ByteReader) throws(DecodeError) {
    var siblings: [Bytes32] = []
    for _ in 0..<(try input.readCount(in: 0...256, itemBytes: 32)) {
      siblings.append(try input.readBytes32())
    }
    self.siblings = siblings
    other =
      try input.readFlag()
      ? OtherLeaf(path: try input.readBytes32(), hash: try input.readBytes32()) : nil
  }

  /// Appends the proof.
  public func encode(to output: inout ByteWriter) {
    output.writeVarint(UInt64(siblings.count))
    for sibling in siblings { output.write(sibling) }
    output.writeFlag(other != nil)
    if let other {
      output.write(other.path)
      output.write(other.hash)
    }
  }

  /// The root that this proof leads to for `key` with `entry`, or without one when nil.
  /// - Returns: nil when the proof cannot speak of that key.
  public func root(for key: StateKey, entry: [UInt8]?) -> Bytes32? {
    let path = key.path
    var value = Bytes32.zero
    if let entry {
      guard other == nil else { return nil }
      value = SHA256.digest(tag: 0, path, SHA256.digest(entry))
    } else if let other {
      guard other.path != path else { return nil }
      for depth in siblings.indices where other.path.bit(depth) != path.bit(depth) { return nil }
      value = other.hash
    }
    for depth in siblings.indices.reversed() {
      value =
        path.bit(depth)
        ? SHA256.digest(tag: 1, siblings[depth], value)
        : SHA256.digest(tag: 1, value, siblings[depth])
    }
    return value
  }
}
