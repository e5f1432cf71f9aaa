// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import CheckoutFixtures
import Foundation
import HouseModel
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerFixtures
import LedgerStore
import ProcessFixtures
import Quantities

/// A home and a company whose month of measured half hours is on the chain, in a node's data
/// folder.
struct CoinFixture {
  let folder: URL
  let genesis: String
  let home: SiteRecord
  let company: SiteRecord
  private(set) var generatedWh: UInt64 = 0

  static let password = "story"
  static let offset = UTCOffset(minutes: -420) ?? .japan
  static let homeKey = LedgerFixture.key("story home")
  static let homeSiteKey = LedgerFixture.key("story roof")
  static let companyKey = LedgerFixture.key("story company")
  private static let companySiteKey = LedgerFixture.key("story plant")
  static let days = 31

  var data: String { folder.appendingPathComponent("node").path }

  func file(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// Makes network file, keys and the chain.
  init(_ folder: URL) throws {
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    genesis = folder.appendingPathComponent("network.json").path
    let fixture = LedgerFixture()
    try CoinFixture.networkFile(fixture).write(
      to: URL(fileURLWithPath: genesis), atomically: true, encoding: .utf8)
    let start = NetworkTime(seconds: 1_785_567_600)  // 2026-08-01T00:00-07:00
    let traces = [try CoinFixture.trace(2, start), try CoinFixture.trace(4, start)]
    let members = [
      MemberRecord(kind: .consumer, name: "Sato", key: CoinFixture.homeKey.publicKey),
      MemberRecord(
        kind: .businessConsumer, name: "Tanaka Foods", key: CoinFixture.companyKey.publicKey),
    ]
    home = CoinFixture.site(
      members[0], CoinFixture.homeSiteKey, "Sato's roof", capacity: 4_000, start)
    company = CoinFixture.site(
      members[1], CoinFixture.companySiteKey, "Plant 1", capacity: 0, start)
    for (name, key) in [
      ("operator", "fixture operator"), ("exchange", "fixture exchange"),
      ("home", "fixture story home"), ("roof", "fixture story roof"),
      ("company", "fixture story company"),
    ] {
      try KeyFile.write(
        seed: SHA256.digest(Array(key.utf8)), to: file("\(name).key"),
        password: CoinFixture.password, cost: .least)
    }
    try build(fixture, members, traces, start)
  }

  private static func trace(_ number: Int, _ start: NetworkTime) throws -> EnergyTrace {
    let file = Checkout.measured.appendingPathComponent("homes-hourly/home-0\(number).csv")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      var model = ModelHome()
      model.seed = UInt64(number)
      let day = offset.clock(at: start).date
      return model.trace(firstDay: day, days: days, offset: offset)
    }
    return try EnergyTrace.parse(
      text, name: file.path, offset: offset, skippingDays: 0, days: days
    ).starting(at: start)
  }

  private static func site(
    _ member: MemberRecord, _ key: KeyPair, _ name: String, capacity: UInt32, _ start: NetworkTime
  ) -> SiteRecord {
    SiteRecord(
      member: member.id, key: key.publicKey, name: name,
      method: capacity > 0 ? .photovoltaic : .none,
      role: capacity > 0 ? .production : .consumption, capacityW: capacity, batteryWh: 0,
      gridArea: "tokyo", region: "JP-13",
      position: CoarsePosition(latitudeTenths: 341, longitudeTenths: -1174) ?? .origin,
      utcOffset: offset, deviceName: capacity > 0 ? "PCS-4000" : "none", deviceId: "SN-1",
      technology: "T010101", commissionedDay: 18_000, activeFrom: Interval(containing: start))
  }

  private mutating func build(
    _ fixture: LedgerFixture, _ members: [MemberRecord], _ traces: [EnergyTrace],
    _ start: NetworkTime
  ) throws {
    let network = fixture.network
    var admissions: [Transaction] = []
    for (member, site) in zip(members, [home, company]) {
      admissions += [
        .admitMember(
          AdmitMember(
            operator: fixture.operatorId, record: member, network: network,
            signedBy: fixture.operatorKey)),
        .registerSite(
          RegisterSite(
            operator: fixture.operatorId, record: site, network: network,
            signedBy: fixture.operatorKey)),
      ]
    }
    var chain = try FixtureChain(fixture)
    try chain.seal(admissions, after: start.seconds - LedgerFixture.start.seconds)
    var counters: [[UInt64]] = [[0, 0, 0], [0, 0, 0]]
    for day in 0..<CoinFixture.days {
      var reports: [Transaction] = []
      for (index, site) in [home, company].enumerated() {
        let key = index == 0 ? CoinFixture.homeSiteKey : CoinFixture.companySiteKey
        let from = start.advanced(by: UInt64(day) * 86_400)
        reports.append(
          .report(
            try CoinFixture.report(site, key, traces[index], from, &counters[index], network)))
      }
      try chain.seal(reports, after: 86_400)
    }
    generatedWh = counters[0][0]
    // The homes have seats by now: what a desk mints from is final with their approval.
    try chain.settle(alsoBy: [CoinFixture.homeSiteKey, CoinFixture.companySiteKey])
    let store = try LedgerStore(folder: data, genesis: try NetworkFile.load(genesis))
    let active = try ActiveChain(store)
    for block in chain.blocks.dropFirst() {
      _ = try active.accept(block, now: NetworkTime(seconds: 1 << 39))
    }
    try store.close()
  }

