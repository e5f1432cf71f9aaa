// SPDX-License-Identifier: Apache-2.0

public import AdminAPI
import CanonicalCoding
public import Foundation
public import HouseModel
import KeyFiles
public import Ledger
import LedgerCrypto
import LedgerFiles
public import LedgerStore
import Quantities

/// Why a street cannot be made, or ended early.
public struct StreetError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, and what to do.
  public let description: String
}

/// A street: homes with emulated meters, each node and each house a process of its own, linked over
/// TCP on this machine; an operator and an exchange beside them, or one node that plays every part.
public final class Street {
  public let plan: StreetPlan
  public let genesis: Genesis
  /// All nodes in the order in which they are started.
  public let roles: [StreetRole]
  /// The site of each home, by its number less one.
  public private(set) var sites: [SiteRecord] = []
  /// What each house replays.
  public private(set) var traces: [EnergyTrace] = []
  private var nodes: [StreetRole: DemoProcess] = [:]
  private var houses: [Int: DemoProcess] = [:]
  var anchor = 0.0
  /// Lots that the company has bought or retired.
  var dealt: Set<LotId> = []

  /// A street by its plan; nothing runs yet.
  /// - Throws: where the network file or a home's data cannot be read.
  public init(_ plan: StreetPlan) throws {
    self.plan = plan
    genesis = try NetworkFile.load(plan.genesis)
    let homes = (1...plan.homes).map { StreetRole.home($0) }
    roles = plan.isOneNode ? homes : [.operator, .exchange] + homes
    var start: NetworkTime?
    for home in 1...plan.homes {
      let trace = try trace(home, startingAt: start)
      start = start ?? trace.start
      traces.append(trace)
      let hourly = Int64(3600 / trace.stepSeconds)
      let most = (trace.steps.map(\.pv).max() ?? 0) * hourly
      sites.append(
        DemoHome.site(
          home, capacityW: UInt32(max(1000, (most + 499) / 500 * 500)), offset: StreetPlan.offset,
          activeFrom: Interval(containing: firstTime)))
    }
  }

  /// The files of measured homes have different first days: each is shifted to the day of the
  /// first.
  private func trace(_ home: Int, startingAt start: NetworkTime?) throws -> EnergyTrace {
    let first = CalendarDate(year: 2026, month: 6, day: 21) ?? CalendarDate(dayNumber: 0)
    let day = start.map { StreetPlan.offset.clock(at: $0).date } ?? first
    guard home <= plan.data.count else {
      var model = ModelHome()
      model.seed = UInt64(home)
      return model.trace(
        firstDay: CalendarDate(dayNumber: day.dayNumber + Int64(plan.skippedDays)),
        days: plan.days ?? 366, offset: StreetPlan.offset)
    }
    let path = plan.data[home - 1]
    guard let data = FileManager.default.contents(atPath: path) else {
      throw StreetError(description: "the data of home \(home), \(path), cannot be read")
    }
    let trace = try EnergyTrace.parse(
      String(decoding: data, as: UTF8.self), name: path, offset: StreetPlan.offset,
      skippingDays: plan.skippedDays, days: plan.days)
    return start.map { trace.starting(at: $0) } ?? trace
  }

  var folder: URL { URL(fileURLWithPath: plan.folder, isDirectory: true) }

  /// The data folder of a node.
  public func folder(_ role: StreetRole) -> URL {
    folder.appendingPathComponent(role.name, isDirectory: true)
  }

  /// Makes all folders, keys and settings anew; the operator's admissions wait in the first node's
  /// store.
  /// - Throws: `StreetError` where the folder holds something else.
  public func prepare() throws {
    let files = FileManager.default
    let found = (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
    guard found.isEmpty || found.contains(peersFile.lastPathComponent) else {
      throw StreetError(
        description:
          "\(folder.path) is not empty and no street's folder: name another, or remove it")
    }
    try? files.removeItem(at: folder)
    for role in roles { try makeFolder(role) }
    let store = try LedgerStore(folder: folder(roles[0]).path, genesis: genesis)
    for (index, site) in sites.enumerated() {
      for transaction in DemoHome.admission(index + 1, site: site, genesis: genesis) {
        try store.addPending(transaction)
      }
    }
    if plan.hasCompany, let admission = DemoCompany.admission(genesis) {
      try store.addPending(admission)
    }
    try store.close()
    try writePeersFile()
    anchor = Date().timeIntervalSince1970
  }

  private func makeFolder(_ role: StreetRole) throws {
    let keys = folder(role).appendingPathComponent("keys", isDirectory: true)
    try FileManager.default.createDirectory(at: keys, withIntermediateDirectories: true)
    for part in parts(of: role) {
      let home = role.home ?? 1
      try KeyFile.write(
        seed: DemoKeys.seed(part, home: home), to: key(part, of: role),
        password: DemoKeys.password, cost: .least)
    }
  }

  /// The first time that is reported.
  var firstTime: NetworkTime { traces[0].start.advanced(by: plan.startHour * 3600) }

  /// Starts the house of a home.
  public func startHouse(_ home: Int) throws {
    houses[home] = try DemoProcess(
      "hinata-house", houseArguments(home), binaries: plan.binaries,
      log: folder.appendingPathComponent("house-\(home).log"),
      namespace: namespace(.home(home)))
  }

  /// Starts a node, or starts it again on what its folder holds.
  public func start(_ role: StreetRole) throws {
    nodes[role] = try DemoProcess(
      "hinatad", ["--config", try writeSettings(role).path], binaries: plan.binaries,
      log: folder.appendingPathComponent("\(role.name).log"),
      environment: ["HINATA_KEY_PASSWORD": DemoKeys.password], appends: true,
      namespace: namespace(role))
  }

  /// The number of a running node's process, as in /proc.
  public func processIdentifier(_ role: StreetRole) -> Int32? { nodes[role]?.processIdentifier }

  /// Kills a node as a power cut would.
  public func kill(_ role: StreetRole) { nodes.removeValue(forKey: role)?.kill() }

  /// Ends a node as a person would.
  public func stop(_ role: StreetRole) { nodes.removeValue(forKey: role)?.end() }

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
  public func admin(_ role: StreetRole) -> AdminClient? { AdminClient(folder: folder(role).path) }

  /// The ledger of a node, for reading.
  public func store(_ role: StreetRole) throws -> LedgerStore {
    try LedgerStore.reading(folder: folder(role).path, genesis: genesis)
  }
}
