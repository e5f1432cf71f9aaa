// SPDX-License-Identifier: Apache-2.0

import Quantities

/// What a peer did that costs it. The points are of `PeerLimits.banPoints`, usually 100.
public enum Misconduct: Hashable, Sendable {
  /// Bytes that are no message, or no value of their kind.
  case malformed(String)
  /// A header or block that breaks a law.
  case invalidBlock(String)
  /// A transaction whose signature is not by who it says.
  case invalidSignature(String)
  /// A transaction that another law forbids here: another tip may excuse it.
  case unfitTransaction(String)
  /// An answer to a question that was not asked, or a second greeting.
  case unsolicited(String)
  /// An answer that is of no use: headers that join nowhere.
  case useless(String)
  /// No answer in time.
  case late(String)
  /// More than the link's share.
  case flooding(String)

  /// What it costs.
  public var points: UInt32 {
    switch self {
    case .malformed, .invalidBlock, .invalidSignature: 100
    case .unsolicited, .flooding: 20
    case .useless: 10
    case .unfitTransaction, .late: 5
    }
  }
}

extension Misconduct: CustomStringConvertible {
  /// The text for logs and for the peer.
  public var description: String {
    switch self {
    case .malformed(let detail): "malformed: \(detail)"
    case .invalidBlock(let detail): "invalid block: \(detail)"
    case .invalidSignature(let detail): "invalid signature: \(detail)"
    case .unfitTransaction(let detail): "unfit transaction: \(detail)"
    case .unsolicited(let detail): "unsolicited: \(detail)"
    case .useless(let detail): "useless answer: \(detail)"
    case .late(let detail): "late: \(detail)"
    case .flooding(let detail): "flooding: \(detail)"
    }
  }
}

/// A peer's points of misconduct; one is forgotten in each `forgetPoint` of time.
struct ConductScore {
  private(set) var points: UInt32 = 0
  private var since: UInt64 = 0

  mutating func add(_ more: UInt32, at now: UInt64, forgetPoint: UInt64) {
    let forgotten = (now.subtractingDownToZero(since)) / max(1, forgetPoint)
    points = points - UInt32(clamping: min(forgotten, UInt64(points))) + more
    since = now
  }
}
