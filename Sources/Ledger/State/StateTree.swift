public import CanonicalCoding
import LedgerCrypto

/// The Merkle tree over all entries of the state: a binary trie over the paths of the keys, in which
/// a subtree with one entry is that entry's leaf, so that depth grows with the logarithm of the
/// number of entries. Source: decision 0002.
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

/// The digests beside the path of a state key, root side first, and the foreign leaf found at its end.
/// Bytes: siblings (varint count, 32 bytes each) ‖ other leaf (flag, then path and hash).
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
