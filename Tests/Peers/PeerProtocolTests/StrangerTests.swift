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

@Suite("Blocks of producers whom nobody knows")
struct StrangerTests {
  private let fixture = LedgerFixture()

  @Test("What a stranger has worked for is nowhere kept, and stops nobody from following others")
  func stranger() throws {
    let node = try Dialogue(fixture)
    let headers = try FixtureChain(fixture).headers(60, by: LedgerFixture.key("stranger"))
    let last = try #require(headers.last).header
    let (liar, _) = node.link("stranger")
    node.receive(
      liar,
      .hello(
        node.hello(height: last.height, tip: last.hash, work: UInt256(1 << 60))))
    node.receive(liar, .headers(Headers(headers: headers)))
    node.receive(
      liar, .compactBlock(CompactBlock(Block(sealed: headers[0], transactions: []))))
    #expect(node.node.chain.headers.count == 1, "the genesis block alone")
    let chain = try FixtureChain.long(4, fixture)
    let (honest, asked) = node.peer("honest", with: chain, host: "198.51.100.9")
    node.serve(
      asked, [honest: ChainPeer(chain: chain), liar: ChainPeer(chain: try FixtureChain(fixture))])
    #expect(node.node.chain.tipHash == chain.context.hash)
    #expect(node.node.bans.list(at: 0).isEmpty)
    #expect(node.node.summaries.allSatisfy { $0.points == 0 }, "nobody has done wrong")
  }

  @Test("A branch that lets its own producers in is followed, through the bodies that say so")
  func admittedElsewhere() throws {
    var own = try FixtureChain(fixture)
    for _ in 0..<2 { try own.seal([]) }
    var other = try FixtureChain(fixture)
    try other.seal(encoded: [other.filler] + fixture.admissions, after: 1_000)
    for _ in 0..<5 {
      try other.connect(
        try other.block([other.filler], signedBy: fixture.homes[0].memberKey))
    }
    let node = try Dialogue(fixture)
    for block in own.blocks[1...] { node.tell(.sealed(block)) }
    #expect(node.node.chain.tipHash == own.context.hash)
    let (link, asked) = node.peer("other", with: other)
    node.serve(asked, [link: ChainPeer(chain: other)])
    #expect(node.node.chain.tipHash == other.context.hash)
    #expect(node.node.summaries.allSatisfy { $0.points == 0 })
  }

  @Test("A branch whose bodies nobody gives is set aside, blamed on nobody who never told of it")
  func setAside() throws {
    var limits = PeerLimits()
    limits.asideFor = 60_000
    let node = try Dialogue(fixture, limits: limits)
    let honest = try FixtureChain.long(3, fixture)
    // A member shows headers with more to them, and keeps their bodies.
    var hidden = try FixtureChain(fixture)
    for _ in 0..<8 { try hidden.seal([], after: 700) }
    let (liar, asked) = node.peer("liar", with: hidden)
    var peers = [liar: ChainPeer(chain: hidden, bodies: { _ in false })]
    node.serve(asked, peers)
    let (good, questions) = node.peer("honest", with: honest, host: "198.51.100.9")
    peers[good] = ChainPeer(chain: honest)
    node.serve(questions, peers)
    #expect(node.node.chain.tipHash == honest.context.hash)
    let points = node.node.summaries.sorted { $0.link < $1.link }.map(\.points)
    #expect(points[0] > 0, "who told of it and has it not")
    #expect(points[1] == 0)
    // Later it is tried again: the line may have been down.
    node.milliseconds += limits.asideFor
    peers[liar] = ChainPeer(chain: hidden)
    node.serve(node.tell(.tick), peers)
    #expect(node.node.chain.tipHash == hidden.context.hash)
  }

