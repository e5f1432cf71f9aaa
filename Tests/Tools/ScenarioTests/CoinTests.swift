// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Certificates
import Chain
import Foundation
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerStore
import ProcessFixtures
import Proofs
import Quantities
import Testing

extension Stories {
  /// Runs a command and reads its JSON.
  static func answer(
    _ name: String, _ arguments: [String], status: Int32 = 0
  ) throws -> [String: Any] {
    let result = try Executable.run(
      name, arguments + ["--json"],
      environment: ["HINATA_KEY_PASSWORD": CoinFixture.password])
    #expect(result.status == status, "\(arguments): \(result.output) \(result.errors)")
    return try json(result.output)
  }

  private static func number(_ form: [String: Any], _ key: String) -> UInt64 {
    (form[key] as? NSNumber)?.uint64Value ?? .max
  }

  @Test(
    "A month of sun is claimed, sold, matched, retired, certified, and verified by a stranger",
    .works)
  func coins() async throws {
    let story = try CoinFixture(Stories.temporary.appendingPathComponent("coins"))
    let ledger = ["--data", story.data, "--genesis", story.genesis]
    try await sell(story, ledger)
    try story.settle()
    let supply = try Stories.answer("hinata-verify", ["supply"] + ledger)
    #expect(supply["ok"] as? Bool == true)
    #expect(Stories.number(supply, "minted_mcoin") == story.generatedWh)
    #expect(Stories.number(supply, "claimed_wh") == story.generatedWh)
    let retired = Stories.number(supply, "retired_mcoin")
    #expect(retired > 0)
    #expect(
      Stories.number(supply, "balance_mcoin") + retired == Stories.number(supply, "minted_mcoin"))
    let balance = try Stories.answer(
      "hinata-verify", ["balance", "--member", story.company.member.hex] + ledger)
    #expect(Stories.number(balance, "retired_mcoin") == retired)
    try strangers(story, ledger)
    try mistakes(story, ledger)
    try questions(story, ledger)
    try files(story, ledger)
  }

  /// What people get wrong: each is refused with a word, and nothing is written.
  private func mistakes(_ story: CoinFixture, _ ledger: [String]) throws {
    let key = ["--key", story.file("company.key")]
    let nowhere = ["--data", story.file("nowhere"), "--genesis", story.genesis]
    let unknown = String(repeating: "7", count: 64)
    let keep = story.file("keep.txt")
    try "mine".write(toFile: keep, atomically: true, encoding: .utf8)
    let retire = ["wallet", "retire", "--coins", "0.1", "--purpose", "p", "--beneficiary"]
    let send = ["wallet", "send", "--to"]
    let cases: [(String, [String], String)] = [
      ("hinata", retire + ["a\nb"] + key + ledger, "control characters"),
      ("hinata", retire + ["b", "--from", "0"] + key + ledger, "need --lot"),
      ("hinata", retire + ["b"] + key + nowhere, "no ledger"),
      ("hinata", retire + ["b", "--key", story.file("roof.key")] + ledger, "no member's key"),
      (
        "hinata",
        send + [story.home.member.hex, "--coins", "0.1", "--key", story.file("home.key")] + ledger,
        "no block could hold this"
      ),
      (
        "hinata", send + [story.home.member.hex, "--coins", "9999999"] + key + ledger, "are wanted"
      ),
      (
        "hinata", ["wallet", "node-key", "--node", story.file("company.key")] + key + ledger,
        "it can spend"
      ),
      (
        "hinata", ["wallet", "node-key", "--node", story.file("roof.key")] + key + ledger,
        "no block could hold this"
      ),
      ("hinata", ["prove", "--lot", unknown, "--out", keep] + ledger, "holds nothing"),
      ("hinata", ["desk", "list"] + nowhere, "no desk"),
      (
        "hinata", ["certificate", "--lot", unknown, "--out", keep, "--page", keep] + ledger,
        "go together"
      ),
      ("hinata-verify", ["certificate", keep, "--genesis", story.genesis], "of the format"),
      ("hinata-verify", ["proof", keep, "--genesis", story.genesis], "of the format"),
      ("hinata-verify", ["supply", "--resume", story.file("resume")] + ledger, "with chain alone"),
      ("hinata-verify", ["chain", "--resume", keep] + ledger, "was not written by"),
      ("hinata-verify", ["chain", "--jobs", "0"] + ledger, "less than 1"),
      ("hinata-verify", ["supply", "--genesis", story.genesis], "neither --data nor --file"),
      ("hinata", ["import", "--file", keep, "--genesis", story.genesis], "name it with --data"),
      ("hinata", ["explorer", "--genesis", story.genesis], "name it with --data"),
      (
        "hinata",
        ["operator", "suspend", "--genesis", story.genesis, "--key", keep, "--member", unknown],
        "name it with --data"
      ),
    ]
    for (name, arguments, word) in cases {
      let result = try Executable.run(
        name, arguments, environment: ["HINATA_KEY_PASSWORD": CoinFixture.password])
      #expect(result.status == 2, "\(arguments): \(result.output)")
      #expect(result.errors.contains(word), "\(arguments): \(result.errors)")
    }
    #expect(try String(contentsOfFile: keep, encoding: .utf8) == "mine")
    #expect(!FileManager.default.fileExists(atPath: story.file("nowhere")))
  }

  /// Each question that the verifier answers from the whole chain, and what it says of nonsense.
  private func questions(_ story: CoinFixture, _ ledger: [String]) throws {
    let store = try LedgerStore.reading(
      folder: story.data, genesis: try NetworkFile.load(story.genesis))
    let report = try #require(
      try store.reports(
        of: story.home.id, in: story.home.activeFrom..<story.home.activeFrom.advanced(by: 48)
      ).first)
    let lot = try #require(try store.lots(of: story.company.member).first { $0.lot.isRetired })
    let unknown = String(repeating: "7", count: 64)
    let block = try Stories.answer("hinata-verify", ["block", "--height", "2"] + ledger)
    #expect((block["transactions"] as? [String])?.count == 2)
    let found = try Stories.answer("hinata-verify", ["report", report.id.hex] + ledger)
    #expect(Stories.number(found, "height") == report.height)
    let way = try Stories.answer("hinata-verify", ["lot", lot.id.hex] + ledger)
    #expect(way["status"] as? String == "retired")
    let kinds = (way["steps"] as? [[String: Any]])?.compactMap { $0["kind"] as? String } ?? []
    #expect(kinds.first == "minted" && kinds.contains("sent") && kinds.last == "retired")
    let claim = try Stories.answer(
      "hinata-verify",
      ["claim", "--site", story.home.id.hex, "--first", "2026-08-01T07:00Z", "--length", "1500"]
        + ledger)
    #expect(Stories.number(claim, "minted_intervals") == 1_488)
    #expect(Stories.number(claim, "missing") == 12)
    for question in [
      ["block", "--height", "100000"], ["report", unknown], ["lot", unknown],
      ["balance", "--member", unknown],
      ["claim", "--site", unknown, "--first", "0", "--length", "1"],
    ] { _ = try Stories.answer("hinata-verify", question + ledger, status: 1) }
    for nonsense in [["lot", "xyz"], ["block"], ["supply", "--file", "/nowhere"]] {
      let result = try Executable.run("hinata-verify", nonsense + ledger)
      #expect(result.status == 2, "\(nonsense): \(result.status)")
    }
  }

  /// The chain as a file, a proof as a file, and what comes out of them again.
  private func files(_ story: CoinFixture, _ ledger: [String]) throws {
    let (chain, proof) = (
      story.file("street.chain"), story.file("coins.json")
    )
    let genesis = ["--genesis", story.genesis]
    func run(_ name: String, _ arguments: [String], status: Int32 = 0) throws -> String {
      let result = try Executable.run(name, arguments)
      #expect(result.status == status, "\(arguments): \(result.output) \(result.errors)")
      return result.output
    }
    try KeyFile.write(
      seed: SHA256.digest(Array("a box of its own".utf8)), to: story.file("node.key"),
      password: CoinFixture.password, cost: .least)
    let nodeKey = try Stories.answer(
      "hinata",
      ["wallet", "node-key", "--node", story.file("node.key"), "--key", story.file("company.key")]
        + ledger)
    #expect((nodeKey["transactions"] as? [String])?.count == 1)
    _ = try run("hinata", ["export", "chain", "--out", chain] + ledger)
    let recomputed = try Stories.recompute(story.genesis, chain)
    #expect(recomputed.status == 0, "\(recomputed.output)")
    let minted = try Stories.json(recomputed.output)["minted mc"] as? Int
    #expect(minted.map { $0 == story.generatedWh } ?? false)
    let supply = try Stories.answer("hinata-verify", ["supply", "--file", chain] + genesis)
    #expect(Stories.number(supply, "minted_mcoin") == story.generatedWh)
    let copy = story.file("copy")
    _ = try run("hinata", ["import", "--file", chain, "--data", copy] + genesis)
    #expect(
      try run("hinata-verify", ["diff", "--data", copy, "--with", chain] + genesis)
        .contains("One is the beginning"))
    _ = try run("hinata", ["prove", "--coins", story.company.member.hex, "--out", proof] + ledger)
    let proven = try Stories.answer("hinata-verify", ["proof", proof] + genesis)
    #expect((proven["holds"] as? String)?.contains("MemberCoins") == true)
    #expect((proven["standing"] as? [String: Any])?["is_final"] as? Bool == true)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: chain))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: chain))
    #expect(
      try run("hinata-verify", ["chain", "--file", chain] + genesis, status: 1)
        .contains("damaged"))
    let readings = try run("hinata", ["export", "readings", "--site", story.home.id.hex] + ledger)
    #expect(readings.split(separator: "\n").count == 1 + 48 * CoinFixture.days)
    let coins = try run("hinata", ["export", "coins"] + ledger)
    #expect(coins.contains("amount_mcoin") && coins.contains(",true"))
  }

  /// A node with the exchange's desk runs, the home claims its month, the company buys and matches.
  private func sell(_ story: CoinFixture, _ ledger: [String]) async throws {
    let port = StoryPlace().firstPort
    let status = try Stories.answer("hinata", ["status"] + ledger)
    let known = try #require(status["known_checkpoint"] as? String)
    let node = Executable.process(
      "hinatad",
      ledger + [
        "--set", "store.knownCheckpoint=\(known)",
        "--set", "mining.key=\(story.file("operator.key"))", "--set",
        "exchange.key=\(story.file("exchange.key"))", "--set", "admin.listen=127.0.0.1:\(port)",
        "--set", "api.listen=127.0.0.1:\(port + 1)",
        "--set", "clock.anchor=\(Date().timeIntervalSince1970)", "--set",
        "clock.start=\(1_785_567_600 + 40 * 86_400)",
      ], environment: ["HINATA_KEY_PASSWORD": CoinFixture.password])
    defer { #expect(Executable.end(node)) }
    try node.process.run()
    try await Stories.until("the node's admin API") {
      FileManager.default.fileExists(atPath: story.data + "/admin.json")
    }
    let key = ["--key", story.file("roof.key")]
    let environment = ["HINATA_KEY_PASSWORD": CoinFixture.password]
    try await Stories.until("the claim to be taken") {
      try Executable.run(
        "hinata",
        [
          "claim", "make", "--site", story.home.id.hex, "--first", "2026-08-01T07:00Z",
          "--length", "\(48 * CoinFixture.days)",
        ] + key + ledger, environment: environment
      ).status == 0
    }
    defer { served(story, port + 1) }
    func balance(_ member: MemberId) throws -> UInt64 {
      Stories.number(
        try Stories.answer(
          "hinata", ["wallet", "balance", "--member", member.hex] + ledger), "balance_mcoin")
    }
    try await Stories.until("the mint") { try balance(story.home.member) > 0 }
    let decisions = try Executable.run("hinata", ["claim", "list", "--json"] + ledger)
    #expect(decisions.output.contains("\"minted\""), "\(decisions.output)")
    let sent = try Executable.run(
      "hinata",
      [
        "wallet", "send", "--key", story.file("home.key"), "--to", story.company.member.hex,
        "--coins", "100.5",
      ] + ledger, environment: environment)
    #expect(sent.status == 0, "\(sent.errors)")
    try await Stories.until("the coins at the company") {
      try balance(story.company.member) == 100_500
    }
    let matched = try Stories.answer(
      "hinata",
      [
        "wallet", "match", "--key", story.file("company.key"), "--site", story.company.id.hex,
        "--purpose", "24/7 clean", "--beneficiary", "Tanaka Foods <KK>",
      ] + ledger)
    let count = (matched["transactions"] as? [Any])?.count ?? 0
    #expect(count > 0 && "\(matched["summary"] ?? "")".contains("24/7 clean"))
    try await Stories.until("\(count) retirements") {
      let store = try LedgerStore.reading(
        folder: story.data, genesis: try NetworkFile.load(story.genesis))
      return try store.lots(of: story.company.member).count { $0.lot.isRetired } == count
    }
  }

  /// The chain file that the running node serves is whole and verified.
  private func served(_ story: CoinFixture, _ port: Int) {
    do {
      let file = story.file("served.chain")
      let got = try Executable.run(
        "/usr/bin/env", ["curl", "-sf", "-o", file, "http://127.0.0.1:\(port)/api/v1/chain"])
      #expect(got.status == 0)
      let verdict = try Stories.answer(
        "hinata-verify", ["chain", "--file", file, "--genesis", story.genesis])
      #expect(verdict["ok"] as? Bool == true)
      let nobody = try Executable.run(
        "/usr/bin/env",
        [
          "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
          "http://127.0.0.1:\(port)/api/v1/decisions/7",
        ])
      #expect(nobody.output == "400")
    } catch { Issue.record(error) }
  }

  /// The same certificate on nothing but the work in its block's header: however much that is,
  /// nobody approved it.
  private func worked(_ story: CoinFixture, _ file: String) throws {
    let made = try CertificateFile(reading: Data(contentsOf: URL(fileURLWithPath: file)))
    let proof = try CertificateProof(exactly: Array(made.proof))
    let header = proof.basis.header
    let forged = CertificateProof(
      basis: .worked(header), lot: proof.lot, days: proof.days, site: proof.site,
      members: proof.members,
      mint: proof.mint, retirement: proof.retirement)
    let genesis = try NetworkFile.load(story.genesis)
    let path = story.file("worked.json")
    try CertificateFile(Certificate(forged, genesis: genesis), proof: forged).bytes()
      .write(to: URL(fileURLWithPath: path))
    let result = try Executable.run(
      "hinata-verify",
      ["certificate", path, "--genesis", story.genesis, "--accept-work", "0"])
    #expect(result.status == 1)
    #expect((result.output + result.errors).contains("worked for, not approved"))
  }

  /// Somebody with the network file and the certificate alone, and those who forge.
  private func strangers(_ story: CoinFixture, _ ledger: [String]) throws {
    let genesis = try NetworkFile.load(story.genesis)
    let store = try LedgerStore.reading(folder: story.data, genesis: genesis)
    let lot = try #require(try store.lots(of: story.company.member).first { $0.lot.isRetired })
    let file = story.file("certificate.json")
    let page = story.file("certificate.html")
    let made = try Executable.run(
      "hinata",
      [
        "certificate", "--lot", lot.id.hex, "--out", file, "--page", page, "--key",
        story.file("company.key"),
      ] + ledger,
      environment: ["HINATA_KEY_PASSWORD": CoinFixture.password])
    #expect(made.status == 0, "\(made.errors)")
    func verify(_ path: String, _ more: [String] = []) throws -> (Int32, String) {
      let result = try Executable.run(
        "hinata-verify",
        ["certificate", path, "--genesis", story.genesis] + more)
      return (result.status, result.output + result.errors)
    }
    for path in [file, page] {
      let answer = try verify(path)
      #expect(answer.0 == 0, "\(answer.1)")
    }
    let form = try Stories.answer(
      "hinata-verify", ["certificate", file, "--genesis", story.genesis])
    let stated = try #require(form["certificate"] as? [String: String])
    // A day more of generation is one path more.
    let days = try #require(Int(stated["intervals"] ?? "")) / 48
    #expect(Stories.number(form, "proof_bytes") <= 4_096 + days * 400)
    let standing = try #require(form["standing"] as? [String: Any])
    #expect(standing["is_final"] as? Bool == true)
    #expect((standing["text"] as? String)?.contains("approvers") == true)
    try worked(story, file)
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let energy = try #require(stated["energy_wh"])
    func forged(_ name: String, _ change: (String) -> String, of source: String) throws -> String {
      let path = story.file(name)
      try change(source).write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }
    let richer = try forged(
      "richer.json",
      { $0.replacing("\"energy_wh\" : \"\(energy)\"", with: "\"energy_wh\" : \"9\(energy)\"") },
      of: text)
    let answer = try verify(richer)
    #expect(answer.0 == 1 && answer.1.contains("energy_wh was altered"), "\(answer.1)")
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.contains("Tanaka Foods &lt;KK&gt;"), "names are text, never markup")
    let painted = try forged(
      "painted.html", { $0.replacing("<p class=\"amount\">", with: "<p class=\"amount\">9") },
      of: html)
    let paint = try verify(painted)
    #expect(paint.0 == 1 && paint.1.contains("altered"), "\(paint.1)")
    try stateYear(story, ledger)
    let garbage = try forged("garbage.json", { _ in "{\"format\": 7" }, of: text)
    #expect(try verify(garbage).0 == 2)
    #expect(try verify(story.file("nothing.json")).0 == 2)
  }
}
