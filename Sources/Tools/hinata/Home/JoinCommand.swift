// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Foundation
import JoinFiles
import Joining
import Ledger
import LedgerFiles
import MeterServices
import Metering
import Product
import Quantities
import RouteB
import RouteBSerial

/// A household asks to be let in.
struct JoinCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join",
    abstract: "Ask to be let into a network: makes the keys and a request for the operator.",
    discussion: """
      What is not given is asked for. The request is left in the data folder as join-request.json and, as a QR code, \
      in join-request.svg; the operator reads either with `hinata admit`. Then start hinatad: it waits for the \
      admission on the chain and begins by itself. The keys never leave this machine; back them up with \
      `hinata backup`.

      Examples:
        hinata join --data /var/lib/hinata --genesis Genesis/demo.json --address eth0
        hinata join --data ~/.local/state/hinata --genesis Genesis/demo.json --name Sato --pv 4.5 --place Tokyo \\
          --device "Sharp JH-55" --serial 1234567 --since 2020-04-01 --route-b /dev/ttyUSB0
        hinata join --data ~/.local/state/hinata --genesis Genesis/demo.json --again     moved, or a new inverter
      """)

  @OptionGroup var home: PlaceOptions
  @Option(help: "Name to be shown on coins and certificates.") var name: String?
  @Option(help: "consumer (a home), publicConsumer, businessConsumer or generator.") var kind:
    String?
  @Option(help: "Name of the roof or plant.") var site: String?
  @Option(help: "Rated output of the PV system in kW.") var pv: String?
  @Option(help: "Usable capacity of the battery in kWh.") var battery: String?
  @Option(help: "What the connection to the grid carries in kW.") var connection: String?
  @Option(help: "Prefecture: Tokyo, 東京 or JP-13.") var place: String?
  @Option(help: "Maker and model of the inverter.") var device: String?
  @Option(help: "Serial number of the inverter.") var serial: String?
  @Option(help: "Day on which it began to generate, YYYY-MM-DD.") var since: String?
  @Option(help: "Public support of the generation: none, grant, fit or fip.") var support: String?
  @Option(help: "Clock of the home, without summer time.") var utcOffset = "+09:00"
  @Option(
    help: "First half hour to report, for example 2026-06-21T03:00Z; the next one by default.")
  var activeFrom: String?

  @Option(help: "This machine's interface (eth0) or address on the home's network, to find meters.")
  var address: String?
  @Option(help: "Addresses to ask besides multicast, with commas.") var ask = ""
  @Option(name: .customLong("route-b"), help: "Serial port of a Wi-SUN dongle for the smart meter.")
  var routeB: String?
  @Option(name: .customLong("route-b-id"), help: "Route B id, 32 digits.") var routeBId: String?
  @Option(name: .customLong("route-b-password"), help: "Route B password, 12 letters and digits.")
  var routeBPassword: String?

  @Flag(
    help: "Ask for another site of the member that this box belongs to: moved, or a new inverter.")
  var again = false
  @OptionGroup var reader: ReaderOptions
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    try await guardedAsync {
      try home.folder.checkNamed()
      let network = try NetworkFile.load(home.genesis)
      guard let offset = UTCOffset(utcOffset) else {
        throw UsageError(description: "--utc-offset \(utcOffset) is no offset such as +09:00")
      }
      let now = NetworkTime(seconds: UInt64(max(0, Date().timeIntervalSince1970)))
      let next = activeFrom.map { Interval(text: $0) } ?? Interval(containing: now).advanced(by: 1)
      guard let next else {
        throw UsageError(description: "--active-from is no half hour such as 2026-06-21T03:00Z")
      }
      let answers = try answered()
      let meters = try await meters()
      let identity = HomeIdentity(folder: URL(fileURLWithPath: home.data, isDirectory: true))
      let request = try identity.join(
        answers, network: network.network, offset: offset, activeFrom: next, isAnother: again,
        meters: meters)
      try show(request, identity)
    }
  }

  /// The answers from the flags; what is missing is asked for where somebody is there.
  private func answered() throws -> JoinAnswers {
    var values: [String: String] = [:]
    for (key, value) in [
      ("name", name), ("kind", kind), ("site", site), ("pv", pv), ("battery", battery),
      ("connection", connection), ("place", place), ("device", device), ("serial", serial),
      ("since", since), ("support", support),
    ] { values[key] = value }
    guard isatty(STDIN_FILENO) == 1 else {
      let open = JoinAnswers(values).open(isAnother: again)
      guard open.isEmpty else {
        throw UsageError(
          description: "missing: " + open.map { "--\($0.name)" }.joined(separator: ", "))
      }
      return JoinAnswers(values)
    }
    for question in JoinAnswers.questions(isAnother: again)
    where values[question.name] == nil {
      let fallback = question.fallback.map { " [\($0)]" } ?? ""
      print("\(reader.language(question.english, question.japanese))\(fallback): ", terminator: "")
      fflush(nil)
      guard let line = readLine() else { throw UsageError(description: "the answers ended early") }
      if !line.isEmpty { values[question.name] = line }
    }
    return JoinAnswers(values)
  }

  /// The settings of the meters, with what was found.
  private func meters() async throws -> HomeIdentity.Meters {
    var meters: HomeIdentity.Meters = ["meters.utcOffset": utcOffset]
    if let routeB {
      guard let id = routeBId, let password = routeBPassword else {
        throw UsageError(
          description:
            "--route-b needs --route-b-id and --route-b-password, from the power company's letter")
      }
      _ = try RouteBCredentials(id: id, password: password)
      (meters["routeB.port"], meters["routeB.id"], meters["routeB.password"]) = (
        routeB, id, password
      )
    }
    guard let address else {
      if routeB == nil {
        Screen.note("no --address and no --route-b: meters can be set up later, see `hinata setup`")
      }
      return meters
    }
    meters["meters.address"] = address
    var asked = ask.split(separator: ",").map(String.init)
    let found = try await SetupCommand.find(address: address, asking: asked)
    if !json { SetupCommand.show(SetupCommand.form(found, reader.language), reader.language) }
    let others = Set(found.devices.map(\.address)).subtracting(asked).sorted()
    if !others.isEmpty {
      if try areOurs(others) {
        asked += others
      } else {
        Screen.note(
          "devices at \(others.joined(separator: ", ")) do not count until they are confirmed on My home"
        )
      }
    }
    if !asked.isEmpty { meters["meters.addresses"] = asked }
    return meters
  }

  /// Whether the devices that multicast found are the home's own: somebody has to say so.
  private func areOurs(_ addresses: [String]) throws -> Bool {
    guard isatty(STDIN_FILENO) == 1, !json else { return false }
    let list = addresses.joined(separator: ", ")
    print(
      reader.language(
        "Are all devices at \(list) of this home? [y/N]: ",
        "\(list) の機器はすべてこの家のものですか [y/N]: "), terminator: "")
    fflush(nil)
    return readLine()?.lowercased().hasPrefix("y") ?? false
  }

  private struct Form: Codable {
    let request: String
    let file: String
    let picture: String
    let says: [String: String]
  }

  private func show(_ request: JoinRequest, _ identity: HomeIdentity) throws {
    let rows = JoinSummary.rows(request)
    if json {
      return try printJSON(
        Form(
          request: JoinRequestFile.text(request), file: identity.request.path,
          picture: identity.picture.path,
          says: Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0.value) })))
    }
    var table = Table([.left, .left])
    for row in rows { table.add([row.name, row.value]) }
    for line in table.lines { print(line) }
    print("\n\(try JoinRequestPicture.text(request))\n")
    print("Send \(identity.request.path) to the operator, or let it read the code above.")
    print("Then start hinatad on \(home.data); it waits for the admission and begins by itself.")
  }
}
