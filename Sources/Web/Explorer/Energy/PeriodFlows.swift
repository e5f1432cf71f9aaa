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
  /// The days of which anything is known, in order.
  private let days: [DayFlows]

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
    let ordered = days.sorted { $0.key < $1.key }
    self.days = ordered.map(\.value)
    for (day, flows) in ordered { take(flows, of: day) }
  }

  private mutating func take(_ flows: DayFlows, of day: UInt32) {
    for half in 0..<48 {
      guard let quality = flows.qualities[half] else { continue }
      let slot = period.slot(day: day, halfHour: half)
      bars[slot] = bars[slot] + HomeFlows { flows[$0][half] }
      reportedHalfHours += 1
      let missing = EnergyFlow.allCases.filter { quality[$0] == .unknown }
      unknown[slot, default: []].formUnion(missing)
      for flow in missing { unknownHalfHours[flow, default: 0] += 1 }
      partialHalfHours += missing.isEmpty ? 0 : 1
      if !missing.contains(.consumed) { known.insert(slot) }
    }
  }

  /// Where the period is a day: its slots with their qualities.
  var day: DayFlows? { period.kind == .day ? days.first : nil }

  /// All half hours of the days of which anything is known, as far as they are known; of `whole`
  /// those that are not known in full are without flows.
  var halfHours: [HomeFlows] { halfHours { _ in true } }
  var whole: [HomeFlows] {
    halfHours { quality in EnergyFlow.allCases.allSatisfy { quality[$0] != .unknown } }
  }

  private func halfHours(where isTaken: (FlowQualities) -> Bool) -> [HomeFlows] {
    days.flatMap { flows in
      (0..<48).map { half in
        flows.qualities[half].map(isTaken) == true
          ? HomeFlows { flows[$0][half] } : HomeFlows()
      }
    }
  }

  /// The sum over the period.
  var total: HomeFlows { bars.reduce(HomeFlows(), +) }
}

extension HomeFlows {
  /// What each flow says.
  init(_ energy: (EnergyFlow) -> UInt64) {
    self.init()
    (generated, consumed) = (energy(.generated), energy(.consumed))
    (sold, purchased) = (energy(.sold), energy(.purchased))
    otherGenerated = energy(.otherGenerated)
    battery = Store(
      charged: energy(.batteryCharged), discharged: energy(.batteryDischarged))
    vehicle = Store(
      charged: energy(.vehicleCharged), discharged: energy(.vehicleDischarged))
  }

  /// A half hour as it was reported.
  init(_ reading: Reading) { self.init { UInt64(reading[$0]) } }

  /// What many sites generated, consumed, sold and purchased in a span.
  init(_ sums: EnergySums) {
    self.init()
    (generated, consumed) = (sums.generatedWh, sums.consumedWh)
    (sold, purchased) = (sums.soldWh, sums.purchasedWh)
  }
}