  @Test("A true body with a seal of somebody's own is taken with the true seal, and harms nobody")
  func forgedSeal() throws {
    let chain = try FixtureChain.long(3, fixture)
    let node = try Dialogue(fixture)
    let (link, asked) = node.peer("liar", with: chain)
    node.serve(asked, [link: ChainPeer(chain: chain, seal: SealedHeader.noSignature)])
    #expect(node.node.chain.tipHash == chain.context.hash)
    let kept = try #require(try node.node.chain.block(chain.context.hash))
    #expect(kept.sealed.isSigned(in: fixture.network))
    #expect(node.node.bans.list(at: 0).isEmpty)
  }

  @Test("Whom the own branch barred or replaced is followed on a branch that did not")
  func barredHereAlone() throws {
    let key = LedgerFixture.key("node 1")
    func change(_ number: UInt64) -> Transaction {
      .setNodeKey(
        SetNodeKey(
          member: fixture.exchangeId, nodeKey: LedgerFixture.key("node \(number)"),
          change: number, network: fixture.network, signedBy: fixture.exchangeKey))
    }
    var base = try FixtureChain(fixture)
    try base.seal([change(1)], after: 1_000)
    // Here the exchange's node key is replaced; there it goes on to seal.
    var own = base
    try own.seal([change(2)], after: UInt64(fixture.genesis.rules.checkpointSeconds))
    var other = base
    for _ in 1...4 {
      try other.connect(try other.block([other.filler], signedBy: key))
    }
    let node = try Dialogue(fixture)
    for block in own.blocks[1...] { node.tell(.sealed(block)) }
    #expect(node.node.chain.tipHash == own.context.hash)
    let (link, asked) = node.peer("other", with: other)
    node.serve(asked, [link: ChainPeer(chain: other)])
    #expect(node.node.chain.tipHash == other.context.hash)
  }

  @Test("What a member's block lets in without the operator's signature opens no door")
  func forgedAdmission() throws {
    let stranger = LedgerFixture.key("stranger")
    let record = MemberRecord(kind: .consumer, name: "Nobody", key: stranger.publicKey)
    let own = try FixtureChain.long(2, fixture)
    let node = try Dialogue(fixture)
    for block in own.blocks[1...] { node.tell(.sealed(block)) }
    let side = try FixtureChain(fixture)
    let admission = EncodedTransaction(
      .admitMember(
        AdmitMember(
          operator: fixture.operatorId, record: record, network: fixture.network,
          signedBy: stranger)))
    let block = try side.block([admission], after: 1_000, signedBy: fixture.exchangeKey)
    let (link, _) = node.peer("liar", with: own)
    node.receive(link, .compactBlock(CompactBlock(block)))
    node.receive(link, .blockDelivery(BlockDelivery(block: block)))
    let header = BlockHeader(
      network: NetworkTag(fixture.network), height: 2, previous: block.header.hash,
      time: block.header.time.advanced(by: 600), transactionRoot: .zero,
      stateRoot: .zero, producer: stranger.publicKey,
      target: side.context.nextTarget(
        fixture.genesis.rules), searchSeconds: 0, nonce: 0)
    let next = side.sealed(header, [], stranger)
    node.receive(link, .compactBlock(CompactBlock(next)))
    #expect(!node.node.chain.headers.contains(next.header.hash))
  }

  @Test("A body that comes late is taken all the same")
  func lateBody() throws {
    let chain = try FixtureChain.long(0, fixture)
    let node = try Dialogue(fixture)
    let (link, _) = node.peer("slow", with: chain)
    node.receive(link, .headers(Headers(headers: [chain.blocks[1].sealed])))
    node.milliseconds += 2 * PeerLimits().answerTimeout
    node.tell(.tick)
    node.receive(link, .blocksMissing(BlocksMissing(hashes: [chain.context.hash])))
    #expect(node.node.chain.headers.aside(on: chain.context.hash) == chain.context.hash)
    node.receive(link, .blockDelivery(BlockDelivery(block: chain.blocks[1])))
    #expect(node.node.chain.tipHash == chain.context.hash)
  }
}
