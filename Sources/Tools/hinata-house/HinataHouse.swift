// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import Clocks
import CommandLineTool
import EchonetControl
import EchonetLite
import Foundation
import HouseModel
import Logging
import MulticastUDP
import Product
import Quantities
import ServiceLifecycle
import UnixSignals

/// An emulated house.
@main
struct HinataHouse: AsyncParsableCommand {
  static func main() async { await runTool() }

  static let configuration = CommandConfiguration(
    commandName: "hinata-house",
    abstract: "A house of ECHONET Lite devices on its own address, replaying measured energy.",
    discussion: """
      Speaks real ECHONET Lite on UDP port 3610 of its address and, by multicast, of 224.0.23.0. \
      Without --data it runs a built-in model of a home: the clear sun of its place and date, seeded \
      clouds, a household's day.

      Examples:
        hinata-house --data ../shared/data/homes-hourly/home-01.csv --speed 900
        hinata-house --address 127.0.0.5 --with battery,v2h,board --speed 60
        hinata-house --fault silence@2016-08-01T10:00/3h
        hinata-house --fault late=800@2016-08-01T10:00/30m --fault wrong-tid@2016-08-01T12:00/1h
        hinata-house --route-b /tmp/ttyB --fault unplugged@2026-06-21T03:00/10m

      With --route-b the smart meter is not on the network but behind an emulated Wi-SUN dongle, whose serial \
      line is a pseudo-terminal linked at that path.
      """,
    version: Version.text)

  @Option(help: "CSV with hour_start|half_hour_start, pv_wh, load_wh.")
  var data: String?

  @Option(help: "Days to replay; all by default (the model: 366).")
  var days: Int?

  @Option(help: "Days to leave out at the start.")
  var skip: Int = 0

  @Option(help: "Network seconds at which the data begins, in place of its own first time.")
  var dataStart: UInt64?

  @Option(help: "Address of the house.")
  var address = "127.0.0.2"

  @Option(help: "How much faster than the wall's clock the house lives, 1…100000.")
  var speed: UInt32 = 1

  @Option(
    help: "Wall seconds since 1970 at which the clock stood at --clock-start; now by default.")
  var anchor: Double?

  @Option(help: "Network seconds at the anchor; the start of the data by default.")
  var clockStart: UInt64?

  @Option(help: "Clock of the house, without summer time.")
  var utcOffset = "+09:00"

  @Option(
    name: .customLong("with"),
    help: "More devices: battery, v2h, charger, board, heater, fuelcell, pcs, highvoltage.")
  var extras: String = ""

  @Option(help: "Classes of the devices; --with adds to them.")
  var devices = "0288,0279"

  @Option(
    help: """
      Odd ways, with commas: hybrid (02A5 counts what it gives and takes, battery included), sleeper (the PV does \
      not answer without sun), nightcharge (the battery is filled from the grid by night), v2h-states (the car does \
      as DA says, once CD has confirmed it).
      """)
  var odd = ""

  @Option(help: "PV of the model in W; 0: a house without sun.")
  var pv: UInt32 = 5000

  @Option(help: "Unit code (E1) of the smart meter: 0x01 is 0.1 kWh.")
  var unit: String = "0x01"

  @Option(help: "Effective digits (D7) of the smart meter, 1…8.")
  var digits: UInt8 = 6

  @Option(help: "Where the counters stand at first: purchased,sold in steps,generated in Wh.")
  var counters = "12345,23456,3456789"

  @Option(help: "Properties that the smart meter leaves out, for example E1,D3.")
  var omit = ""

  @Option(name: .customLong("route-b"), help: "Path for the serial line of an emulated dongle.")
  var routeB: String?

  @Option(name: .customLong("route-b-id"), help: "Route B id that the meter knows.")
  var routeBId = EmulatedDongle.Settings().id

