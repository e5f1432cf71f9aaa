// SPDX-License-Identifier: Apache-2.0

public import Ledger
import Quantities

/// Branches that are not to be followed for now: nobody gives their bodies, or these came late.
extension BlockTree {
  /// Sets aside a block whose body nobody gives, and all that follows it.
  public mutating func setAside(_ hash: BlockHash) {
    guard let node = nodes[hash], !node.isComplete else { return }
    setAside(hash, true)
    chooseBest()
  }

  /// Takes a block up again that was set aside, and all that follows it.
  public mutating func takeUp(_ hash: BlockHash) {
    guard nodes[hash]?.isAside == true else { return }
    setAside(hash, false)
    chooseBest()
  }

  /// The lowest block on the way to `hash` that was set aside; nil where none was.
  public func aside(on hash: BlockHash) -> BlockHash? {
    var (at, lowest) = (hash, BlockHash?.none)
    while let node = nodes[at], node.isAside {
      lowest = at
      at = node.header.previous
    }
    return lowest
  }

  mutating func setAside(_ hash: BlockHash, _ isAside: Bool) {
    var branch: Set<BlockHash> = [hash]
    nodes[hash]?.isAside = isAside
    let height = nodes[hash]?.header.height ?? 0
    let above = nodes.filter { $0.value.header.height > height }
      .sorted { $0.value.header.height < $1.value.header.height }
    for (key, node) in above where branch.contains(node.header.previous) {
      branch.insert(key)
      nodes[key]?.isAside = isAside
    }
  }

  // MARK: Late branches

  /// Whether a block, or one before it, came too late to count yet.
  public func isLate(_ hash: BlockHash) -> Bool { nodes[hash]?.isLate ?? false }

  /// Whether a block beside the chain that ends in `tip` comes later than it may: the chain has had
  /// a block in its place for longer than the patience. Of a branch's first block that is the first
  /// own one where the branches part, whatever their dates, which a liar chooses; of a later one
  /// the first own one that is not older.
  func isLate(_ hash: BlockHash, beside tip: BlockHash, _ arrival: Arrival) -> Bool {
    guard let block = nodes[hash] else { return false }
    var (at, other) = (block.header.previous, tip)
    var (lowest, notOlder): (Node?, Node?)
    while at != other {
      guard let left = nodes[at], let own = nodes[other] else { return false }
      if left.header.height >= own.header.height {
        at = left.header.previous
      } else {
        lowest = own
        if own.header.time >= block.header.time { notOlder = own }
        other = own.header.previous
      }
    }
    let isFirst = at == block.header.previous
    guard let came = (isFirst ? lowest : notOlder)?.arrived else { return false }
    return arrival.milliseconds.subtractingDownToZero(came) > arrival.patience
  }

  /// Lets a block, and what follows it, not count until `time`.
  mutating func setLate(_ hash: BlockHash, until time: NetworkTime) {
    guard let node = nodes[hash] else { return }
    late[hash] = time
    // Behind a late block nothing counts anyhow.
    if !node.isLate { count(from: [hash]) }
  }

  /// Lets blocks count that the chain has come to hold, by approvals for example.
  mutating func takeOver(_ blocks: [BlockHash]) {
    guard blocks.contains(where: { nodes[$0]?.isLate == true }) else { return }
    for hash in blocks { late[hash] = nil }
    count(from: Set(blocks))
  }

  /// Lets late blocks count whose time has come.
  mutating func releaseLate(at now: NetworkTime) {
    let due = Set(late.filter { $0.value <= now }.keys)
    guard !due.isEmpty else { return }
    for hash in due { late[hash] = nil }
    count(from: due)
  }

  /// Counts the work of blocks and of what follows them anew, in one pass.
  private mutating func count(from roots: Set<BlockHash>) {
    let lowest = roots.compactMap { nodes[$0]?.header.height }.min() ?? 0
    let above = nodes.filter { $0.value.header.height >= lowest }
      .sorted { $0.value.header.height < $1.value.header.height }
    var changed = roots
    for (key, node) in above where changed.contains(key) || changed.contains(node.header.previous) {
      changed.insert(key)
      let parent = nodes[node.header.previous]
      let isLate = late[key] != nil || parent?.isLate == true
      let own = CompactTarget.expand(node.header.target)?.work ?? .zero
      let before = parent?.counted ?? node.work
      nodes[key]?.isLate = isLate
      nodes[key]?.counted = isLate ? before : before.addingSaturated(own)
    }
    chooseBest()
  }
}
