// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// Law 10: coins retired against a site's consumption in an interval never exceed what the chain
/// recorded for it; value and energy are strictly paired, on both sides. Source: Docs/design.md §2.
public enum MatchedOnceLaw {
  /// What a matched retirement did wrong.
  public enum Violation: Error, Hashable, Sendable {
    /// More than the interval's consumption would be matched.
    case consumption(Interval, supplied: WattHours, left: WattHours)
    /// More than the interval's generation would be matched.
    case generation(Interval, supplied: WattHours, left: WattHours)
    /// The interval is not recorded for the site, or too old.
    case notRecorded(SiteId, Interval)
    /// The interval lies outside of the lot's generation period.
    case outsideLot(Interval)
    /// The matched energies do not add up to the retired amount.
    case sum(matched: MilliCoins, retired: MilliCoins)
  }

  /// What was matched in an interval after `more` is added.
  /// - Parameters: `recorded` and `matched` in Wh.
  /// - Returns: nil when more would be matched than was recorded.
  public static func matched(_ matched: UInt64, adding more: UInt64, of recorded: UInt64) -> UInt64?
  {
    guard more <= recorded, matched <= recorded - more else { return nil }
    return matched + more
  }
}
