// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Proofs
import Quantities
import Testing
import Wire

@testable import Simulation

@Suite("Headers first, then bodies from many")
struct SyncTests {
  @Test("A node asks for headers, checks them, then fetches bodies from several peers at once")
  func sync() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(30, fixture)
    let dialogue = try Dialogue(fixture)
    let (first, greeted) = dialogue.peer("first", with: chain)
    let asked = greeted.sent(to: first)
    let genesis = chain.blocks[0].header.hash
    let epoch = fixture.genesis.rules.epoch(of: LedgerFixture.start)
    #expect(
      asked == [
        .getHeaders(GetHeaders(locator: [genesis, genesis])),
        .getApprovals(GetApprovals(epoch: epoch)),
      ])
    let (second, _) = dialogue.peer("second", with: chain)
    let headers = Headers(headers: chain.blocks[1...].map(\.sealed))
    let actions = dialogue.receive(first, .headers(headers))
    var questions: [Link: [BlockHash]] = [:]
    for link in [first, second] {
      for case .getBlocks(let question) in actions.sent(to: link) {
        questions[link, default: []] += question.hashes
      }
    }
    #expect(questions[first]?.count == 8, "no more than a peer's share")
    #expect(questions[second]?.count == 8, "as many from the other")
    #expect(dialogue.node.chain.tip.height == 0)
    // Bodies come in any order.
    for block in chain.blocks[1...].reversed() {
      let link = questions[first]?.contains(block.header.hash) == true ? first : second
      dialogue.receive(link, .blockDelivery(BlockDelivery(block: block)))
    }
    #expect(dialogue.node.chain.tipHash == chain.context.hash)
    #expect(dialogue.node.missingBodies == 0)
  }

  @Test("A stalled peer costs seconds: what it was asked for is asked of another")
  func stalled() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(3, fixture)
    let dialogue = try Dialogue(fixture)
    let (slow, _) = dialogue.peer("slow", with: chain)
    dialogue.receive(slow, .headers(Headers(headers: chain.blocks[1...].map(\.sealed))))
    let (quick, _) = dialogue.peer("quick", with: chain)
    dialogue.milliseconds += PeerLimits().answerTimeout + 1
    let actions = dialogue.tell(.tick)
    let asked = actions.sent(to: quick).contains { if case .getBlocks = $0 { true } else { false } }
    #expect(asked)
    #expect(dialogue.log.contains { $0.contains("late: blocks") })
    for block in chain.blocks[1...] {
      dialogue.receive(quick, .blockDelivery(BlockDelivery(block: block)))
    }
    #expect(dialogue.node.chain.tipHash == chain.context.hash)
  }

  @Test("Headers that never come are asked of another peer")
  func stalledHeaders() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(3, fixture)
    let dialogue = try Dialogue(fixture)
    _ = dialogue.peer("mute", with: chain)
    let (other, _) = dialogue.peer("other", with: chain)
    dialogue.milliseconds += PeerLimits().answerTimeout + 1
    let actions = dialogue.tell(.tick)
    #expect(actions.sent(to: other).contains { if case .getHeaders = $0 { true } else { false } })
    #expect(dialogue.log.contains { $0.contains("late: headers") })
  }

  @Test("A lying peer is banned, and the true body is taken from another")
  func lyingBody() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(1, fixture)
    let dialogue = try Dialogue(fixture)
    let (liar, _) = dialogue.peer("liar", with: chain)
    dialogue.receive(liar, .headers(Headers(headers: chain.blocks[1...].map(\.sealed))))
    let false1 = Block(sealed: chain.blocks[1].sealed, transactions: [])
    let actions = dialogue.receive(liar, .blockDelivery(BlockDelivery(block: false1)))
    #expect(actions.goodbye(to: liar) == .misbehaved)
    let (honest, _) = dialogue.peer("honest", with: chain, host: "198.51.100.3")
    #expect(dialogue.node.summaries.map(\.link) == [honest])
    for block in chain.blocks[1...] {
      dialogue.receive(honest, .blockDelivery(BlockDelivery(block: block)))
    }
    #expect(dialogue.node.chain.tipHash == chain.context.hash)
  }

  @Test("Headers without work, out of order or joining nowhere are refused; nothing is stored")
  func badHeaders() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(3, fixture)
    let headers = chain.blocks[1...].map(\.sealed)
    var lazy = headers[0].header
    while lazy.hash.value <= UInt256.max.bytes, lazy.nonce < 1_000_000 {
      lazy.nonce += 1
      if lazy.hash.value > CompactTarget.expand(lazy.target)?.bytes ?? .zero { break }
    }
    let workless = SealedHeader(
      header: lazy, network: fixture.network, signedBy: fixture.operatorKey)
    for (name, answer, isBanned) in [
      ("workless", [workless], true), ("jumbled", [headers[0], headers[2]], true),
      ("nowhere", [headers[2]], false),
    ] {
      let dialogue = try Dialogue(fixture)
      let (link, _) = dialogue.peer(name, with: chain)
      let actions = dialogue.receive(link, .headers(Headers(headers: answer)))
      #expect((actions.goodbye(to: link) == .misbehaved) == isBanned, "\(name)")
      #expect(dialogue.log.contains { $0.contains(isBanned ? "invalid block" : "useless") })
      #expect(dialogue.node.chain.headers.count <= 2, "\(name)")
    }
  }

  @Test("Headers and blocks that nobody asked for cost points")
  func unsolicited() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(1, fixture)
    let dialogue = try Dialogue(fixture)
    let link = dialogue.peer("pushy")
    dialogue.receive(link, .headers(Headers(headers: [])))
    dialogue.receive(link, .blockDelivery(BlockDelivery(block: chain.blocks[2])))
    #expect(dialogue.node.summaries.first?.points == 40)
  }

  @Test("A peer that lacks a block says so, and another is asked")
  func missing() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(0, fixture)
    let dialogue = try Dialogue(fixture)
    let (poor, _) = dialogue.peer("poor", with: chain)
    dialogue.receive(poor, .headers(Headers(headers: [chain.blocks[1].sealed])))
    let (rich, _) = dialogue.peer("rich", with: chain)
    let actions = dialogue.receive(
      poor, .blocksMissing(BlocksMissing(hashes: [chain.blocks[1].header.hash])))
    #expect(actions.sent(to: rich).contains { if case .getBlocks = $0 { true } else { false } })
  }

  @Test("Blocks, headers, proofs and addresses are given to who asks")
  func gives() throws {
    let fixture = LedgerFixture()
    var chain = try FixtureChain.long(2, fixture)
    try chain.settle()
    let dialogue = try Dialogue(fixture)
    for block in chain.blocks[1...] { dialogue.tell(.sealed(block)) }
    #expect(dialogue.node.chain.tip.height == 5)
    let link = dialogue.peer("asker")
    let headers = dialogue.receive(
      link, .getHeaders(GetHeaders(locator: [chain.blocks[1].header.hash])))
    #expect(
      headers.sent(to: link) == [.headers(Headers(headers: chain.blocks[2...].map(\.sealed)))])
    let unknown = BlockHash(SHA256.digest([3]))
    let blocks = dialogue.receive(
      link, .getBlocks(GetBlocks(hashes: [chain.blocks[2].header.hash, unknown])))
    #expect(
      blocks.sent(to: link) == [
        .blockDelivery(BlockDelivery(block: chain.blocks[2])),
        .blocksMissing(BlocksMissing(hashes: [unknown])),
      ])
    let site = StateKey.site(fixture.homes[0].site.id)
    let proof = dialogue.receive(link, .getProof(GetProof(request: 5, subject: .entry(site))))
    guard case .proofDelivery(let delivery)? = proof.sent(to: link).first,
      case .entry(let entry) = delivery.proof
    else {
      Issue.record("no proof")
      return
    }
    #expect(delivery.request == 5)
    #expect(entry.isValid(under: chain.blocks[3].header))
    dialogue.receive(link, .getAddresses(GetAddresses()))
    dialogue.receive(link, .getAddresses(GetAddresses()))
    #expect(dialogue.node.summaries.first?.points == 20, "addresses are given once")
  }

  @Test("A full disk bans nobody: the block is fetched again once there is room")
  func fullDisk() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(0, fixture)
    let dialogue = try Dialogue(fixture)
    let (link, _) = dialogue.peer("honest", with: chain)
    dialogue.receive(link, .headers(Headers(headers: [chain.blocks[1].sealed])))
    dialogue.storage.isFull = true
    dialogue.receive(link, .blockDelivery(BlockDelivery(block: chain.blocks[1])))
    #expect(dialogue.log.contains { $0.contains("own fault") && $0.contains("disk full") })
    #expect(dialogue.node.summaries.first?.points == 0)
    dialogue.storage.isFull = false
    dialogue.milliseconds += PeerLimits().faultPause
    let actions = dialogue.tell(.tick)
    #expect(actions.sent(to: link).contains { if case .getBlocks = $0 { true } else { false } })
    dialogue.receive(link, .blockDelivery(BlockDelivery(block: chain.blocks[1])))
    #expect(dialogue.node.chain.tip.height == 1)
  }
}
