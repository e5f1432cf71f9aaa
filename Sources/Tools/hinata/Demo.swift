import CanonicalCoding
import CommandLineTool
import DemoNetwork
import Foundation
import HouseModel
import KeyFiles
import Ledger
import LedgerFiles
import LedgerStore
import Neighbourhood
import Quantities
import UnixSignals

/// The demo: a house and a node as processes, looked at through the node's own files.
final class Demo {
  /// How long before the data begins the processes start, in seconds of the wall's clock.
  static let headStart = 4.0
  /// Half hours in a report: short ones keep the view lively.
  static let reportIntervals = 2

  private let settings: DemoSettings
  private let genesis: Genesis
  private let trace: EnergyTrace
  private let site: SiteRecord
  private let home: URL
  private let offset = UTCOffset.japan
  private var processes: [DemoProcess] = []
  private let began = Date()

  init(_ settings: DemoSettings) throws {
    self.settings = settings
    genesis = try NetworkFile.load(settings.genesis)
    if let path = settings.data {
      guard let data = FileManager.default.contents(atPath: path) else {
        throw UsageError(description: "--data \(path) cannot be read")
      }
      trace = try EnergyTrace.parse(
        String(decoding: data, as: UTF8.self), name: path, offset: offset,
        skippingDays: settings.skip, days: settings.days)
      Screen.note("source: measured data, \(path)")
    } else {
      let first = CalendarDate(year: 2026, month: 6, day: 21) ?? CalendarDate(dayNumber: 0)
      trace = ModelHome().trace(
        firstDay: CalendarDate(dayNumber: first.dayNumber + Int64(settings.skip)),
        days: settings.days ?? 366, offset: offset)
      Screen.note("source: the built-in model of a home (no measured data named or found)")
    }
    let hourly = Int64(3600 / trace.stepSeconds)
    let most = (trace.steps.map(\.pv).max() ?? 0) * hourly
    site = DemoHome.site(
      capacityW: UInt32(max(1000, (most + 499) / 500 * 500)), offset: offset,
      activeFrom: Interval(containing: trace.start))
    home = URL(fileURLWithPath: settings.folder, isDirectory: true)
      .appendingPathComponent("home-1", isDirectory: true)
  }

  /// Runs the demo to its end.
  func run() async throws -> DemoSummary {
    try prepare()
    try startProcesses()
    defer { for process in processes { process.end() } }
    var view = DemoView(trace: trace, site: site.id, days: settings.days)
    var iterator = await ticks().makeAsyncIterator()
    while await iterator.next() != nil {
      if let dead = processes.first(where: { !$0.isRunning }) {
        throw UsageError(
          description: "\(dead.name) ended early; read \(settings.folder)/*.log")
      }
      let store = try LedgerStore.reading(folder: home.path, genesis: genesis)
      try view.draw(store, home: home)
      if try isSettled(store) || isOverdue { break }
    }
    for process in processes { process.end() }
    let summary = try await DemoSummary(
      trace: trace, site: site.id, home: home.path, genesis: genesis,
      seconds: Date().timeIntervalSince(began))
    try summary.write(
      to: URL(fileURLWithPath: settings.folder).appendingPathComponent("summary.json"))
    summary.show(isBounded: settings.days != nil)
    return summary
  }

  /// A data folder with keys, and the operator's transactions that let the home in.
  private func prepare() throws {
    let files = FileManager.default
    try? files.removeItem(at: home)
    try files.createDirectory(at: home, withIntermediateDirectories: true)
    for part in DemoKeys.Part.allCases {
      try KeyFile.write(
        seed: DemoKeys.seed(part), to: key(part), password: DemoKeys.password, cost: .least)
    }
    let store = try LedgerStore(folder: home.path, genesis: genesis)
    for transaction in DemoHome.admission(site: site, genesis: genesis) {
      try store.addPending(transaction)
    }
    try store.close()
  }

