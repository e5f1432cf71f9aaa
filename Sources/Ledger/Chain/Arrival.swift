// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Quantities

/// When a body came, and what that means for a branch beside the chain. Source: Docs/finality.md
/// §9.
public struct Arrival: Hashable, Sendable {
  /// This node's running time, in milliseconds from any start: no clock can be set to bend it.
  public let milliseconds: UInt64
  /// How much later than the own block in its place a block of another branch may come, in
  /// milliseconds.
  public let patience: UInt64
  /// From when on a late one counts.
  public let countsFrom: NetworkTime

  /// An arrival at `milliseconds`, where `time` is the network's time.
  public init(milliseconds: UInt64, time: NetworkTime, rules: NetworkRules) {
    self.milliseconds = milliseconds
    let after = UInt64(rules.approveAfterSeconds)
    patience = after * 500 / UInt64(max(1, rules.clockFactor))
    // What is sealed in this epoch is not a matter of approvals before the next one's.
    countsFrom = rules.start(of: rules.epoch(of: time).addingUpToMax(1)).advanced(by: 2 * after)
  }
}
