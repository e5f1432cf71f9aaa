// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// Law 1: a mint equals exactly the PQ1 on the chain for its site and intervals, times the rate in
/// the genesis; only renewable generation counts, and where a feed-in tariff pays only what was
/// neither fed in nor stored. Source: Docs/design.md §2; Docs/requirements.md L2, L16.
public enum NoCoinWithoutEnergyLaw {
  /// What a mint did wrong.
  public enum Violation: Error, Hashable, Sendable {
    /// The amount is not what was generated.
    case amount(supplied: MilliCoins, expected: MilliCoins, generated: WattHours)
    /// Nothing was generated: there is nothing to mint.
    case nothingGenerated
    /// An interval of the period is not on the chain yet.
    case notRecorded(Interval)
    /// The state keeps nothing of an interval: it lies in a gap of a whole day, or is too old to be
    /// claimed or divided by half hours.
    case notKept(Interval)
    /// The site's generation yields no environmental value.
    case notRenewable(GenerationMethod)
  }

  /// The Wh of a slot's generation whose value is the generator's own. Under a feed-in tariff the
  /// value of what was fed in is not, and what may have been fed in counts as fed in: what was
  /// stored, and all of a slot that is not wholly known.
  public static func creditable(
    _ slot: Int, of day: SiteDay, under support: PublicSupport
  ) -> UInt64 {
    guard support == .feedInTariff else { return day.generated[slot] }
    guard let fedIn = day.fedIn(slot), day.isBalanced(slot) else { return 0 }
    return (day.generated[slot] - fedIn).subtractingDownToZero(day.charged[slot])
  }

  /// The coins that `generated` is worth.
  /// - Parameters: `generated` below 2⁴³ Wh (a month at 1 GW is 2³⁹·⁴); `rate` in milli-coins a
  ///   kWh, at most 10⁶, so that the product stays in 64 bits.
  public static func worth(of generated: WattHours, rate: UInt32) -> MilliCoins {
    MilliCoins(UInt64(max(0, generated.value)) * UInt64(rate) / 1000)
  }

  /// The whole Wh that coins are worth, rounded down.
  /// - Parameters: `amount` below 2⁵³, so that the product stays in 64 bits; `rate` as above, not
  ///   0.
  public static func energyWh(worth amount: MilliCoins, rate: UInt32) -> UInt64 {
    amount.value * 1000 / UInt64(rate)
  }

  /// Checks the amount of a mint.
  public static func check(
    amount: MilliCoins, generated: WattHours, rate: UInt32
  ) throws(Violation) {
    let expected = worth(of: generated, rate: rate)
    guard amount == expected else {
      throw .amount(supplied: amount, expected: expected, generated: generated)
    }
    guard amount > .zero else { throw .nothingGenerated }
  }
}
