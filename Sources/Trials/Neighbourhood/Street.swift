public import AdminAPI
import CanonicalCoding
import DemoNetwork
public import Foundation
public import HouseModel
import KeyFiles
public import Ledger
import LedgerCrypto
import LedgerFiles
public import LedgerStore
import Quantities

/// A street: an operator, an exchange and homes with emulated meters, each node and each house a
/// process of its own, linked over TCP on this machine.
public final class Street {
  /// What a street is made of.
  public struct Plan: Sendable {
    public var folder: String
    public var genesis: String
    /// CSV files of measured homes; homes beyond them follow the built-in model.
    public var data: [String]
    public var homes: Int
    /// Days to replay, nil without end.
    public var days: Int?
    /// The hour of the first day at which the clock starts.
    public var startHour: UInt64
    /// Half hours in a report.
    public var reportIntervals: Int
    /// Peers listen from here on, the admin API a hundred higher.
    public var firstPort: Int
    /// The third part of 127.0.x.y, so that streets side by side do not meet.
    public var network: Int
    public var binaries: URL
    /// Whose nodes show the explorer, two hundred ports higher than peers.
    public var explorers: Set<Role> = []
    /// Requests a second that an explorer takes of one address; nil for the node's default.
    public var requestsPerSecond: Int?
    /// Whether homes search for nonces too.
    public var homesMine = true
    /// A new node starts from a snapshot where so many blocks are missing; nil for the node's default.
    public var fastStartBlocks: Int?
    /// Each node with its house in a network namespace of this name and its number, at 10.77.0.11 and
    /// on; nil for all on the loopback.
    public var namespaces: String?

    /// A street with these parts.
    public init(
      folder: String, genesis: String, data: [String], homes: Int = 6, days: Int? = nil,
      startHour: UInt64 = 0, reportIntervals: Int = 1, firstPort: Int = 17_700, network: Int = 1,
      binaries: URL = DemoProcess.ownFolder
    ) {
      self.folder = folder
      self.genesis = genesis
      self.data = data
      self.homes = homes
      self.days = days
      self.startHour = startHour
      self.reportIntervals = reportIntervals
      self.firstPort = firstPort
      self.network = network
      self.binaries = binaries
    }
  }

  /// Who runs a node.
  public enum Role: Hashable, Sendable {
    case `operator`
    case exchange
    /// A home, numbered from 1.
    case home(Int)

    /// The name of its folder.
    public var name: String {
      switch self {
      case .operator: "operator"
      case .exchange: "exchange"
      case .home(let number): "home-\(number)"
      }
    }
  }

  /// Seconds of the wall's clock before the data begins.
  static let headStart = 6.0

  public let plan: Plan
  public let genesis: Genesis
  /// All nodes in the order in which they are started.
  public let roles: [Role]
  /// The site of each home, by its number less one.
  public private(set) var sites: [SiteRecord] = []
  /// What each house replays.
  public private(set) var traces: [EnergyTrace] = []
  private var nodes: [Role: DemoProcess] = [:]
  private var houses: [Int: DemoProcess] = [:]
  private var anchor = 0.0
  private let offset = UTCOffset.japan

  /// A street by its plan; nothing runs yet.
  public init(_ plan: Plan) throws {
    self.plan = plan
    genesis = try NetworkFile.load(plan.genesis)
    roles = [.operator, .exchange] + (1...plan.homes).map { Role.home($0) }
    var start: NetworkTime?
    for home in 1...plan.homes {
      let trace = try trace(home, startingAt: start)
      start = start ?? trace.start
      traces.append(trace)
      let hourly = Int64(3600 / trace.stepSeconds)
      let most = (trace.steps.map(\.pv).max() ?? 0) * hourly
      sites.append(
        DemoHome.site(
          home, capacityW: UInt32(max(1000, (most + 499) / 500 * 500)), offset: offset,
          activeFrom: Interval(containing: firstTime)))
    }
  }

