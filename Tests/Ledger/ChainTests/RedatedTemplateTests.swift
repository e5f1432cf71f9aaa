// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

@Suite("A block whose search takes its time")
struct RedatedTemplateTests {
  /// A chain with a lot, and transactions that may come next.
  private static func chain() throws -> (FixtureChain, [EncodedTransaction]) {
    var fixture = LedgerFixture(homes: 3)
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 40 * 86_400)
    let report = try fixture.report(0, generated: [100, 200, 300], consumed: [1, 1, 1])
    try chain.seal([.report(report)])
    let mint = EncodedTransaction(
      .mint(fixture.mint(0, first: report.first, length: 2, amount: 300)))
    try chain.seal(encoded: [mint])
    let (network, home) = (fixture.network, fixture.homes[0])
    let retire = EncodedTransaction(
      .retire(
        Retire(
          owner: home.member.id, lot: mint.lotId(0), part: .amount(MilliCoins(100)),
          purpose: "RE100", beneficiary: "nobody", network: network, signedBy: home.memberKey)))
    let send = EncodedTransaction(
      .transfer(
        Transfer(
          from: home.member.id, to: fixture.homes[1].member.id, lot: retire.lotId(1), part: .all,
          network: network, signedBy: home.memberKey)))
    let more = EncodedTransaction(
      .report(try fixture.report(1, generated: [5], consumed: [5])))
    let last = EncodedTransaction(
      .mint(fixture.mint(0, first: report.first.advanced(by: 2), length: 1, amount: 300)))
    return (chain, [chain.filler, more, last, retire, send])
  }

  @Test("It states when the search ended and stays good, till the half hour or the epoch is over")
  func redated() throws {
    let (chain, candidates) = try Self.chain()
    let rules = chain.fixture.genesis.rules
    let start = Interval(containing: chain.context.time.advanced(by: 3_600)).start
    var tree = chain.tree
    let template = try BlockTemplate.build(
      from: candidates, after: chain.context, on: chain.state, tree: &tree,
      network: chain.fixture.network, rules: rules, producer: chain.fixture.operatorKey.publicKey,
      time: start, searchSeconds: 0)
    #expect(template.transactions.count == candidates.count)
    for later in [1, 600, 1_799] as [UInt64] {
      let time = start.advanced(by: later)
      #expect(template.holds(at: time, rules))
      let header = template.with(time: time, searchSeconds: later).header
      var after = chain
      try after.connect(
        chain.sealed(header, template.transactions, chain.fixture.operatorKey))
    }
    #expect(!template.holds(at: start.advanced(by: 1_800), rules))
    #expect(!template.holds(at: rules.start(of: rules.epoch(of: start) + 1), rules))
  }

  @Test("A report that a block may just hold does not become late while the search goes on")
  func lateReport() throws {
    var fixture = LedgerFixture(homes: 3)
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 40 * 86_400)
    let rules = fixture.genesis.rules
    let report = try fixture.report(0, generated: [100], consumed: [1])
    let limit = report.first.advanced(by: 1).advanced(by: rules.reportLateness).start
    let candidates = [EncodedTransaction(.report(report))]
    func template(at time: NetworkTime) throws -> BlockTemplate {
      var tree = chain.tree
      return try BlockTemplate.build(
        from: candidates, after: chain.context, on: chain.state, tree: &tree,
        network: fixture.network, rules: rules, producer: fixture.operatorKey.publicKey,
        time: time, searchSeconds: 0)
    }
    let last = try template(at: limit)
    #expect(last.transactions == candidates)
    var after = chain
    try after.connect(
      chain.sealed(
        last.with(time: limit.advanced(by: 1_799), searchSeconds: 1_799).header,
        last.transactions, fixture.operatorKey))
    #expect(try template(at: limit.advanced(by: 1_800)).transactions.isEmpty)
  }
}
