// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// A Merkle tree over a list of digests: leaf = H(0 ‖ digest ‖ zeros), node = H(1 ‖ left ‖ right),
/// split at the largest power of two below the count. Source: RFC 6962 §2.1.
public enum MerkleTree {
  /// The root of no leaves.
  public static let emptyRoot = SHA256.digest([])

  /// The root over `leaves` in their order.
  public static func root(of leaves: [Bytes32]) -> Bytes32 {
    if leaves.isEmpty { return emptyRoot }
    var level = leaves.map { SHA256.digest(tag: 0, $0, .zero) }
    // Pairing neighbours and passing an odd last one up gives the same tree as the recursive split.
    while level.count > 1 {
      var next: [Bytes32] = []
      next.reserveCapacity((level.count + 1) / 2)
      var index = 0
      while index + 1 < level.count {
        next.append(SHA256.digest(tag: 1, level[index], level[index + 1]))
        index += 2
      }
      if index < level.count { next.append(level[index]) }
      level = next
    }
    return level[0]
  }

  /// The path from leaf `index` to the root, or nil when there is no such leaf.
  public static func proof(for index: Int, in leaves: [Bytes32]) -> MerkleProof? {
    guard leaves.indices.contains(index) else { return nil }
    var level = leaves.map { SHA256.digest(tag: 0, $0, .zero) }
    var position = index
    var siblings: [Bytes32] = []
    while level.count > 1 {
      var next: [Bytes32] = []
      if position ^ 1 < level.count { siblings.append(level[position ^ 1]) }
      var pair = 0
      while pair + 1 < level.count {
        next.append(SHA256.digest(tag: 1, level[pair], level[pair + 1]))
        pair += 2
      }
      if pair < level.count { next.append(level[pair]) }
      position /= 2
      level = next
    }
    return MerkleProof(index: UInt64(index), count: UInt64(leaves.count), siblings: siblings)
  }
}

/// The digests beside the path from one leaf of a `MerkleTree` to its root.
/// Bytes: index (varint) ‖ count (varint) ‖ siblings (varint count, 32 bytes each), leaf side
/// first.
public struct MerkleProof: Hashable, Sendable, Canonical {
  /// The position of the leaf and the number of leaves.
  public let index: UInt64
  public let count: UInt64
  /// The digests to join, from the leaf upwards.
  public let siblings: [Bytes32]

  /// A path with these parts.
  public init(index: UInt64, count: UInt64, siblings: [Bytes32]) {
    self.index = index
    self.count = count
    self.siblings = siblings
  }

  /// Reads a path; lists longer than 2³² leaves are refused.
  public init(from input: inout ByteReader) throws(DecodeError) {
    index = try input.readVarint(in: 0...(1 << 32))
    count = try input.readVarint(in: 1...(1 << 32))
    var siblings: [Bytes32] = []
    for _ in 0..<(try input.readCount(in: 0...32, itemBytes: 32)) {
      siblings.append(try input.readBytes32())
    }
    self.siblings = siblings
    guard index < count else { throw input.refusal(.outOfRange) }
  }

  /// Appends the path.
  public func encode(to output: inout ByteWriter) {
    output.writeVarint(index)
    output.writeVarint(count)
    output.writeVarint(UInt64(siblings.count))
    for sibling in siblings { output.write(sibling) }
  }

  /// The root that `leaf` at this place leads to, or nil when the path has the wrong length.
  public func root(from leaf: Bytes32) -> Bytes32? {
    var value = SHA256.digest(tag: 0, leaf, .zero)
    var position = index
    var width = count
    var rest = siblings[...]
    while width > 1 {
      if position ^ 1 < width {
        guard let sibling = rest.popFirst() else { return nil }
        value =
          position & 1 == 0
          ? SHA256.digest(tag: 1, value, sibling) : SHA256.digest(tag: 1, sibling, value)
      }
      position /= 2
      width = (width + 1) / 2
    }
    return rest.isEmpty ? value : nil
  }
}
