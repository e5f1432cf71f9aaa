// SPDX-License-Identifier: Apache-2.0

import Chain
import Clocks
import Ledger
import LedgerStore
import NodeServices
import Quantities

/// Whether a node's clock can be right: not behind the chain, as after a start without network on a
/// board without a battery, and not far from what peers say.
struct ClockCheck {
  /// How far the clock may be off, in seconds.
  static let limit: UInt64 = 1800
  /// So many peers decide by their middle.
  static let quorum = 3
  /// Fewer of them have to be so many limits away: eight hours, less than a zone's clock in Japan.
  static let alone: Int64 = 16

  private let keeper: LedgerKeeper
  private let clock: NetworkClock

  init(_ keeper: LedgerKeeper, _ clock: NetworkClock) {
    self.keeper = keeper
    self.clock = clock
  }

  /// Why it cannot be right, or nil.
  func problem() async throws -> String? {
    let now = clock.now
    let newest = try keeper.store.newestTime()
    if now.advanced(by: ClockCheck.limit) < newest {
      return "it shows \(now), and the newest block is of \(newest)"
    }
    let leads = await keeper.clockLeads
    if let problem = ClockCheck.problem(at: now, stated: await keeper.statedTime, leads: leads) {
      return problem
    }
    return ClockCheck.problem(at: now, newest: newest, leads: leads, factor: clock.factor)
  }

  /// Why a clock cannot be right beside blocks that are not taken since they are of its future, or
  /// nil. Where peers enough say what time it is, no block has to.
  /// - Parameter stated: the time of such a block that a member has signed.
  static func problem(at now: NetworkTime, stated: NetworkTime?, leads: [Int64]) -> String? {
    guard leads.count < quorum, let stated, now.advanced(by: limit) < stated else { return nil }
    return "it shows \(now), and a member has signed a block of \(stated)"
  }

  /// Why a clock cannot be right beside those of peers, or nil. Three or more decide by their
  /// middle. Fewer are one odd clock away from deciding wrongly: they need the chain on their side,
  /// and a difference that no idle chain explains.
  /// - Parameters:
  ///   - newest: the time of the newest block.
  ///   - leads: how far the own clock is ahead of each peer's, in seconds, the least first.
  ///   - factor: how much faster than the wall's the network's clock runs.
  static func problem(
    at now: NetworkTime, newest: NetworkTime, leads: [Int64], factor: UInt32
  ) -> String? {
    guard let least = leads.first, let most = leads.last else { return nil }
    let limit = Int64(ClockCheck.limit) * Int64(factor)
    var lead = leads[leads.count / 2]
    if leads.count < ClockCheck.quorum {
      // All of them, and the chain, have to say the same of the own clock.
      guard (least > 0) == (most > 0) else { return nil }
      lead = least > 0 ? least : most
      let theirs = Int64(clamping: now.seconds) - lead
      let tip = Int64(clamping: newest.seconds)
      guard abs(lead) > ClockCheck.alone * limit, abs(tip - theirs) < abs(tip - theirs - lead)
      else { return nil }
    }
    guard abs(lead) > limit else { return nil }
    return "it is \(abs(lead)) s \(lead > 0 ? "ahead of" : "behind") the clocks of the peers"
  }
}
