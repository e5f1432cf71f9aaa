// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What a node's services have done since the start, for those who watch it.
public final class NodeFigures: Sendable {
  private let attempts = Atomic<UInt64>(0)
  private let claims = Atomic<Int>(0)

  /// Nonces that were tried for blocks.
  public var sealAttempts: UInt64 { attempts.load(ordering: .relaxed) }

  /// Claims of the home's own site on which no exchange has decided yet.
  public var claimsWaiting: Int { claims.load(ordering: .relaxed) }

  func countAttempts(_ count: UInt64) { attempts.add(count, ordering: .relaxed) }

  func show(claimsWaiting count: Int) { claims.store(count, ordering: .relaxed) }
}
