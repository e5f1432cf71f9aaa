// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger

/// What a link may bring: nothing larger than the network's own blocks, and nothing large that was
/// not asked for. So a stranger who begins frames and never ends them takes no memory.
public struct FrameAllowance: Sendable {
  /// Payload bytes that may come unasked; gossip is smaller.
  public static let unasked = 65_536

  private let blockLimits: [UInt8: Int]
  /// Answers that may still come, by kind.
  private var due: [UInt8: Int] = [:]

  /// The allowance of a new link in a network with these rules.
  public init(_ rules: NetworkRules) {
    let (bytes, count) = (Int(rules.blockBytes), Int(rules.blockTransactions))
    // A count and the length of each transaction stand beside their bytes.
    let block = 242 + 5 + 3 * count + bytes
    blockLimits = [
      BlockDelivery.kind: block, BlockTransactions.kind: 32 + block,
      CompactBlock.kind: 242 + 5 + 6 * count, GetBlockTransactions.kind: 32 + 5 + 3 * count,
    ]
  }

  /// Notes a message that was sent: its answers may be large.
  public mutating func sent(_ message: Message) {
    guard let (kind, count) = message.content.asks else { return }
    due[kind] = min(due[kind, default: 0] + count, 1 << 20)
  }

  /// Takes in the head of a frame.
  /// - Throws: `outOfRange` for what is too large for this network, or was not asked for.
  public mutating func take(kind: UInt8, payloadByteCount count: Int) throws(DecodeError) {
    guard count <= blockLimits[kind] ?? Int.max else { throw DecodeError(.outOfRange, at: 0) }
    guard Message.answers.contains(kind) else { return }
    let left = due[kind] ?? 0
    guard left > 0 || count <= FrameAllowance.unasked else { throw DecodeError(.outOfRange, at: 0) }
    // A small answer answers too: what was asked for is not saved up.
    due[kind] = max(0, left - 1)
  }
}
