// SPDX-License-Identifier: Apache-2.0

import ExplorerIndex
import HTTPAPI
import HomeEnergy
import Ledger
import MeterServices
import Quantities

/// What flowed at some sites over a period: bar by bar, and half hour by half hour.
struct PeriodFlows {
  let period: EnergyPeriod
  /// One for each bar.
  private(set) var bars: [HomeFlows]
  /// Bars of which anything is known.
  private(set) var known: Set<Int> = []
  /// Bars of which something was reported that nobody knows in full.
  private(set) var partial: Set<Int> = []
  /// Half hours of which not all is known: they count in no share and no price.
  private(set) var unknownCount = 0
  /// Bars with values that are not on the chain yet.
  private(set) var open: Set<Int> = []
  /// All half hours of the days of which anything is known, in order; those that are not known in
  /// full are without flows.
  private(set) var halfHours: [HomeFlows] = []
  /// Where the period is a day: its slots with their qualities.
  private(set) var day: DayFlows?

  /// What the chain holds of the sites, and what the home's own node has read beyond it.
  init(
    _ period: EnergyPeriod, of sites: [SiteId], in source: ExplorerSource,
    reading open: [(day: UInt32, slot: Int, half: OpenHalfHour)] = []
  ) throws {
    self.period = period
    bars = [HomeFlows](repeating: HomeFlows(), count: period.slots)
    let read = Dictionary(grouping: open) { $0.day }
    for day in try PeriodFlows.days(of: sites, in: period.days, source).union(read.keys).sorted()
    where period.days.contains(day) {
      var flows = try sites.compactMap { try source.index.flows(of: $0, day: day) }
        .reduce(nil as DayFlows?) { $0?.adding($1) ?? $1 }
      for (_, slot, half) in read[day] ?? [] {
        flows = flows ?? DayFlows()
        flows?.set(slot, to: half.reading)
        if half.state != .sealed { self.open.insert(period.slot(day: day, halfHour: slot)) }
      }
      if let flows { take(flows, of: day) }
    }
  }

  private static func days(
    of sites: [SiteId], in range: Range<UInt32>, _ source: ExplorerSource
  ) throws -> Set<UInt32> {
    guard range.count > 1 else { return Set(range) }
    return Set(try sites.flatMap { try source.index.days(of: $0, in: range).map(\.number) })
  }

  private mutating func take(_ flows: DayFlows, of day: UInt32) {
    if period.kind == .day { self.day = flows }
    for half in 0..<48 {
      let now = HomeFlows(flows, half)
      guard let quality = flows.qualities[half] else {
        halfHours.append(HomeFlows())
        continue
      }
      let slot = period.slot(day: day, halfHour: half)
      bars[slot] = bars[slot] + now
      let isWhole = EnergyFlow.allCases.allSatisfy { quality[$0] != .unknown }
      halfHours.append(isWhole ? now : HomeFlows())
      if isWhole {
        known.insert(slot)
      } else {
        partial.insert(slot)
        unknownCount += 1
      }
    }
  }

  /// The sum over the period.
  var total: HomeFlows { bars.reduce(HomeFlows(), +) }
}

extension HomeFlows {
  /// A half hour of a day.
  init(_ flows: DayFlows, _ slot: Int) {
    self.init()
    generated = flows[.generated][slot]
    consumed = flows[.consumed][slot]
    sold = flows[.sold][slot]
    purchased = flows[.purchased][slot]
    otherGenerated = flows[.otherGenerated][slot]
    battery = Store(
      charged: flows[.batteryCharged][slot], discharged: flows[.batteryDischarged][slot])
    vehicle = Store(
      charged: flows[.vehicleCharged][slot], discharged: flows[.vehicleDischarged][slot])
  }

  /// A half hour as it was reported.
  init(_ reading: Reading) {
    self.init()
    generated = UInt64(reading[.generated])
    consumed = UInt64(reading[.consumed])
    sold = UInt64(reading[.sold])
    purchased = UInt64(reading[.purchased])
    otherGenerated = UInt64(reading[.otherGenerated])
    battery = Store(
      charged: UInt64(reading[.batteryCharged]), discharged: UInt64(reading[.batteryDischarged]))
    vehicle = Store(
      charged: UInt64(reading[.vehicleCharged]), discharged: UInt64(reading[.vehicleDischarged]))
  }

  /// What many sites generated, consumed, sold and purchased in a span.
  init(_ sums: EnergySums) {
    self.init()
    (generated, consumed) = (sums.generatedWh, sums.consumedWh)
    (sold, purchased) = (sums.soldWh, sums.purchasedWh)
  }
}
