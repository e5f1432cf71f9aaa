// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// Law 2: a (site, interval) is minted at most once. Source: Docs/design.md §2.
public enum NoEnergyTwiceLaw {
  /// An interval was minted before.
  public struct Violation: Error, Hashable, Sendable {
    public let interval: Interval
  }

  /// Marks `slot` as minted.
  /// - Parameters: `minted` has a bit for each slot 0…47; `interval` is what `slot` stands for.
  /// - Returns: the bits with the slot set.
  public static func mark(
    slot: Int, in minted: UInt64, interval: Interval
  ) throws(Violation) -> UInt64 {
    let bit: UInt64 = 1 << UInt64(slot)
    guard minted & bit == 0 else { throw Violation(interval: interval) }
    return minted | bit
  }
}
