// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import CanonicalCoding
import Chain
import DemoStreet
import Foundation
import HouseModel
import KeyFiles
import Ledger
import LedgerFiles
import LedgerStore
import ProcessFixtures
import Proofs
import Quantities
import Testing
import Verification

extension Stories {
  /// A street for tests, its clock so many times as fast as the wall's.
  static func street(_ name: String, factor: Int) throws -> Street {
    let place = StoryPlace()
    var plan = StreetPlan(
      folder: temporary.appendingPathComponent(name).path,
      genesis: try fastGenesis("street", factor: factor), data: [],
      homes: 6, days: 1, startHour: 8, reportIntervals: 2, firstPort: place.firstPort,
      network: place.network, binaries: Executable.file("hinatad").deletingLastPathComponent())
    plan.fastStartBlocks = 8
    return try Street(plan)
  }

  /// Waits until the operator's chain is so high.
  private static func height(_ wanted: UInt64, of street: Street) async throws {
    try await until("height \(wanted)") {
      let chain = try? await street.admin(.operator)?.get("chain", as: ChainForm.self)
      return (chain?.height ?? 0) >= wanted
    }
  }

  /// Looks again and again until something holds, for at most five minutes.
  static func until(
    _ what: @autoclosure () -> String, _ holds: () async throws -> Bool
  ) async throws {
    let began = ContinuousClock.now
    while try await !holds() {
      guard ContinuousClock.now - began < .seconds(300) else {
        throw StoryError(description: "still waiting for \(what())")
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// What a node has written so far.
  static func log(_ role: StreetRole, of street: Street) throws -> String {
    try String(
      contentsOf: URL(fileURLWithPath: street.plan.folder)
        .appendingPathComponent("\(role.name).log"), encoding: .utf8)
  }

  struct StoryError: Error, CustomStringConvertible {
    let description: String
  }

  @Test(
    "Eight processes, three kills, a late one and a damaged file: one tip, and coins equal PQ1",
    .waits)
  func street() async throws {
    let street = try Stories.street("street", factor: 600)
    try street.prepare()
    defer { street.end() }
    for home in 1...6 { try street.startHouse(home) }
    for role in street.roles.prefix(4) { try street.start(role) }
    try await Stories.height(2, of: street)
    for role in [StreetRole.home(3), .home(4)] { try street.start(role) }
    for (victim, height) in [(StreetRole.home(2), 5), (.exchange, 9), (.home(3), 13)] {
      try await Stories.height(UInt64(height), of: street)
      street.kill(victim)
      try await Stories.height(UInt64(height + 2), of: street)
      try street.start(victim)
      if victim == .exchange { try street.start(.home(5)) }
    }
    try await damage(.home(4), of: street)
    try await Stories.until("a final block that is worth starting from") {
      let store = try LedgerStore.reading(
        folder: street.folder(.home(1)).path, genesis: try NetworkFile.load(street.plan.genesis))
      return try store.basis()?.header.height ?? 0 >= 8
    }
    try street.start(.home(6))
    try await Stories.until("the late node to start from a snapshot and check its history") {
      let log = try Stories.log(.home(6), of: street)
      return log.contains("started from the state of block") && log.contains("history up to block")
    }
    try await settle(street)
    street.end()
    try await check(street)
  }

  /// A file of which little is left is refused with a word; with it moved away the node gets all
  /// blocks from its peers.
  private func damage(_ role: StreetRole, of street: Street) async throws {
    street.stop(role)
    let file = street.folder(role).appendingPathComponent(LedgerStore.fileName)
    var data = try Data(contentsOf: file)
    data.replaceSubrange(4096..., with: Data(repeating: 0xFF, count: data.count - 4096))
    try data.write(to: file)
    try street.start(role)
    try await Stories.until("the damaged node to end") { street.dead == role.name }
    let log = try Stories.log(role, of: street)
    #expect(log.contains("damaged") || log.contains("malformed"), "\(log.suffix(400))")
    try FileManager.default.moveItem(
      at: file, to: file.deletingPathExtension().appendingPathExtension("damaged"))
    street.kill(role)
    try street.start(role)
  }

  /// All reports of the day are on the chain, all of it is minted, and all nodes have one tip.
  private func settle(_ street: Street) async throws {
    let end = street.traces[0].end
    var lacking = ""
    try await Stories.until("one tip with the whole day on it: \(lacking)") {
      let store = try street.store(.operator)
      for site in street.sites {
        guard let progress = try store.progress(site.id),
          progress.next.start >= end, progress.mintedWh == progress.totals[0]
        else {
          lacking = "\(site.name) is not wholly recorded and minted"
          return false
        }
      }
      var tips: Set<String> = []
      for role in street.roles {
        guard let chain = try? await street.admin(role)?.get("chain", as: ChainForm.self) else {
          lacking = "\(role.name) does not answer"
          return false
        }
        tips.insert(chain.tip)
      }
      lacking = "tips are \(tips)"
      return tips.count == 1
    }
  }

  private func check(_ street: Street) async throws {
    var tips: Set<BlockHash?> = []
    // A block may have been sealed since: up to where all have come, they have one chain.
    let common = try street.roles.map { try street.store($0).height() }.min() ?? 0
    for role in street.roles {
      let store = try street.store(role)
      let verdict = await ChainVerdict(checking: store)
      #expect(verdict.finding == nil, "\(role.name)")
      tips.insert(try store.block(height: common)?.header.hash)
      let supply = try store.supply()
      #expect(supply.minted.value == supply.generatedWh, "1 coin = 1 kWh")
      #expect(supply.generatedWh > 10_000)
    }
    #expect(tips.count == 1)
    let notes = try street.store(.operator).auditNotes(limit: 1000)
    #expect(notes.count > 3, "a share of the reports was audited by others")
    #expect(notes.allSatisfy { $0.finding == .agrees || $0.finding == .noEvidence })
    #expect(notes.contains { $0.finding == .agrees })
  }

  @Test("Two nodes of a house that know nobody find each other by their beacons", .waits)
  func beacons() throws {
    let anchor = "\(Date().timeIntervalSince1970)"
    let nodes = ["a", "b"].map { name in
      Executable.process(
        "hinatad",
        [
          "--data", Stories.temporary.appendingPathComponent("lan-\(name)").path, "--genesis",
          "Genesis/street.json", "--set", "peers.listen=127.0.0.1:0", "--set",
          "peers.lan=127.0.0.1", "--set", "clock.anchor=\(anchor)", "--set",
          "clock.start=1470000000",
        ])
    }
    defer { for node in nodes { #expect(Executable.end(node)) } }
    try Executable.start(nodes[0], until: "listening for peers")
    try Executable.start(nodes[1], until: "established")
    #expect(nodes.allSatisfy { $0.process.isRunning })
  }

  @Test("The commands that look inside a running node, and what they say of wrong use", .waits)
  func lookingInside() async throws {
    let street = try Stories.street("inside", factor: 900)
    try street.prepare()
    defer { street.end() }
    try street.startHouse(1)
    for role in street.roles.prefix(3) { try street.start(role) }
    let data = street.folder(.operator).path
    try await Stories.until("two peers") {
      let chain = try? await street.admin(.operator)?.get("chain", as: ChainForm.self)
      return try chain?.peers == 2 && Stories.firstReport(street) != nil
    }
    let peers = try Stories.json(
      try Executable.run("hinata", ["peers", "--data", data, "--json"]).output)
    #expect((peers["peers"] as? [Any])?.count == 2)
    #expect((peers["bans"] as? [Any])?.isEmpty == true)
    let chain = try Stories.json(
      try Executable.run("hinata", ["chain", "--data", data, "--json"]).output)
    #expect(chain["network"] as? String == "street")
    let pool = try Stories.json(
      try Executable.run("hinata", ["mempool", "--data", data, "--json"]).output)
    #expect(pool["count"] as? Int == 0)
    let sync = try Executable.run("hinata", ["sync", "--data", data])
    #expect(sync.output.contains("100 %"))
    let lift = try Executable.run(
      "hinata", ["peers", "--data", data, "--lift", String(repeating: "0", count: 64)])
    #expect(lift.status == 2)
    #expect(lift.errors.contains("nobody of this key is banned"))
    let nowhere = try Executable.run("hinata", ["chain", "--data", "/nowhere"])
    #expect(nowhere.status == 2)
    #expect(nowhere.errors.contains("admin.listen"))
    let access = try #require(AdminAccess(folder: data))
    let url = try #require(URL(string: "http://\(access.address)/admin/v1/chain"))
    let bare = try Executable.run(
      "/usr/bin/env", ["curl", "-s", "-w", "%{http_code}", url.absoluteString])
    #expect(bare.output.hasSuffix("401"))
    try await Stories.until("a final block with the home's first report") {
      let store = try street.store(.operator)
      guard let report = try Stories.firstReport(street) else { return false }
      return try store.trail(of: report) != nil
    }
    try await light(street)
    let pause = try Executable.run("hinata", ["peers", "--data", data, "--pause", "1"])
    #expect(pause.status == 0)
    try await Stories.until("the peers back") {
      try await street.admin(.operator)?.get("chain", as: ChainForm.self).peers == 2
    }
  }

  /// The first report of the first home on the operator's chain.
  static func firstReport(_ street: Street) throws -> TransactionId? {
    let site = street.sites[0]
    let day = site.activeFrom..<site.activeFrom.advanced(by: 96)
    return try street.store(.operator).reports(of: site.id, in: day).first?.id
  }

  /// A member asks the node of the home for the samples under its report; a stranger gets none.
  private func samples(_ street: Street, _ arguments: [String]) throws {
    let report = try #require(try Stories.firstReport(street))
    let home = street.plan.firstPort + 2
    var arguments = arguments + ["--evidence", report.hex]
    arguments[4] = "127.0.0.1:\(home)"
    let stranger = try Executable.run("hinata", arguments)
    #expect(stranger.status == 1)
    #expect(stranger.errors.contains("no member's"))
    // Not a node's own key: a peer keeps one link to each key.
    let key = Stories.temporary.appendingPathComponent("member.key").path
    try KeyFile.write(
      seed: DemoKeys.seed(.member, home: 2), to: key, password: DemoKeys.password, cost: .least)
    let member = try Executable.run(
      "hinata", arguments + ["--key", key],
      environment: ["HINATA_KEY_PASSWORD": DemoKeys.password])
    #expect(member.status == 0, "\(member.errors)")
    let evidence = try #require(try Stories.json(member.output)["evidence"] as? [String: Any])
    #expect(evidence["finding"] as? String == "agrees")
  }

  /// A member looks into another's meters through its own node.
  private func look(_ street: Street) async throws {
    let report = try #require(try Stories.firstReport(street))
    let site = street.sites[0]
    let asked = [
      "evidence", "--data", street.folder(.operator).path, "--genesis", street.plan.genesis,
      "--site", site.id.hex, "--interval", "\(site.activeFrom)", "--json",
    ]
    var said = ""
    // A home may have no link for a while.
    try await Stories.until("another's samples: \(said)") {
      let ended = try Executable.run("hinata", asked)
      said = ended.output + ended.errors
      return ended.status == 0
    }
    let seen = try Stories.json(said)
    #expect(seen["roots_agree"] as? Bool == true)
    #expect(seen["report"] as? String == report.hex)
    let samples = try #require(seen["samples"] as? [[String: Any]])
    #expect(samples.contains { ($0["meaning"] as? String)?.contains("=") == true })
  }

  /// A light client over the real network: what holds is proven, what does not is said.
  private func light(_ street: Street) async throws {
    let port = street.plan.firstPort
    let arguments = [
      "light", "--genesis", street.plan.genesis, "--peer", "127.0.0.1:\(port)", "--known",
      Stories.temporary.appendingPathComponent("known").path, "--json",
    ]
    for _ in 0..<2 {
      let result = try Executable.run(
        "hinata", arguments + ["--site", street.sites[0].id.hex])
      #expect(result.status == 0, "\(result.errors)")
      let form = try Stories.json(result.output)
      let proofs = try #require(form["proofs"] as? [[String: Any]])
      #expect(proofs.count == 2)
      #expect((proofs[0]["holds"] as? String)?.contains("Demo roof") == true)
      #expect((proofs[0]["standing"] as? [String: Any])?["is_final"] as? Bool == true)
      #expect(try #require(form["bytes_kept"] as? Int) < 8_192, "no headers")
    }
    try samples(street, arguments)
    try await look(street)
    let unknown = try Executable.run(
      "hinata", arguments + ["--transaction", String(repeating: "0", count: 64)])
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("no such transaction"))
    let nobody = try Executable.run(
      "hinata", ["light", "--genesis", street.plan.genesis, "--peer", "127.0.0.1:1"])
    #expect(nobody.status == 2)
  }
}
