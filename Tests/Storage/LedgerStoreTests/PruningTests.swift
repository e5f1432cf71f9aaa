// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import GRDB
import Ledger
import LedgerFixtures
import Proofs
import Quantities
import Testing
import Verification

@testable import LedgerStore

@Suite("A pruned ledger")
struct PruningTests {
  @Test("Old bodies go; headers, state, the own reports with proofs and the newest bodies stay")
  func prune() async throws {
    let folder = try Folder()
    var history = try BlockHistory(count: 340)
    let young = try Folder()
    let unsettled = try history.store(in: young).store
    #expect(try unsettled.prune(keeping: 300, reportsOf: []) == 0, "what is not final stays")
    try history.settle()
    let chain = try history.store(in: folder)
    let store = chain.store
    let site = history.fixture.homes[0].site.id
    let before = try store.reports(of: site, in: Interval(0)..<Interval(UInt32.max))
    let other = history.fixture.homes[1].site.id
    let others = try store.reports(of: other, in: Interval(0)..<Interval(UInt32.max))
    while try store.prune(keeping: 300, reportsOf: [site]) > 0 {}
    let lowest = try store.lowestBody()
    #expect(lowest == chain.tip.height - 300 + 1)
    #expect(try store.block(height: lowest - 1) == nil)
    #expect(try store.block(height: lowest) != nil)
    let old = try #require(before.first { $0.height < lowest })
    let kept = try #require(try store.proof(of: old.id))
    #expect(kept.block.header.height == old.height)
    #expect(kept.proof.transaction.id == old.id)
    #expect(kept.proof.isValid(under: kept.block.header))
    let foreign = try #require(others.first { $0.height < lowest })
    #expect(try store.proof(of: foreign.id) == nil)
    #expect(try ActiveChain(store).tipHash == chain.tipHash)
    // It still proves what is final, through terms that one block ended together.
    let (basis, entries) = try #require(try store.proofs(of: [.site(site)]))
    let standing = try ProofJudge(store.genesis).standing(of: basis)
    guard case .final(let approved) = standing else {
      Issue.record("\(standing)")
      return
    }
    #expect(approved.handovers > 1 && approved.height < chain.tip.height)
    #expect(entries[0].entry != nil && entries[0].isValid(under: basis.header))
    let verdict = await ChainVerdict(checking: store)
    #expect(verdict.finding == nil)
    #expect(verdict.pruned == lowest - 1)
  }

  @Test("A flipped byte in a pruned file is found as well")
  func flipped() async throws {
    let folder = try Folder()
    var history = try BlockHistory(count: 310)
    try history.settle()
    let store = try history.store(in: folder).store
    while try store.prune(keeping: 288, reportsOf: []) > 0 {}
    for sql in [
      "UPDATE block SET header = zeroblob(242) WHERE height = 3",
      "UPDATE block SET body = x'' WHERE height = 300",
    ] {
      try store.write { db in
        try db.execute(sql: "SAVEPOINT damage")
        try db.execute(sql: sql)
      }
      #expect(await ChainVerdict(checking: store).finding != nil, "\(sql)")
      let height = sql.contains("300") ? 300 : 3
      try store.write { db in
        try db.execute(
          sql: "UPDATE block SET header = ?, body = ? WHERE height = ?",
          arguments: [
            Data(history.scenario.blocks[height].sealed.bytes),
            height == 3 ? Data() : Data(history.scenario.blocks[height].bodyBytes), height,
          ])
      }
      #expect(await ChainVerdict(checking: store).finding == nil)
    }
  }

  @Test("A fork from below the kept bodies is left aside, and the chain stays")
  func deepFork() throws {
    let folder = try Folder()
    var history = try BlockHistory(count: 310)
    try history.settle()
    let chain = try history.store(in: folder)
    while try chain.store.prune(keeping: 288, reportsOf: []) > 0 {}
    var fork = try FixtureChain(history.fixture)
    for block in history.scenario.blocks[1...5] { try fork.connect(block) }
    while fork.context.height <= chain.tip.height + 1 {
      try fork.seal([], after: 700)
    }
    let tip = chain.tipHash
    var refusals = 0
    for block in fork.blocks[6...] {
      do {
        _ = try chain.accept(block, now: NetworkTime(seconds: 1 << 39))
      } catch {
        refusals += 1
        // Against local policy, so nobody is to blame.
        guard case .tooDeep = error else {
          Issue.record("\(error)")
          return
        }
      }
    }
    #expect(refusals > 0)
    #expect(chain.tipHash == tip)
  }
}
