// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import DemoStreet
import Foundation
import HouseModel
import JoinFiles
import Joining
import KeyFiles
import Ledger
import LedgerStore
import MeterServices
import NodeServices
import ProcessFixtures
import Quantities
import RouteBSerial
import Testing

extension Stories {
  private static func curl(_ arguments: [String]) throws -> String {
    try Executable.run("/usr/bin/env", ["curl", "-s", "-i"] + arguments).output
  }

  @Test(
    "join: a new box is set up in the browser, admitted by its code, and mints without a restart by hand",
    .waits)
  func firstRun() async throws {
    let street = try JoiningStreet("join")
    let (operation, house) = (try street.startOperator(), try street.startHouse())
    let box = try street.node(
      "box",
      [
        "peers": ["targets": [street.peer]], "api": ["listen": street.pages],
        "mqtt": ["host": "127.0.0.1", "port": street.brokerPort, "seconds": 1],
        "meters": ["timeoutMs": 500, "lead": 60, "lag": 20, "multicast": false],
        "site": ["reportIntervals": 2],
      ])
    defer { for process in [box, house, operation] { process.end() } }
    let own = street.folder.appendingPathComponent("box")
    let code = own.appendingPathComponent("home.code")
    try await Stories.until("the box's code") { FileManager.default.fileExists(atPath: code.path) }
    let pages = "http://\(street.pages)/home"
    try await Stories.until("its first page") { try Stories.curl([pages]).contains("home.code") }
    let jar = own.appendingPathComponent("cookies").path
    let digits = try String(contentsOf: code, encoding: .utf8).prefix(8)
    let wrong = try Stories.curl([
      pages + "/first", "-d", "code=1&password=longenough&again=longenough",
    ])
    #expect(wrong.hasPrefix("HTTP/1.1 403"))
    _ = try Stories.curl([
      pages + "/first", "-c", jar, "-d", "code=\(digits)&password=longenough&again=longenough",
    ])
    #expect(try Stories.curl([pages + "/join", "-d", "name=x"]).hasPrefix("HTTP/1.1 403"))
    let form = try Stories.curl([pages, "-b", jar])
    #expect(form.contains("name=\"serial\"") && form.contains("JP-47"))
    let answers =
      "name=Sato&kind=consumer&site=Roof&pv=4.5&battery=0&place=JP-13&device=Sharp&serial=1&since=2020-04-01"
    let meters = "&address=\(street.box)&addresses=\(street.house)"
    let bad = try Stories.curl([
      pages + "/join", "-b", jar, "-d", answers.replacing("4.5", with: "much") + meters,
    ])
    #expect(bad.hasPrefix("HTTP/1.1 422") && bad.contains("much"))
    let asked = try Stories.curl([pages + "/join", "-b", jar, "-d", answers + meters])
    #expect(asked.hasPrefix("HTTP/1.1 303"))
    try await Stories.until("the node's new start") {
      try Stories.curl([pages, "-b", jar]).contains(JoinRequest.prefix)
    }
    let identity = HomeIdentity(folder: own)
    let permissions = try FileManager.default.attributesOfItem(atPath: identity.settings.path)
    #expect((permissions[.posixPermissions] as? NSNumber)?.intValue == 0o600)

    let review = try street.admit(identity.request.path, ["--json"])
    #expect(review.status == 0 && review.output.contains("\"forbidden\" : false"))
    let admitted = try street.admit(identity.request.path, ["--yes", "--accept-warnings"])
    #expect(admitted.status == 0, "\(admitted.output) \(admitted.errors)")
    let request = try JoinRequestFile.read(identity.request.path)
    try await Stories.until("a report of the new home that is minted") {
      guard let progress = try street.store("box").progress(request.site.id) else { return false }
      return progress.mintedWh > 0
    }
    let home = try Stories.curl([pages, "-b", jar])
    #expect(home.contains("Roof") && !home.contains(JoinRequest.prefix))
    try await homeAssistant(street)
    let again = try street.admit(identity.request.path, ["--yes"])
    #expect(again.status == 1 && again.output.contains("admitted already"))
    try await twin(street, of: own)
  }

