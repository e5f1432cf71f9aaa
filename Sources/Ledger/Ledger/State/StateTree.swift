// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import LedgerCrypto

/// The Merkle tree over all entries of the state: a binary trie over the paths of the keys, in
/// which a subtree with one entry is that entry's leaf, so that depth grows with the logarithm of
/// the number of entries. Source: Docs/decisions/0002-state-tree.md.
///
/// leaf = H(0 ‖ path ‖ H(entry bytes)), node = H(1 ‖ left ‖ right), empty subtree = 32 zero bytes.
public struct StateTree: Sendable {
  private struct Node {
    /// The hash of the subtree.
    var hash: Bytes32
    /// The path of a leaf; of no meaning in an inner node.
    var path: Bytes32
    var left: Int32
    var right: Int32
  }

  /// A new value hash for a path; nil removes the leaf.
  public struct Update: Sendable {
    public let path: Bytes32
    public let value: Bytes32?

    /// An update of `path` to the hash `value`.
    public init(path: Bytes32, value: Bytes32?) {
      self.path = path
      self.value = value
    }

    /// The update that `change` means.
    public init(_ change: StateChange) {
      self.init(path: change.key.path, value: change.bytes.map { SHA256.digest($0) })
    }
  }

  private static let none: Int32 = -1
  private static let leafMark: Int32 = -2
  private var nodes: [Node] = []
  private var free: [Int32] = []
  private var top: Int32 = StateTree.none

  /// A tree without entries.
  public init() {}

  /// The root; 32 zero bytes for an empty tree.
  public var root: Bytes32 { hash(top) }

  /// Puts all updates in place in one pass.
  public mutating func apply(_ changes: [StateChange]) { apply(changes.map(Update.init)) }

  /// Puts all updates in place in one pass; each path may occur once.
  public mutating func apply(_ updates: [Update]) {
    let sorted = updates.sorted { $0.path < $1.path }
    top = update(top, 0, sorted[...])
  }

  /// The path from the root to where `path` is, or would be.
  public func proof(_ path: Bytes32) -> StateProof {
    var siblings: [Bytes32] = []
    var at = top
    var depth = 0
    while at != StateTree.none, nodes[Int(at)].left != StateTree.leafMark {
      let node = nodes[Int(at)]
      let goesRight = path.bit(depth)
      siblings.append(hash(goesRight ? node.left : node.right))
      at = goesRight ? node.right : node.left
      depth += 1
    }
    if at == StateTree.none { return StateProof(siblings: siblings, other: nil) }
    let leaf = nodes[Int(at)]
    if leaf.path == path { return StateProof(siblings: siblings, other: nil) }
    return StateProof(siblings: siblings, other: .init(path: leaf.path, hash: leaf.hash))
  }

  private func hash(_ node: Int32) -> Bytes32 {
    node == StateTree.none ? .zero : nodes[Int(node)].hash
  }

  private func isLeaf(_ node: Int32) -> Bool {
    node != StateTree.none && nodes[Int(node)].left == StateTree.leafMark
  }

  private mutating func make(_ node: Node) -> Int32 {
    if let index = free.popLast() {
      nodes[Int(index)] = node
      return index
    }
    nodes.append(node)
    return Int32(nodes.count - 1)
  }

  private mutating func makeLeaf(_ path: Bytes32, _ hash: Bytes32) -> Int32 {
    make(Node(hash: hash, path: path, left: StateTree.leafMark, right: StateTree.leafMark))
  }

  /// The subtree of `left` and `right`: empty and single-leaf ones fold upwards.
  private mutating func join(_ left: Int32, _ right: Int32) -> Int32 {
    if left == StateTree.none && (right == StateTree.none || isLeaf(right)) { return right }
    if right == StateTree.none && isLeaf(left) { return left }
    return make(
      Node(
        hash: SHA256.digest(tag: 1, hash(left), hash(right)), path: .zero, left: left,
        right: right))
  }

