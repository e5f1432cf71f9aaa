// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import DemoStreet
import Foundation
import HouseModel
import JoinFiles
import Joining
import KeyFiles
import Ledger
import LedgerFiles
import LedgerStore
import Metering
import ProcessFixtures
import Quantities
import Testing

/// An operator that seals and mints, a house, and boxes that want to join: real processes on a fast
/// clock.
struct JoiningStreet {
  let folder: URL
  let genesis: String
  let anchor = Date().timeIntervalSince1970
  /// Network seconds at the anchor, on the first day of the built-in model.
  let start: Int
  let binaries = Executable.file("hinatad").deletingLastPathComponent()
  /// How much faster the street's clock runs than the wall's.
  let factor: Int
  let place = StoryPlace()

  /// - Parameter hour: what the homes' clock shows at the anchor.
  init(_ name: String, factor: Int = 1800, hour: Int = 12) throws {
    self.factor = factor
    start = 1_781_967_600 + hour * 3600
    folder = Stories.temporary.appendingPathComponent(name)
    genesis = try Stories.fastGenesis(factor: factor)
    let keys = folder.appendingPathComponent("operator")
    for part in [DemoKeys.Part.operator, .exchange] {
      try KeyFile.write(
        seed: DemoKeys.seed(part), to: keys.appendingPathComponent("\(part.rawValue).key").path,
        password: DemoKeys.password, cost: .least)
    }
    try Data(DemoPolicy.json.utf8).write(to: keys.appendingPathComponent("policy.json"))
  }

  var operatorFolder: String { folder.appendingPathComponent("operator").path }
  var operatorKey: String { operatorFolder + "/operator.key" }

  /// A node on the street's clock, or on one that shows another time.
  func node(
    _ name: String, _ more: [String: Any], secondsAhead: Int = 0
  ) throws -> DemoProcess {
    let own = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
    var form: [String: Any] = [
      "data": own.path, "genesis": genesis,
      "clock": ["anchor": "\(anchor)", "start": "\(start + secondsAhead)"],
    ]
    form.merge(more) { $1 }
    let file = own.appendingPathComponent("node.json")
    try JSONSerialization.data(withJSONObject: form).write(to: file)
    return try DemoProcess(
      "hinatad", ["--config", file.path], binaries: binaries,
      log: folder.appendingPathComponent("\(name).log"),
      environment: name == "operator" ? ["HINATA_KEY_PASSWORD": DemoKeys.password] : [:],
      appends: true)
  }

  func startOperator() throws -> DemoProcess {
    try node(
      "operator",
      [
        "mining": ["key": operatorKey],
        "exchange": [
          "key": operatorFolder + "/exchange.key", "policy": operatorFolder + "/policy.json",
        ], "peers": ["listen": peer],
      ])
  }

  func startHouse(_ more: [String] = [], at address: String? = nil) throws -> DemoProcess {
    try DemoProcess(
      "hinata-house",
      [
        "--address", address ?? house, "--speed", "\(factor)", "--anchor", "\(anchor)",
        "--clock-start",
        "\(start)",
      ] + more, binaries: binaries,
      log: folder.appendingPathComponent("house-\(address ?? house).log"))
  }

  func admit(_ request: String, _ more: [String] = []) throws -> Executable.Result {
    try Executable.run(
      "hinata",
      ["admit", request, "--data", operatorFolder, "--genesis", genesis, "--key", operatorKey]
        + more, environment: ["HINATA_KEY_PASSWORD": DemoKeys.password])
  }

  func store(_ name: String) throws -> LedgerStore {
    try LedgerStore.reading(
      folder: folder.appendingPathComponent(name).path, genesis: try NetworkFile.load(genesis))
  }

  /// The street's clock.
  var now: NetworkTime {
    let elapsed = Date().timeIntervalSince1970 - anchor
    return NetworkTime(seconds: UInt64(Double(start) + elapsed * Double(factor)))
  }