  /// The files of measured homes have different first days: each is shifted to the day of the first.
  private func trace(_ home: Int, startingAt start: NetworkTime?) throws -> EnergyTrace {
    let first = CalendarDate(year: 2026, month: 6, day: 21) ?? CalendarDate(dayNumber: 0)
    let day = start.map { offset.clock(at: $0).date } ?? first
    guard home <= plan.data.count else {
      var model = ModelHome()
      model.seed = UInt64(home)
      return model.trace(firstDay: day, days: plan.days ?? 366, offset: offset)
    }
    let path = plan.data[home - 1]
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CocoaError(.fileReadNoSuchFile, userInfo: [NSFilePathErrorKey: path])
    }
    let trace = try EnergyTrace.parse(
      String(decoding: data, as: UTF8.self), name: path, offset: offset, skippingDays: 0,
      days: plan.days)
    return start.map { trace.starting(at: $0) } ?? trace
  }

  private var folder: URL { URL(fileURLWithPath: plan.folder, isDirectory: true) }

  /// The data folder of a node.
  public func folder(_ role: Role) -> URL {
    folder.appendingPathComponent(role.name, isDirectory: true)
  }

  /// The address of a node's explorer.
  public func explorer(_ role: Role) -> String { "http://\(host(role)):\(port(role) + 200)" }

  private func port(_ role: Role) -> Int {
    plan.firstPort + (roles.firstIndex(of: role) ?? 0)
  }

  /// Makes all folders, keys and settings anew; the operator's admissions wait in its own store.
  public func prepare() throws {
    let files = FileManager.default
    let found = (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
    guard found.isEmpty || found.contains(peersFile.lastPathComponent) else {
      throw AdminError(
        description: "\(folder.path) is not empty and no street's folder: it is left as it is")
    }
    try? files.removeItem(at: folder)
    for role in roles { try makeFolder(role) }
    let store = try LedgerStore(folder: folder(.operator).path, genesis: genesis)
    for (index, site) in sites.enumerated() {
      for transaction in DemoHome.admission(index + 1, site: site, genesis: genesis) {
        try store.addPending(transaction)
      }
    }
    try store.close()
    try writePeersFile()
    anchor = Date().timeIntervalSince1970
  }

  private func makeFolder(_ role: Role) throws {
    let own = folder(role)
    try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
    let seed: Bytes32 =
      switch role {
      case .operator: DemoKeys.seed(.operator)
      case .exchange: DemoKeys.seed(.exchange)
      case .home(let number): DemoKeys.seed(.site, home: number)
      }
    try KeyFile.write(
      seed: seed, to: own.appendingPathComponent("node.key").path, password: DemoKeys.password,
      cost: .least)
  }

  /// The first time that is reported.
  private var firstTime: NetworkTime { traces[0].start.advanced(by: plan.startHour * 3600) }

  /// Network seconds at the anchor.
  private var clockStart: UInt64 {
    firstTime.seconds - UInt64(Street.headStart * Double(genesis.rules.clockFactor))
  }

  private var peersFile: URL { folder.appendingPathComponent("peers.json") }

  /// Every node knows the operator and the exchange; all others they learn from each other.
  private func writePeersFile() throws {
    let first: [(role: Role, part: DemoKeys.Part)] = [
      (.operator, .operator), (.exchange, .exchange),
    ]
    let peers = first.map { role, part in
      [
        "address": "\(host(role)):\(port(role))",
        "key": KeyPair(seed: DemoKeys.seed(part)).publicKey.value.hex, "note": role.name,
      ]
    }
    let form: [String: Any] = ["network": genesis.rules.name, "peers": peers]
    try JSONSerialization.data(withJSONObject: form, options: [.prettyPrinted, .sortedKeys])
      .write(to: peersFile)
  }

  private func settings(_ role: Role) throws -> URL {
    let own = folder(role)
    let key = own.appendingPathComponent("node.key").path
    var form: [String: Any] = [
      "data": own.path, "genesis": plan.genesis,
      "clock": ["anchor": "\(anchor)", "start": "\(clockStart)"],
      "mining": ["key": key, "threads": isHome(role) && !plan.homesMine ? 0 : 1],
      "peers": [
        "listen": "\(host(role)):\(port(role))", "file": peersFile.path, "auditOneIn": 10,
      ],
      "admin": ["listen": "127.0.0.1:\(port(role) + 100)"],
      "claims": ["standing": true, "remind": 15],
    ]
    if plan.explorers.contains(role) {
      var api: [String: Any] = ["listen": "\(host(role)):\(port(role) + 200)"]
      if let most = plan.requestsPerSecond { api["requestsPerSecond"] = most }
      form["api"] = api
    }
    if let blocks = plan.fastStartBlocks { form["store"] = ["fastStartBlocks": blocks] }
    switch role {
    case .operator: break
    case .exchange:
      let policy = own.appendingPathComponent("policy.json")
      try Data(DemoPolicy.json.utf8).write(to: policy)
      form["exchange"] = ["key": key, "policy": policy.path]
    case .home(let number):
      form["site"] = [
        "key": key, "reportIntervals": plan.reportIntervals,
      ]
      form["meters"] = [
        "address": nodeAddress(number), "addresses": [houseAddress(number)], "timeoutMs": 500,
        "multicast": false,
        "devices": ["\(houseAddress(number)) 028801", "\(houseAddress(number)) 027901"],
        "utcOffset": offset.description, "lead": 60, "lag": 20,
      ]
    }
    let file = own.appendingPathComponent("node.json")
    try JSONSerialization.data(withJSONObject: form, options: [.prettyPrinted, .sortedKeys])
      .write(to: file)
    return file
  }

  private func isHome(_ role: Role) -> Bool { if case .home = role { true } else { false } }

  /// Where a node listens for peers.
  private func host(_ role: Role) -> String {
    plan.namespaces == nil ? "127.0.0.1" : "10.77.0.\(11 + (roles.firstIndex(of: role) ?? 0))"
  }

  private func namespace(_ role: Role) -> String? {
    plan.namespaces.map { "\($0)\(1 + (roles.firstIndex(of: role) ?? 0))" }
  }

  private func nodeAddress(_ home: Int) -> String { "127.0.\(plan.network).\(100 + home)" }

  private func houseAddress(_ home: Int) -> String { "127.0.\(plan.network).\(home)" }

  /// Starts the house of a home.
  public func startHouse(_ home: Int) throws {
    var arguments = [
      "--address", houseAddress(home), "--speed", "\(genesis.rules.clockFactor)", "--anchor",
      "\(anchor)", "--clock-start", "\(clockStart)", "--data-start", "\(traces[0].start.seconds)",
      "--seed", "\(home)",
    ]
    if home <= plan.data.count { arguments += ["--data", plan.data[home - 1]] }
    if let days = plan.days { arguments += ["--days", "\(days)"] }
    houses[home] = try DemoProcess(
      "hinata-house", arguments, binaries: plan.binaries,
      log: folder.appendingPathComponent("house-\(home).log"),
      namespace: namespace(.home(home)))
  }

  /// Starts a node, or starts it again on what its folder holds.
  public func start(_ role: Role) throws {
    nodes[role] = try DemoProcess(
      "hinatad", ["--config", try settings(role).path], binaries: plan.binaries,
      log: folder.appendingPathComponent("\(role.name).log"),
      environment: ["HINATA_KEY_PASSWORD": DemoKeys.password], appends: true,
      namespace: namespace(role))
  }

  /// The number of a running node's process, as in /proc.
  public func processIdentifier(_ role: Role) -> Int32? { nodes[role]?.processIdentifier }

  /// Kills a node as a power cut would.
  public func kill(_ role: Role) { nodes.removeValue(forKey: role)?.kill() }

  /// Ends a node as a person would.
  public func stop(_ role: Role) { nodes.removeValue(forKey: role)?.end() }

  /// The first process that ended by itself, by its name, or nil.
  public var dead: String? {
    nodes.first { !$0.value.isRunning }?.key.name
      ?? houses.first { !$0.value.isRunning }.map { "house-\($0.key)" }
  }

  /// Ends all processes and waits for them.
  public func end() {
    for node in nodes.values { node.end() }
    for house in houses.values { house.end() }
    nodes = [:]
    houses = [:]
  }

  /// The admin API of a running node.
  public func admin(_ role: Role) -> AdminClient? { AdminClient(folder: folder(role).path) }

  /// The ledger of a node, for reading.
  public func store(_ role: Role) throws -> LedgerStore {
    try LedgerStore.reading(folder: folder(role).path, genesis: genesis)
  }
}
