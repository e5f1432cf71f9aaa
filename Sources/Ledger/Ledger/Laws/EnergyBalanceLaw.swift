// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// Law 5: PQ1 + PQ4 + discharged = PQ2 + PQ3 + charged, within the genesis tolerance on a site's
/// running sum, so that rounding cancels and a lie adds up; and no more is bought or sold in half
/// an hour than the connection carries, so that nobody invents consumption. Source: Docs/design.md
/// §2.
public enum EnergyBalanceLaw {
  /// What does not add up.
  public enum Violation: Error, Hashable, Sendable {
    /// The running sum left the tolerance.
    case imbalance(Interval, supplied: WattHours, tolerance: WattHours)
    /// More was bought or sold than the connection carries.
    case connection(Interval, EnergyFlow, supplied: WattHours, limit: WattHours)
  }

  /// Checks PQ3 and PQ4 of one reading.
  /// - Parameter limit: the most that the connection carries in half an hour, tolerance included.
  public static func checkConnection(_ reading: Reading, limit: WattHours) throws(Violation) {
    for flow in [EnergyFlow.sold, .purchased] {
      let energy = WattHours(Int64(reading[flow]))
      guard energy <= limit else {
        throw .connection(reading.interval, flow, supplied: energy, limit: limit)
      }
    }
  }

  /// The site's running imbalance after `reading`.
  /// - Parameter prior: the running imbalance before it, 0 for a new site.
  public static func imbalance(
    after reading: Reading, from prior: WattHours, tolerance: WattHours
  ) throws(Violation) -> WattHours {
    // Nine values below 2³² Wh and a prior within the tolerance cannot leave Int64.
    let imbalance = prior + reading.imbalance
    guard imbalance.magnitude <= tolerance else {
      throw .imbalance(reading.interval, supplied: imbalance, tolerance: tolerance)
    }
    return imbalance
  }
}