  /// A home asks by the command line to be let in, and is.
  /// - Parameter findsMeters: it looks for its meters too, which takes as long as houses of other
  ///   stories are silent on the loopback's group; else its node is told where they are.
  func join(
    _ name: String, kilowatts: String = "4.5", findsMeters: Bool = true
  ) throws -> SiteRecord {
    let own = folder.appendingPathComponent(name)
    let asked = try Executable.run(
      "hinata",
      [
        "join", "--data", own.path, "--genesis", genesis, "--name", "Sato", "--pv", kilowatts,
        "--place", "13", "--device", "Sharp", "--serial", name, "--since", "2020-04-01",
        "--active-from", "\(Interval(containing: now).advanced(by: 1))",
      ] + (findsMeters ? ["--address", box, "--ask", house] : []))
    guard asked.status == 0 else { throw Stories.StoryError(description: asked.errors) }
    let request = HomeIdentity(folder: own).request.path
    let admitted = try admit(request, ["--yes", "--accept-warnings"])
    guard admitted.status == 0 else {
      throw Stories.StoryError(description: admitted.output + admitted.errors)
    }
    return try JoinRequestFile.read(request).site
  }

  /// What flows in a house of the built-in model that lives on the street.
  func flows(_ equipment: HouseEquipment, pv: Double) -> HouseFlows {
    var model = ModelHome()
    model.pvWatts = pv
    let first = UTCOffset.japan.clock(at: NetworkTime(seconds: UInt64(start))).date
    let trace = model.trace(firstDay: first, days: 30, offset: .japan)
    return HouseFlows(trace, equipment: equipment, offset: .japan)
  }

  /// What a node has written so far.
  func log(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent("\(name).log"), encoding: .utf8)
  }

  /// What the chain of a node says of how far a site's reports have come; nil while it has no chain
  /// yet.
  func progress(_ site: SiteId, in name: String) throws -> SiteProgress? {
    guard let store = try? store(name),
      let progress = try store.progress(site)
    else { return nil }
    return progress
  }

  /// Where the operator listens for peers.
  var peer: String { "127.0.0.1:\(place.firstPort)" }
  /// The address of the house's devices.
  var house: String { place.address(51) }
  /// The address of the box that reads them.
  var box: String { place.address(52) }
  /// Where the box shows its pages.
  var pages: String { "\(box):\(place.firstPort + 1)" }
  /// The port of the broker, where there is one.
  var brokerPort: Int { place.firstPort + 2 }

  /// Settings of a home that reads the house beside it.
  var homeSettings: [String: Any] {
    [
      "peers": ["targets": [peer]], "api": ["listen": pages],
      "admin": ["listen": "127.0.0.1:\(place.firstPort + 3)"],
      // Houses of other stories hear the loopback's group too.
      "meters": ["timeoutMs": 500, "lead": 60, "lag": 20, "multicast": false],
      "site": ["reportIntervals": 2],
    ]
  }

  /// The same of a home that was let in without a look for its meters.
  var settingsOfAskedHouse: [String: Any] {
    var settings = homeSettings
    settings["meters"] = (homeSettings["meters"] as? [String: Any] ?? [:])
      .merging(["address": box, "addresses": [house]]) { $1 }
    return settings
  }

  /// Every report of a home on the operator's chain has the samples that it speaks of, in the
  /// home's own file.
  func expectWhole(_ site: SiteRecord, gaps: ClosedRange<Int>) throws {
    let samples = try SampleStore.reading(folder: folder.appendingPathComponent("box").path)
    let reports = try store("operator").reports(
      of: site.id, in: site.activeFrom..<Interval(UInt32.max))
    #expect(!reports.isEmpty)
    // What lies between the request to join and the node's first start is nobody's loss.
    var missing = -Int(reports.first?.report.gapBefore ?? 0)
    for (report, _, _) in reports {
      missing += Int(report.gapBefore) + report.readings.count { $0.isGap }
      let found = try samples.evidence(site: site.id, covering: report.first)
      let bytes = try #require(found?.evidence.bytes, "\(report.first)")
      #expect(
        EvidenceAudit.finding(on: report, bytes: bytes, offset: site.utcOffset) == .agrees,
        "\(report.first)")
    }
    #expect(gaps.contains(missing), "\(missing) half hours are missing")
    let verdict = try Executable.run(
      "hinata-verify",
      ["chain", "--data", operatorFolder, "--genesis", genesis])
    #expect(verdict.status == 0, "\(verdict.output) \(verdict.errors)")
  }
}
