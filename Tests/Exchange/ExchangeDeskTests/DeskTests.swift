// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Clocks
import Foundation
import Ledger
import LedgerCrypto
import LedgerFixtures
import LedgerStore
import Logging
import Quantities
import Testing
import TruthChecks

@testable import ExchangeDesk
@testable import NodeServices

@Suite("The exchange's desk")
struct DeskTests {
  private func reported() async throws -> (DeskFixture, Report) {
    let world = try DeskFixture()
    try world.chain.seal(encoded: world.fixture.admissions, after: 5 * 86_400)
    try await world.accept()
    let report = try world.fixture.day(700)
    try await world.seal([.report(report)])
    try await world.settle()
    return (world, report)
  }

  @Test("A claim is minted when its reports are final, and refused with a reason otherwise")
  func verdicts() async throws {
    let (world, report) = try await reported()
    func verdict(_ first: Interval, _ length: UInt32, key: KeyPair? = nil) throws
      -> ClaimCheck.Verdict
    { try ClaimCheck.verdict(on: world.claim(first, length, key: key), in: world.store) }
    #expect(try verdict(report.noon, 2) == .mint(MilliCoins(700)))
    try await world.seal([.report(world.fixture.day(300))])
    #expect(
      try verdict(report.next.advanced(by: 24), 2) == .wait, "in a block, and not final yet")
    #expect(try verdict(report.noon, 100) == .wait)
    #expect(try verdict(report.noon, 1) == .refuse("nothing was generated"))
    #expect(
      try verdict(report.noon, 2, key: world.fixture.homes[0].memberKey)
        == .refuse("the claim is not signed by the site's key"))
    try await world.seal([.mint(world.fixture.mint(0, first: report.noon, length: 2, amount: 700))]
    )
    #expect(
      try verdict(report.noon, 2) == .refuse("interval \(report.noon) was minted before"))
  }

  @Test("A claim waits until its last day is over, whatever hour somebody asks at")
  func wholeDays() async throws {
    let world = try DeskFixture()
    try world.chain.seal(encoded: world.fixture.admissions, after: 5 * 86_400)
    try await world.accept()
    let evening = try world.fixture.day(700, slots: 40)
    try await world.seal([.report(evening)])
    try await world.settle()
    func verdict() throws -> ClaimCheck.Verdict {
      try ClaimCheck.verdict(on: world.claim(evening.first, 40), in: world.store)
    }
    #expect(try verdict() == .wait)
    try await world.seal([.report(world.fixture.day(0, slots: 8))])
    #expect(try verdict() == .wait, "the end of the day is not final yet")
    try await world.settle()
    #expect(try verdict() == .mint(MilliCoins(700)))
  }

  @Test("A day that nobody can complete any more is judged as it is")
  func neverOver() async throws {
    let world = try DeskFixture(ahead: 1 << 26)
    try world.chain.seal(encoded: world.fixture.admissions, after: 86_400)
    try await world.accept()
    let evening = try world.fixture.day(700, slots: 40)
    try await world.seal([.report(evening)])
    try await world.settle()
    let claim = world.claim(evening.first, 40)
    #expect(try ClaimCheck.verdict(on: claim, in: world.store) == .wait)
    let lateness = UInt64(world.fixture.genesis.rules.reportLateness) * 1800
    try world.chain.seal(encoded: [world.chain.filler], after: lateness + 3 * 86_400)
    try await world.accept()
    #expect(try ClaimCheck.verdict(on: claim, in: world.store) == .mint(MilliCoins(700)))
  }

  @Test("A suspended member's claim waits for its pardon")
  func suspended() async throws {
    let (world, report) = try await reported()
    let fixture = world.fixture
    func standing(_ isSuspended: Bool, _ change: UInt64) -> Transaction {
      .setStanding(
        SetStanding(
          operator: fixture.operatorId, member: fixture.homes[0].member.id,
          isSuspended: isSuspended, change: change, network: fixture.network,
          signedBy: fixture.operatorKey))
    }
    let claim = world.claim(report.noon, 2)
    try await world.seal([standing(true, 1)])
    #expect(try ClaimCheck.verdict(on: claim, in: world.store) == .wait)
    try await world.seal([standing(false, 2)])
    #expect(try ClaimCheck.verdict(on: claim, in: world.store) == .mint(MilliCoins(700)))
  }

  @Test("One meter at two sites: the site that came later is held, by the watt-hours themselves")
  func twins() async throws {
    let world = try DeskFixture()
    try world.chain.seal(encoded: world.fixture.admissions, after: 5 * 86_400)
    try await world.accept()
    func wh(_ slot: Int) -> UInt32 { (14..<34).contains(slot) ? UInt32(slot * 37 % 100 + 300) : 0 }
    for (home, more) in [(0, 0), (1, 1)] {
      let generated = (0..<48).map { wh($0) > 0 ? wh($0) + UInt32(more) : 0 }
      try await world.seal([
        .report(world.fixture.report(home, generated: generated, consumed: generated))
      ])
    }
    try await world.settle()
    let site = world.fixture.homes[0].site
    let claim = world.claim(site.activeFrom, 48)
    let truth = ChainTruth(store: world.store, auditor: world.keeper.nodeKey)
    let found = try truth.review(claim, doubted: []).first { $0.check == .twin }
    #expect(found?.score == 0.3, "its report came first")
    let home = world.fixture.homes[1]
    let copied = Claim(
      site: home.site.id, first: home.site.activeFrom, length: 48,
      network: world.fixture.network, signedBy: home.siteKey)
    let later = try truth.review(copied, doubted: []).first { $0.check == .twin }
    #expect(later?.score == 0.9 && later?.sentence.contains("20 of 20 half hours") == true)
  }

  @Test("Another's word on samples holds no claim; what this node found itself does")
  func evidence() async throws {
    for isOwn in [false, true] {
      let (world, report) = try await reported()
      let key = isOwn ? KeyPair(seed: .zero) : world.fixture.homes[1].siteKey
      #expect(world.keeper.nodeKey == KeyPair(seed: .zero).publicKey)
      try world.store.keep(
        AuditNote(
          report: EncodedTransaction(.report(report)).id, finding: .otherEnergy,
          time: world.clock.now, network: world.fixture.network, signedBy: key))
      let claim = world.claim(report.noon, 2)
      let (service, store) = try world.desk()
      try await world.run(service, store, [claim], decisions: 1)
      #expect(try store.decisions(on: claim.id).last?.outcome == (isOwn ? .held : .minted))
    }
  }

  @Test("A claim sent five times is minted once; the decision is signed, kept and says the mint")
  func duplicates() async throws {
    let (world, report) = try await reported()
    let claim = world.claim(report.noon, 2)
    let (service, store) = try world.desk()
    try await world.run(service, store, [claim, claim, claim, claim, claim], decisions: 1)
    let decision = try #require(try store.decisions(on: claim.id).last)
    #expect(try store.decisions().count == 1)
    #expect(decision.outcome == .minted && decision.amount == MilliCoins(700))
    #expect(decision.isSigned(in: world.fixture.network))
    #expect(try world.store.decisions(on: claim.id) == [decision])
    let pool = await world.keeper.pool.transactions
    #expect(pool.map(\.id) == [try #require(decision.mint)])
    let forged = ClaimDecision(
      claim: claim, outcome: .minted, amount: MilliCoins(701), mint: decision.mint,
      time: decision.time, reasons: [], network: world.fixture.network,
      signedBy: world.fixture.exchangeKey)
    #expect(forged.digest != decision.digest)
  }

  @Test("A desk that died after its decision offers the same mint again; two desks make one mint")
  func restart() async throws {
    let (world, report) = try await reported()
    let claim = world.claim(report.noon, 2)
    let (service, store) = try world.desk()
    try await world.run(service, store, [claim], decisions: 1)
    // A node that starts anew, whose pool lost what was not in a block, with the same desk's file.
    let other = try DeskFixture()
    try other.chain.seal(encoded: other.fixture.admissions, after: 5 * 86_400)
    try await other.accept()
    let again = try other.fixture.day(700)
    try await other.seal([.report(again)])
    try await other.settle()
    #expect(again == report)
    let revived = DeskService(
      keeper: other.keeper, desk: store, key: world.fixture.exchangeKey,
      exchange: world.fixture.exchangeId, policy: DeskPolicy(), clock: world.clock,
      logger: Logger(label: "test"))
    let changes = await other.keeper.changes()
    let running = Task { try await revived.run() }
    for await _ in changes where await other.keeper.waiting == 1 { break }
    running.cancel()
    try await running.value
    let (second, secondStore) = try other.desk("second")
    try await other.run(second, secondStore, [claim], decisions: 1)
    #expect(await other.keeper.pool.transactions.count == 1, "both desks made the very same mint")
    #expect(try secondStore.decisions().last?.mint == store.decisions().last?.mint)
  }

  @Test("A reorganisation below a mint loses neither the claim nor mints it twice")
  func reorganisation() async throws {
    let (world, report) = try await reported()
    let fork = world.chain
    let claim = world.claim(report.noon, 2)
    let (service, store) = try world.desk()
    try await world.run(service, store, [claim], decisions: 1)
    let mint = try #require(await world.keeper.pool.transactions.first)
    try world.chain.seal(encoded: [mint])
    try await world.accept()
    #expect(try world.store.place(of: mint.id)?.height == 5)
    // Two empty-handed blocks on the report's have more work than the one with the mint.
    world.chain = fork
    let other = try world.fixture.report(1, generated: [1], consumed: [1])
    try await world.seal([.report(other)], after: 700)
    let more = try world.fixture.report(1, generated: [1], consumed: [1])
    try await world.seal([.report(more)])
    #expect(try world.store.place(of: mint.id) == nil)
    let changes = await world.keeper.changes()
    let running = Task { try await service.run() }
    if await !world.keeper.isWaiting(mint.id) {
      for await _ in changes where await world.keeper.isWaiting(mint.id) { break }
    }
    running.cancel()
    try await running.value
    #expect(await world.keeper.pool.transactions.map(\.id) == [mint.id])
    try world.chain.seal(encoded: [mint])
    try await world.accept()
    #expect(try world.store.supply().minted == MilliCoins(700))
  }

  @Test("Sun at night is held by what the chain recorded, with a sentence; at noon it is minted")
  func truth() async throws {
    for (slot, outcome) in [(2, ClaimDecision.Outcome.held), (25, .minted)] {
      let world = try DeskFixture()
      try world.chain.seal(encoded: world.fixture.admissions, after: 5 * 86_400)
      try await world.accept()
      let report = try world.fixture.day(700, at: slot)
      try await world.seal([.report(report)])
      try await world.settle()
      let (service, store) = try world.desk()
      try await world.run(service, store, [world.claim(report.first, 48)], decisions: 1)
      let decision = try #require(try store.decisions().first)
      #expect(decision.outcome == outcome, "\(decision.reasons)")
      #expect(
        decision.reasons.contains { $0.check == "night" && $0.sentence.contains("700 Wh") }
          == (outcome == .held))
      #expect(await world.keeper.waiting == (outcome == .minted ? 1 : 0))
    }
  }

  @Test(
    "A home whose store began from a snapshot claims the days that were not minted")
  func snapshot() async throws {
    let (world, report) = try await reported()
    let store = try LedgerStore(
      folder: world.folder.appendingPathComponent("anew").path, genesis: world.fixture.genesis)
    var state: [StateChange] = []
    var headers: [(header: SealedHeader, work: UInt256)] = []
    let storage: any ChainStorage = world.store
    try storage.read { view in
      try view.visitState {
        state.append(.init(key: $0, entry: try StateEntry($0.kind, exactly: $1)))
      }
      headers = try view.newestHeaders(100).reversed().filter { $0.header.header.height > 0 }
    }
    try (store as any ChainStorage).write { try $0.install(headers, state) }
    let keeper = try LedgerKeeper(store, clock: world.clock, logger: Logger(label: "test"))
    let home = world.fixture.homes[0]
    let service = StandingClaimService(
      keeper: keeper, key: home.siteKey, again: .seconds(3600),
      logger: Logger(label: "test"))
    var claims = await keeper.claims().makeAsyncIterator()
    let running = Task { try await service.run() }
    let sealing = Task {
      while !Task.isCancelled {
        try world.chain.seal([], after: 600)
        await keeper.seal(try #require(world.chain.blocks.last))
      }
    }
    let claim = try #require(await claims.next())
    sealing.cancel()
    running.cancel()
    try await running.value
    #expect(claim.first == report.first && claim.length == 48)
  }

  @Test(
    "Of a day that was minted in part each run that was not is claimed, where it gave something")
  func runs() throws {
    var day = SiteDay()
    for slot in 0..<40 where slot != 30 {
      var reading = Reading(interval: Interval(UInt32(slot)), quality: .measured)
      reading[.generated] = slot < 35 ? 7 : 0
      day.record(reading, slot: slot)
    }
    #expect(StandingClaimService.periods(of: day, under: .none) == [0..<30, 31..<40])
    day.minted = 0b111 << 10
    #expect(StandingClaimService.periods(of: day, under: .none) == [0..<10, 13..<30, 31..<40])
    day.minted = 1 << 35 - 1
    #expect(StandingClaimService.periods(of: day, under: .none).isEmpty)
  }

  @Test("What a policy holds waits for a person, and goes when it is released")
  func held() async throws {
    let (world, report) = try await reported()
    let claim = world.claim(report.noon, 2)
    let store = try DeskStore(folder: world.folder.appendingPathComponent("held").path)
    #expect(try store.add(claim) == .open)
    #expect(try store.release(claim.id) == false, "an open claim is not held")
    let decision = ClaimDecision(
      claim: claim, outcome: .held, amount: .zero, mint: nil, time: world.clock.now,
      reasons: [.init(check: "night", score: 900, sentence: "the sun was down")],
      network: world.fixture.network, signedBy: world.fixture.exchangeKey)
    #expect(try store.decide(decision, from: .open, mint: nil))
    #expect(try !store.decide(decision, from: .open, mint: nil), "it is decided")
    #expect(try store.claims(.held) == [claim])
    #expect(try store.release(claim.id))
    let service = DeskService(
      keeper: world.keeper, desk: store, key: world.fixture.exchangeKey,
      exchange: world.fixture.exchangeId, policy: DeskPolicy(), clock: world.clock,
      logger: Logger(label: "test"))
    try await world.run(service, store, [claim], decisions: 2)
    #expect(try store.decisions(on: claim.id).map(\.outcome) == [.held, .minted])
  }

  @Test("What a person turns down is refused with that reason, signed, and stays refused")
  func turnedDown() async throws {
    let (world, report) = try await reported()
    let claim = world.claim(report.noon, 2)
    let (service, store) = try world.desk("turned-down")
    #expect(try store.add(claim) == .open)
    #expect(try !store.turnDown(claim.id, because: "no"), "an open claim is not held")
    let doubt = ClaimDecision.Reason(check: "night", score: 900, sentence: "the sun was down")
    let decision = ClaimDecision(
      claim: claim, outcome: .held, amount: .zero, mint: nil, time: world.clock.now,
      reasons: [doubt], network: world.fixture.network, signedBy: world.fixture.exchangeKey)
    #expect(try store.decide(decision, from: .open, mint: nil))
    #expect(try store.turnDown(claim.id, because: "the roof is in the shade"))
    #expect(try !store.decide(decision, from: .open, mint: nil), "who judged it before is late")
    #expect(try !store.release(claim.id), "it is held no more")
    try await world.run(service, store, [claim], decisions: 2)
    let last = try #require(try store.decisions(on: claim.id).last)
    #expect(last.outcome == .refused && last.mint == nil)
    #expect(last.reasons.map(\.sentence) == ["the roof is in the shade", "the sun was down"])
    #expect(last.reasons[0].check == "person")
    #expect(try ClaimDecision(exactly: last.bytes) == last)
    #expect(try store.claims(.refused) == [claim] && store.claims(.turnedDown).isEmpty)
    for said in ["", "two\nlines", String(repeating: "a", count: 256)] {
      #expect(!ClaimDecision.Reason.canSay(said))
    }
  }

  @Test("A policy file names checks that exist, and says what is held and refused")
  func policy() throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("policy-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(#"{"checks": {"night": {"hold": 0.4, "refuse": 0.9}}}"#.utf8).write(to: file)
    let policy = try DeskPolicy(reading: file.path)
    func outcome(_ check: TruthCheck, _ score: Double) -> ClaimDecision.Outcome {
      policy.outcome(of: [TruthFinding(check: check, score: score, sentence: "it is so")])
    }
    #expect(outcome(.night, 0.39) == .minted)
    #expect(outcome(.night, 0.4) == .held)
    #expect(outcome(.night, 0.9) == .refused)
    #expect(outcome(.ceiling, 1) == .held)
    try Data(#"{"checks": {"moon": {"hold": 0.4, "refuse": 0.9}}}"#.utf8).write(to: file)
    #expect(throws: DeskPolicyError.self) { try DeskPolicy(reading: file.path) }
  }
}