  @Option(name: .customLong("route-b-password"), help: "Route B password that the meter knows.")
  var routeBPassword = EmulatedDongle.Settings().password

  @Option(name: .customLong("route-b-model"), help: "Family of the dongle: bp35a1 or bp35c2.")
  var routeBModel = EmulatedDongle.Model.bp35c2.rawValue

  @Flag(name: .customLong("route-b-binary"), help: "The dongle gives data as bytes, not as digits.")
  var routeBBinary = false

  @Option(
    help: """
      Something that goes wrong, as kind@start/duration: silence, late=MS, wrong-tid, truncate, no-data, restart, \
      replaced (the meter's counter starts anew); with --route-b also \
      \(DongleFaultKind.allCases.map(\.rawValue).joined(separator: ", ")).
      """)
  var fault: [String] = []

  @Option(help: "First day of the model, YYYY-MM-DD.")
  var modelDay = "2026-06-21"

  @Option(help: "Seed of the model's clouds and household.")
  var seed: UInt64 = 1

  func run() async throws {
    try await guardedAsync { try await House(self).run() }
  }
}

/// The house put together from the command line.
struct House {
  private let trace: EnergyTrace
  private let settings: EmulatedHouse.Settings
  private let flows: HouseFlows
  private let clock: NetworkClock
  private let address: String
  private let dongle: (settings: EmulatedDongle.Settings, path: String)?

  init(_ command: HinataHouse) throws {
    guard let offset = UTCOffset(command.utcOffset) else {
      throw UsageError(
        description: "--utc-offset \"\(command.utcOffset)\" is no offset such as +09:00 in half "
          + "hours; zones with summer time cannot be used")
    }
    guard (1...100_000).contains(command.speed) else {
      throw UsageError(description: "--speed \(command.speed) is outside of 1…100000")
    }
    let own = try House.trace(command, offset)
    trace = command.dataStart.map { own.starting(at: NetworkTime(seconds: $0)) } ?? own
    var equipment = HouseEquipment()
    let extras = Set(command.extras.split(separator: ",").map(String.init))
    var settings = EmulatedHouse.Settings()
    let known: [String: UInt16] = [
      "battery": 0x027D, "v2h": 0x027E, "charger": 0x02A1, "board": 0x0287, "heater": 0x026B,
      "fuelcell": 0x027C, "pcs": 0x02A5, "highvoltage": 0x028A,
    ]
    settings.classes = try command.devices.split(separator: ",").map { text in
      guard let code = UInt16(text, radix: 16), DeviceClass.known(code) != nil else {
        throw UsageError(description: "--devices \(text) is no class such as 0288")
      }
      return code
    }
    let odd = Set(command.odd.split(separator: ",").map(String.init))
    let ways: Set = ["hybrid", "sleeper", "nightcharge", "v2h-states"]
    guard odd.isSubset(of: ways) else {
      throw UsageError(description: "--odd \(command.odd): known are \(ways.sorted())")
    }
    settings.isHybrid = odd.contains("hybrid")
    settings.sleepsAtNight = odd.contains("sleeper")
    settings.hasVehicleStates = odd.contains("v2h-states")
    equipment.chargesAtNight = odd.contains("nightcharge")
    for name in extras.sorted() {
      guard let code = known[name] else {
        throw UsageError(description: "--with \(name): known are \(known.keys.sorted())")
      }
      settings.classes.append(code)
    }
    let classes = Set(settings.classes)
    equipment.batteryWh = classes.contains(0x027D) ? 5400 : 0
    let hasSchedule = classes.contains(0x027E) || classes.contains(0x02A1)
    equipment.hasVehicle = hasSchedule && !settings.hasVehicleStates
    equipment.hasFuelCell = classes.contains(0x027C)
    flows = HouseFlows(trace, equipment: equipment, offset: offset)
    try House.meter(command, &settings)
    var dongle = EmulatedDongle.Settings()
    for text in command.fault {
      switch try House.fault(text, offset) {
      case .house(let fault): settings.faults.append(fault)
      case .dongle(let fault): dongle.faults.append(fault)
      }
    }
    self.settings = settings
    self.dongle = try House.dongle(command, dongle)
    clock = NetworkClock(
      anchor: command.anchor ?? Date().timeIntervalSince1970,
      start: command.clockStart.map { NetworkTime(seconds: $0) } ?? trace.start,
      factor: command.speed)
    address = command.address
  }

