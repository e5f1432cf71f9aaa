// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import CheckoutFixtures
import DemoStreet
import Explorer
import Foundation
import HTTPAPI
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerStore
import ProcessFixtures
import Testing

extension Stories {
  /// Three homes with real measured data where there is any, and explorers at two nodes.
  private static func watched() async throws -> Street {
    let measured = (1...3).map { number in
      Checkout.measured.appendingPathComponent("homes-hourly/home-0\(number).csv").path
    }.filter { FileManager.default.fileExists(atPath: $0) }
    let place = StoryPlace()
    var plan = StreetPlan(
      folder: temporary.appendingPathComponent("watched").path,
      genesis: try fastGenesis("street", factor: 450), data: measured, homes: 3, days: 40,
      startHour: 8, reportIntervals: 2, firstPort: place.firstPort, network: place.network,
      binaries: Executable.file("hinatad").deletingLastPathComponent())
    plan.explorers = [.operator, .home(1)]
    plan.requestsPerSecond = 0
    let street = try Street(plan)
    try street.prepare()
    for home in 1...3 { try street.startHouse(home) }
    for role in street.roles { try street.start(role) }
    return street
  }

  private static func get(_ url: String) throws -> [String: Any] {
    let answer = try Executable.run("/usr/bin/env", ["curl", "-sf", url])
    return try json(answer.output)
  }

  /// A home retires a part of its first coins.
  private static func retire(_ street: Street) async throws {
    let key = temporary.appendingPathComponent("watched-member.key").path
    try KeyFile.write(
      seed: DemoKeys.seed(.member, home: 1), to: key, password: DemoKeys.password, cost: .least)
    let node = street.explorer(.operator)
    try await until("coins of the first home") {
      let lots = try? get("\(node)/api/v1/lots?living=true")
      return ((lots?["items"] as? [Any])?.count ?? 0) > 2
    }
    // The home's own ledger may be a few blocks behind the operator's.
    let member = DemoKeys.key(.member, home: 1).publicKey
    try await until("the first home in its own ledger") {
      try street.store(.home(1)).entry(.holder(member)) != nil
    }
    let retired = try Executable.run(
      "hinata",
      [
        "wallet", "retire", "--data", street.folder(.home(1)).path, "--genesis",
        street.plan.genesis, "--key", key, "--coins", "0.05", "--purpose",
        "<script>alert(1)</script>",
        "--beneficiary", "Sato & \"Foods\"",
      ], environment: ["HINATA_KEY_PASSWORD": DemoKeys.password])
    try #require(retired.status == 0, "\(retired.errors)")
    try await until("a retirement on the chain") {
      let all = try? get("\(node)/api/v1/transactions?kind=retire")
      return (all?["items"] as? [Any])?.isEmpty == false
    }
  }

  @Test(
    "The explorer in a real browser, the API against its own description, and clients of bad will",
    .works)
  func explorer() async throws {
    let street = try await Stories.watched()
    defer { street.end() }
    try await Stories.retire(street)
    let code = street.folder(.home(1)).appendingPathComponent(HouseholdAccess.codeFile).path
    let (node, home) = (street.explorer(.operator), street.explorer(.home(1)))
    async let walked: Void = Stories.walk(node, home, code)
    async let described: Void = Stories.describe(node)
    _ = try await (walked, described)
    try await badWill(street)
  }

  private static func walk(_ node: String, _ home: String, _ code: String) throws {
    let walk = try Executable.run(
      try PyPI.browser(),
      [
        "Tests/Tools/ScenarioTests/explorer_walk.py", node, home, code, ".build/screenshots",
      ])
    #expect(walk.status == 0, "\(walk.output) \(walk.errors.suffix(2000))")
    print(walk.output)
  }

