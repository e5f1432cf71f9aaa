// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import DemoStreet
import Foundation
import Ledger

/// A home from its meters to its coins, with real processes.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Run a home: an emulated house replays measured data, a node reads, seals and mints.",
    discussion: """
      Starts hinata-house and hinatad as processes of their own, which speak ECHONET Lite over UDP \
      on 127.0.2.1 and 127.0.2.101. With --days it ends after so many days with a table of sums; \
      without, it goes on until Ctrl-C.

      Examples:
        hinata demo --days 1
        hinata demo --data ../shared/data/homes-hourly/home-04.csv --days 2
        hinata demo --days 1 --route-b        the smart meter behind an emulated Wi-SUN dongle
      """)

  @Option(help: "CSV with hour_start|half_hour_start, pv_wh, load_wh; else a model of a home.")
  var data: String?

  @Option(help: "Days to replay; without end by default.")
  var days: Int?

  @Option(help: "Days to leave out at the start.")
  var skip = 0

  @Option(help: "Folder of the demo; made anew.")
  var folder = ".build/demo"

  @Option(help: "Network file.")
  var genesis = "Genesis/demo.json"

  @Option(help: "Third part of its addresses 127.0.N.1 and 127.0.N.101; demos side by side differ.")
  var network = 2

  @Option(help: "Something that goes wrong in the house, see hinata-house --help.")
  var fault: [String] = []

  @Flag(help: "Read the smart meter by Route B, through an emulated dongle.")
  var routeB = false

  @Option(help: "More options for hinata-house, in one text.")
  var house = ""

  func run() async throws {
    try await guardedAsync {
      guard days.map({ (1...366).contains($0) }) ?? true, (0...100_000).contains(skip),
        (0...255).contains(network)
      else {
        throw UsageError(
          description: "--days is 1…366, --skip not negative and --network 0…255")
      }
      Screen.note(
        data.map { "source: measured data, \($0)" }
          ?? "source: the built-in model of a home (no measured data named or found)")
      let street = try Street(plan)
      let began = Date()
      var view = DemoView()
      try await street.run(await Ticks.every(.milliseconds(250))) { street in
        view.draw(street, await street.view())
        return try street.isSettled() || isOverdue(street, since: began)
      }
      let sums = try await DemoSums(of: street, seconds: Date().timeIntervalSince(began))
      try sums.write(to: URL(fileURLWithPath: folder).appendingPathComponent("summary.json"))
      DemoView.show(sums, isBounded: days != nil)
      if days != nil, !sums.isGood { throw ExitCode(1) }
    }
  }

  private var plan: StreetPlan {
    var plan = StreetPlan(
      folder: folder, genesis: genesis, data: data.map { [$0] } ?? [], homes: 1, days: days,
      reportIntervals: 2, network: network)
    plan.isOneNode = true
    plan.skippedDays = skip
    plan.routeB = routeB
    plan.houseOptions =
      fault.flatMap { ["--fault", $0] } + house.split(separator: " ").map(String.init)
    return plan
  }

  private func isOverdue(_ street: Street, since began: Date) -> Bool {
    guard let days else { return false }
    let expected = Double(days) * 86_400 / Double(street.genesis.rules.clockFactor)
    return Date().timeIntervalSince(began) > expected * 1.5 + 60
  }
}
