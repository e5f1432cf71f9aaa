// SPDX-License-Identifier: Apache-2.0

public import Ledger

/// Why a branch is preferred to others, whatever their work: the later the case, the stronger.
/// Source: Docs/finality.md §9.
public enum ForkRank: UInt8, Comparable, Sendable {
  /// By its work alone.
  case worked
  /// It holds the block that most seats approve at this epoch.
  case leant
  /// It holds the last final block.
  case final
  /// It holds the last final block, and what most seats approve.
  case finalLeant
  /// It holds the agreed checkpoint of the highest epoch.
  case agreed
  /// … and what most seats approve.
  case agreedLeant
  /// It holds that, and the restart that all operators have signed.
  case restarted
  /// … and what most seats approve.
  case restartedLeant

  /// Orders by strength.
  public static func < (left: ForkRank, right: ForkRank) -> Bool { left.rawValue < right.rawValue }
}

/// What the best chain has to hold, as far as it is known: the last final block, the agreed
/// checkpoint of the highest epoch, and for a while what most seats approve at this epoch.
public struct ForkAnchors: Hashable, Sendable {
  /// The last final block with its height.
  public struct Final: Hashable, Sendable {
    public let block: BlockHash
    public let height: UInt64

    /// A final block.
    public init(block: BlockHash, height: UInt64) {
      self.block = block
      self.height = height
    }
  }

  public var final: Final?
  /// The block that a known checkpoint names, as long as the chain has not come to it.
  public var known: BlockHash?
  /// Always the final block or after it.
  public var agreed: BlockHash?
  public var leant: BlockHash?
  /// Where nothing has become final for so long that the term may be restarted: the restart that
  /// all operators' seats have signed. Seats sign but once, and must not do so on different
  /// branches.
  public var restart: BlockHash?

  /// Nothing but work decides.
  public init() {}

  /// The rank of a block whose parent has the rank `above`.
  func rank(of hash: BlockHash, above: ForkRank) -> ForkRank {
    var rank = above
    if hash == known { rank = max(rank, .final) }
    if hash == final?.block { rank = max(rank, .final) }
    let holdsFinal = final == nil || rank >= .final
    if hash == agreed, holdsFinal { rank = max(rank, .agreed) }
    if hash == restart, rank >= (agreed == nil ? .final : .agreed) { rank = .restarted }
    if hash == leant {
      switch rank {
      case .restarted...: rank = .restartedLeant
      case .agreed...: rank = .agreedLeant
      default: rank = final != nil && holdsFinal ? .finalLeant : .leant
      }
    }
    return rank
  }
}
