import ArgumentParser
import CommandLineTool
import Foundation
import HouseModel
import Ledger
import Quantities

/// A home from its meters to its coins, with real processes.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Run a home: an emulated house replays measured data, a node reads, seals and mints.",
    discussion: """
      Starts hinata-house and hinatad as processes of their own, which speak ECHONET Lite over UDP \
      on 127.0.0.2 and 127.0.0.3. With --days it ends after so many days with a table of sums; \
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

  @Option(help: "Folder of the demo; its home-1 is made anew.")
  var folder = ".build/demo"

  @Option(help: "Network file.")
  var genesis = "Genesis/demo.json"

  @Option(help: "Something that goes wrong in the house, see hinata-house --help.")
  var fault: [String] = []

  @Flag(help: "Read the smart meter by Route B, through an emulated dongle.")
  var routeB = false

  @Option(help: "More options for hinata-house, in one text.")
  var house = ""

  func run() async throws {
    do {
      guard days.map({ (1...366).contains($0) }) ?? true, skip >= 0 else {
        throw UsageError(description: "--days is 1…366 and --skip not negative")
      }
      let demo = try Demo(
        DemoSettings(
          data: data, days: days, skip: skip, folder: folder, genesis: genesis, faults: fault,
          routeB: routeB, houseOptions: house.split(separator: " ").map(String.init)))
      let summary = try await demo.run()
      if days != nil, !summary.isGood { throw ExitCode(1) }
    } catch let code as ExitCode {
      throw code
    } catch {
      Screen.note("hinata demo: \(error)")
      throw ExitCode(2)
    }
  }
}

/// What the demo was asked to do.
struct DemoSettings {
  let data: String?
  let days: Int?
  let skip: Int
  let folder: String
  let genesis: String
  let faults: [String]
  let routeB: Bool
  let houseOptions: [String]
}