  /// A real broker, that was not there when the box started: Home Assistant's discovery and states come to it.
  private func homeAssistant(_ street: JoiningStreet) async throws {
    let settings = street.folder.appendingPathComponent("mosquitto.conf")
    try Data("listener \(street.brokerPort) 127.0.0.1\nallow_anonymous true\n".utf8).write(
      to: settings)
    func startBroker() throws -> (process: Process, output: Pipe, errors: Pipe) {
      let broker = Executable.process("/usr/sbin/mosquitto", ["-c", settings.path])
      try broker.process.run()
      return broker
    }
    var broker = try startBroker()
    defer { Executable.end(broker) }
    // Topics are kept by the broker: whoever comes sees them all at once.
    func topics() throws -> [String: String] {
      // Its own limit of time needs a signal that is blocked in children of this process.
      let listen =
        "mosquitto_sub -p \(street.brokerPort) -h 127.0.0.1 -t '#' -v & sleep 1.5; kill -9 $!; wait 2>/dev/null"
      let heard = try Executable.run("/usr/bin/env", ["bash", "-c", listen])
      return Dictionary(
        heard.output.split(separator: "\n").compactMap { line in
          line.split(separator: " ", maxSplits: 1).count == 2
            ? (
              String(line.prefix { $0 != " " }),
              String(line.drop { $0 != " " }.dropFirst())
            ) : nil
        }, uniquingKeysWith: { $1 })
    }
    func topic(_ end: String) throws -> String? {
      try topics().first { $0.key.hasSuffix(end) }?.value
    }
    try await Stories.until("the box's state at the broker") {
      try topic("/state")?.contains("pq1_generated") == true
    }
    let state = try Stories.json(try #require(try topic("/state")))
    #expect((state["pq1_generated"] as? Double ?? 0) > 0 && state["problem"] as? String == "OFF")
    #expect(state["pv_power"] is Int && state["grid_power"] is Int && state["coins"] is Double)
    let energy = try Stories.json(try #require(try topic("/pq3_sold/config")))
    #expect(energy["device_class"] as? String == "energy")
    #expect(energy["state_class"] as? String == "total_increasing")
    #expect(energy["unit_of_measurement"] as? String == "kWh")
    #expect(energy["state_topic"] as? String == "hinata/\(try identifier(energy))/state")
    #expect(try topic("/availability") == "online")

    // Gone, and back without any memory: everything is told anew.
    kill(broker.process.processIdentifier, SIGKILL)
    broker.process.waitUntilExit()
    broker = try startBroker()
    try await Stories.until("all topics at the broker that came back") {
      let again = try topics()
      return ["/state", "/pq3_sold/config", "/availability"].allSatisfy { end in
        again.contains { $0.key.hasSuffix(end) }
      }
    }
  }

  private func identifier(_ discovery: [String: Any]) throws -> String {
    let device = try #require(discovery["device"] as? [String: Any])
    return try #require((device["identifiers"] as? [String])?.first)
  }

  /// A second box with the keys of the first: one of the two notices the other and stands back.
  private func twin(_ street: JoiningStreet, of box: URL) async throws {
    let own = street.folder.appendingPathComponent("twin")
    try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: box.appendingPathComponent("home.json"), to: own.appendingPathComponent("home.json"))
    // With one identity among peers too, the operator would take one of the two links for a duplicate.
    let key = own.appendingPathComponent("peer.key").path
    try KeyFile.write(
      seed: KeyFile.randomSeed(), to: key, password: HomeIdentity(folder: box).password(),
      cost: .least)
    let twin = try street.node(
      "twin",
      [
        "peers": ["targets": [street.peer], "key": key],
        "meters": [
          "address": street.place.address(53), "timeoutMs": 500, "lead": 60, "lag": 20,
          "multicast": false,
        ],
        "site": ["reportIntervals": 2, "key": HomeIdentity(folder: box).siteKey.path],
        "key": ["passwordFile": HomeIdentity(folder: box).passwordFile.path],
      ])
    defer { twin.end() }
    func stoodBack(_ folder: URL) throws -> Bool {
      let file = folder.appendingPathComponent("meters.json")
      guard let data = try? Data(contentsOf: file) else { return false }
      return try JSONDecoder().decode(MeterHealth.self, from: data).otherBox
    }
    try await Stories.until("one of two boxes to stand back") {
      try stoodBack(own) || stoodBack(box)
    }
    let site = try JoinRequestFile.read(HomeIdentity(folder: box).request.path).site
    let since = street.now
    try await Stories.until("reports of the box that goes on") {
      try street.progress(site.id, in: "operator")?.next.start ?? since
        > since.advanced(by: 8 * Interval.seconds)
    }
    #expect(try !(stoodBack(own) && stoodBack(box)))
  }

  @Test(
    "home: a wrong Route B password and a clock five years ahead are said, with what to do", .waits)
  func troubles() async throws {
    let street = try JoiningStreet("troubles")
    let line = street.folder.appendingPathComponent("dongle").path
    let own = street.folder.appendingPathComponent("box")
    let (operation, house) = (
      try street.startOperator(), try street.startHouse(["--route-b", line])
    )
    defer { for process in [house, operation] { process.end() } }
    let joined = try Executable.run(
      "hinata",
      [
        "join", "--data", own.path, "--genesis", street.genesis, "--name", "Sato", "--pv", "4.5",
        "--place", "13", "--device", "Sharp", "--serial", "1", "--since", "2020-04-01",
        "--route-b", line, "--route-b-id", EmulatedDongle.Settings().id, "--route-b-password",
        "999999999999",
      ])
    #expect(joined.status == 0, "\(joined.errors)")
    func health() throws -> MeterHealth? {
      let data = try? Data(contentsOf: own.appendingPathComponent(MeterHealth.fileName))
      return try data.map { try JSONDecoder().decode(MeterHealth.self, from: $0) }
    }
    func doctor() throws -> Executable.Result {
      try Executable.run("hinata", ["doctor", "--data", own.path, "--genesis", street.genesis])
    }
    let peers: [String: Any] = [
      "peers": ["targets": [street.peer]], "routeB": ["timeoutMs": 500, "intervalMs": 1],
    ]
    let refused = try street.node("box", peers)
    try await Stories.until("the meter's refusal") { try health()?.routeB?.state == "refused" }
    let said = try doctor()
    #expect(said.status == 1 && said.output.contains("check the Route B id and password"))
    #expect(said.output.contains("has not admitted this home yet"))
    #expect(!said.output.contains("999999999999"))
    let japanese = try Executable.run(
      "hinata",
      ["status", "--data", own.path, "--genesis", street.genesis, "--language", "ja"])
    #expect(japanese.output.contains("メーターに断られました。BルートIDとパスワードを確かめてください"))
    #expect(japanese.output.contains("対応が必要です"))
    refused.end()

    let ahead = try street.node("box", peers, secondsAhead: 5 * 365 * 86_400)
    defer { ahead.end() }
    try await Stories.until("the wrong clock") { try health()?.clockProblem != nil }
    #expect(try health()?.clockProblem?.contains("ahead of the clocks of the peers") == true)
    #expect(try doctor().output.contains("timedatectl set-ntp true"))
  }

  @Test(
    "join: another site after a move, a lost key, and requests that must not be granted", .waits)
  func requests() async throws {
    let street = try JoiningStreet("requests")
    let folder = street.folder
    func join(_ box: String, _ more: [String]) throws -> Executable.Result {
      try Executable.run(
        "hinata",
        ["join", "--data", folder.appendingPathComponent(box).path, "--genesis", street.genesis]
          + more)
    }
    let answers = [
      "--name", "Sato", "--pv", "4.5", "--place", "東京", "--device", "Sharp JH-55", "--serial", "77",
      "--since", "2020-04-01",
    ]
    func file(_ box: String) -> String {
      folder.appendingPathComponent("\(box)/join-request.json").path
    }
    #expect(try join("a", ["--name", "Sato"]).errors.contains("missing: --pv, --place"))
    #expect(try join("a", answers + ["--again"]).status == 2)
    let asked = try join("a", answers)
    #expect(asked.status == 0 && asked.output.contains("█"), "\(asked.errors)")
    #expect(try join("a", answers).errors.contains("has asked already"))
    #expect(try street.admit(file("a"), ["--yes"]).status == 0)
    let first = try JoinRequestFile.read(file("a"))
    #expect(try JoinRequestFile.read(JoinRequestFile.text(first)) == first)

    // The chain does not hold them yet: seal what waits, as the operator's node would.
    func seal() async throws {
      let node = try street.startOperator()
      defer { node.end() }
      try await Stories.until("all is sealed") { try street.store("operator").pending().isEmpty }
    }
    try await seal()

    // Moved: the same member, another site with a key of its own; the old key is kept aside.
    #expect(try join("a", Array(answers.dropFirst(2)) + ["--again", "--serial", "78"]).status == 0)
    let moved = try JoinRequestFile.read(file("a"))
    #expect(moved.member == nil && moved.site.member == first.site.member)
    #expect(moved.site.key != first.site.key)
    let keys = try FileManager.default.contentsOfDirectory(
      atPath: folder.appendingPathComponent("a/keys").path)
    #expect(keys.contains { $0.hasPrefix("site-") } && keys.contains("member.key"))
    #expect(try street.admit(file("a"), ["--yes"]).status == 0)

    // The keys are lost: a new box asks with the same inverter, which is weighed; the old member goes.
    #expect(try join("b", answers).status == 0)
    let doubted = try street.admit(file("b"), ["--yes"])
    #expect(doubted.status == 1 && doubted.output.contains("could be reported twice"))
    let member = first.site.member.hex
    let replaced = try street.admit(
      file("b"), ["--yes", "--accept-warnings", "--replaces", member])
    #expect(replaced.status == 0, "\(replaced.output)")
    try await seal()
    let store = try street.store("operator")
    guard let old = try store.member(first.site.member) else {
      Issue.record("the old member stays on the chain")
      return
    }
    #expect(old.isSuspended)
    let second = try JoinRequestFile.read(file("b"))
    #expect(try store.site(of: second.site.key) == second.site.id)
    #expect(try store.site(of: moved.site.key) == moved.site.id)

    // A request that was changed on its way, and one for another network.
    var text = try String(contentsOfFile: file("b"), encoding: .utf8)
    text = text.replacing(
      JoinRequestFile.text(second), with: JoinRequestFile.text(first).dropLast(4) + "AAAA")
    let broken = folder.appendingPathComponent("broken.json").path
    try text.write(toFile: broken, atomically: true, encoding: .utf8)
    let refused = try street.admit(broken, ["--yes", "--accept-warnings"])
    #expect(refused.status == 1 && refused.output.contains("not signed"))
    let foreign = try Executable.run(
      "hinata",
      [
        "join", "--data", folder.appendingPathComponent("c").path, "--genesis",
        "Genesis/street.json",
      ] + answers)
    #expect(foreign.status == 0)
    #expect(try street.admit(file("c"), ["--yes"]).output.contains("another network"))
  }

  @Test(
    "join: a suspended home reads on, reports nothing, and loses nothing when it is reinstated",
    .waits)
  func suspended() async throws {
    let street = try JoiningStreet("suspended", factor: 1200)
    let (operation, house) = (try street.startOperator(), try street.startHouse())
    defer { for process in [house, operation] { process.end() } }
    let site = try street.join("box")
    let box = try street.node("box", street.homeSettings)
    defer { box.end() }
    func reported() throws -> NetworkTime? { try street.progress(site.id, in: "box")?.next.start }
    func standing(_ more: [String]) throws -> Int32 {
      try Executable.run(
        "hinata",
        [
          "operator", "suspend", "--data", street.operatorFolder, "--genesis", street.genesis,
          "--key", street.operatorKey, "--member", site.member.hex,
        ] + more, environment: ["HINATA_KEY_PASSWORD": DemoKeys.password]
      ).status
    }
    try await Stories.until("a first report") { try reported() != nil }
    #expect(try standing([]) == 0)
    try await Stories.until("the home knows of it") {
      try Executable.run(
        "hinata",
        [
          "doctor", "--data", street.folder.appendingPathComponent("box").path, "--genesis",
          street.genesis,
        ]
      ).output.contains("the operator has suspended Sato")
    }
    let (last, known) = (try reported(), street.now)
    try await Stories.until("five half hours without a report") {
      street.now > known.advanced(by: 5 * Interval.seconds)
    }
    #expect(try reported() == last)
    #expect(try standing(["--reinstate"]) == 0)
    let back = street.now
    try await Stories.until("reports of the time between and after") {
      try reported() ?? known > back.advanced(by: Interval.seconds)
    }
    try street.expectWhole(site, gaps: 0...0)
  }
}
