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

@Suite("Gossip: transactions, compact blocks, audits")
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

  @Test("Only members are shown samples")
  func evidence() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    let site = chain.fixture.homes[0].site.id
    let question = Message.getEvidence(
      GetEvidence(request: 4, site: site, interval: chain.fixture.homes[0].next))
    let stranger = dialogue.peer("stranger")
    #expect(
      dialogue.receive(stranger, question).sent(to: stranger) == [
        .evidenceDelivery(EvidenceDelivery(request: 4, outcome: .notMember))
      ])
    let member = dialogue.peer("member 1", host: "198.51.100.3")
    let isLookedFor = dialogue.receive(member, question).contains {
      if case .findEvidence(member, 4, site, _) = $0 { true } else { false }
    }
    #expect(isLookedFor)
    let given = dialogue.tell(.foundEvidence(member, request: 4, bytes: [1, 2]))
    #expect(
      given.sent(to: member) == [
        .evidenceDelivery(EvidenceDelivery(request: 4, outcome: .given, evidence: [1, 2]))
      ])
    let most = [UInt8](repeating: 7, count: EvidenceDelivery.evidenceLimit)
    for (bytes, outcome) in [(most, .given), (most + [7], .notKept)]
      as [([UInt8], EvidenceDelivery.Outcome)]
    {
      let sent = dialogue.tell(.foundEvidence(member, request: 4, bytes: bytes)).sent(to: member)
      guard case .evidenceDelivery(let delivery)? = sent.first else {
        Issue.record("no answer")
        continue
      }
      #expect(delivery.outcome == outcome, "what no message holds is not sent")
    }
  }

  @Test(
    "A share of others' reports is audited at their own nodes, and the finding published signed")
  func audit() throws {
    var limits = PeerLimits()
    limits.auditOneIn = 1
    let (dialogue, chain) = try Dialogue.admitted(audits: true, limits: limits)
    var (fixture, longer) = (chain.fixture, chain)
    let transaction = try report(&fixture, 0)
    try longer.seal(encoded: [transaction])
    let site = dialogue.peer("site 0")
    let reader = dialogue.peer("reader", host: "198.51.100.3")
    let actions = dialogue.tell(.sealed(longer.blocks[2]))
    var request: UInt32 = 0
    for case .getEvidence(let question) in actions.sent(to: site) { request = question.request }
    #expect(request > 0)
    let judged = dialogue.receive(
      site,
      .evidenceDelivery(EvidenceDelivery(request: request, outcome: .given, evidence: [9])))
    let isJudged = judged.contains {
      if case .judgeEvidence(transaction.id, _, [9]) = $0 { true } else { false }
    }
    #expect(isJudged)
    let published = dialogue.tell(.judged(report: transaction.id, .otherRoot))
    guard case .auditNotes(let notes)? = published.sent(to: reader).first else {
      Issue.record("no note")
      return
    }
    #expect(notes.notes[0].finding == .otherRoot)
    #expect(notes.notes[0].isSigned(in: fixture.network))
  }

  @Test(
    "Who wants to see another's samples has them asked of the home's own node, where it is linked")
  func look() throws {
    var limits = PeerLimits()
    limits.auditOneIn = 1 << 40
    let (dialogue, chain) = try Dialogue.admitted(limits: limits)
    var (fixture, longer) = (chain.fixture, chain)
    let (near, far) = (try report(&fixture, 0), try report(&fixture, 1))
    try longer.seal(encoded: [near, far])
    let site = dialogue.peer("site 0")
    dialogue.tell(.sealed(longer.blocks[2]))
    func look(_ transaction: EncodedTransaction) throws -> [NodeAction] {
      guard case .report(let report) = transaction.transaction else { return [] }
      return dialogue.tell(.looked(report: transaction.id, report))
    }
    #expect(try look(far).isEmpty && !dialogue.node.isLooking(at: far.id), "no link to it")
    var requests: [UInt32] = []
    for _ in 0..<3 {
      for case .getEvidence(let question) in try look(near).sent(to: site) {
        requests.append(question.request)
      }
    }
    #expect(requests.count == 1, "it is asked once")
    #expect(dialogue.node.isLooking(at: near.id))
    let request = try #require(requests.first)
    let withheld = dialogue.receive(
      site, .evidenceDelivery(EvidenceDelivery(request: request, outcome: .notMember)))
    #expect(withheld.contains { if case .evidenceWithheld(near.id) = $0 { true } else { false } })
    #expect(!dialogue.node.isLooking(at: near.id))
    // A home forgets rightly what nobody can claim any more: no word of it goes to others.
    let gone = dialogue.receive(
      site,
      .evidenceDelivery(
        EvidenceDelivery(
          request: try #require(
            look(near).sent(to: site).compactMap {
              if case .getEvidence(let question) = $0 { question.request } else { nil }
            }.first), outcome: .notKept)))
    #expect(gone.contains { if case .evidenceNotKept(near.id) = $0 { true } else { false } })
    #expect(!gone.contains { if case .keep = $0 { true } else { false } }, "nothing is signed")
  }

  @Test("A member's word that samples are wrong makes a node look itself, a few at a time")
  func accused() throws {
    let fixture = LedgerFixture()
    var chain = try FixtureChain.long(1, fixture)
    var later = fixture
    _ = try later.report(0, generated: [5], consumed: [5])
    for _ in 0..<8 {
      try chain.seal([.report(try later.report(0, generated: [5], consumed: [5]))], after: 1_800)
    }
    var limits = PeerLimits()
    limits.auditOneIn = 1 << 40
    let dialogue = try Dialogue(fixture, limits: limits, audits: true)
    for block in chain.blocks[1...] { dialogue.tell(.sealed(block)) }
    let (site, _) = dialogue.link("site 0")
    dialogue.receive(site, .hello(dialogue.hello(offers: [.relay, .evidence])))
    let teller = dialogue.peer("teller", host: "198.51.100.3")
    var asked = 0
    for block in chain.blocks[2...] {
      let note = AuditNote(
        report: block.transactions[0].id, finding: .otherEnergy, time: Dialogue.time,
        network: fixture.network, signedBy: fixture.homes[1].siteKey)
      let actions = dialogue.receive(teller, .auditNotes(AuditNotes(notes: [note])))
      asked += actions.sent(to: site).count { if case .getEvidence = $0 { true } else { false } }
    }
    #expect(asked == 4, "one accuser buys no more looks at once")
  }

  @Test("A home that goes away when it is asked is asked again, and then has no samples to show")
  func evasive() throws {
    let fixture = LedgerFixture()
    var chain = try FixtureChain.long(1, fixture)
    var later = fixture
    _ = try later.report(0, generated: [5], consumed: [5])
    try chain.seal([.report(try later.report(0, generated: [5], consumed: [5]))], after: 1_800)
    var limits = PeerLimits()
    limits.auditOneIn = 1 << 40
    let dialogue = try Dialogue(fixture, limits: limits, audits: true)
    for block in chain.blocks[1...] { dialogue.tell(.sealed(block)) }
    let teller = dialogue.peer("teller", host: "198.51.100.3")
    let note = AuditNote(
      report: chain.blocks[2].transactions[0].id, finding: .otherEnergy, time: Dialogue.time,
      network: fixture.network, signedBy: fixture.homes[1].siteKey)
    dialogue.receive(teller, .auditNotes(AuditNotes(notes: [note])))
    for cut in 1...3 {
      let (site, _) = dialogue.link("site 0")
      let asked = dialogue.receive(site, .hello(dialogue.hello(offers: [.relay, .evidence])))
      #expect(
        asked.sent(to: site).contains { if case .getEvidence = $0 { true } else { false } })
      let gone = dialogue.tell(.unlinked(site))
      let said = gone.contains {
        if case .keep(let note) = $0 { note.finding == .noEvidence } else { false }
      }
      #expect(said == (cut == 3))
    }
  }

  @Test("Audit notes of members are kept and passed on once; forged ones ban")
  func notes() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    let report = chain.blocks[1].transactions[0].id
    let note = AuditNote(
      report: report, finding: .agrees, time: Dialogue.time, network: chain.fixture.network,
      signedBy: chain.fixture.homes[1].siteKey)
    let (teller, other) = (dialogue.peer("teller"), dialogue.peer("other", host: "198.51.100.3"))
    let first = dialogue.receive(teller, .auditNotes(AuditNotes(notes: [note])))
    #expect(first.sent(to: other) == [.auditNotes(AuditNotes(notes: [note]))])
    #expect(dialogue.receive(teller, .auditNotes(AuditNotes(notes: [note]))).isEmpty)
    var bytes = note.bytes
    bytes[64] = AuditNote.Finding.otherRoot.rawValue
    bytes[0] ^= 1
    let forged = try AuditNote(exactly: bytes)
    let banned = dialogue.receive(teller, .auditNotes(AuditNotes(notes: [forged])))
    #expect(banned.goodbye(to: teller) == .misbehaved)
  }
}

extension Message {
  /// Whether it asks for headers.
  fileprivate var isGetHeaders: Bool { if case .getHeaders = self { true } else { false } }
}
