// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// Law 2: a (site, interval) is minted at most once, and a device reports for one site at a time.
/// Source: Docs/design.md §2.
public enum NoEnergyTwiceLaw {
  /// What would count twice.
  public enum Violation: Error, Hashable, Sendable {
    /// It was minted before.
    case minted(Interval)
    /// Another site reported its device's energy up to here.
    case reported(until: Interval, by: SiteId)
    /// A lot of another network was honoured before.
    case honoured(LotId)
    /// A lot of this network has its coins already.
    case ownValue(LotId)
  }

  /// Marks `slot` as minted.
  /// - Parameters: `minted` has a bit for each slot 0…47; `interval` is what `slot` stands for.
  /// - Returns: the bits with the slot set.
  public static func mark(
    slot: Int, in minted: UInt64, interval: Interval
  ) throws(Violation) -> UInt64 {
    let bit: UInt64 = 1 << UInt64(slot)
    guard minted & bit == 0 else { throw .minted(interval) }
    return minted | bit
  }
}
