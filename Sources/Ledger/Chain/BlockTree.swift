// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
import LedgerCrypto
public import Quantities

/// The headers that a node knows, from a root on: the active chain and its forks, with the work
/// accumulated to each. It decides which tip is the chain's and what a reorganisation has to undo.
public struct BlockTree: Sendable {
  struct Node: Sendable {
    let header: BlockHeader
    /// The seal, kept for headers whose bodies may never come.
    let signature: Signature
    let work: UInt256
    /// The work that counts for the choice: up to the first block of the branch that came late.
    var counted: UInt256
    /// When its body came, in milliseconds of this node's running time; nil from before a restart.
    var arrived: UInt64?
    /// The bodies of this block and of all its ancestors are here.
    var isComplete = false
    var isInvalid = false
    /// Nobody gives the bodies that lead here: not worth going for until somebody new tells of it.
    var isAside = false
    /// It, or a block before it, came too late to count yet.
    var isLate = false
    var rank = ForkRank.worked
    /// Keys and members that the block lets in or, on a chain that was followed, changes.
    var touches: [Bytes32] = []
  }

  /// The step from one tip to another: first undo, newest first, then connect, oldest first.
  public struct Path: Hashable, Sendable {
    public let disconnect: [BlockHash]
    public let connect: [BlockHash]
  }

  private let rules: NetworkRules
  var nodes: [BlockHash: Node] = [:]
  /// Blocks that came late, and from when on they count.
  var late: [BlockHash: NetworkTime] = [:]
  /// A block that every chain has to hold.
  var known: KnownCheckpoint?
  /// Ancestors of the root, oldest first, ending with the root itself.
  private var rootContext: HeaderContext
  private var root: BlockHash
  /// What the best chain has to hold, as far as it is known.
  public private(set) var anchors = ForkAnchors()
  /// The best valid tip by law 9 among blocks whose bodies are here.
  public private(set) var best: BlockHash
  /// The best valid tip by law 9 among all headers: where the bodies still to fetch lead to.
  public private(set) var bestHeader: BlockHash
  /// The same with what came late: its bodies are fetched behind the others, since what is not
  /// fetched would be late for ever.
  public private(set) var bestWorked: BlockHash

  /// A tree that begins at a block already connected.
  /// - Parameters:
  ///   - root: the block that forks may start from, and its accumulated work.
  ///   - context: the context of the root's children.
  public init(root: BlockHeader, work: UInt256, context: HeaderContext, rules: NetworkRules) {
    self.rules = rules
    self.root = context.hash
    rootContext = context
    best = context.hash
    bestHeader = context.hash
    bestWorked = context.hash
    nodes[context.hash] = Node(
      header: root, signature: SealedHeader.noSignature, work: work, counted: work,
      isComplete: true)
  }

  /// How many headers are at hand.
  public var count: Int { nodes.count }

  /// Whether a header is known.
  public func contains(_ hash: BlockHash) -> Bool { nodes[hash] != nil }

  /// Whether a block's body and those of all its ancestors are here.
  public func isComplete(_ hash: BlockHash) -> Bool { nodes[hash]?.isComplete ?? false }

  /// Whether a block or one of its ancestors was found to break a law.
  public func isInvalid(_ hash: BlockHash) -> Bool { nodes[hash]?.isInvalid ?? false }

  /// A known header with its seal: the one that was checked, whatever comes with a body.
  public func sealed(_ hash: BlockHash) -> SealedHeader? {
    nodes[hash].map { SealedHeader(header: $0.header, signature: $0.signature) }
  }

  /// A known header.
  public func header(_ hash: BlockHash) -> BlockHeader? { nodes[hash]?.header }

  /// The sealed headers and the work up to each on the way from above `old` to `new`, oldest first;
  /// nil where `old` is no ancestor at hand.
  public func chain(
    from old: BlockHash, to new: BlockHash
  ) -> [(header: SealedHeader, work: UInt256)]? {
    var chain: [(header: SealedHeader, work: UInt256)] = []
    var at = new
    while at != old {
      guard let node = nodes[at] else { return nil }
      chain.append((SealedHeader(header: node.header, signature: node.signature), node.work))
      at = node.header.previous
    }
    return chain.reversed()
  }

  /// The work accumulated up to and including a known block.
  public func work(_ hash: BlockHash) -> UInt256? { nodes[hash]?.work }

