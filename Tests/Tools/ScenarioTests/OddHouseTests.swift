// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import DemoStreet
import Foundation
import HouseModel
import Ledger
import LedgerStore
import MeterServices
import ProcessFixtures
import Quantities
import Testing

/// Odd houses and the daemons that read them, on one street: each house is held against its own
/// account of what flowed.
extension Stories {
  private struct Odd: Sendable {
    let name: String
    let house: [String]
    let equipment: HouseEquipment
    let pv: Double
    /// Another node of devices at an address of its own.
    var second: [String] = []
    /// What the readings are held against.
    let judge: @Sendable (Account, SiteProgress) -> Void
  }

  /// What a house's daemon has put on the chain, beside what truly flowed.
  private struct Account: Sendable {
    let flows: HouseFlows
    let readings: [Reading]

    /// What flowed in the half hours in which a flow is known, and what was said of it.
    func sums(_ flow: EnergyFlow, _ true: HouseFlows.Flow) -> (said: Int64, flowed: Int64) {
      readings.filter { $0[quality: flow].isCounted }.reduce(into: (0, 0)) { sum, reading in
        sum.0 += Int64(reading[flow])
        sum.1 +=
          flows.total(`true`, at: reading.interval.end)
          - flows.total(`true`, at: reading.interval.start)
      }
    }

    func flowed(_ flow: HouseFlows.Flow) -> Int64 {
      guard let first = readings.first, let last = readings.last else { return 0 }
      return flows.total(flow, at: last.interval.end) - flows.total(flow, at: first.interval.start)
    }

    func known(_ flow: EnergyFlow) -> Int { readings.count { $0[quality: flow].isCounted } }
  }

  private static var odd: [Odd] {
    var battery = HouseEquipment()
    (battery.batteryWh, battery.chargesAtNight) = (5400, true)
    let hybrid = ["--devices", "0288,02A5,027D", "--odd", "hybrid,nightcharge"]
    return [
      Odd(name: "darkhybrid", house: hybrid, equipment: battery, pv: 0) { account, progress in
        let given = account.flowed(.batteryDischarged)
        #expect(given > 1000, "the battery gave something")
        // Half an hour lasts a second and a half here: an answer that comes late moves energy from one to
        // the next. That nothing at all is left by a true clock is tried in MeteringTests.
        #expect(progress.totals[0] * 20 <= UInt64(given), "and none of it is sun")
        #expect(account.known(.purchased) == account.readings.count)
      },
      Odd(name: "hybrid", house: hybrid, equipment: battery, pv: 5000) { account, progress in
        let sun = account.sums(.generated, .generated)
        let stored = account.flowed(.batteryCharged) - account.flowed(.gridCharged)
        #expect(sun.said <= sun.flowed && sun.said + stored + 300 > sun.flowed)
        #expect(progress.mintedWh > 0)
      },
      Odd(
        name: "sleeper", house: ["--odd", "sleeper"], equipment: HouseEquipment(), pv: 400
      ) { account, progress in
        let sun = account.sums(.generated, .generated)
        #expect(sun.said <= sun.flowed + 10 && sun.said + 100 > sun.flowed)
        #expect(account.known(.purchased) == account.readings.count)
      },
      Odd(
        name: "twice", house: [], equipment: HouseEquipment(), pv: 5000,
        second: ["--devices", "0287,0279"]
      ) { account, progress in
        let sun = account.sums(.generated, .generated)
        #expect(sun.said <= sun.flowed + 100, "one roof is counted once")
        #expect(sun.said > 0 && sun.said + 300 > sun.flowed)
      },
    ]
  }

  @Test(
    "meter: a battery filled from the grid mints nothing, a hybrid's sun is its own, a sleeper and a roof seen twice are read rightly",
    .waits)
  func oddHouses() async throws {
    let street = try JoiningStreet("odd", factor: 1200, hour: 10)
    var processes = [try street.startOperator()]
    defer { for process in processes.reversed() { process.end() } }
    var sites: [(odd: Odd, site: SiteRecord)] = []
    for (index, odd) in Self.odd.enumerated() {
      let address = street.place.address(60 + 3 * index)
      processes.append(
        try street.startHouse(
          odd.house + ["--pv", "\(Int(odd.pv))", "--unit", "0x03"], at: address))
      var asked = [address]
      if !odd.second.isEmpty {
        asked.append(street.place.address(62 + 3 * index))
        processes.append(
          try street.startHouse(odd.second + ["--pv", "\(Int(odd.pv))"], at: asked[1]))
      }
      let box = street.place.address(61 + 3 * index)
      let site = try street.join(odd.name, findsMeters: false)
      processes.append(
        try street.node(
          odd.name,
          [
            "peers": ["targets": [street.peer]],
            // One searches for nonces: a dozen at once leave no meter its time on two cores.
            "mining": ["threads": 0],
            "meters": [
              "address": box, "addresses": asked, "timeoutMs": 200, "lead": 60, "lag": 20,
              "multicast": false,
            ],
            "site": ["reportIntervals": 2],
          ]))
      sites.append((odd, site))
    }
    // A night and a day, and the wait for what is silent by night.
    let end = NetworkTime(seconds: UInt64(street.start)).advanced(by: 40 * 3600)
    try await Stories.until("a day of four odd houses") {
      try sites.allSatisfy {
        try (street.progress($0.site.id, in: "operator")?.next.start ?? end) > end
          && street.progress($0.site.id, in: "operator") != nil
      }
    }
    for (odd, site) in sites {
      let store = try street.store("operator")
      let progress = try #require(try store.progress(site.id))
      let reports = try store.reports(of: site.id, in: site.activeFrom..<progress.next)
      let account = Account(
        flows: street.flows(odd.equipment, pv: odd.pv), readings: reports.flatMap(\.report.readings)
      )
      odd.judge(account, progress)
    }
  }
}
