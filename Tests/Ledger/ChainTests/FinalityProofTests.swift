// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

@Suite("Proofs of finality")
struct FinalityProofTests {
  /// A chain whose final block was made so by a later term, through some handovers.
  private static func chain(terms: Int = 3) throws -> (FixtureChain, FinalityProof) {
    let fixture = LedgerFixture(homes: 6)
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions)
    var last: FinalityProof?
    for _ in 0..<400 {
      try chain.settle()
      guard let proof = chain.settled.proof, proof.handovers.count >= terms,
        proof.handovers.last?.next.number == proof.final.proof.term
      else { continue }
      last = proof
      break
    }
    return (chain, try #require(last))
  }

  @Test("From the genesis alone a block is proven final through handovers, and bytes come back")
  func verify() throws {
    let (chain, proof) = try Self.chain()
    let known = try KnownTerm(chain.fixture.genesis)
    let term = try proof.verify(from: known)
    #expect(term.term.number == proof.final.proof.term && term.handovers == term.term.number)
    #expect(chain.blocks.contains { $0.header == proof.final.header })
    #expect(try FinalityProof(exactly: proof.bytes) == proof)
    // Whoever knows a later term needs what follows alone, and passes over what it has.
    var later = known
    try later.advance(by: proof.handovers[0])
    let rest = FinalityProof(handovers: Array(proof.handovers[1...]), final: proof.final)
    #expect(try rest.verify(from: later) == term)
    #expect(try proof.verify(from: later) == term)
    #expect(throws: FinalityFault.self) { try rest.verify(from: known) }
  }

  @Test("A set proves nothing behind its term's end, and no end before it")
  func boundary() throws {
    let (chain, proof) = try Self.chain()
    var known = try KnownTerm(chain.fixture.genesis)
    let first = proof.handovers[0]
    // The block that hands over lies behind the end: it is no block for a certificate.
    let time = first.header.time.seconds
    guard case .approved(let ended) = first.record else {
      Issue.record("a regular handover is by approvals")
      return
    }
    let late = FinalBlock(proof: ended, header: first.header)
    #expect(throws: FinalityFault.termEnded(0, time: time)) { try known.check(late) }
    try known.advance(by: first)
    for handover in proof.handovers[1...] { try known.advance(by: handover) }
    let early = Handover(
      record: .approved(proof.final.proof), header: proof.final.header, next: first.next,
      path: first.path)
    #expect(
      throws: FinalityFault.termRuns(
        proof.final.proof.term, time: proof.final.header.time.seconds)
    ) { try known.advance(by: early) }
  }

  @Test("Another list, block, epoch, network, term or signature is refused for its cause")
  func refusals() throws {
    let (chain, proof) = try Self.chain()
    let fixture = chain.fixture
    let known = try KnownTerm(fixture.genesis)
    let (first, second) = (proof.handovers[0], proof.handovers[1])
    func refused(_ handover: Handover, _ fault: FinalityFault) {
      var term = known
      #expect(throws: fault) { try term.advance(by: handover) }
      #expect(term == known, "and nothing has changed")
    }
    func term(number: UInt32, seats: [Seat]) -> Term {
      Term(
        number: number, rootEpoch: first.next.rootEpoch, rootHeight: first.next.rootHeight,
        endEpoch: first.next.endEpoch, candidates: first.next.candidates, young: 0, seats: seats)
    }
    let liars = (0..<4).map {
      Seat(key: LedgerFixture.key("liar \($0)").publicKey, kind: .consumer)
    }
    refused(
      Handover(
        record: first.record, header: first.header, next: term(number: 1, seats: liars),
        path: first.path),
      .notInState(term: 1))
    refused(
      Handover(
        record: first.record, header: first.header, next: term(number: 2, seats: liars),
        path: first.path),
      .notNext(supplied: 2, expected: 1))
    refused(
      second, .approvals(.otherTerm(supplied: 1, expected: 0)))
    let header = second.header
    refused(
      Handover(
        record: first.record, header: header, next: first.next, path: first.path),
      .otherBlock(supplied: header.hash, approved: first.record.block))
    let foreign = try KnownTerm(
      LedgerFixture(homes: 5, rules: LedgerFixture.rules(rate: 2)).genesis)
    #expect(throws: FinalityFault.otherNetwork) { try foreign.check(proof.final) }
    let open = LedgerFixture(rules: LedgerFixture.rules(membership: .open)).genesis
    #expect(throws: FinalityFault.openNetwork) { try KnownTerm(open) }
  }

  @Test("A block that is not older than its epoch is no checkpoint of it, however many sign")
  func wrongEpoch() throws {
    let (chain, proof) = try Self.chain()
    let (fixture, rules) = (chain.fixture, chain.fixture.genesis.rules)
    let known = try KnownTerm(fixture.genesis)
    let block = try #require(chain.blocks.dropFirst().first)
    let epoch = rules.epoch(of: block.header.time)
    let approval = Approval(
      term: 0, source: Checkpoint(epoch: epoch, block: block.header.hash),
      target: Checkpoint(epoch: epoch + 1, block: proof.final.header.hash))
    let signed = fixture.signatures(approval, by: known.term)
    let wrong = FinalBlock(
      proof: try #require(FinalProof(approval, signed, of: known.term)), header: block.header)
    #expect(throws: FinalityFault.wrongEpoch(approval.source)) { try known.check(wrong) }
  }

  @Test("Any flipped byte is refused")
  func flipped() throws {
    let (chain, proof) = try Self.chain(terms: 1)
    let known = try KnownTerm(chain.fixture.genesis)
    let bytes = proof.bytes
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 0x10
      do {
        let read = try FinalityProof(exactly: changed)
        _ = try read.verify(from: known)
        Issue.record("byte \(index) may be changed")
      } catch is DecodeError {} catch is FinalityFault {}
    }
  }
}