  /// The context for children of a known block.
  public func context(after hash: BlockHash) -> HeaderContext? {
    guard let parent = nodes[hash] else { return nil }
    let depth = HeaderContext.depth(rules)
    var recent: [HeaderContext.Ancestor] = []
    var at = hash
    while at != root, recent.count < depth, let node = nodes[at] {
      recent.append(HeaderContext.Ancestor(node.header))
      at = node.header.previous
    }
    recent.reverse()
    let older = at == root ? rootContext.ancestors.suffix(depth - min(depth, recent.count)) : []
    return HeaderContext(parent: parent.header, hash: hash, ancestors: Array(older) + recent)
  }

  /// Checks a header against its ancestors and takes it in.
  /// - Throws: what the header breaks; an unknown parent and a time too far ahead are no breach.
  public mutating func insert(
    _ sealed: SealedHeader, network: NetworkId, now: NetworkTime
  ) throws(BlockRefusal) {
    guard nodes[sealed.header.hash] == nil else { return }
    try check(sealed, network: network, now: now)
    try insert(proven: sealed)
  }

  /// Checks a header against its ancestors.
  /// - Throws: what the header breaks; an unknown parent and a time too far ahead are no breach.
  public func check(
    _ sealed: SealedHeader, network: NetworkId, now: NetworkTime
  ) throws(BlockRefusal) {
    guard let context = context(after: sealed.header.previous) else {
      throw .unknownParent(sealed.header.previous)
    }
    if let known, known.contradicts(sealed.header) {
      throw .work(.otherCheckpoint(sealed.header.hash, known: known.block))
    }
    do { try WorkLaw.check(sealed, after: context, network: network, rules: rules) } catch {
      throw .work(error)
    }
    let limit = now.seconds.addingUpToMax(rules.futureSeconds)
    guard sealed.header.time.seconds <= limit else {
      throw .futureTime(supplied: sealed.header.time.seconds, limit: limit)
    }
  }

  /// Takes in a header on the way to a final block: what leads to it by hashes needs no other
  /// check.
  public mutating func insert(proven sealed: SealedHeader) throws(BlockRefusal) {
    let hash = sealed.header.hash
    guard nodes[hash] == nil else { return }
    guard let parent = nodes[sealed.header.previous] else {
      throw .unknownParent(sealed.header.previous)
    }
    let own = CompactTarget.expand(sealed.header.target)?.work ?? .zero
    nodes[hash] = Node(
      header: sealed.header, signature: sealed.signature,
      work: parent.work.addingSaturated(own),
      counted: parent.isLate ? parent.counted : parent.counted.addingSaturated(own),
      isInvalid: parent.isInvalid, isAside: parent.isAside, isLate: parent.isLate,
      rank: anchors.rank(of: hash, above: parent.rank))
    guard !parent.isInvalid, !parent.isAside else { return }
    if isBetter(hash, than: bestHeader) { bestHeader = hash }
    if isBetter(hash, than: bestWorked, by: \.work) { bestWorked = hash }
  }

  private func isBetter(
    _ hash: BlockHash, than other: BlockHash, by work: (Node) -> UInt256 = \.counted
  ) -> Bool {
    guard let candidate = nodes[hash], let tip = nodes[other] else { return false }
    if candidate.rank != tip.rank { return candidate.rank > tip.rank }
    guard work(candidate) == work(tip) else { return work(candidate) > work(tip) }
    guard candidate.isLate == tip.isLate else { return tip.isLate }
    return MostWorkLaw.replaces((tip.work, other), by: (candidate.work, hash))
  }

  /// Sets what the best chain has to hold; the best tips are chosen anew.
  public mutating func anchor(_ anchors: ForkAnchors) {
    guard anchors != self.anchors else { return }
    self.anchors = anchors
    rank()
    chooseBest()
  }

  /// Whether `ancestor` is `hash` or on the way from the root to it; nil where one is not at hand.
  public func isAncestor(_ ancestor: BlockHash, of hash: BlockHash) -> Bool? {
    guard let old = nodes[ancestor] else { return nil }
    var at = hash
    while let node = nodes[at] {
      if node.header.height <= old.header.height { return at == ancestor }
      at = node.header.previous
    }
    return nil
  }

  private mutating func rank() {
    let order = nodes.sorted { ($0.value.header.height, $0.key) < ($1.value.header.height, $1.key) }
    let lowest = nodes[root]?.header.height ?? 0
    // What lies below the root is held by all.
    let base: ForkRank = anchors.final.map { $0.height < lowest } == true ? .final : .worked
    for (hash, node) in order {
      let above = nodes[node.header.previous]?.rank ?? base
      nodes[hash]?.rank = anchors.rank(of: hash, above: above)
    }
  }