  private mutating func update(
    _ node: Int32, _ depth: Int, _ updates: ArraySlice<Update>
  ) -> Int32 {
    if updates.isEmpty { return node }
    if node == StateTree.none || isLeaf(node) {
      var leaves: [(path: Bytes32, hash: Bytes32)] = []
      var kept = node == StateTree.none ? nil : nodes[Int(node)]
      for update in updates {
        if let leaf = kept, leaf.path <= update.path {
          if leaf.path < update.path { leaves.append((leaf.path, leaf.hash)) }
          kept = nil
        }
        if let value = update.value {
          leaves.append((update.path, SHA256.digest(tag: 0, update.path, value)))
        }
      }
      if let leaf = kept { leaves.append((leaf.path, leaf.hash)) }
      if node != StateTree.none { free.append(node) }
      return build(leaves[...], depth)
    }
    let old = nodes[Int(node)]
    let split = updates.partitionPoint { $0.path.bit(depth) }
    let left = update(old.left, depth + 1, updates[..<split])
    let right = update(old.right, depth + 1, updates[split...])
    free.append(node)
    return join(left, right)
  }

  private mutating func build(
    _ leaves: ArraySlice<(path: Bytes32, hash: Bytes32)>, _ depth: Int
  ) -> Int32 {
    guard let first = leaves.first else { return StateTree.none }
    if leaves.count == 1 { return makeLeaf(first.path, first.hash) }
    let split = leaves.partitionPoint { $0.path.bit(depth) }
    let left = build(leaves[..<split], depth + 1)
    let right = build(leaves[split...], depth + 1)
    return join(left, right)
  }
}

/// The part of a state's tree whose paths begin with one byte: what a snapshot is cut into.
/// Bytes: 0 empty | 1 a leaf | 2 a node ‖ hash (32): 33.
public struct StateSubtree: Hashable, Sendable, Canonical {
  /// How many there are: one for each first byte of a path.
  public static let count = 256
  /// The length in bytes.
  public static let byteCount = 33

  /// What stands at its top; a single leaf folds upwards.
  enum Shape: UInt8 {
    case empty = 0
    case leaf = 1
    case node = 2
  }

  let shape: Shape
  let hash: Bytes32

  init(_ shape: Shape, _ hash: Bytes32) {
    self.shape = shape
    self.hash = hash
  }

  /// Reads 33 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard let shape = Shape(rawValue: try input.readUInt8()) else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    self.shape = shape
    hash = try input.readBytes32()
    guard shape != .empty || hash == .zero else {
      throw input.refusal(.notCanonical, at: input.offset - 32)
    }
  }

  /// Appends 33 bytes.
  public func encode(to output: inout ByteWriter) {
    output.write(shape.rawValue)
    output.write(hash)
  }

  /// The two halves of a subtree folded as the tree folds them.
  private static func join(_ left: StateSubtree, _ right: StateSubtree) -> StateSubtree {
    if left.shape == .empty, right.shape != .node { return right }
    if right.shape == .empty, left.shape == .leaf { return left }
    return StateSubtree(.node, SHA256.digest(tag: 1, left.hash, right.hash))
  }

  /// The root of the tree that these subtrees, in order of their bytes, make up.
  public static func root(of subtrees: [StateSubtree]) -> Bytes32 {
    var level = subtrees
    while level.count > 1 {
      level = stride(from: 0, to: level.count, by: 2).map { join(level[$0], level[$0 + 1]) }
    }
    return level.first?.hash ?? .zero
  }
}

extension StateTree {
  /// The 256 subtrees in order of the first bytes of their paths.
  public var subtrees: [StateSubtree] {
    (0..<StateSubtree.count).map { subtree(UInt8($0)) }
  }

  /// The subtree of the paths that begin with `byte`.
  public func subtree(_ byte: UInt8) -> StateSubtree {
    var at = top
    for depth in 0..<8 {
      guard at != StateTree.none else { return StateSubtree(.empty, .zero) }
      let node = nodes[Int(at)]
      if node.left == StateTree.leafMark {
        return node.path.bytes[0] == byte
          ? StateSubtree(.leaf, node.hash) : StateSubtree(.empty, .zero)
      }
      at = byte >> UInt8(7 - depth) & 1 == 1 ? node.right : node.left
    }
    guard at != StateTree.none else { return StateSubtree(.empty, .zero) }
    return StateSubtree(isLeaf(at) ? .leaf : .node, nodes[Int(at)].hash)
  }
}

extension ArraySlice {
  /// The first index from which on `isLater` holds, in a slice ordered by it.
  fileprivate func partitionPoint(_ isLater: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if isLater(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
