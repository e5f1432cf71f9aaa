// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import Foundation
import Ledger
import Metering
import Quantities
import Testing

@Suite("Running totals")
struct RunningTotalsTests {
  private static let start = NetworkTime(seconds: 1_600_000_000)
  private static let photovoltaic = MeteredDevice(
    number: 2, address: "a", object: EchonetObject(0x0279), codes: [0xE0, 0xE1])
  private static let meter = MeteredDevice(
    number: 1, address: "a", object: EchonetObject(0x0288), codes: [0xE0, 0xE1, 0xE3, 0xD7])

  private func totals(_ kept: RunningTotals.Kept = .init()) throws -> RunningTotals {
    var plan = FlowPlan([Self.meter, Self.photovoltaic])
    plan.take(
      try MeterScale.of(
        Self.meter.object, values: [0xE1: [1], 0xD7: [6]], codes: Self.meter.codes),
      of: Self.meter)
    var totals = RunningTotals(kept, offset: .japan)
    totals.follow(plan, at: Self.start.advanced(by: 86_400))
    return totals
  }

  private func sample(_ minute: UInt64, _ device: MeteredDevice, _ code: UInt8, _ count: UInt32)
    -> Sample
  {
    Sample(
      time: Self.start.advanced(by: minute * 60), device: device.number, object: device.object,
      property: code, data: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) })
  }

  private func sun(_ minute: UInt64, _ count: UInt32) -> Sample {
    sample(minute, Self.photovoltaic, 0xE1, count)
  }

  @Test("Each minute's count goes on; the first is a start and nothing that flowed")
  func minutes() throws {
    var totals = try totals()
    #expect(totals.wattHours(of: .batteryCharged) == nil)
    totals.take([sun(0, 5000), sample(0, Self.meter, 0xE0, 100), sample(0, Self.meter, 0xE3, 7)])
    #expect(totals.wattHours(of: .generated) == 0)
    totals.take([sun(1, 5040), sample(1, Self.meter, 0xE0, 101), sample(1, Self.meter, 0xE3, 7)])
    #expect(totals.wattHours(of: .generated) == 40)
    #expect(totals.wattHours(of: .purchased) == 100)
    #expect(totals.wattHours(of: .consumed) == 140)
    // What is sold in a step of the meter was generated before: what is shown waits for it.
    totals.take([sun(2, 5080), sample(2, Self.meter, 0xE3, 8)])
    #expect(totals.wattHours(of: .sold) == 100)
    #expect(totals.wattHours(of: .consumed) == 140)
  }

  @Test("A blip adds nothing, a counter that began anew goes on from 0, and neither falls")
  func faults() throws {
    var totals = try totals()
    for (minute, count, expected) in [
      (0, 5000, 0), (1, 5040, 40), (2, 0, 40), (3, 5080, 80), (4, 0, 80), (5, 10, 80), (6, 20, 100),
      (7, 30, 110),
    ] as [(UInt64, UInt32, UInt64)] {
      totals.take([sun(minute, count)])
      #expect(totals.wattHours(of: .generated) == expected, "minute \(minute)")
    }
  }

  @Test("After a restart totals go on from what was kept, and count what flowed meanwhile")
  func restart() throws {
    var totals = try totals(.init(startingAt: [1000, 2000, 300, 400]))
    totals.take([sun(0, 5000)])
    #expect(totals.wattHours(of: .generated) == 1000)
    totals.take([sun(1, 5030)])
    let data = try JSONEncoder().encode(totals.kept)
    var again = try self.totals(JSONDecoder().decode(RunningTotals.Kept.self, from: data))
    #expect(again.wattHours(of: .generated) == 1030)
    again.take([sun(61, 6030)])
    #expect(again.wattHours(of: .generated) == 2030)
    #expect(again.wattHours(of: .purchased) == 400)
    // A device that is added changes nothing of what the others have shown.
    var plan = FlowPlan([Self.photovoltaic])
    again.follow(plan, at: Self.start.advanced(by: 86_400))
    #expect(again.wattHours(of: .generated) == 2030 && again.wattHours(of: .purchased) == nil)
    plan = FlowPlan([
      Self.photovoltaic,
      .init(number: 3, address: "a", object: EchonetObject(0x027D), codes: [0xD6, 0xD8]),
    ])
    again.follow(plan, at: Self.start.advanced(by: 86_400))
    again.take([sun(62, 6040)])
    #expect(again.wattHours(of: .generated) == 2040)
    #expect(again.wattHours(of: .batteryCharged) == 0)
  }

  @Test("What waits for a silent inverter is neither lost nor invented by a restart")
  func pending() throws {
    var totals = try totals()
    func meter(_ minute: UInt64, _ bought: UInt32, _ sold: UInt32) -> [Sample] {
      [sample(minute, Self.meter, 0xE0, bought), sample(minute, Self.meter, 0xE3, sold)]
    }
    totals.take([sun(0, 5000)] + meter(0, 100, 0))
    totals.take([sun(1, 5040)] + meter(1, 101, 0))
    #expect(totals.wattHours(of: .consumed) == 140)
    // Two hours without the inverter's Wi-Fi: 10 kWh of sun unseen, 8 kWh sold, 2 kWh used.
    totals.take(meter(121, 101, 80))
    #expect(totals.wattHours(of: .consumed) == 140)
    var again = try self.totals(
      JSONDecoder().decode(
        RunningTotals.Kept.self, from: JSONEncoder().encode(totals.kept)))
    again.take([sun(122, 15_040)] + meter(122, 101, 80))
    #expect(again.wattHours(of: .generated) == 10_040)
    #expect(again.wattHours(of: .consumed) == 140 + 2000)
  }

  @Test(
    "A direction that never says anything leaves consumption unknown rather than standing still")
  func silentSale() throws {
    var totals = try totals()
    totals.take([sun(0, 5000), sample(0, Self.meter, 0xE0, 100)])
    totals.take([sun(1, 5040), sample(1, Self.meter, 0xE0, 101)])
    #expect(totals.wattHours(of: .consumed) == nil && totals.wattHours(of: .purchased) == 100)
  }

  @Test("A file that somebody spoiled, or a clock that was ahead, stops nothing")
  func spoiled() throws {
    let text = """
      {"counters":[{"flow":0,"device":2,"step":10,"count":18446744073709551615,"time":5},
      {"flow":0,"device":2,"step":10,"count":7,"time":18446744073709551615}],
      "sums":[200,9,0,-5],"shown":[0,1152921504606846975,1,9223372036854775807],"bases":[]}
      """
    let kept = try JSONDecoder().decode(RunningTotals.Kept.self, from: Data(text.utf8))
    var totals = try totals(kept)
    totals.take([sun(0, 100)])
    let before = try #require(totals.wattHours(of: .generated))
    totals.take([sun(1, 200)])
    #expect(totals.wattHours(of: .generated) == before + 100)
  }

  @Test("In 200 random houses with faults no total falls, and none is above what flowed")
  func houses() throws {
    for seed in 0..<UInt64(200) {
      var house = RandomHouse(seed: seed)
      let plan = house.plan()
      let samples = house.samples().sorted { $0.time < $1.time }
      var totals = RunningTotals(.init(), offset: .japan)
      totals.follow(plan, at: Self.start.advanced(by: 1 << 40))
      var before: [EnergyFlow: UInt64] = [:]
      let present = Set(
        plan.sources.map { [$0.device, $0.present(of: Set(UInt8.min...UInt8.max))] })
      for sample in samples where present.contains([sample.device, sample.property]) {
        totals.take([sample])
        for flow in EnergyFlow.allCases {
          let now = totals.wattHours(of: flow) ?? 0
          if now < before[flow] ?? 0 { Issue.record("seed \(seed): \(flow) falls") }
          before[flow] = max(now, before[flow] ?? 0)
        }
      }
      let lines: [(EnergyFlow, RandomHouse.Line)] = [
        (.generated, .sun), (.sold, .sold), (.purchased, .purchased),
        (.batteryDischarged, .discharged),
        (.vehicleCharged, .carIn), (.vehicleDischarged, .carOut), (.otherGenerated, .fuel),
      ]
      for (flow, line) in lines {
        let most = house.truth(line, until: RandomHouse.seconds) / 3600
        let said = totals.wattHours(of: flow) ?? 0
        // What a battery's counter loses when it begins anew is missing from what is taken off.
        let slack: UInt64 = flow == .generated && house.kinds.contains(.hybrid) ? 2000 : 300
        if said > most + slack { Issue.record("seed \(seed): \(flow) \(said) of \(most)") }
      }
    }
  }
}
