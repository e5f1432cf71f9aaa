// SPDX-License-Identifier: Apache-2.0

public import Quantities

extension NetworkRules {
  /// The most energy that `watts` make in half an hour, tolerance included: of a roof or plant (law
  /// 6), and of a connection to the grid (law 5).
  public func halfHourLimit(of watts: UInt32) -> WattHours {
    WattHours(Int64(watts) * (1000 + Int64(roofTolerancePerMille)) / 2000)
  }
}

/// Law 6: PQ1 of an interval is at most the site's registered capacity for half an hour plus the
/// genesis tolerance. Source: Docs/design.md §2.
public enum RoofLaw {
  /// More was generated than the roof can give.
  public struct Violation: Error, Hashable, Sendable {
    public let interval: Interval
    public let generated: WattHours
    public let limit: WattHours
  }

  /// Checks one reading.
  public static func check(_ reading: Reading, limit: WattHours) throws(Violation) {
    let generated = WattHours(Int64(reading[.generated]))
    guard generated <= limit else {
      throw Violation(interval: reading.interval, generated: generated, limit: limit)
    }
  }
}
