// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Testing

@testable import Simulation

@Suite("The pool: whoever makes work pays for it")
struct MempoolTests {
  /// A chain on which two homes are admitted, and a pool beside it.
  private func pool(
    _ change: (inout PeerLimits) -> Void = { _ in }
  ) throws -> (pool: Mempool, chain: ActiveChain, fixture: FixtureChain) {
    let fixture = LedgerFixture()
    let sealed = try FixtureChain.long(0, fixture)
    let chain = try ActiveChain(try SimulatedStorage(genesis: fixture.genesis))
    _ = try chain.accept(sealed.blocks[1], now: Dialogue.time)
    var limits = PeerLimits()
    change(&limits)
    return (Mempool(limits: limits, genesis: fixture.genesis), chain, sealed)
  }

  private func reports(
    _ count: Int, of home: Int, _ fixture: inout LedgerFixture
  ) throws -> [EncodedTransaction] {
    try (0..<count).map { _ in
      EncodedTransaction(.report(try fixture.report(home, generated: [7], consumed: [5])))
    }
  }

  @Test(
    "Of one site's later reports the nearest stay, and all follow in their order when it is time")
  func later() throws {
    var (pool, chain, sealed) = try pool { $0.poolLaterOfSite = 8 }
    var fixture = sealed.fixture
    let all = try reports(20, of: 0, &fixture)
    for report in all.dropFirst().reversed() {
      guard case .later = pool.add(report, isOwn: false, chain: chain, now: Dialogue.time) else {
        Issue.record("a report without the one before it is kept for later")
        return
      }
    }
    #expect(all[1...8].allSatisfy { pool.contains($0.id) })
    #expect(!all[9...].contains { pool.contains($0.id) })
    #expect(pool.count == 0)
    _ = pool.add(all[0], isOwn: false, chain: chain, now: Dialogue.time)
    #expect(pool.count == 9 && all[0...8].allSatisfy { pool[$0.id] != nil })
  }

  @Test("Who fills the place for later reports pushes out its own, not those of others")
  func crowd() throws {
    var (pool, chain, sealed) = try pool { ($0.poolLater, $0.poolLaterOfSite) = (10, 64) }
    var fixture = sealed.fixture
    let modest = try reports(3, of: 1, &fixture)
    let crowd = try reports(40, of: 0, &fixture)
    for report in modest.dropFirst() + crowd.dropFirst() {
      _ = pool.add(report, isOwn: false, chain: chain, now: Dialogue.time)
    }
    #expect(modest[1...2].allSatisfy { pool.contains($0.id) })
    #expect(crowd.dropFirst().count { pool.contains($0.id) } == 8)
  }

  @Test("What builds on too many waiting movements of coins waits until they are in a block")
  func depth() throws {
    var (pool, chain, sealed) = try pool { $0.poolDepth = 5 }
    var fixture = sealed.fixture
    let report = try fixture.report(0, generated: [1000], consumed: [0])
    let mint = EncodedTransaction(
      .mint(fixture.mint(0, first: report.first, length: 1, amount: 1000)))
    for transaction in [EncodedTransaction(.report(report)), mint] {
      _ = pool.add(transaction, isOwn: false, chain: chain, now: Dialogue.time)
    }
    #expect(pool.count == 2)
    let (from, to) = (fixture.homes[0], fixture.homes[1])
    var (lot, verdicts): (LotId, [Bool]) = (mint.lotId(0), [])
    for _ in 0..<6 {
      let transfer = EncodedTransaction(
        .transfer(
          Transfer(
            from: from.member.id, to: to.member.id, lot: lot, part: .amount(MilliCoins(1)),
            network: fixture.network, signedBy: from.memberKey)))
      if case .accepted = pool.add(transfer, isOwn: false, chain: chain, now: Dialogue.time) {
        verdicts.append(true)
      } else {
        verdicts.append(false)
      }
      lot = transfer.lotId(1)
    }
    #expect(verdicts == [true, true, true, true, false, false])
  }
}
