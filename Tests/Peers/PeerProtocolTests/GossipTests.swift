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

@Suite("Gossip: transactions, compact blocks")
struct GossipTests {
  private func report(
    _ fixture: inout LedgerFixture, _ home: Int = 0, _ pq1: UInt32 = 7
  ) throws -> EncodedTransaction {
    EncodedTransaction(.report(try fixture.report(home, generated: [pq1], consumed: [5])))
  }

  @Test("Announce, request, deliver: a transaction goes on to those who do not have it")
  func relay() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    var fixture = chain.fixture
    let transaction = try report(&fixture)
    let (teller, other) = (dialogue.peer("teller"), dialogue.peer("other", host: "198.51.100.3"))
    let asked = dialogue.receive(
      teller, .announceTransactions(AnnounceTransactions(ids: [transaction.id])))
    #expect(
      asked.sent(to: teller) == [.getTransactions(GetTransactions(ids: [transaction.id]))])
    let told = dialogue.receive(
      teller, .transactionDelivery(TransactionDelivery(transactions: [transaction])))
    #expect(dialogue.node.pool.contains(transaction.id))
    #expect(
      told.sent(to: other) == [
        .announceTransactions(AnnounceTransactions(ids: [transaction.id]))
      ])
    #expect(told.sent(to: teller).isEmpty, "who told of it is not told")
    let given = dialogue.receive(other, .getTransactions(GetTransactions(ids: [transaction.id])))
    #expect(
      given.sent(to: other) == [
        .transactionDelivery(TransactionDelivery(transactions: [transaction]))
      ])
  }

  @Test("What a block leaves out is announced once more, to those who had heard of it too")
  func reminder() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    var (fixture, longer) = (chain.fixture, chain)
    let peer = dialogue.peer("peer")
    let transaction = try report(&fixture)
    let announcement = Message.announceTransactions(AnnounceTransactions(ids: [transaction.id]))
    #expect(dialogue.tell(.submitted(transaction)).sent(to: peer).contains(announcement))
    let other = try fixture.report(1, generated: [1], consumed: [1])
    try longer.seal([.report(other)], after: 39 * 86_400 + 5)
    let early = dialogue.tell(.sealed(longer.blocks[2]))
    #expect(!early.sent(to: peer).contains(announcement), "it had no time to be in that block")
    dialogue.elapsed = 86_400
    let next = try fixture.report(1, generated: [1], consumed: [1])
    try longer.seal([.report(next)], after: 86_400)
    let late = dialogue.tell(.sealed(longer.blocks[3]))
    #expect(late.sent(to: peer).contains(announcement))
  }

  @Test("A block that came before its time is asked for again when its time has come, and once")
  func earlyBlock() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    var (fixture, longer) = (chain.fixture, chain)
    let peer = dialogue.peer("peer")
    let report = try fixture.report(1, generated: [1], consumed: [1])
    try longer.seal([.report(report)], after: 39 * 86_400 + 60)
    let block = longer.blocks[2]
    let early = dialogue.receive(peer, .compactBlock(CompactBlock(block)))
    #expect(early.goodbye(to: peer) == nil && dialogue.node.chain.tip.height == 1)
    #expect(dialogue.node.statedTime == block.header.time, "a member has signed it")
    dialogue.elapsed = 40
    #expect(!dialogue.tell(.tick).sent(to: peer).contains { $0.isGetHeaders })
    dialogue.elapsed = 50
    #expect(dialogue.tell(.tick).sent(to: peer).contains { $0.isGetHeaders })
    // A clock that is set back, and a full answer that ends before its time: no more is asked for.
    dialogue.elapsed = 40
    let full = [SealedHeader](
      repeating: block.sealed, count: Int(Headers.headerCount.upperBound))
    #expect(
      !dialogue.receive(peer, .headers(Headers(headers: full))).sent(to: peer).contains {
        $0.isGetHeaders
      })
    dialogue.elapsed = 50
    #expect(dialogue.tell(.tick).sent(to: peer).contains { $0.isGetHeaders })
    _ = dialogue.receive(peer, .headers(Headers(headers: [block.sealed])))
    #expect(dialogue.node.chain.headers.contains(block.header.hash))
  }

  @Test("What was announced and never came is asked of the next who announced it")
  func reassigned() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    var fixture = chain.fixture
    let transaction = try report(&fixture)
    let (mute, other) = (dialogue.peer("mute"), dialogue.peer("other", host: "198.51.100.3"))
    for link in [mute, other] {
      dialogue.receive(
        link, .announceTransactions(AnnounceTransactions(ids: [transaction.id])))
    }
    dialogue.milliseconds += PeerLimits().answerTimeout
    let actions = dialogue.tell(.tick)
    #expect(
      actions.sent(to: other).contains(.getTransactions(GetTransactions(ids: [transaction.id]))))
  }

  @Test("A wrong signature bans; a law that another tip may excuse costs little")
  func bad() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    var fixture = chain.fixture
    let good = try fixture.report(0, generated: [7], consumed: [5])
    let forged = EncodedTransaction(
      .report(
        try Report(
          site: good.site, gapBefore: 0, readings: good.readings, registers: good.registers,
          sampleRoot: good.sampleRoot, network: fixture.network,
          signedBy: LedgerFixture.key("thief"))))
    let thief = dialogue.peer("thief")
    dialogue.receive(thief, .announceTransactions(AnnounceTransactions(ids: [forged.id])))
    let actions = dialogue.receive(
      thief, .transactionDelivery(TransactionDelivery(transactions: [forged])))
    #expect(actions.goodbye(to: thief) == .misbehaved)
    #expect(dialogue.log.contains { $0.contains("invalid signature") })
    let greedy = EncodedTransaction(
      .report(try fixture.report(1, generated: [9_000], consumed: [9_000])))
    let link = dialogue.peer("greedy", host: "198.51.100.3")
    dialogue.receive(link, .announceTransactions(AnnounceTransactions(ids: [greedy.id])))
    dialogue.receive(link, .transactionDelivery(TransactionDelivery(transactions: [greedy])))
    #expect(dialogue.node.summaries.first?.points == 5)
    #expect(!dialogue.node.pool.contains(greedy.id))
  }

  @Test("One report a site and interval: the first stands, and the second is spoken of")
  func equivocation() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    var (left, right) = (chain.fixture, chain.fixture)
    let first = try report(&left, 0, 7)
    let second = try report(&right, 0, 8)
    dialogue.tell(.submitted(first))
    let link = dialogue.peer("honest")
    dialogue.receive(link, .announceTransactions(AnnounceTransactions(ids: [second.id])))
    dialogue.receive(link, .transactionDelivery(TransactionDelivery(transactions: [second])))
    #expect(dialogue.node.pool.contains(first.id) && !dialogue.node.pool.contains(second.id))
    #expect(dialogue.log.contains { $0.contains("signed two reports") })
    #expect(dialogue.node.summaries.first?.points == 0, "who passes it on is not to blame")
  }

  @Test("Reports that come out of order wait for each other")
  func outOfOrder() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    var fixture = chain.fixture
    let reports = try (0..<3).map { _ in try report(&fixture) }
    for transaction in reports.reversed() { dialogue.tell(.submitted(transaction)) }
    #expect(dialogue.node.pool.count == 3)
    #expect(dialogue.node.pool.candidates.map(\.id) == reports.map(\.id))
  }

  @Test("The pool has limits of count and time, and the same pool gives the same template")
  func limits() throws {
    var limits = PeerLimits()
    limits.poolCount = 2
    let (dialogue, chain) = try Dialogue.admitted(limits: limits)
    var fixture = chain.fixture
    let link = dialogue.peer("busy")
    var all: [EncodedTransaction] = []
    for _ in 0..<3 { all.append(try report(&fixture)) }
    for transaction in all {
      dialogue.receive(link, .announceTransactions(AnnounceTransactions(ids: [transaction.id])))
      dialogue.receive(
        link, .transactionDelivery(TransactionDelivery(transactions: [transaction])))
    }
    #expect(dialogue.node.pool.count == 2)
    #expect(dialogue.node.summaries.first?.points == 0)
    let (again, _) = try Dialogue.admitted()
    for transaction in [all[1], all[0]] { again.tell(.submitted(transaction)) }
    #expect(again.node.pool.candidates.map(\.id) == dialogue.node.pool.candidates.map(\.id))
  }

  @Test("A compact block whose transactions are all here needs no question")
  func compact() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    var (fixture, longer) = (chain.fixture, chain)
    let transaction = try report(&fixture)
    dialogue.tell(.submitted(transaction))
    try longer.seal(encoded: [transaction])
    let (link, other) = (dialogue.peer("miner"), dialogue.peer("other", host: "198.51.100.3"))
    let actions = dialogue.receive(link, .compactBlock(CompactBlock(longer.blocks[2])))
    #expect(dialogue.node.chain.tipHash == longer.context.hash)
    #expect(dialogue.node.pool.count == 0)
    #expect(actions.sent(to: other) == [.compactBlock(CompactBlock(longer.blocks[2]))])
    #expect(actions.sent(to: link).isEmpty)
  }

  @Test("Of a compact block only the missing transactions are fetched")
  func compactMissing() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    var (fixture, longer) = (chain.fixture, chain)
    let (known, unknown) = (try report(&fixture, 0), try report(&fixture, 1))
    dialogue.tell(.submitted(known))
    try longer.seal(encoded: [known, unknown])
    let block = longer.blocks[2]
    let link = dialogue.peer("miner")
    let asked = dialogue.receive(link, .compactBlock(CompactBlock(block)))
    #expect(
      asked.sent(to: link) == [
        .getBlockTransactions(GetBlockTransactions(block: block.header.hash, indexes: [1]))
      ])
    dialogue.receive(
      link,
      .blockTransactions(
        BlockTransactions(block: block.header.hash, transactions: [unknown])))
    #expect(dialogue.node.chain.tipHash == longer.context.hash)
    let given = dialogue.receive(
      link,
      .getBlockTransactions(GetBlockTransactions(block: block.header.hash, indexes: [0])))
    #expect(
      given.sent(to: link) == [
        .blockTransactions(BlockTransactions(block: block.header.hash, transactions: [known]))
      ])
  }

  @Test("A header whose body is withheld keeps nobody from passing on blocks of their own")
  func withheld() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    var (fixture, left, right) = (chain.fixture, chain, chain)
    let (secret, open) = (try report(&fixture, 0), try report(&fixture, 1))
    try left.seal(encoded: [secret])
    try right.seal(encoded: [open], after: 700)
    let liar = dialogue.peer("liar")
    let other = dialogue.peer("other", host: "198.51.100.3")
    dialogue.receive(liar, .compactBlock(CompactBlock(left.blocks[2])))
    let actions = dialogue.tell(.sealed(right.blocks[2]))
    #expect(actions.sent(to: other) == [.compactBlock(CompactBlock(right.blocks[2]))])
  }

  @Test("A compact block that joins nothing known leads to a question for headers")
  func compactOrphan() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(3, fixture)
    let dialogue = try Dialogue(fixture)
    let link = dialogue.peer("ahead")
    let actions = dialogue.receive(link, .compactBlock(CompactBlock(chain.blocks[4])))
    #expect(actions.sent(to: link).contains { if case .getHeaders = $0 { true } else { false } })
    #expect(dialogue.node.summaries.first?.points == 0)
  }
}

extension Message {
  /// Whether it asks for headers.
  fileprivate var isGetHeaders: Bool { if case .getHeaders = self { true } else { false } }
}