  /// The emulated dongle's serial line.
  private var line: String { home.appendingPathComponent("dongle").path }

  private func key(_ part: DemoKeys.Part) -> String {
    home.appendingPathComponent("keys/\(part.rawValue).key").path
  }

  private func startProcesses() throws {
    let factor = genesis.rules.clockFactor
    let start = trace.start.seconds - UInt64(Demo.headStart * Double(factor))
    let anchor = "\(Date().timeIntervalSince1970)"
    var house = [
      "--address", "127.0.0.2", "--speed", "\(factor)", "--anchor", anchor, "--clock-start",
      "\(start)", "--skip", "\(settings.skip)",
    ]
    if let data = settings.data { house += ["--data", data] }
    if let days = settings.days { house += ["--days", "\(days)"] }
    for fault in settings.faults { house += ["--fault", fault] }
    if settings.routeB { house += ["--route-b", line] }
    try spawn("hinata-house", house + settings.houseOptions, [:])
    let policy = home.appendingPathComponent("policy.json")
    try Data(DemoPolicy.json.utf8).write(to: policy)
    var node: [String: Any] = [
      "data": home.path, "genesis": settings.genesis,
      "clock": ["anchor": anchor, "start": "\(start)"],
      "mining": ["key": key(.operator), "threads": 1],
      "exchange": ["key": key(.exchange), "policy": policy.path],
      "claims": ["standing": true],
      "site": [
        "key": key(.site), "reportIntervals": Demo.reportIntervals,
      ],
      "meters": [
        "address": "127.0.0.3", "addresses": ["127.0.0.2"], "timeoutMs": 500,
        "devices": settings.routeB
          ? ["127.0.0.2 027901"] : ["127.0.0.2 028801", "127.0.0.2 027901"],
        "utcOffset": offset.description, "lead": 60, "lag": 20,
      ],
    ]
    if settings.routeB {
      let known = EmulatedDongle.Settings()
      node["routeB"] = [
        "port": line, "id": known.id, "password": known.password, "timeoutMs": 1000,
        "intervalMs": 1,
      ]
    }
    let file = home.appendingPathComponent("node.json")
    try JSONSerialization.data(withJSONObject: node, options: [.prettyPrinted, .sortedKeys])
      .write(to: file)
    try spawn(
      "hinatad", ["--config", file.path], ["HINATA_KEY_PASSWORD": DemoKeys.password])
  }

  private func spawn(
    _ name: String, _ arguments: [String], _ environment: [String: String]
  ) throws {
    let log = URL(fileURLWithPath: settings.folder).appendingPathComponent("\(name).log")
    processes.append(
      try DemoProcess(
        name, arguments, binaries: DemoProcess.ownFolder, log: log, environment: environment))
  }

  /// Everything of the asked days is reported and everything generated is minted.
  private func isSettled(_ store: LedgerStore) throws -> Bool {
    guard settings.days != nil,
      case .progress(let progress)? = try store.entry(.progress(site.id)),
      progress.next.start >= trace.end
    else { return false }
    return progress.mintedWh == progress.totals[0]
  }

  private var isOverdue: Bool {
    guard let days = settings.days else { return false }
    let expected = Double(days) * 86_400 / Double(genesis.rules.clockFactor)
    return Date().timeIntervalSince(began) > expected * 1.5 + 60
  }

  /// Looks every quarter of a second, until Ctrl-C or SIGTERM ends the demo, not the program: the
  /// processes then end cleanly and the sums are shown.
  private func ticks() async -> AsyncStream<Void> {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    return AsyncStream { continuation in
      let ticking = Task {
        while (try? await Task.sleep(for: .milliseconds(250))) != nil { continuation.yield() }
      }
      let waiting = Task {
        for await _ in signals { break }
        continuation.finish()
      }
      continuation.onTermination = { _ in
        ticking.cancel()
        waiting.cancel()
      }
    }
  }
}
