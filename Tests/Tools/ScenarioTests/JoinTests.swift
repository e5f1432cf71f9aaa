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

    // The keys are lost: a new box asks with the same inverter, and the old member has to go first.
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
    let street = try JoiningStreet("suspended", factor: 400)
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
