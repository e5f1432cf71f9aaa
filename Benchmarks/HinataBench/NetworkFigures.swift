// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Clocks
import Foundation
import HouseModel
import Ledger
import LedgerCrypto
import LedgerFixtures
import LedgerStore
import Logging
import NodeServices
import PeerFiles
import PeerProtocol
import PeerTransport
import Quantities
import Simulation
import Wire

/// The initial sync of a year of 200 homes over TLS on loopback, as a ratio to reading and
/// verifying the same blocks from a file.
func syncing() async throws -> [Figure] {
  let homes = 200
  let traces = try BenchHomes.traces().homes
  let fixture = LedgerFixture(homes: homes)
  var year = BenchYear(fixture: fixture, traces: (0..<homes).map { traces[$0 % traces.count] })
  return try await withFolders(3) { folders in
    let server = try LedgerStore(folder: folders[0], genesis: fixture.genesis)
    var chain = try FixtureChain(fixture)
    try server.insert(try chain.seal(encoded: fixture.admissions, after: 86_400), work: .zero)
    for day in 0..<365 {
      try server.insert(try chain.seal(encoded: try year.day(day), after: 86_400), work: .zero)
    }
    let reports = Double(chain.blocks.reduce(0) { $0 + $1.transactions.count })
    let files = chain.blocks.dropFirst().map(\.bytes)
    let now = NetworkTime(seconds: chain.context.time.seconds + 60)
    let file = try LedgerStore(folder: folders[1], genesis: fixture.genesis)
    var start = ContinuousClock.now
    let local = try ActiveChain(file)
    for bytes in files { _ = try local.accept(try Block(exactly: bytes), now: now) }
    let alone = seconds(since: start)
    let empty = try LedgerStore(folder: folders[2], genesis: fixture.genesis)
    start = ContinuousClock.now
    let tip = try await synced(from: server, to: empty, now: now, until: local.tipHash)
    let overNetwork = seconds(since: start)
    guard tip == local.tipHash else { throw BenchError(description: "the sync went elsewhere") }
    return [
      Figure(
        name: "sync_reports_per_s", value: (reports / overNetwork).rounded(),
        unit: "reports/s, a year of \(homes) homes, TLS on loopback", ratio: alone / overNetwork,
        to: "the same blocks verified from memory into a file (\(Int(reports / alone))/s)")
    ]
  }
}

/// Folders that are removed at the end.
private func withFolders<Value>(
  _ count: Int, _ body: ([String]) async throws -> Value
) async throws -> Value {
  let paths = (0..<count).map { _ in
    FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-bench-\(UUID().uuidString)").path
  }
  for path in paths {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  defer { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
  return try await body(paths)
}

struct BenchError: Error, CustomStringConvertible {
  let description: String
}

/// Lets an empty node sync from a full one.
private func synced(
  from server: LedgerStore, to empty: LedgerStore, now: NetworkTime, until tip: BlockHash
) async throws -> BlockHash {
  let clock = NetworkClock(
    anchor: Date().timeIntervalSince1970, start: now, factor: 1)
  var logger = Logger(label: "bench")
  logger.logLevel = .error
  let (full, fullTransport, port) = try await node("full", server, clock, logger, targets: [])
  let target = PeerTarget(host: "127.0.0.1", port: UInt16(port), key: nil)
  let (bare, bareTransport, _) = try await node("bare", empty, clock, logger, targets: [target])
  let changes = await bare.changes()
  let pumps = [(full, fullTransport), (bare, bareTransport)].map { keeper, transport in
    Task { for await event in transport.events { await keeper.take(event) } }
  }
  let ticks = Task {
    while (try? await Task.sleep(for: .milliseconds(100))) != nil {
      await full.tick()
      await bare.tick()
    }
  }
  await bare.tick()
  for await _ in changes where await bare.tip.hash == tip { break }
  ticks.cancel()
  await fullTransport.shutDown()
  await bareTransport.shutDown()
  for pump in pumps { await pump.value }
  return await bare.tip.hash
}

private func node(
  _ name: String, _ store: LedgerStore, _ clock: NetworkClock, _ logger: Logger,
  targets: [PeerTarget]
) async throws -> (LedgerKeeper, PeerTransport, Int) {
  let key = LedgerFixture.key(name)
  let transport = try PeerTransport(key, rules: store.genesis.rules)
  let port = try await transport.listen(host: "127.0.0.1", port: 0)
  let setup = PeerSetup(
    settings: NodeMachine.Settings(
      key: key, port: UInt16(port), offers: [.relay], agent: name, targets: targets),
    transport: transport, memory: PeerMemory(), seed: SHA256.digest(Array(name.utf8)),
    samples: nil)
  return (try LedgerKeeper(store, clock: clock, logger: logger, peers: setup), transport, port)
}

/// How long a report takes to reach every node, and what a node sends, by the size of the network;
/// virtual time, lines of 20–100 ms.
func gossip() throws -> [Figure] {
  var figures: [Figure] = []
  for nodes in [10, 20, 50, 100, 200] {
    var plan = Plan(nodes: nodes, milliseconds: 24 * 3_600_000, seed: 7)
    plan.faults = []
    let result = try World(plan).run()
    let spread = result.spread.sorted()
    guard !spread.isEmpty, result.violations.isEmpty else {
      throw BenchError(description: "the simulation of \(nodes) nodes gave nothing")
    }
    let median = Double(spread[spread.count / 2])
    figures.append(
      Figure(
        name: "report_to_all_of_\(nodes)_ms", value: median, unit: "virtual ms, median",
        ratio: median / (Double(nodes).logarithm * 100), to: "100 ms × log₂ N"))
    let reports = Double(plan.milliseconds / (nodes <= 20 ? 3_600_000 : 21_600_000))
    figures.append(
      Figure(
        name: "sent_per_home_and_day_of_\(nodes)", value: Double(result.bytes / UInt64(nodes)),
        unit: "bytes, \(Int(reports)) reports a home", ratio: nil, to: ""))
  }
  return figures
}

extension Double {
  fileprivate var logarithm: Double { Foundation.log2(self) }
}

/// What a link costs in memory, TLS and both ends included.
func links() async throws -> [Figure] {
  let count = 64
  let server = try PeerTransport(LedgerFixture.key("server"), rules: LedgerFixture.rules())
  let port = try await server.listen(host: "127.0.0.1", port: 0)
  let drained = Task { for await _ in server.events {} }
  let before = residentBytes()
  var clients: [PeerTransport] = []
  for number in 0..<count {
    let client = try PeerTransport(
      LedgerFixture.key("client \(number)"), rules: LedgerFixture.rules())
    client.connect(
      attempt: 1, to: PeerTarget(host: "127.0.0.1", port: UInt16(port), key: nil))
    for await event in client.events { if case .linked = event { break } }
    clients.append(client)
  }
  let each = Double(residentBytes() - before) / Double(count)
  for client in clients { await client.shutDown() }
  await server.shutDown()
  await drained.value
  return [
    Figure(
      name: "link_bytes", value: each.rounded(), unit: "bytes of memory a link, both ends",
      ratio: nil, to: "")
  ]
}

private func residentBytes() -> Int {
  let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
  let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  return pages * 4096
}