  /// Makes what the stopped node has sealed final: all seats approve, and the record is sealed.
  func settle() throws {
    let store = try LedgerStore(folder: data, genesis: try NetworkFile.load(genesis))
    let active = try ActiveChain(store)
    var chain = try FixtureChain(LedgerFixture())
    for height in 1...active.tip.height {
      if let block = try store.block(height: height) { try chain.connect(block) }
    }
    for _ in 0..<2 {
      try chain.settle(alsoBy: [CoinFixture.homeSiteKey, CoinFixture.companySiteKey])
    }
    for block in chain.blocks.dropFirst(Int(active.tip.height) + 1) {
      _ = try active.accept(block, now: NetworkTime(seconds: 1 << 39))
    }
    try store.close()
  }

  private static func report(
    _ site: SiteRecord, _ key: KeyPair, _ trace: EnergyTrace, _ from: NetworkTime,
    _ counters: inout [UInt64], _ network: NetworkId
  ) throws -> Report {
    let opening = counters
    var readings: [Reading] = []
    for slot in 0..<48 {
      let start = from.advanced(by: UInt64(slot) * 1800)
      let end = start.advanced(by: 1800)
      var reading = Reading(interval: Interval(containing: start), quality: .measured)
      let pv = site.capacityW > 0 ? energy(\.pv, trace, start, end) : 0
      let load = energy(\.load, trace, start, end)
      reading[.generated] = pv
      reading[.consumed] = load
      reading[.sold] = pv > load ? pv - load : 0
      reading[.purchased] = load > pv ? load - pv : 0
      for (index, flow) in [EnergyFlow.generated, .sold, .purchased].enumerated() {
        counters[index] += UInt64(reading[flow])
      }
      readings.append(reading)
    }
    return try Report(
      site: site.id, gapBefore: 0, readings: readings,
      registers: zip([EnergyFlow.generated, .sold, .purchased], zip(opening, counters)).map {
        LedgerFixture.register($0, $1.0, $1.1)
      }, sampleRoot: .zero, network: network, signedBy: key)
  }

  /// The energy of a part of a trace, constant within each of its steps, in whole Wh that add up.
  private static func energy(
    _ part: KeyPath<EnergyTrace.Step, Int64>, _ trace: EnergyTrace, _ from: NetworkTime,
    _ to: NetworkTime
  ) -> UInt32 {
    func sum(_ time: NetworkTime) -> Int64 {
      let seconds = Int64(time.seconds(since: trace.start))
      let step = Int64(trace.stepSeconds)
      let whole = trace.steps.prefix(Int(seconds / step)).reduce(0) { $0 + $1[keyPath: part] }
      guard trace.steps.indices.contains(Int(seconds / step)) else { return whole }
      return whole + trace.steps[Int(seconds / step)][keyPath: part] * (seconds % step) / step
    }
    return UInt32(max(0, sum(to) - sum(from)))
  }

  /// The network file of a fixture.
  static func networkFile(_ fixture: LedgerFixture) -> String {
    let rules = fixture.genesis.rules
    return """
      {"name": "fixture", "time": "2026-01-01T00:00:00Z", "membership": "\(rules.membership)",
       "easiestTarget": "207fffff",
       "rules": {"searchSeconds": 10, "retargetBlocks": 2016, "blockPeriod": 0, "shareBlocks": 32,
         "shareDivisor": 0, "milliCoinsPerKilowattHour": \(rules.milliCoinsPerKilowattHour), "balanceToleranceWh": 300,
         "roofTolerancePerMille": 100, "reportLateness": 17520, "claimDays": 400,
         "clockFactor": 1, "blockBytes": 4194304, "blockTransactions": 20000,
         "checkpointSeconds": 3600, "approveAfterSeconds": 900, "termEpochs": 24,
         "restartSeconds": 1209600, "milliCoinsPerSplit": 100},
       "members": [
         {"kind": "operator", "name": "Operator", "key": "\(fixture.operatorKey.publicKey.value.hex)"},
         {"kind": "exchange", "name": "Exchange", "key": "\(fixture.exchangeKey.publicKey.value.hex)"}
       ]}
      """
  }
}
