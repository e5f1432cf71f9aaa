// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import CanonicalCoding
import Foundation
import JoinFiles
import Joining
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerFixtures
import LedgerStore
import ProcessFixtures
import Testing

/// The operator's handbook, from a folder that is not there to a household that is let in.
extension Stories {
  private static let passwords = ["HINATA_KEY_PASSWORD": "a password of the handbook"]

  @Test("join: a network is founded by its handbook, and lets a household in", .works)
  func founding() async throws {
    let folder = Stories.temporary.appendingPathComponent("sakura").path
    func run(_ arguments: [String]) throws -> Executable.Result {
      try Executable.run("hinata", arguments, environment: Stories.passwords)
    }
    let port = StoryPlace().firstPort
    let named = [
      "network", "new", "--folder", folder, "--name", "sakura", "--operator", "Sakura Energy",
      "--exchange", "Sakura Exchange",
    ]
    #expect(try run(Array(named.dropLast(2))).errors.contains("missing: --exchange"))
    #expect(try run(named + ["--period", "7"]).errors.contains("--period 7"))
    #expect(try run(named + ["--peer", "nowhere"]).errors.contains("--peer nowhere"))
    #expect(!FileManager.default.fileExists(atPath: folder))
    let made = try run(named + ["--peer", "127.0.0.1:\(port)", "--json"])
    #expect(made.status == 0, "\(made.errors)")
    let form = try Stories.json(made.output)
    let network = "\(folder)/network.json"
    #expect(form["network"] as? String == (try NetworkFile.load(network)).network.hex)
    #expect(try run(named).errors.contains("not empty"))
    let data = "\(folder)/operator"
    let node = Executable.process(
      "hinatad",
      [
        "--genesis", network, "--data", data, "--set", "mining.key=\(folder)/operator.key", "--set",
        "peers.listen=127.0.0.1:\(port)",
      ], environment: Stories.passwords)
    defer { #expect(Executable.end(node)) }
    try Executable.start(node, until: "listening for peers")
    let exchange = Executable.process(
      "hinatad",
      [
        "--genesis", network, "--data", "\(folder)/exchange", "--set",
        "mining.key=\(folder)/exchange.key", "--set", "exchange.key=\(folder)/exchange.key",
        "--set",
        "peers.listen=127.0.0.1:\(port + 1)",
      ], environment: Stories.passwords)
    defer { #expect(Executable.end(exchange)) }
    // It finds the operator's node by the peers file beside the network file.
    try Executable.start(exchange, until: "established")
    let joined = try run([
      "join", "--genesis", network, "--data", "\(folder)/home", "--name", "Sato", "--pv", "4.5",
      "--place", "13", "--device", "Sharp JH-55", "--serial", "77", "--since", "2020-04-01",
    ])
    #expect(joined.status == 0, "\(joined.errors)")
    let admitted = try run([
      "admit", "\(folder)/home/join-request.json", "--genesis", network, "--data", data, "--key",
      "\(folder)/operator.key", "--yes",
    ])
    #expect(admitted.status == 0, "\(admitted.output)\(admitted.errors)")
    let request = try JoinRequestFile.read("\(folder)/home/join-request.json")
    try await Stories.until("the household on the chain") {
      let store = try LedgerStore.reading(folder: data, genesis: try NetworkFile.load(network))
      return try store.site(of: request.site.key) != nil
    }
    let supply = try Executable.run(
      "hinata-verify", ["supply", "--data", data, "--genesis", network])
    #expect(supply.status == 0, "\(supply.output)\(supply.errors)")
    let suspended = try run([
      "operator", "suspend", "--genesis", network, "--data", data, "--key",
      "\(folder)/operator.key", "--member", request.site.member.hex,
    ])
    #expect(suspended.status == 0 && suspended.output == "suspended\n", "\(suspended.errors)")
    let key = LedgerFixture.key("a second exchange").publicKey.value.hex
    let another = [
      "operator", "admit", "--genesis", network, "--data", data, "--key", "\(folder)/operator.key",
      "--kind", "exchange", "--name", "Second", "--member-key", key,
    ]
    #expect(try run(another).errors.contains("say --confirm exchange"))
    #expect(try run(another + ["--confirm", "operator"]).status == 2)
    #expect(try run(another + ["--confirm", "exchange"]).status == 0)
    let restart = [
      "operator", "restart", "--genesis", network, "--data", data, "--key",
      "\(folder)/operator.key",
    ]
    let shown = try run(restart)
    #expect(shown.status == 0 && shown.output.contains("nothing was done"), "\(shown.errors)")
    #expect(shown.output.contains("all 1 of the operators' seats and 1 of the other 1"))
    #expect(try run(restart + ["--confirm", "7"]).errors.contains("the term is 0"))
    let edition = [
      "operator", "edition", "--genesis", network, "--data", data, "--key",
      "\(folder)/operator.key", "--number",
    ]
    #expect(try run(edition + ["2", "--from", "2027-10-01T00:00Z"]).status == 0)
    #expect(
      try run(edition + ["3", "--from", "2027-10-01T00:00Z"]).errors.contains("last edition"))
    #expect(try run(edition + ["2", "--from", "soon"]).errors.contains("is no half hour"))
    let early = try run(restart + ["--confirm", "0"])
    #expect(early.status == 2 && early.errors.contains("too soon"), "\(early.errors)")
  }
}
