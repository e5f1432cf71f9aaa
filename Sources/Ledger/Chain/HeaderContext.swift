// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import LedgerCrypto
public import Quantities

/// What the laws need to know of a block's ancestors: the parent and as many before it as median
/// time, retarget and producers' shares look back on.
public struct HeaderContext: Sendable {
  /// The part of a header that its descendants look back on.
  public struct Ancestor: Sendable {
    public let time: NetworkTime
    public let searchSeconds: UInt32
    public let producer: PublicKey

    /// The part of `header`.
    public init(_ header: BlockHeader) {
      time = header.time
      searchSeconds = header.searchSeconds
      producer = header.producer
    }
  }

  /// How many ancestors the laws of a network look back on.
  public static func depth(_ rules: NetworkRules) -> Int {
    max(11, Int(rules.retargetBlocks), Int(rules.shareBlocks))
  }

  /// The parent's hash, height, time and target.
  public let hash: BlockHash
  public let height: UInt64
  public let time: NetworkTime
  public let target: UInt32
  /// The parent and its ancestors, oldest first, at least `depth` of them unless the genesis is
  /// near.
  public let ancestors: [Ancestor]

  /// The context of a child of `parent`; `ancestors` ends with the parent.
  public init(parent: BlockHeader, hash: BlockHash, ancestors: [Ancestor]) {
    self.hash = hash
    height = parent.height
    time = parent.time
    target = parent.target
    self.ancestors = ancestors
  }

  /// The parent as its child writes it into the state.
  public var parent: ParentBlock { ParentBlock(hash: hash, height: height, time: time) }

  /// The context of a child of `header`, the block that this context led to.
  public func advanced(by header: BlockHeader, hash: BlockHash, depth: Int) -> HeaderContext {
    HeaderContext(
      parent: header, hash: hash,
      ancestors: ancestors.suffix(depth - 1) + [Ancestor(header)])
  }

  /// The median time of the last 11 blocks.
  public var medianTime: NetworkTime {
    let times = ancestors.suffix(11).map(\.time).sorted()
    return times.isEmpty ? NetworkTime(seconds: 0) : times[times.count / 2]
  }

  /// The target that the next block must state: every `retargetBlocks` blocks it follows the median
  /// of the times that the last searches took, by at most a factor of 4, never easier than the
  /// genesis allows. Source: Docs/finality.md §9.
  public func nextTarget(_ rules: NetworkRules) -> UInt32 {
    let window = Int(rules.retargetBlocks)
    guard (height + 1).isMultiple(of: UInt64(window)), height + 1 >= UInt64(window),
      let easiest = CompactTarget.expand(rules.easiestTarget),
      let current = CompactTarget.expand(target)
    else { return target }
    let recent = ancestors.suffix(window)
    let goal = UInt64(rules.searchSeconds) * UInt64(recent.count)
    // What producers state of their own searches enters by its median: no minority bends it.
    let stated = recent.map(\.searchSeconds).sorted()
    let middle = stated.isEmpty ? 0 : UInt64(stated[stated.count / 2])
    let taken = middle * UInt64(stated.count)
    let bounded = min(max(taken, goal / 4, 1), goal * 4)
    return CompactTarget.compact(min(easiest, current.scaled(by: bounded, over: goal)))
  }

  /// The target that `producer`'s next hash must meet: the more of the recent blocks are its own,
  /// the harder, so that one fast machine cannot outrun a street. Only closed networks can tell
  /// producers apart. Headers are judged by the key alone, whole blocks by its member. Source:
  /// Docs/design.md §7.
  public func ownTarget(of producer: PublicKey, _ rules: NetworkRules) -> UInt256 {
    ownTarget(rules) { $0 == producer }
  }

  /// The same by what the parent's state knows of keys: blocks of all keys of a member are its own.
  /// - Throws: what reading the state throws.
  public func ownTarget(
    of producer: PublicKey, in state: StateView, _ rules: NetworkRules
  ) throws(StateSourceError) -> UInt256 {
    guard rules.membership == .closed, let member = try state.holder(producer)?.member else {
      return ownTarget(of: producer, rules)
    }
    var own: [PublicKey: Bool] = [producer: true]
    for ancestor in ancestors.suffix(Int(rules.shareBlocks)) where own[ancestor.producer] == nil {
      own[ancestor.producer] = try state.holder(ancestor.producer)?.member == member
    }
    return ownTarget(rules) { own[$0] ?? false }
  }

  private func ownTarget(_ rules: NetworkRules, isOwn: (PublicKey) -> Bool) -> UInt256 {
    let base = CompactTarget.expand(nextTarget(rules)) ?? .zero
    guard rules.membership == .closed else { return base }
    let own = ancestors.suffix(Int(rules.shareBlocks)).count { isOwn($0.producer) }
    let divisor = 1 + UInt64(rules.shareDivisor) * UInt64(own) / UInt64(rules.shareBlocks)
    return base.scaled(by: 1, over: divisor)
  }
}
