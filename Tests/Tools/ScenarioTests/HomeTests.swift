// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
import DemoStreet
import Foundation
import HouseModel
import Ledger
import LedgerStore
import ProcessFixtures
import Quantities
import Testing

/// Stories of a box at home.
extension Stories {
  @Test(
    "route b: momonga joins through the emulated dongle and reads the meter behind it",
    .waits,
    arguments: [["--route-b-model", "bp35c2"], ["--route-b-model", "bp35a1", "--route-b-binary"]])
  func momonga(options: [String]) throws {
    let python = try PyPI.programs("momonga", ["momonga==0.7.0"], importing: "momonga")
      .appendingPathComponent("python").path
    let place = StoryPlace()
    let line = Stories.temporary.path + "-tty\(place.network)"
    // 9 o'clock of the first summer day in the built-in model: the clock stands still enough.
    let house = Executable.process(
      "hinata-house",
      ["--address", place.address(12), "--route-b", line, "--clock-start", "1782000000"] + options)
    try Executable.start(house, until: "house on")
    defer { Executable.end(house) }
    let script = Checkout.root.appendingPathComponent(
      "Tests/Tools/ScenarioTests/momonga_reads_dongle.py")
    let known = EmulatedDongle.Settings()
    let result = try Executable.run(python, [script.path, line, known.id, known.password])
    #expect(result.status == 0, "\(result.errors)")
    let form = try Stories.json(result.output)
    #expect(form["unit"] as? Double == 0.1 && form["digits"] as? Int == 6)
    #expect(form["purchased"] as? Double == 1237.2 && form["sold"] as? Double == 2345.6)
    #expect(form["power"] as? Int == -652 && form["history"] as? Int == 48)
    let halfHour = try #require(form["half_hour"] as? [String: Any])
    #expect(halfHour["timestamp"] as? String == "2026-06-21T09:00:00")
    #expect((form["current"] as? [String: Double])?["r phase current"] == -3.2)
  }

  @Test(
    "route b: a day with every fault of dongle and session loses nothing: the meter's history fills it",
    .waits)
  func routeBFaults() throws {
    let folder = Stories.temporary.appendingPathComponent("route-b").path
    let faults = [
      "garbage@2026-06-21T05:10/1m", "forgotten@2026-06-21T07:10/1m",
      "unplugged@2026-06-21T11:10/90m", "expired@2026-06-21T15:10/1m",
      "limited@2026-06-21T16:10/1h", "ended@2026-06-21T19:10/1m",
      "expired-for-good@2026-06-21T20:10/1m",
    ]
    let result = try Executable.run(
      "hinata",
      [
        "demo", "--days", "1", "--network", "\(StoryPlace().network)", "--route-b", "--folder",
        folder, "--genesis",
        try Stories.fastGenesis(factor: 900),
      ] + faults.flatMap { ["--fault", $0] })
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    let health = try Stories.json(
      String(contentsOfFile: folder + "/home-1/meters.json", encoding: .utf8))
    #expect(health["gaps"] as? Int == 0)
    let link = try #require(health["routeB"] as? [String: Any])
    let counts = try #require(link["counts"] as? [String: Int])
    // Forgotten, unplugged, ended, renewed in vain: each noticed, each joined again.
    let (losses, joins) = (counts["losses"] ?? 0, counts["joins"] ?? 0)
    #expect((4...5).contains(losses) && joins >= 6 && counts["garbage"] != 0)
    let log = try String(contentsOfFile: folder + "/home-1.log", encoding: .utf8)
    #expect(log.contains("was unplugged") && log.contains("is being renewed"))
    #expect(!log.contains(EmulatedDongle.Settings().password))
  }

  @Test(
    "meter: a smart meter that is replaced takes its own flows alone, and its counters begin anew",
    .waits)
  func replacedMeter() throws {
    let folder = Stories.temporary.appendingPathComponent("replaced").path
    let genesis = try Stories.fastGenesis(factor: 1200)
    _ = try Executable.run(
      "hinata",
      [
        "demo", "--days", "1", "--network", "\(StoryPlace().network)", "--folder", folder,
        "--genesis", genesis, "--fault",
        "replaced@2026-06-21T11:10/90m",
      ])
    let summary = try Stories.json(
      String(contentsOfFile: folder + "/summary.json", encoding: .utf8))
    func number(_ key: String) -> Int { (summary[key] as? NSNumber)?.intValue ?? -1 }
    #expect(summary["laws_hold"] as? Bool == true)
    // 11:00 to 13:00 nothing is read; what was generated beside a meter that had just begun is held.
    #expect(number("chain_wh") > 8000 && number("chain_wh") < number("source_wh"))
    #expect(number("coin_wh") > 8000 && number("coin_wh") <= number("chain_wh"))
    let health = try Stories.json(
      String(contentsOfFile: folder + "/home-1/meters.json", encoding: .utf8))
    #expect((0...5).contains(health["gaps"] as? Int ?? -1))
  }

  @Test(
    "home: sun that is more than the panels can give is not reported, and everything else is",
    .waits)
  func aboveRoof() async throws {
    let street = try JoiningStreet("refused", factor: 900, hour: 5)
    let (operation, house) = (try street.startOperator(), try street.startHouse())
    defer { for process in [house, operation] { process.end() } }
    // At noon these panels would give more than they can.
    let site = try street.join("box", kilowatts: "0.5", findsMeters: false)
    let box = try street.node("box", street.settingsOfAskedHouse)
    defer { box.end() }
    func readings() throws -> [Reading] {
      guard let store = try? street.store("operator") else { return [] }
      let all = try store.reports(of: site.id, in: site.activeFrom..<Interval(UInt32.max))
      return all.flatMap(\.report.readings)
    }
    // Who was let in after noon sees the next one.
    try await Stories.until("a noon whose sun is not reported, and an evening") {
      let known = try readings()
      let noon = known.first { $0[quality: .generated] == .unknown && $0[.sold] > 0 }
      return noon.map { noon in
        known.contains { $0.interval > noon.interval && $0[.purchased] > 0 }
      } ?? false
    }
    let noon = try readings().filter { $0[quality: .generated] == .unknown }
    #expect(noon.contains { $0.qualities.hasGridCounts && $0[.sold] > 0 })
    let health = try Stories.json(
      String(
        contentsOf: street.folder.appendingPathComponent("box/meters.json"), encoding: .utf8))
    #expect((health["aboveRoof"] as? Int ?? 0) > 0, "the household hears of it")
  }
}
