// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import DemoStreet
import Foundation
import JoinFiles
import Joining
import KeyFiles
import Ledger
import LedgerStore
import ProcessFixtures
import Quantities
import Testing

extension Stories {
  @Test(
    "office: an operator admits and an exchange decides in the browser, and nobody else can", .waits
  )
  func office() async throws {
    let street = try JoiningStreet("office")
    let port = street.place.firstPort + 40
    let pages = "http://127.0.0.1:\(port)"
    let node = try street.node(
      "operator",
      [
        "mining": ["key": street.operatorKey],
        "exchange": [
          "key": street.operatorFolder + "/exchange.key",
          "policy": street.operatorFolder + "/policy.json",
        ], "operator": ["key": street.operatorKey], "api": ["listen": "127.0.0.1:\(port)"],
      ])
    defer { node.end() }
    let asked = try Executable.run(
      "hinata",
      [
        "join", "--data", street.folder.appendingPathComponent("box").path, "--genesis",
        street.genesis, "--name", "Sato <b>", "--pv", "60", "--place", "13", "--device", "Sharp",
        "--serial", "77", "--since", "2020-04-01", "--support", "fit",
      ])
    #expect(asked.status == 0, "\(asked.errors)")
    let file = street.folder.appendingPathComponent("box/join-request.json")
    let request = try JoinRequestFile.read(file.path)
    let code = street.operatorFolder + "/home.code"
    try await Stories.until("the office") { FileManager.default.fileExists(atPath: code) }
    try Stories.strangers(pages)
    let admitted = try Executable.run(
      try PyPI.browser(),
      [
        "Tests/Tools/ScenarioTests/office_walk.py", pages, code, "admit", file.path,
        DemoKeys.password,
      ])
    #expect(admitted.status == 0, "\(admitted.output) \(admitted.errors.suffix(2000))")
    try await Stories.until("the member on the chain") {
      try street.store("operator").site(request.site.id) != nil
    }
    #expect(try street.store("operator").site(request.site.id)?.support == .feedInTariff)
    try Stories.hold(street, request.site.id, street.folder.appendingPathComponent("box").path)
    let decided = try Executable.run(
      try PyPI.browser(), ["Tests/Tools/ScenarioTests/office_walk.py", pages, code, "decide"])
    #expect(decided.status == 0, "\(decided.output) \(decided.errors.suffix(2000))")
    let desk = try DeskStore(folder: street.operatorFolder)
    defer { try? desk.close() }
    try await Stories.until("the signed refusal") { try desk.claims(.refused).count == 1 }
    let refused = try #require(try desk.claims(.refused).first)
    let last = try #require(try desk.decisions(on: refused.id).last)
    #expect(last.reasons.first?.sentence == "the roof is in the shade")
    #expect(try desk.claims(.released).count == 1, "what is released waits for its reports")
  }

  /// Whoever has not logged in sees and does nothing, whatever they send.
  private static func strangers(_ pages: String) throws {
    for arguments in [
      ["\(pages)/home/desk"], ["\(pages)/home/operator"],
      ["-d", "claim=00", "\(pages)/home/desk/release"],
      ["-d", "request=x", "\(pages)/home/operator/review"],
      ["-d", "request=x&password=y", "\(pages)/home/operator/admit"],
      ["-H", "Origin: http://evil.example", "-d", "claim=00", "\(pages)/home/desk/refuse"],
    ] {
      let answer = try Executable.run(
        "/usr/bin/env", ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}"] + arguments)
      #expect(answer.output == "403", "\(arguments)")
    }
  }

  /// Two claims of a site are held at the desk, as its checks would.
  private static func hold(_ street: JoiningStreet, _ site: SiteId, _ box: String) throws {
    let identity = HomeIdentity(folder: URL(fileURLWithPath: box))
    let password = try String(contentsOf: identity.passwordFile, encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let key = try KeyFile.open(identity.siteKey.path, password: password)
    let exchange = try KeyFile.open(
      street.operatorFolder + "/exchange.key", password: DemoKeys.password)
    let network = try street.store("operator").network
    let desk = try DeskStore(folder: street.operatorFolder)
    defer { try? desk.close() }
    let now = Interval(containing: street.now)
    for day in [10, 11] as [UInt32] {
      let claim = Claim(
        site: site, first: now.advanced(by: 48 * day), length: 48, network: network, signedBy: key)
      #expect(try desk.add(claim) == .open)
      let doubt = ClaimDecision.Reason(check: "night", score: 900, sentence: "the sun was down")
      #expect(
        try desk.decide(
          ClaimDecision(
            claim: claim, outcome: .held, amount: .zero, mint: nil, time: street.now,
            reasons: [doubt], network: network, signedBy: exchange), from: .open, mint: nil))
    }
  }
}
