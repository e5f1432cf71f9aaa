// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Testing
import Wire

@testable import Simulation

@Suite("Branches beside the chain")
struct SideBranchTests {
  private let fixture = LedgerFixture()

  @Test("Headers of a branch that is not the best one go on where the last answer ended")
  func longBranch() throws {
    let base = try FixtureChain(fixture)
    let own = base.headers(1_010, by: fixture.operatorKey)
    let side = base.headers(1_000, by: fixture.exchangeKey)
    let node = try Dialogue(fixture)
    node.elapsed = 40 * 86_400
    func answer(_ link: Link, _ headers: [SealedHeader]) -> [BlockHash]? {
      let actions = node.receive(link, .headers(Headers(headers: headers)))
      for case .getHeaders(let question) in actions.sent(to: link) { return question.locator }
      return nil
    }
    func peer(_ name: String, _ tip: SealedHeader, host: String) -> Link {
      let (link, _) = node.link(name, host: host)
      let work = UInt256(tip.header.height << 40)
      node.receive(
        link,
        .hello(node.hello(height: tip.header.height, tip: tip.header.hash, work: work)))
      return link
    }
    let first = peer("first", own[1_009], host: "203.0.113.9")
    #expect(answer(first, Array(own[..<1_000]))?.first == own[999].header.hash)
    #expect(answer(first, Array(own[1_000...])) == nil)
    let second = peer("second", side[999], host: "198.51.100.3")
    #expect(answer(second, side)?.first == side[999].header.hash)
    #expect(node.node.chain.headers.bestHeader == own[1_009].header.hash)
    #expect(answer(second, []) == nil, "and the same question is not asked again")
  }

  @Test("A block that breaks a law bans the member who sealed it and told of it, and nobody else")
  func unlawfulBody() throws {
    let chain = try FixtureChain(fixture)
    let bad = try chain.block(
      [chain.filler], after: 1_000, signedBy: fixture.exchangeKey, stateRoot: .zero)
    for (tells, name) in [(false, "exchange"), (true, "exchange"), (true, "giver")] {
      let node = try Dialogue(fixture)
      let greeting = node.hello(height: 1, tip: bad.header.hash, work: UInt256(1 << 40))
      let (giver, _) = node.link(name)
      node.receive(giver, .hello(greeting))
      let teller = tells ? giver : node.peer("teller", host: "198.51.100.3", greeting)
      if !tells { node.receive(giver, .headers(Headers(headers: []))) }
      let asked = node.receive(teller, .headers(Headers(headers: [bad.sealed])))
      let isAsked = asked.sent(to: giver).contains {
        if case .getBlocks = $0 { true } else { false }
      }
      #expect(isAsked)
      node.receive(giver, .blockDelivery(BlockDelivery(block: bad)))
      #expect(node.node.chain.headers.isInvalid(bad.header.hash))
      #expect(node.node.bans.list(at: 0).count == (tells && name == "exchange" ? 1 : 0), "\(name)")
    }
  }

  @Test("A body on the tip that the chain leaves in the same step is kept for when it comes back")
  func leftInTheSameStep() throws {
    var base = try FixtureChain(fixture)
    try base.seal([], after: 1_000)
    let tips = try [600, 700].map { try base.block([base.filler], after: $0) }
      .sorted { $0.header.hash < $1.header.hash }
    let (tip, other) = (tips[0], tips[1])
    var own = base
    try own.connect(tip)
    let next = try own.block([own.filler])
    let storage = try SimulatedStorage(genesis: fixture.genesis)
    let chain = try ActiveChain(storage)
    let now = LedgerFixture.start.advanced(by: 90_000)
    for block in [base.blocks[1], tip, other] { _ = try chain.accept(block, now: now) }
    #expect(chain.tipHash == tip.header.hash, "of equal work the smaller hash")
    var anchors = ForkAnchors()
    anchors.agreed = other.header.hash
    storage.isFull = true
    #expect(throws: BlockRefusal.self) { try chain.anchor(anchors) }
    storage.isFull = false
    _ = try chain.accept(next, now: now)
    #expect(chain.tipHash == other.header.hash)
    #expect(try chain.block(next.header.hash) != nil)
    _ = try chain.anchor(ForkAnchors())
    #expect(chain.tipHash == next.header.hash)
  }
}
