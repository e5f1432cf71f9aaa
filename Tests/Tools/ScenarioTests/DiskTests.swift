// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import DemoStreet
import Foundation
import JoinFiles
import Ledger
import LedgerStore
import MeterServices
import Metering
import NodeServices
import ProcessFixtures
import Quantities
import Testing

/// Stories of the disk under a home's box.
extension Stories {
  @Test(
    "disk: on a full disk the meters are read on, the node says so, and nothing is missing afterwards",
    .enabled(if: SmallDisk.isAllowed, "disks cannot be mounted here"), .waits)
  func fullDisk() async throws {
    let street = try JoiningStreet("full-disk", factor: 600)
    let own = street.folder.appendingPathComponent("box")
    let disk = try SmallDisk(own, megabytes: 16)
    defer { disk.remove() }
    let (operation, house) = (try street.startOperator(), try street.startHouse())
    defer { for process in [house, operation] { process.end() } }
    let site = try street.join("box")
    let box = try street.node("box", street.homeSettings)
    defer { box.end() }
    try await Stories.until("a minted report") {
      try street.progress(site.id, in: "box")?.mintedWh ?? 0 > 0
    }
    try disk.fill()
    try await Stories.until("the node says that the disk is full") {
      try street.log("box").contains("nothing can be kept; reading goes on")
    }
    try await Stories.until("doctor says so too") {
      let said = try Executable.run(
        "hinata", ["doctor", "--data", own.path, "--genesis", street.genesis])
      // Whichever it could not keep first: a block, or what it was to approve.
      let reasons = ["✗ node: SQLite error 13", "✗ node: approvals are not kept"]
      return said.status == 1 && reasons.contains { said.output.contains($0) }
    }
    let full = street.now
    try await Stories.until("six half hours on a full disk") {
      street.now > full.advanced(by: 6 * Interval.seconds)
    }
    let freed = street.now
    try disk.free()
    try await Stories.until("reports of what was read meanwhile, and after it") {
      try street.progress(site.id, in: "box")?.next.start ?? full > freed.advanced(by: 7200)
    }
    #expect(box.isRunning)
    #expect(try street.log("box").contains("everything is kept again"))
    try street.expectWhole(site, gaps: 0...0)
  }

  /// Where a test run shall cut the power more often than CI does.
  private static let cuts = Int(ProcessInfo.processInfo.environment["HINATA_CUTS"] ?? "") ?? 8

  @Test(
    "disk: power cuts at any moment leave identity, ledger, reports and their samples whole",
    .enabled(if: SmallDisk.isAllowed, "disks cannot be mounted here"), .waits)
  func powerCuts() async throws {
    let street = try JoiningStreet("power-cuts", factor: 300)
    let disk = try SmallDisk(street.folder.appendingPathComponent("box"), megabytes: 32)
    defer { disk.remove() }
    let (operation, house) = (try street.startOperator(), try street.startHouse())
    defer { for process in [house, operation] { process.end() } }
    let site = try street.join("box")
    var settings = street.homeSettings
    settings["site"] = ["reportIntervals": 1]
    var box = try street.node("box", settings)
    defer { box.end() }
    try await Stories.until("a minted report") {
      try street.progress(site.id, in: "box")?.mintedWh ?? 0 > 0
    }
    var random = SeededGenerator(seed: 100)
    for number in 0..<Stories.cuts {
      // Any moment, and every other time one soon after a half hour, when most is written.
      let from = number % 2 == 0 ? street.now : Interval(containing: street.now).end
      let moment = from.advanced(by: 60 + random.below(number % 2 == 0 ? 1800 : 400))
      try await Stories.until("the moment of the cut") { street.now > moment }
      #expect(box.isRunning)
      box.freeze()
      let left = try disk.copy()
      box.kill()
      try disk.restore(left)
      box = try street.node("box", settings)
    }
    let after = street.now
    try await Stories.until("reports after the last cut") {
      try street.progress(site.id, in: "box")?.next.start ?? after > after.advanced(by: 5400)
    }
    try street.expectWhole(site, gaps: 0...Stories.cuts * 2)
    for name in ["operator", "box"] {
      #expect(try !street.log(name).contains("signed two reports for one interval"))
    }
    #expect(try !street.log("box").contains("a report was refused"))
    let health = try #require(
      try? JSONDecoder().decode(
        MeterHealth.self, from: Data(contentsOf: disk.folder.appendingPathComponent("meters.json")))
    )
    #expect(!health.otherBox && health.storeProblem == nil)
  }
}
