// SPDX-License-Identifier: Apache-2.0

import Quantities

/// What flowed in a home during a span of time, in Wh, as its meters have it: PQ1–PQ4 and its
/// stores. Source: Docs/design.md §2, law 5.
public struct HomeFlows: Hashable, Sendable {
  /// A battery or a vehicle.
  public struct Store: Hashable, Sendable {
    /// What it took.
    public var charged: UInt64
    /// What it gave.
    public var discharged: UInt64

    /// A store that took and gave so much; nothing unless told.
    public init(charged: UInt64 = 0, discharged: UInt64 = 0) {
      (self.charged, self.discharged) = (charged, discharged)
    }
  }

  /// PQ1, by the sun or another source that earns coins.
  public var generated: UInt64 = 0
  /// PQ2, by the loads.
  public var consumed: UInt64 = 0
  /// PQ3.
  public var sold: UInt64 = 0
  /// PQ4.
  public var purchased: UInt64 = 0
  /// By something that earns no coins, such as a fuel cell.
  public var otherGenerated: UInt64 = 0
  public var battery = Store()
  public var vehicle = Store()

  /// A span in which nothing flowed.
  public init() {}

  /// The flows of both.
  public static func + (left: HomeFlows, right: HomeFlows) -> HomeFlows {
    var sum = left
    sum.generated += right.generated
    sum.consumed += right.consumed
    sum.sold += right.sold
    sum.purchased += right.purchased
    sum.otherGenerated += right.otherGenerated
    sum.battery.charged += right.battery.charged
    sum.battery.discharged += right.battery.discharged
    sum.vehicle.charged += right.vehicle.charged
    sum.vehicle.discharged += right.vehicle.discharged
    return sum
  }
}

/// What a home had from where during a span, in Wh, after what it sold: the parts of a bar above
/// the line. What is sold is the sun's first, then of what else generates, then of the stores.
public struct HomeSupply: Hashable, Sendable {
  public let sun: UInt64
  public let other: UInt64
  public let battery: UInt64
  public let vehicle: UInt64
  public let purchased: UInt64

  /// What the home had in all: what it used and what its stores took.
  public var total: UInt64 { sun + other + battery + vehicle + purchased }

  /// The supply of flows. Numbers that do not add up are cut at zero: each meter is right on its
  /// own.
  public init(_ flows: HomeFlows) {
    var sold = flows.sold
    func kept(_ amount: UInt64) -> UInt64 {
      defer { sold = sold.subtractingDownToZero(amount) }
      return amount.subtractingDownToZero(sold)
    }
    sun = kept(flows.generated)
    other = kept(flows.otherGenerated)
    battery = kept(flows.battery.discharged)
    vehicle = kept(flows.vehicle.discharged)
    purchased = flows.purchased
  }
}