  /// Notes that the body of a block is here; its parent's must be.
  /// - Parameters:
  ///   - ids: keys and members that the block lets in, as far as that is proven.
  ///   - arrived: when it came, in milliseconds of this node's running time.
  public mutating func markComplete(
    _ hash: BlockHash, admitting ids: [Bytes32] = [], arrived: UInt64? = nil
  ) {
    guard let node = nodes[hash], nodes[node.header.previous]?.isComplete == true else { return }
    nodes[hash]?.isComplete = true
    nodes[hash]?.touches = ids
    nodes[hash]?.arrived = arrived
    if node.isAside {
      setAside(hash, false)
      chooseBest()
    }
    if !node.isInvalid, isBetter(hash, than: best) { best = hash }
  }

  /// Notes that the body of the newest block could not be kept after all.
  public mutating func markIncomplete(_ hash: BlockHash) {
    nodes[hash]?.isComplete = false
    chooseBest()
  }

  mutating func chooseBest() {
    best = root
    bestHeader = root
    bestWorked = root
    for (hash, node) in nodes where !node.isInvalid {
      if node.isComplete, isBetter(hash, than: best) { best = hash }
      guard !node.isAside else { continue }
      if isBetter(hash, than: bestHeader) { bestHeader = hash }
      if isBetter(hash, than: bestWorked, by: \.work) { bestWorked = hash }
    }
  }

  /// Marks a block whose body broke a law, and all that follows it; the next best tip takes over.
  public mutating func markInvalid(_ hash: BlockHash) {
    guard hash != root, nodes[hash] != nil else { return }
    nodes[hash]?.isInvalid = true
    for key in nodes.keys.sorted(by: {
      (nodes[$0]?.header.height ?? 0, $0) < (nodes[$1]?.header.height ?? 0, $1)
    }) {
      guard let node = nodes[key], nodes[node.header.previous]?.isInvalid == true else { continue }
      nodes[key]?.isInvalid = true
    }
    chooseBest()
  }

  /// Notes keys and members whose entries a block of the chain changed.
  public mutating func note(_ hash: BlockHash, changing ids: [Bytes32]) {
    nodes[hash]?.touches = ids
  }

  /// Whether one of these keys or members is another on the two ways from the block where the
  /// branches that end at `hash` and at `chain` part: let in on the one, or barred, suspended or
  /// replaced on the other.
  public func differ(_ ids: [Bytes32], at hash: BlockHash, from chain: BlockHash) -> Bool {
    var (at, other) = (hash, chain)
    while at != other, let node = nodes[at], let held = nodes[other] {
      if node.header.height >= held.header.height {
        if node.touches.contains(where: ids.contains) { return true }
        at = node.header.previous
      } else {
        if held.touches.contains(where: ids.contains) { return true }
        other = held.header.previous
      }
    }
    return false
  }

  /// The blocks whose bodies are missing on the way to a header, the best one unless another is
  /// named, oldest first.
  public func missing(to goal: BlockHash? = nil) -> [BlockHash] {
    var missing: [BlockHash] = []
    var at = goal ?? bestHeader
    while let node = nodes[at], !node.isComplete {
      missing.append(at)
      at = node.header.previous
    }
    return missing.reversed()
  }

  /// Moves the root up to the ancestor of `tip` that lies `depth` below it. Forks from further down
  /// are forgotten.
  public mutating func reroot(below tip: BlockHash, by depth: Int) {
    var at = tip
    for _ in 0..<depth {
      guard at != root, let node = nodes[at] else { return }
      at = node.header.previous
    }
    guard at != root, let context = context(after: at), let top = nodes[at] else { return }
    let above = nodes.filter { $0.value.header.height > top.header.height }
      .sorted { $0.value.header.height < $1.value.header.height }
    nodes = [at: top]
    for (hash, node) in above where nodes[node.header.previous] != nil { nodes[hash] = node }
    late = late.filter { nodes[$0.key] != nil }
    rootContext = context
    root = at
    rank()
    chooseBest()
  }

  /// What to undo and to connect to go from one known block to another.
  /// - Returns: nil when one is unknown or they meet only below the root.
  public func path(from old: BlockHash, to new: BlockHash) -> Path? {
    guard var left = nodes[old], var right = nodes[new] else { return nil }
    var (leftHash, rightHash) = (old, new)
    var disconnect: [BlockHash] = []
    var connect: [BlockHash] = []
    while leftHash != rightHash {
      if left.header.height >= right.header.height {
        disconnect.append(leftHash)
        leftHash = left.header.previous
        guard let next = nodes[leftHash] else { return nil }
        left = next
      } else {
        connect.append(rightHash)
        rightHash = right.header.previous
        guard let next = nodes[rightHash] else { return nil }
        right = next
      }
    }
    return Path(disconnect: disconnect, connect: connect.reversed())
  }
}
