// SPDX-License-Identifier: Apache-2.0

import Certificates
import Chain
import Foundation
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerFixtures
import LedgerStore
import ProcessFixtures
import Quantities
import Testing

extension Stories {
  /// A network with coins that were retired, and its file.
  private struct OtherNetwork {
    let fixture: LedgerFixture
    let genesis: String
    var chain: FixtureChain
    let retirement: EncodedTransaction

    init(_ folder: URL, _ rules: NetworkRules, beneficiary: String) throws {
      var fixture = LedgerFixture(rules: rules)
      genesis = folder.appendingPathComponent("\(rules.membership).json").path
      try CoinFixture.networkFile(fixture).write(
        toFile: genesis, atomically: true, encoding: .utf8)
      chain = try FixtureChain(fixture)
      try chain.seal(encoded: fixture.admissions, after: 86_400)
      let report = try fixture.report(0, generated: [0, 700], consumed: [100, 100])
      try chain.seal([.report(report)])
      let mint = EncodedTransaction(
        .mint(fixture.mint(0, first: report.first, length: 2, amount: 700)))
      retirement = EncodedTransaction(
        .retire(
          Retire(
            owner: fixture.homes[0].member.id, lot: mint.lotId(0), part: .all, purpose: "RE100",
            beneficiary: beneficiary, network: fixture.network,
            signedBy: fixture.homes[0].memberKey)))
      try chain.seal(encoded: [mint, retirement])
      self.fixture = fixture
    }
  }

  @Test("coins: value of another network is honoured once where it is final, and never on work")
  func otherNetworks() throws {
    let folder = Stories.temporary.appendingPathComponent("other")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func file(_ name: String) -> String { folder.appendingPathComponent(name).path }
    func run(_ name: String, _ arguments: [String], status: Int32, _ word: String = "") throws
      -> String
    {
      let result = try Executable.run(
        name, arguments, environment: ["HINATA_KEY_PASSWORD": CoinFixture.password])
      #expect(result.status == status, "\(arguments): \(result.output) \(result.errors)")
      #expect(word.isEmpty || (result.output + result.errors).contains(word), "\(result.errors)")
      return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let here = LedgerFixture(named: "here ")
    try CoinFixture.networkFile(here).write(
      toFile: file("here.json"), atomically: true, encoding: .utf8)
    let desk = ["desk", "honour", "--data", file("desk"), "--genesis", file("here.json")]
    var chain = try FixtureChain(here)
    try chain.seal(encoded: here.admissions)
    for name in ["desk", "second"] { try Self.give(chain, to: file(name)) }
    try KeyFile.write(
      seed: SHA256.digest(Array("fixture here exchange".utf8)), to: file("exchange.key"),
      password: CoinFixture.password, cost: .least)
    let member = here.homes[0].member.id.hex
    let beneficiary = try run("hinata", desk + ["--beneficiary-of", member], status: 0)

    var closed = try OtherNetwork(folder, LedgerFixture.rules(), beneficiary: beneficiary)
    try closed.chain.settle()
    let proof = try #require(try closed.chain.certificate(closed.retirement))
    let certificate = try Certificate(proof, genesis: closed.fixture.genesis)
    try CertificateFile(certificate, proof: proof).bytes()
      .write(to: URL(fileURLWithPath: file("final.json")))
    let named = [
      "--key", file("exchange.key"), "--foreign", closed.genesis, "--certificate",
      file("final.json"),
    ]
    let other = ["desk", "honour", "--data", file("second"), "--genesis", file("here.json")]
    _ = try run("hinata", desk + named, status: 0, "700 Wh")
    _ = try run("hinata", desk + named, status: 1, "honoured before")
    // Another desk that has not seen the block yet signs it as well: the chain takes one of them.
    _ = try run("hinata", other + named, status: 0, "700 Wh")
    let waiting = try LedgerStore(folder: file("desk"), genesis: here.genesis)
    let honours = try waiting.pending()
    try waiting.close()
    try chain.seal(encoded: honours)
    #expect(throws: BlockRefusal.self) { try chain.connect(chain.block(honours)) }
    try Self.give(chain, to: file("third"))
    let third = ["desk", "honour", "--data", file("third"), "--genesis", file("here.json")]
    _ = try run("hinata", third + named, status: 1, "honoured before")
    let wallet = [
      "wallet", "foreign", "--data", file("third"), "--genesis", file("here.json"), "--member",
      member,
    ]
    _ = try run("hinata", wallet, status: 0, "700 Wh")
    _ = try run("hinata", wallet + ["--json"], status: 0, closed.fixture.network.hex)

    var open = try OtherNetwork(
      folder, LedgerFixture.rules(membership: .open), beneficiary: beneficiary)
    for _ in 0..<4 { try open.chain.seal([]) }
    let store = try LedgerStore(folder: file("node"), genesis: open.fixture.genesis)
    let active = try ActiveChain(store)
    for block in open.chain.blocks.dropFirst() {
      _ = try active.accept(block, now: NetworkTime(seconds: 1 << 39))
    }
    try store.close()
    let ledger = ["--data", file("node"), "--genesis", open.genesis]
    let lot = open.retirement.lotId(0).hex
    _ = try run(
      "hinata", ["certificate", "--lot", lot, "--out", file("open-certificate.json")] + ledger,
      status: 0)
    _ = try run(
      "hinata",
      ["prove", "--lot", lot, "--out", file("lot.json"), "--headers", file("headers")]
        + ledger, status: 0, "headers")
    let verify = ["certificate", file("open-certificate.json"), "--genesis", open.genesis]
    _ = try run("hinata-verify", verify, status: 1, "worked for, not approved")
    _ = try run("hinata-verify", verify + ["--accept-work", "0"], status: 0)
    _ = try run("hinata-verify", verify + ["--accept-work", "1e12"], status: 1)
    _ = try run("hinata-verify", verify + ["--accept-work", "much"], status: 2)
    let headers = ["--headers", file("headers"), "--accept-work", "0"]
    _ = try run("hinata-verify", verify + headers, status: 0)
    let bare = ["proof", file("lot.json"), "--genesis", open.genesis]
    _ = try run("hinata-verify", bare + headers, status: 0)
    _ = try run("hinata-verify", bare, status: 1, "name headers")
    _ = try run(
      "hinata",
      desk + [
        "--key", file("exchange.key"), "--foreign", open.genesis, "--certificate",
        file("open-certificate.json"),
      ],
      status: 1, "worked for, not approved")
  }

  /// A ledger of these blocks.
  private static func give(_ chain: FixtureChain, to folder: String) throws {
    let store = try LedgerStore(folder: folder, genesis: chain.fixture.genesis)
    let active = try ActiveChain(store)
    for block in chain.blocks.dropFirst() {
      _ = try active.accept(block, now: NetworkTime(seconds: 1 << 39))
    }
    try store.close()
  }
}
