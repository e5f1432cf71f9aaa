// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// Law 5: PQ1 + PQ4 + discharged = PQ2 + PQ3 + charged, within the genesis tolerance on a site's
/// running sum, so that rounding cancels and a lie adds up. Source: Docs/design.md §2.
public enum EnergyBalanceLaw {
  /// The running sum left the tolerance.
  public struct Violation: Error, Hashable, Sendable {
    public let interval: Interval
    public let imbalance: WattHours
    public let tolerance: WattHours
  }

  /// The site's running imbalance after `reading`.
  /// - Parameter prior: the running imbalance before it, 0 for a new site.
  public static func imbalance(
    after reading: Reading, from prior: WattHours, tolerance: WattHours
  ) throws(Violation) -> WattHours {
    // Nine values below 2³² Wh and a prior within the tolerance cannot leave Int64.
    let imbalance = prior + reading.imbalance
    guard imbalance.magnitude <= tolerance else {
      throw Violation(interval: reading.interval, imbalance: imbalance, tolerance: tolerance)
    }
    return imbalance
  }
}