  /// Schemathesis with ids of things that are there.
  private static func describe(_ explorer: String) async throws {
    let node = "\(explorer)/api/v1"
    func first(_ list: String, _ member: String) async throws -> String {
      var found: String?
      // A site may have been registered a moment ago, and have no day yet.
      try await until("a first \(member) of \(list)") {
        let items = try Stories.get("\(node)/\(list)")["items"] as? [[String: Any]]
        found = items?.first?[member] as? String
        return found != nil
      }
      return try #require(found)
    }
    let site = try await first("sites", "id")
    let parameters = [
      "block": "3", "transaction": try await first("transactions?kind=report", "id"),
      "site": site, "member": try await first("members", "id"),
      "claim": try await first("decisions", "claim"),
      "lot": try await first("certificates", "id"),
      "date": try await first("sites/\(site)/days", "period"),
    ]
    let lines = parameters.map { "\"path.\($0.key)\" = \"\($0.value)\"" }
    let rules = try String(
      contentsOf: Checkout.root.appendingPathComponent(
        "Tests/Tools/ScenarioTests/schemathesis.toml"),
      encoding: .utf8)
    let config = Stories.temporary.appendingPathComponent("schemathesis.toml")
    try "\(rules)\n[parameters]\n\(lines.joined(separator: "\n"))\n"
      .write(to: config, atomically: true, encoding: .utf8)
    try validate(explorer)
    let programs = try PyPI.programs(
      "schemathesis", ["schemathesis==4.32.5"], importing: "schemathesis")
    let bare = Checkout.root.appendingPathComponent("Tests/Tools/ScenarioTests/schemathesis.toml")
    for config in [config.path, bare.path] {
      // It keeps what it found in the folder where it runs.
      let result = try Executable.run(
        "/usr/bin/env",
        [
          "-C", Stories.temporary.path, programs.appendingPathComponent("schemathesis").path,
          "--config-file", config, "run", "--max-examples", "15", "--seed", "7",
          "\(node)/openapi.json",
        ])
      let said = result.output.split(separator: "\n").map { $0.prefix(300) }.suffix(80)
      #expect(result.status == 0, "\(said.joined(separator: "\n"))")
    }
  }

  /// The description is valid OpenAPI, read as JSON and as YAML, and the metrics are what
  /// Prometheus reads.
  private static func validate(_ explorer: String) throws {
    let programs = try PyPI.programs(
      "openapi", ["openapi-spec-validator==0.9.0"], importing: "openapi_spec_validator")
    for name in ["openapi.json", "openapi.yaml"] {
      let file = temporary.appendingPathComponent(name).path
      let got = try Executable.run(
        "/usr/bin/env", ["curl", "-sf", "-o", file, "\(explorer)/api/v1/openapi.json"])
      #expect(got.status == 0)
      let verdict = try Executable.run(
        programs.appendingPathComponent("openapi-spec-validator").path, [file])
      #expect(verdict.status == 0, "\(verdict.output) \(verdict.errors)")
    }
    let metrics = try Executable.run(
      "/usr/bin/env",
      [
        "bash", "-c",
        "curl -sf \(explorer)/metrics | promtool check metrics && promtool check rules Docs/alerts.yml",
      ])
    #expect(metrics.status == 0, "\(metrics.output) \(metrics.errors)")
  }

  /// Script in a text that anybody may write, tricks with paths, and listeners that stay while a
  /// node ends.
  private func badWill(_ street: Street) async throws {
    let node = street.explorer(.operator)
    func page(_ path: String) throws -> String {
      try Executable.run("/usr/bin/env", ["curl", "-s", "--path-as-is", "-i", node + path]).output
    }
    let retired = try Stories.get("\(node)/api/v1/transactions?kind=retire")
    let items = try #require(retired["items"] as? [[String: Any]])
    let shown = try page("/transactions/\(try #require(items.first?["id"] as? String))")
    #expect(shown.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(shown.contains("Sato &amp; &quot;Foods&quot;") && !shown.contains("<script>alert"))
    #expect(shown.contains("default-src 'none'"))
    for path in [
      "/../keys/site.key", "/assets/../../keys/site.key", "/%2e%2e/node.json",
      "/home/../keys/site.key",
    ] {
      let answer = try page(path)
      #expect(answer.hasPrefix("HTTP/1.1 404"), "\(path): \(answer.prefix(100))")
      #expect(!answer.contains("publicKey"))
    }
    let listeners = (0..<3).map { _ in
      Executable.process("/usr/bin/env", ["curl", "-sNv", "\(node)/api/v1/events"])
    }
    for listener in listeners { try Executable.start(listener, until: "text/event-stream") }
    street.stop(.operator)
    for listener in listeners { listener.process.waitUntilExit() }
    let log = try Stories.log(.operator, of: street)
    #expect(log.contains("ended; everything is kept"), "\(log.suffix(300))")
    let index = street.folder(.operator).appendingPathComponent("explorer.sqlite-wal")
    let left = try? FileManager.default.attributesOfItem(atPath: index.path)[.size] as? Int
    #expect((left ?? 0) == 0, "the index was put into one file")
  }
}