  private static func trace(_ command: HinataHouse, _ offset: UTCOffset) throws -> EnergyTrace {
    guard let path = command.data else {
      let parts = command.modelDay.split(separator: "-").compactMap { Int($0) }
      guard parts.count == 3,
        let day = CalendarDate(year: parts[0], month: parts[1], day: parts[2])
      else { throw UsageError(description: "--model-day \(command.modelDay) is no date") }
      var model = ModelHome()
      model.seed = command.seed
      model.pvWatts = Double(command.pv)
      return model.trace(
        firstDay: CalendarDate(dayNumber: day.dayNumber + Int64(command.skip)),
        days: command.days ?? 366, offset: offset)
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError(description: "--data \(path) cannot be read")
    }
    return try EnergyTrace.parse(
      String(decoding: data, as: UTF8.self), name: path, offset: offset,
      skippingDays: command.skip, days: command.days)
  }

  private static func meter(
    _ command: HinataHouse, _ settings: inout EmulatedHouse.Settings
  ) throws {
    guard let unit = UInt8(command.unit.dropFirst(2), radix: 16), command.unit.hasPrefix("0x"),
      [0, 1, 2, 3, 0x0A].contains(unit)
    else { throw UsageError(description: "--unit \(command.unit): 0x00, 0x01, 0x02, 0x03 or 0x0A") }
    guard (1...8).contains(command.digits) else {
      throw UsageError(description: "--digits \(command.digits) is outside of 1…8")
    }
    let counts = command.counters.split(separator: ",").compactMap { Int64($0) }
    guard counts.count == 3, counts.allSatisfy({ $0 >= 0 }) else {
      throw UsageError(description: "--counters \(command.counters): three counts are needed")
    }
    settings.unitCode = unit
    settings.digits = command.digits
    (settings.purchasedStart, settings.soldStart, settings.generatedStart) =
      (counts[0], counts[1], counts[2])
    settings.omitted = Set(command.omit.split(separator: ",").compactMap { UInt8($0, radix: 16) })
  }

  private static func dongle(
    _ command: HinataHouse, _ faults: EmulatedDongle.Settings
  ) throws -> (EmulatedDongle.Settings, String)? {
    guard let path = command.routeB else {
      guard faults.faults.isEmpty else {
        throw UsageError(description: "--fault \(faults.faults[0].kind.rawValue) needs --route-b")
      }
      return nil
    }
    guard let model = EmulatedDongle.Model(rawValue: command.routeBModel) else {
      throw UsageError(description: "--route-b-model \(command.routeBModel): bp35a1 or bp35c2")
    }
    var settings = faults
    settings.model = model
    settings.isBinary = command.routeBBinary
    settings.id = command.routeBId
    settings.password = command.routeBPassword
    return (settings, path)
  }

  private enum Fault {
    case house(HouseFault)
    case dongle(DongleFault)
  }

