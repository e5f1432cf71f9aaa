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

@Suite("Audits: samples under reports, and what is said of them")
struct AuditTests {
  private func report(
    _ fixture: inout LedgerFixture, _ home: Int = 0, _ pq1: UInt32 = 7
  ) throws -> EncodedTransaction {
    EncodedTransaction(.report(try fixture.report(home, generated: [pq1], consumed: [5])))
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

  /// A node that follows accusations, on a chain of so many reports of the first home.
  private func accusing(_ count: Int) throws -> (Dialogue, FixtureChain) {
    let fixture = LedgerFixture()
    var chain = try FixtureChain.long(1, fixture)
    var later = fixture
    _ = try later.report(0, generated: [5], consumed: [5])
    for _ in 0..<count {
      try chain.seal([.report(try later.report(0, generated: [5], consumed: [5]))], after: 1_800)
    }
    var limits = PeerLimits()
    limits.auditOneIn = 1 << 40
    let dialogue = try Dialogue(fixture, limits: limits, audits: true)
    for block in chain.blocks[1...] { dialogue.tell(.sealed(block)) }
    return (dialogue, chain)
  }

  private func accusation(of block: Block, _ fixture: LedgerFixture) -> Message {
    let note = AuditNote(
      report: block.transactions[0].id, finding: .otherEnergy, time: Dialogue.time,
      network: fixture.network, signedBy: fixture.homes[1].siteKey)
    return .auditNotes(AuditNotes(notes: [note]))
  }

  private func questions(_ actions: [NodeAction], to site: Link) -> Int {
    actions.sent(to: site).count { if case .getEvidence = $0 { true } else { false } }
  }

  @Test("A member's word that samples are wrong makes a node look itself, a few at a time")
  func accused() throws {
    let (dialogue, chain) = try accusing(8)
    let (site, _) = dialogue.link("site 0")
    dialogue.receive(site, .hello(dialogue.hello(offers: [.relay, .evidence])))
    let teller = dialogue.peer("teller", host: "198.51.100.3")
    let asked = chain.blocks[2...].reduce(0) {
      $0 + questions(dialogue.receive(teller, accusation(of: $1, chain.fixture)), to: site)
    }
    #expect(asked == 4, "one accuser buys no more looks at once")
  }

  @Test("Nobody is asked for samples under what cannot be claimed any more")
  func forgotten() throws {
    let (dialogue, chain) = try accusing(1)
    let (site, _) = dialogue.link("site 0")
    dialogue.receive(site, .hello(dialogue.hello(offers: [.relay, .evidence])))
    let teller = dialogue.peer("teller", host: "198.51.100.3")
    dialogue.elapsed = UInt64(chain.fixture.genesis.rules.claimDays) * 86_400
    let told = dialogue.receive(teller, accusation(of: chain.blocks[2], chain.fixture))
    #expect(questions(told, to: site) == 0)
    #expect(told.contains { if case .keep = $0 { true } else { false } }, "it was told, though")
  }

  @Test("A home that goes away when it is asked is asked again, and then has no samples to show")
  func evasive() throws {
    let (dialogue, chain) = try accusing(1)
    let teller = dialogue.peer("teller", host: "198.51.100.3")
    dialogue.receive(teller, accusation(of: chain.blocks[2], chain.fixture))
    for cut in 1...3 {
      let (site, _) = dialogue.link("site 0")
      let asked = dialogue.receive(site, .hello(dialogue.hello(offers: [.relay, .evidence])))
      #expect(questions(asked, to: site) == 1)
      let said = dialogue.tell(.unlinked(site)).contains {
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
