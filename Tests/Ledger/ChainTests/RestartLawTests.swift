// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

@Suite("A restart by the operator")
struct RestartLawTests {
  private static let day: UInt64 = 86_400

  /// Nine founders: operator, exchange and seven homes, of which four report. Thirteen days and a
  /// half have gone by, in which nothing became final.
  private static func chain() throws -> FixtureChain {
    var fixture = LedgerFixture(homes: 7, founders: true)
    var reports: [EncodedTransaction] = []
    for home in 0..<4 {
      let report = try fixture.report(
        home, generated: [1000], consumed: [500], gapBefore: 13 * 48)
      reports.append(EncodedTransaction(.report(report)))
    }
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.registrations)
    try chain.seal([], after: 5 * 3600)
    try chain.seal(encoded: reports, after: 13 * day + 4 * 3600)
    return chain
  }

  private static func restart(
    _ chain: FixtureChain, term: UInt32 = 0, checkpoint: BlockHash? = nil, by key: KeyPair? = nil
  ) -> EncodedTransaction {
    let fixture = chain.fixture
    return EncodedTransaction(
      .restart(
        Restart(
          operator: fixture.operatorId, term: term,
          checkpoint: checkpoint ?? chain.blocks[0].header.hash,
          network: fixture.network, signedBy: key ?? fixture.operatorKey)))
  }

  private static func refusal(
    _ transaction: EncodedTransaction, _ chain: FixtureChain, after seconds: UInt64 = 600
  ) throws -> LawViolation? {
    var chain = chain
    let block = try chain.block([chain.filler, transaction], after: seconds)
    do throws(BlockRefusal) {
      try chain.connect(block)
      return nil
    } catch {
      if case .transaction(_, _, let violation) = error { return violation }
      Issue.record("\(error)")
      return nil
    }
  }

  /// The votes of the operator, the exchange and the four homes that are there.
  private static func votes(_ vote: RestartVote, _ chain: FixtureChain) throws -> [UInt8: Signature]
  {
    let fixture = chain.fixture
    let term = try #require(try chain.state.term(vote.term))
    let present = [fixture.operatorKey, fixture.exchangeKey] + fixture.homes[..<4].map(\.memberKey)
    var signed: [UInt8: Signature] = [:]
    for key in present {
      let seat = try #require(term.seat(of: key.publicKey))
      signed[seat] =
        SignedVote(.restart(vote), seat: seat, network: fixture.network, signedBy: key).signature
    }
    return signed
  }

  /// A chain whose newest block restarts the first term, and what that block is.
  private static func restarted() throws -> (FixtureChain, RestartVote) {
    var chain = try Self.chain()
    try chain.seal(encoded: [restart(chain)], after: day)
    return (chain, RestartVote(term: 0, block: chain.context.hash))
  }

  @Test("It draws the next list from those who report today, in place of what was drawn regularly")
  func draws() throws {
    let before = try Self.chain()
    #expect(try before.state.term(1)?.isRestart == false, "the first term had come to its end")
    let (chain, _) = try Self.restarted()
    let term = try #require(try chain.state.term(1))
    let fixture = chain.fixture
    #expect(term.isRestart && term.rootHeight == chain.context.height)
    let present = [fixture.operatorKey, fixture.exchangeKey] + fixture.homes[..<4].map(\.siteKey)
    #expect(Set(term.seats.map(\.key)) == Set(present.map(\.publicKey)))
    #expect(try chain.state.replacedTerm(1) == before.state.term(1))
    #expect(try chain.state.finality()?.term == 0, "nobody has signed it yet")
    #expect(try Term(exactly: term.bytes) == term)
  }

  @Test(
    "Too soon, of another term or branch, by anybody else or twice: refused, each for its cause")
  func refusals() throws {
    let chain = try Self.chain()
    let rules = chain.fixture.genesis.rules
    let earliest = rules.restartTime(
      after: try #require(try chain.state.finality()).recorded)
    let time = chain.context.time.advanced(by: 600).seconds
    #expect(
      try Self.refusal(Self.restart(chain), chain)
        == .approvals(.restartTooSoon(time: time, earliest: earliest.seconds)))
    #expect(try Self.refusal(Self.restart(chain), chain, after: Self.day) == nil)
    #expect(
      try Self.refusal(Self.restart(chain, term: 1), chain, after: Self.day)
        == .approvals(.otherTerm(supplied: 1, expected: 0)))
    let stranger = BlockHash(SHA256.digest([9]))
    #expect(
      try Self.refusal(Self.restart(chain, checkpoint: stranger), chain, after: Self.day)
        == .approvals(.noCheckpoint(stranger)))
    let forged = Self.restart(chain, by: chain.fixture.exchangeKey)
    guard case .keys = try Self.refusal(forged, chain, after: Self.day) else {
      Issue.record("signed by another key than the operator's")
      return
    }
    let (later, _) = try Self.restarted()
    #expect(
      try Self.refusal(Self.restart(later, checkpoint: later.context.hash), later)
        == .approvals(.restarted(term: 0)))
  }

  @Test("The operator and more than half of the others end the term; fewer, or others, do not")
  func record() throws {
    let (sealed, vote) = try Self.restarted()
    var chain = sealed
    try chain.seal([])
    let term = try #require(try chain.state.term(0))
    let signed = try Self.votes(vote, chain)
    let own = try #require(term.seat(of: chain.fixture.operatorKey.publicKey))
    #expect(term.restartQuorum == 5 && term.quorum == 7, "of nine seats")
    #expect(RestartProof(vote, signed.filter { $0.key != own }, of: term) == nil)
    let other = try #require(signed.keys.first { $0 != own })
    #expect(RestartProof(vote, signed.filter { $0.key != other }, of: term) == nil)
    let proof = try #require(RestartProof(vote, signed, of: term))
    #expect(try RestartProof(exactly: proof.bytes) == proof)
    try proof.verify(by: term, in: chain.fixture.network)
    let record = EncodedTransaction(.recordFinal(RecordFinal(.restarted(proof))))
    var forged = record.bytes
    forged[forged.count - 1] ^= 1
    guard
      case .approvals(.signature) = try Self.refusal(
        try EncodedTransaction(exactly: forged), chain)
    else {
      Issue.record("a forged signature")
      return
    }
    // A seat's bit taken away with its signature: fewer than are needed.
    let fewer = Self.without(seat: other, proof)
    #expect(
      try Self.refusal(EncodedTransaction(.recordFinal(RecordFinal(.restarted(fewer)))), chain)
        == .approvals(.tooFew(supplied: 5, expected: 6)))
    // Of a block that is no restart, however many sign.
    let parent = RestartVote(term: 0, block: chain.context.hash)
    try chain.seal([])
    let wrong = try #require(RestartProof(parent, try Self.votes(parent, chain), of: term))
    #expect(
      try Self.refusal(EncodedTransaction(.recordFinal(RecordFinal(.restarted(wrong)))), chain)
        == .approvals(.noRestart(parent.block)))
    try chain.connect(try chain.block([record]))
    let state = try #require(try chain.state.finality())
    #expect(state.term == 1 && state.recorded.block == vote.block)
    #expect(try chain.state.replacedTerm(1) == nil && chain.state.term(1)?.isRestart == true)
  }

  private static func without(seat: UInt8, _ proof: RestartProof) -> RestartProof {
    var bytes = proof.bytes
    let index = proof.signers.seats.firstIndex(of: seat) ?? 0
    bytes[37 + Int(seat) / 8] &= ~(1 << (seat % 8))
    let at = 37 + (Int(proof.signers.seatCount) + 7) / 8 + 64 * index
    bytes.removeSubrange(at..<at + 64)
    return (try? RestartProof(exactly: bytes)) ?? proof
  }

  @Test("From the genesis alone a reader goes on by it; another block or list is refused")
  func handover() throws {
    let (chain, vote) = try Self.restarted()
    let (fixture, header) = (chain.fixture, chain.blocks[chain.blocks.count - 1].header)
    let known = try KnownTerm(fixture.genesis)
    let proof = try #require(
      RestartProof(vote, try Self.votes(vote, chain), of: known.term))
    let next = try #require(try chain.state.term(1))
    let path = chain.tree.proof(StateKey.term(1).path)
    let good = Handover(record: .restarted(proof), header: header, next: next, path: path)
    #expect(try Handover(exactly: good.bytes) == good)
    var term = known
    try term.advance(by: good)
    #expect(term.term == next && term.handovers == 1)
    func refused(_ handover: Handover, _ fault: FinalityFault) {
      var term = known
      #expect(throws: fault) { try term.advance(by: handover) }
    }
    let parent = chain.blocks[chain.blocks.count - 2].header
    refused(
      Handover(record: .restarted(proof), header: parent, next: next, path: path),
      .otherBlock(supplied: parent.hash, approved: vote.block))
    let replaced = try #require(try chain.state.replacedTerm(1))
    refused(
      Handover(
        record: .restarted(proof), header: header, next: replaced,
        path: chain.tree.proof(StateKey.replacedTerm(1).path)),
      .noRestart(supplied: vote.block))
  }

  @Test("Two restarts signed by one seat bar its member on the chain; a forged one bars nobody")
  func contradiction() throws {
    let (restarted, vote) = try Self.restarted()
    var chain = restarted
    let fixture = chain.fixture
    let term = try #require(try chain.state.term(0))
    let seat = try #require(term.seat(of: fixture.exchangeKey.publicKey))
    func signed(_ block: BlockHash, by key: KeyPair) -> SignedVote {
      SignedVote(
        .restart(RestartVote(term: 0, block: block)), seat: seat, network: fixture.network,
        signedBy: key)
    }
    let other = BlockHash(SHA256.digest([7]))
    let good = signed(vote.block, by: fixture.exchangeKey)
    let forged = try #require(Contradiction(good, signed(other, by: fixture.operatorKey)))
    #expect(
      try Self.refusal(EncodedTransaction(.contradiction(forged)), chain)
        == .approvals(.signature(seat: seat)))
    #expect(Contradiction(good, good) == nil)
    let proof = try #require(Contradiction(good, signed(other, by: fixture.exchangeKey)))
    try chain.seal([.contradiction(proof)])
    #expect(try chain.state.member(fixture.exchangeId)?.isBarred == true)
    let own = try chain.block([chain.filler], signedBy: fixture.exchangeKey)
    #expect(throws: BlockRefusal.self) { try chain.connect(own) }
  }

  /// A step that makes a block final by all nine seats, an epoch after it.
  private static func approve(
    _ source: BlockHash, _ chain: inout FixtureChain
  ) throws -> EncodedTransaction {
    let rules = chain.fixture.genesis.rules
    try chain.seal([], after: 3600)
    let epoch = rules.epoch(of: chain.context.time)
    let approval = Approval(
      term: 0, source: Checkpoint(epoch: epoch, block: source),
      target: Checkpoint(epoch: epoch + 1, block: chain.context.hash))
    let term = try #require(try chain.state.term(0))
    let proof = try #require(
      FinalProof(approval, chain.fixture.signatures(approval, by: term), of: term))
    try chain.seal([], after: 3600)
    return EncodedTransaction(.recordFinal(RecordFinal(.approved(proof))))
  }

  @Test("What two thirds make final hands over to the list drawn before it, below it and above it")
  func otherwise() throws {
    var (below, _) = try Self.restarted()
    let parent = below.blocks[below.blocks.count - 2].header.hash
    let list = try #require(try below.state.replacedTerm(1))
    let record = try Self.approve(parent, &below)
    try below.seal(encoded: [record])
    #expect(try below.state.finality()?.term == 1 && below.state.term(1) == list)
    #expect(try below.state.replacedTerm(1) == nil, "the restart came to nothing")
    let (restarted, vote) = try Self.restarted()
    var above = restarted
    let higher = try Self.approve(vote.block, &above)
    try above.seal(encoded: [higher])
    #expect(try above.state.finality()?.height == list.rootHeight, "final back to that list's root")
    #expect(try above.state.finality()?.term == 1 && above.state.term(1) == list)
    // A reader takes the same list under the root of a block behind the restart.
    guard case .recordFinal(let content) = higher.transaction else { return }
    var term = try KnownTerm(above.fixture.genesis)
    let header = restarted.blocks[restarted.blocks.count - 1].header
    func handover(_ next: Term, _ key: StateKey) -> Handover {
      Handover(
        record: content.record, header: header, next: next, path: restarted.tree.proof(key.path))
    }
    let drawn = try #require(try restarted.state.term(1))
    #expect(throws: FinalityFault.noRestart(supplied: vote.block)) {
      try term.advance(by: handover(drawn, .term(1)))
    }
    try term.advance(by: handover(list, .replacedTerm(1)))
    #expect(term.term == list)
  }
}