  private static func fault(_ text: String, _ offset: UTCOffset) throws -> Fault {
    let error = UsageError(
      description:
        "--fault \(text): write kind@YYYY-MM-DDThh:mm/duration, duration as 90s, 30m or 3h")
    let parts = text.split(whereSeparator: { "@/".contains($0) }).map(String.init)
    guard parts.count == 3 else { throw error }
    var kind: HouseFaultKind?
    let name = parts[0].split(separator: "=")
    switch name.first {
    case "silence": kind = .silence
    case "wrong-tid": kind = .wrongTransaction
    case "truncate": kind = .truncated
    case "no-data": kind = .noData
    case "restart": kind = .restart
    case "replaced": kind = .replaced
    case "late":
      guard name.count == 2, let milliseconds = UInt64(name[1]) else { throw error }
      kind = .late(milliseconds: milliseconds)
    default: break
    }
    let numbers = parts[1].split { "-T:".contains($0) }.compactMap { Int($0) }
    let units: [Character: UInt64] = ["s": 1, "m": 60, "h": 3600]
    guard numbers.count == 5,
      let date = CalendarDate(year: numbers[0], month: numbers[1], day: numbers[2]),
      let from = offset.time(on: date, secondsOfDay: numbers[3] * 3600 + numbers[4] * 60),
      let unit = parts[2].last.flatMap({ units[$0] }), let count = UInt64(parts[2].dropLast())
    else { throw error }
    let until = from.advanced(by: count * unit)
    if let kind { return .house(HouseFault(kind, from: from, until: until)) }
    guard let kind = DongleFaultKind(rawValue: parts[0]) else { throw error }
    return .dongle(DongleFault(kind, from: from, until: until))
  }

  func run() async throws {
    let endpoint = try await EchonetEndpoint.bind(address)
    var onNetwork = settings
    if dongle != nil { onNetwork.classes.removeAll { $0 == 0x0288 } }
    var services: [any Service] = [Emulation(EmulatedHouse(flows, onNetwork), endpoint, clock)]
    if let dongle {
      var behind = settings
      behind.classes = [0x0288]
      services.append(
        try DongleLine(
          EmulatedDongle(EmulatedHouse(flows, behind), dongle.settings, from: clock.now),
          at: dongle.path, clock))
      Screen.note("Wi-SUN dongle (\(dongle.settings.model.rawValue)) at \(dongle.path)")
    }
    Screen.note(
      "house on \(address):3610, \(trace.start) … \(trace.end), \(clock.factor) times as fast")
    let group = ServiceGroup(
      configuration: .init(
        services: services.map { .init(service: $0) },
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: Logger(label: "hinata-house")))
    try await group.run()
  }
}

/// Answers what comes in and announces each half hour, until shutdown.
actor Emulation: Service {
  private var house: EmulatedHouse
  private let endpoint: EchonetEndpoint
  private let clock: NetworkClock

  init(_ house: EmulatedHouse, _ endpoint: EchonetEndpoint, _ clock: NetworkClock) {
    self.house = house
    self.endpoint = endpoint
    self.clock = clock
  }

  func run() async throws {
    await withGracefulShutdownHandler {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await self.announce() }
        for await datagram in endpoint.incoming { await answer(datagram) }
        group.cancelAll()
      }
    } onGracefulShutdown: {
      Task { await self.endpoint.close() }
    }
  }

  private func answer(_ datagram: MulticastEndpoint.Datagram) async {
    guard let frame = try? EchonetFrame(exactly: datagram.bytes) else { return }
    for reply in house.respond(to: frame, at: clock.now) { send(reply, to: datagram.sender) }
  }

  private func send(_ reply: EmulatedHouse.Reply, to address: String) {
    let destination = reply.toGroup ? EchonetEndpoint.group : address
    guard reply.delay > 0 else { return endpoint.send(reply.bytes, to: destination) }
    Task {
      try? await Task.sleep(for: .milliseconds(reply.delay))
      endpoint.send(reply.bytes, to: destination)
    }
  }

  private func announce() async {
    send(house.announceStart(), to: EchonetEndpoint.group)
    while !Task.isCancelled {
      let boundary = Interval(containing: clock.now).end
      guard (try? await clock.sleep(until: boundary.advanced(by: 1))) != nil else { return }
      if let reply = house.announceHalfHour(boundary) {
        send(reply, to: EchonetEndpoint.group)
      }
    }
  }
}
