// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Clocks
import CommandLineTool
import Explorer
import ExplorerIndex
import Foundation
import HTTPAPI
import Hummingbird
import Ledger
import LedgerFixtures
import LedgerStore
import Logging
import NodeServices
import Quantities
import ServiceLifecycle
import WebService

/// The explorer over 10 million readings: blocks, days of sites, lots and the first page, each of
/// many different ones at random, against a bare Hummingbird answer of the same size; 64
/// connections by wrk.
func explorer() async throws -> [Figure] {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("hinata-bench-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  let (store, readings) = try explorerLedger(folder.path)
  let index = try ExplorerIndex(
    path: folder.appendingPathComponent(ExplorerIndex.fileName).path, genesis: store.genesis)
  let start = ContinuousClock.now
  while try !index.advance(with: store).isComplete {}
  let indexing = Double(readings) / seconds(since: start)
  var figures = [
    Figure(
      name: "explorer_indexing", value: indexing.rounded(),
      unit: "readings/s into the index, \(readings) of them", ratio: nil, to: "–")
  ]
  let source = ExplorerSource(ledger: store, index: index, clock: .wall)
  figures += try await Load(source: source, folder: folder).figures()
  return figures
}

/// A year of 572 homes: 10,021,440 readings.
private func explorerLedger(_ path: String) throws -> (LedgerStore, readings: Int) {
  let homes = 572
  let traces = try BenchHomes.traces().homes
  let fixture = LedgerFixture(homes: homes)
  var year = BenchYear(fixture: fixture, traces: (0..<homes).map { traces[$0 % traces.count] })
  let store = try LedgerStore(folder: path, genesis: fixture.genesis)
  var chain = try FixtureChain(fixture)
  try store.insert(try chain.seal(encoded: fixture.admissions, after: 86_400), work: .zero)
  for day in 0..<365 {
    if day % 20 == 0 { Screen.note("hinata-bench: day \(day) of the explorer's year") }
    try store.insert(
      try chain.seal(encoded: try year.day(day), after: 86_400), work: .zero)
  }
  return (store, homes * 365 * 48)
}

/// Two servers side by side, and wrk that asks them in turn.
private struct Load {
  let source: ExplorerSource
  let folder: URL

  func figures() async throws -> [Figure] {
    var logger = Logger(label: "bench")
    logger.logLevel = .error
    var limits = WebServer.Limits()
    limits.requestsPerSecond = 0
    let (ports, told) = AsyncStream.makeStream(of: Int.self)
    let server = ExplorerServer(
      source, host: "127.0.0.1", port: 0, limits: limits, logger: logger,
      onRunning: { told.yield($0) })
    let (barePorts, bareTold) = AsyncStream.makeStream(of: Int.self)
    let router = Router()
    router.get("bare/:size") { _, context -> Response in
      let size = context.parameters.get("size").flatMap(Int.init) ?? 0
      return Response(status: .ok, body: .init(byteBuffer: Load.bytes(size)))
    }
    let bare = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { bareTold.yield($0.localAddress?.port ?? 0) }, logger: logger)
    let group = ServiceGroup(services: server.services + [bare], logger: logger)
    return try await withThrowingTaskGroup(of: [Figure].self) { tasks in
      tasks.addTask {
        try await group.run()
        return []
      }
      tasks.addTask {
        var (port, barePort) = (0, 0)
        for await known in ports {
          port = known
          break
        }
        for await known in barePorts {
          barePort = known
          break
        }
        let figures = try [slowest(port)] + compare(port, barePort)
        await group.triggerGracefulShutdown()
        return figures
      }
      var all: [Figure] = []
      for try await part in tasks { all += part }
      return all
    }
  }

  /// Encoded once for each size.
  private static func bytes(_ size: Int) -> ByteBuffer { kept[size] ?? ByteBuffer() }
  private static let kept: [Int: ByteBuffer] = Dictionary(
    uniqueKeysWithValues: (0...1024).map {
      ($0 * 64, ByteBuffer(bytes: [UInt8](repeating: 97, count: $0 * 64)))
    })

  /// Each kind of page once, from an empty cache.
  private func slowest(_ port: Int) throws -> Figure {
    let index = source.index
    guard let site = try index.entities(.site, limit: 1).first, let owner = site.member,
      let lot = try index.lots(limit: 1).first?.summary,
      let report = try index.transactions(kind: Report.kind, limit: 1).first,
      let day = try index.span(of: SiteId(site.id))?.upperBound
    else { throw BenchError(description: "the year is empty") }
    let date = "\(CalendarDate(dayNumber: Int64(day)))"
    let paths = [
      "/", "/blocks", "/blocks/\(report.place.height)", "/forks", "/transactions",
      "/transactions?kind=transfer", "/transactions/\(report.id.hex)", "/sites",
      "/sites/\(site.id.hex)?day=\(date)", "/sites/\(site.id.hex)?month=\(date.prefix(7))",
      "/sites/\(site.id.hex)?year=\(date.prefix(4))", "/members", "/members/\(owner.hex)",
      "/lots", "/lots?status=retired", "/lots/\(lot.id.hex)", "/claims", "/network",
      "/search?q=home", "/search?q=\(report.id.hex)", "/intervals/\(report.first?.number ?? 0)",
    ]
    var slowest = (path: "", seconds: 0.0)
    for path in paths {
      let text = try output(
        "curl",
        ["-sf", "-o", "/dev/null", "-w", "%{time_total}", "http://127.0.0.1:\(port)\(path)"])
      let seconds = Double(text) ?? 0
      if seconds > slowest.seconds { slowest = (path, seconds) }
    }
    return Figure(
      name: "explorer_slowest_page", value: (slowest.seconds * 10_000).rounded() / 10,
      unit: "ms, of \(paths.count) kinds: \(slowest.path.prefix(24))", ratio: slowest.seconds,
      to: "1 s")
  }

  private func compare(_ port: Int, _ barePort: Int) throws -> [Figure] {
    let kinds = try paths()
    var figures: [Figure] = []
    for (name, paths) in kinds {
      let size = try mean(paths, port) / 64 * 64
      let list = folder.appendingPathComponent("\(name).lua").path
      try script(paths).write(toFile: list, atomically: true, encoding: .utf8)
      let bareList = folder.appendingPathComponent("bare.lua").path
      try script(["/bare/\(size)"]).write(toFile: bareList, atomically: true, encoding: .utf8)
      var own: [Run] = []
      var limit: [Run] = []
      for _ in 0..<3 {
        limit.append(try run(bareList, barePort))
        own.append(try run(list, port))
      }
      let (best, bestLimit) = (own.map(\.rate).max() ?? 0, limit.map(\.rate).max() ?? 1)
      let (p99, p99Limit) = (own.map(\.p99).min() ?? 0, limit.map(\.p99).min() ?? 1)
      figures.append(
        Figure(
          name: "explorer_\(name)", value: best.rounded(),
          unit: "requests/s of \(size) bytes, \(paths.count) different", ratio: best / bestLimit,
          to: "a bare Hummingbird answer (\(Int(bestLimit))/s)"))
      figures.append(
        Figure(
          name: "explorer_\(name)_p99", value: p99, unit: "ms", ratio: p99 / p99Limit,
          to: "a bare Hummingbird answer (\(p99Limit) ms)"))
    }
    return figures
  }

  private func paths() throws -> [(String, [String])] {
    var random = SeededGenerator(seed: 7)
    let sites = try source.index.entities(.site, limit: 1000)
    let span = try source.index.span(of: SiteId(sites[0].id)) ?? 0...0
    let days = (0..<20_000).map { _ -> String in
      let site = sites[Int(random.below(UInt64(sites.count)))]
      let day = Int64(span.lowerBound) + Int64(random.below(UInt64(span.count)))
      return "/api/v1/sites/\(site.id.hex)/days/\(CalendarDate(dayNumber: day))"
    }
    var lots: [String] = []
    var after: Int64?
    while lots.count < 20_000 {
      let part = try source.index.lots(before: after, limit: 1000)
      guard let last = part.last else { break }
      lots += part.map { "/api/v1/lots/\($0.summary.id.hex)" }
      after = last.number
    }
    let tip = try source.index.tip().height
    return [
      ("home_page", ["/"]), ("block", (1...tip).map { "/api/v1/blocks/\($0)" }),
      ("site_day", Array(days.prefix(2000))), ("site_day_cold", days), ("lot", lots),
    ]
  }

  private struct Run {
    let rate: Double
    /// Milliseconds.
    let p99: Double
  }

  private func script(_ paths: [String]) -> String {
    """
    local paths = {\(paths.map { "\"\($0)\"" }.joined(separator: ","))}
    request = function() return wrk.format("GET", paths[math.random(#paths)]) end
    done = function(summary, latency, requests)
      local bad = summary.errors.status + summary.errors.read + summary.errors.timeout
      io.write(string.format("FIGURES %f %f %d\\n",
        summary.requests / summary.duration * 1e6, latency:percentile(99) / 1000, bad))
    end
    """
  }

  private func run(_ script: String, _ port: Int) throws -> Run {
    let text = try output(
      "wrk", ["-c", "64", "-t", "1", "-d", "3", "-s", script, "http://127.0.0.1:\(port)"])
    let words = text.split(separator: "\n").first { $0.hasPrefix("FIGURES") }?.split(separator: " ")
    guard let words, words.count == 4, let rate = Double(words[1]), let p99 = Double(words[2]),
      words[3] == "0"
    else { throw BenchError(description: "wrk: \(text.suffix(300))") }
    return Run(rate: rate, p99: p99)
  }

  /// The mean length of some answers, in bytes.
  private func mean(_ paths: [String], _ port: Int) throws -> Int {
    let some = paths.prefix(20)
    let sizes = try some.map { path in
      try output("curl", ["-sf", "http://127.0.0.1:\(port)\(path)"]).utf8.count
    }
    return sizes.reduce(0, +) / max(1, sizes.count)
  }

  private func output(_ tool: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw BenchError(description: "\(tool) ended with \(process.terminationStatus)")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
