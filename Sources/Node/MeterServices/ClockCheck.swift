// SPDX-License-Identifier: Apache-2.0

import Chain
import Clocks
import Ledger
import LedgerStore
import NodeServices
import Quantities

/// Whether a node's clock can be right: not behind the chain, as after a start without network on a board without a
/// battery, and not far from what peers say.
struct ClockCheck {
  /// How far the clock may be off, in seconds.
  static let limit: UInt64 = 1800

  private let keeper: LedgerKeeper
  private let clock: NetworkClock

  init(_ keeper: LedgerKeeper, _ clock: NetworkClock) {
    self.keeper = keeper
    self.clock = clock
  }

  /// Why it cannot be right, or nil.
  func problem() async throws -> String? {
    let now = clock.now
    let tip = try keeper.store.header(height: keeper.store.height())
    let newest = tip?.header.time ?? keeper.store.genesis.rules.time
    if now.advanced(by: ClockCheck.limit) < newest {
      return "it shows \(now), and the newest block is of \(newest)"
    }
    guard let lead = await keeper.clockLead,
      abs(lead) > Int64(ClockCheck.limit) * Int64(clock.factor)
    else { return nil }
    return "it is \(abs(lead)) s \(lead > 0 ? "ahead of" : "behind") the clocks of the peers"
  }
}
