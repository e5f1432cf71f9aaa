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
  /// Bars whose consumption is known: the line is drawn there.
  private(set) var known: Set<Int> = []
  /// Bars of which something was reported, and the flows of each that are partly unknown.
  private(set) var unknown: [Int: Set<EnergyFlow>] = [:]
  /// In how many half hours each flow is unknown, and any of them.
  private(set) var unknownHalfHours: [EnergyFlow: Int] = [:]
  private(set) var partialHalfHours = 0
  /// Half hours of which anything was reported.
  private(set) var reportedHalfHours = 0
  /// Bars with values that are not on the chain yet.
  private(set) var open: Set<Int> = []
  /// All half hours of the days of which anything is known, in order, as far as they are known; of
  /// `whole` those that are not known in full are without flows.
  private(set) var halfHours: [HomeFlows] = []
  private(set) var whole: [HomeFlows] = []
  /// Where the period is a day: its slots with their qualities.
  private(set) var day: DayFlows?

  /// What the chain holds of the sites, and what the home's own node has read beyond it.
  init(
    _ period: EnergyPeriod, of sites: [SiteId], in source: ExplorerSource,
    reading open: [(day: UInt32, slot: Int, half: OpenHalfHour)] = []
  ) throws {
    let read = Dictionary(grouping: open) { $0.day }
    var days: [UInt32: DayFlows] = [:]
    var unsettled: Set<Int> = []
    for site in sites {
      for (day, flows) in try source.index.dayFlows(of: site, in: period.days) {
        days[day] = days[day].map { $0.adding(flows) } ?? flows
      }
    }
    for (day, halves) in read where period.days.contains(day) {
      for (_, slot, half) in halves {
        days[day, default: DayFlows()].set(slot, to: half.reading)
        if half.state != .sealed { unsettled.insert(period.slot(day: day, halfHour: slot)) }
      }
    }
    self.init(period, days, open: unsettled)
  }

  /// What flowed on days of the period, each with its number.
  init(_ period: EnergyPeriod, _ days: [UInt32: DayFlows], open: Set<Int> = []) {
    self.period = period
    self.open = open
    bars = [HomeFlows](repeating: HomeFlows(), count: period.slots)
    for (day, flows) in days.sorted(by: { $0.key < $1.key }) { take(flows, of: day) }
  }

  private mutating func take(_ flows: DayFlows, of day: UInt32) {
    if period.kind == .day { self.day = flows }
    for half in 0..<48 {
      guard let quality = flows.qualities[half] else {
        halfHours.append(HomeFlows())
        whole.append(HomeFlows())
        continue
      }
      let now = HomeFlows(flows, half)
      let slot = period.slot(day: day, halfHour: half)
      bars[slot] = bars[slot] + now
      reportedHalfHours += 1
      let missing = EnergyFlow.allCases.filter { quality[$0] == .unknown }
      unknown[slot, default: []].formUnion(missing)
      for flow in missing { unknownHalfHours[flow, default: 0] += 1 }
      partialHalfHours += missing.isEmpty ? 0 : 1
      halfHours.append(now)
      whole.append(missing.isEmpty ? now : HomeFlows())
      if !missing.contains(.consumed) { known.insert(slot) }
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
