// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing
import Wire

@testable import PeerProtocol
@testable import Simulation

@Suite("Seats that sign a restart")
struct RestartTests {
  private static let fixture = LedgerFixture()
  private static var rules: NetworkRules { fixture.genesis.rules }
  private static let known = FinalityMemory(begun: 0)

  private static func set(_ dialogue: Dialogue, _ time: NetworkTime) {
    dialogue.elapsed = time.seconds(since: Dialogue.time)
    dialogue.milliseconds += 1_000
  }

  private static func restarts(
    _ actions: [NodeAction]
  ) -> [(vote: RestartVote, seat: UInt8, memory: FinalityMemory)] {
    actions.compactMap {
      if case .vote(.restart(let vote), let seat, _, let memory) = $0 {
        (vote, seat, memory)
      } else {
        nil
      }
    }
  }

  /// A chain that the operator restarts weeks later, and a node that has it.
  private static func node(
    memory: FinalityMemory? = known
  ) throws -> (Dialogue, FixtureChain, BlockHeader) {
    var chain = try FixtureChain(fixture)
    try chain.seal([])
    let root = chain.blocks[0].header.hash
    let restart = Restart(
      operator: fixture.operatorId, term: 0, checkpoint: root, network: fixture.network,
      signedBy: fixture.operatorKey)
    try chain.seal(
      [.restart(restart)], after: Dialogue.time.seconds(since: chain.context.time) + 7200)
    let dialogue = try Dialogue(fixture, approves: [fixture.operatorKey], memory: memory)
    let block = chain.blocks[2].header
    set(dialogue, block.time.advanced(by: 10))
    for block in chain.blocks[1...] { dialogue.tell(.sealed(block)) }
    #expect(dialogue.node.chain.tipHash == chain.context.hash)
    return (dialogue, chain, block)
  }

  private static func signed(_ vote: RestartVote, _ seat: UInt8, _ key: KeyPair) -> SignedVote {
    SignedVote(.restart(vote), seat: seat, network: fixture.network, signedBy: key)
  }

  @Test("A seat signs an epoch later, once, after its disk has it; enough of them end the term")
  func signs() throws {
    let (dialogue, _, block) = try Self.node()
    let peer = dialogue.peer("peer")
    #expect(Self.restarts(dialogue.tell(.tick)).isEmpty, "it has only just come")
    Self.set(dialogue, block.time.advanced(by: 3_500))
    #expect(Self.restarts(dialogue.tell(.tick)).isEmpty)
    Self.set(dialogue, block.time.advanced(by: 3_700))
    let wanted = Self.restarts(dialogue.tell(.tick))
    let first = try #require(wanted.first)
    #expect(wanted.count == 1 && first.vote.block == block.hash && first.vote.term == 0)
    #expect(first.memory.records.first?.restart == block.hash, "what is written says it already")
    #expect(Self.restarts(dialogue.tell(.tick)).isEmpty, "once")
    let own = Self.signed(first.vote, first.seat, Self.fixture.operatorKey)
    let sent = dialogue.tell(.voted(own)).sent(to: peer)
    #expect(sent.contains { if case .approvals = $0 { true } else { false } })
    #expect(dialogue.node.finalitySummary?.restart?.signed == 1)
    #expect(dialogue.node.finalBlock?.height == 0, "one of the two that are needed")
    let other = first.seat == 0 ? UInt8(1) : 0
    let exchange = Self.signed(first.vote, other, Self.fixture.exchangeKey)
    dialogue.receive(
      peer,
      .approvals(
        Approvals(
          .restart(first.vote),
          signed: [Approvals.Signed(seat: other, signature: exchange.signature)])))
    #expect(dialogue.node.finalBlock?.block == block.hash)
    #expect(dialogue.node.finalitySummary?.term.number == 1)
    #expect(dialogue.log.contains { $0.contains("was ended by a restart") })
    #expect(dialogue.node.hasWork, "the record of it is worth a block")
    let records = dialogue.node.finalRecords.map(\.transaction)
    guard case .recordFinal(let record)? = records.first, case .restarted = record.record else {
      Issue.record("no record of the restart: \(records)")
      return
    }
    // What signed is remembered over a restart of the node.
    let revived = try Dialogue(
      Self.fixture, approves: [Self.fixture.operatorKey], memory: dialogue.node.finalityMemory,
      storage: dialogue.storage)
    #expect(revived.node.finalBlock?.block == block.hash)
  }

  @Test("With a new disk it is silent; with the vote in its memory it never gives another")
  func memory() throws {
    let (silent, _, block) = try Self.node(memory: nil)
    Self.set(silent, block.time.advanced(by: 3_700))
    silent.tell(.tick)
    Self.set(silent, block.time.advanced(by: 5_000))
    #expect(Self.restarts(silent.tell(.tick)).isEmpty)
    var memory = Self.known
    let key = Self.fixture.operatorKey.publicKey
    let other = RestartVote(term: 0, block: BlockHash(SHA256.digest([7])))
    memory.note(.restart(other), by: key)
    #expect(try FinalityMemory(exactly: memory.bytes) == memory)
    #expect(!memory.allows(RestartVote(term: 0, block: block.hash), by: key))
    #expect(memory.allows(other, by: key), "a process may die before it has signed")
    let (bound, _, again) = try Self.node(memory: memory)
    Self.set(bound, again.time.advanced(by: 100))
    bound.tell(.tick)
    Self.set(bound, again.time.advanced(by: 5_000))
    let actions = bound.tell(.tick)
    #expect(Self.restarts(actions).isEmpty)
    // Nor does it approve a chain without what it signed.
    #expect(!actions.contains { if case .vote = $0 { true } else { false } })
  }

  @Test("Seats sign after the operators', and none that may have helped to the list before")
  func order() throws {
    for isLate in [false, true] {
      var chain = try FixtureChain(Self.fixture)
      try chain.seal([], after: 5 * 3600)
      let agreed = chain.context
      let term = try #require(try chain.state.term(0))
      let approval = Approval(
        term: 0, source: Checkpoint(epoch: term.rootEpoch, block: chain.blocks[0].header.hash),
        target: Checkpoint(epoch: Self.rules.epoch(of: Dialogue.time), block: agreed.hash))
      // It remembers its own: a key that another process signs with would sign nothing at all.
      var memory = Self.known
      if isLate { memory.note(.approval(approval), by: Self.fixture.exchangeKey.publicKey) }
      let dialogue = try Dialogue(
        Self.fixture, approves: [Self.fixture.exchangeKey], memory: memory)
      let peer = dialogue.peer("peer")
      Self.set(dialogue, Dialogue.time)
      dialogue.tell(.sealed(chain.blocks[1]))
      if isLate {
        // Both approve a checkpoint behind the next term's root, and nothing after it.
        dialogue.receive(peer, Self.message(.approval(approval), [0, 1]))
        #expect(dialogue.node.finalitySummary?.agreed.block == agreed.hash)
        #expect(!dialogue.log.contains { $0.contains("key") }, "\(dialogue.log)")
      }
      let restart = Restart(
        operator: Self.fixture.operatorId, term: 0, checkpoint: agreed.hash,
        network: Self.fixture.network, signedBy: Self.fixture.operatorKey)
      try chain.seal(
        [.restart(restart)], after: Dialogue.time.seconds(since: agreed.time) + 20 * 86_400)
      let block = chain.blocks[2].header
      Self.set(dialogue, block.time.advanced(by: 10))
      dialogue.tell(.sealed(chain.blocks[2]))
      dialogue.tell(.tick)
      Self.set(dialogue, block.time.advanced(by: 4_000))
      #expect(Self.restarts(dialogue.tell(.tick)).isEmpty, "the operator has not signed")
      let vote = RestartVote(term: 0, block: block.hash)
      let own = try #require(term.seat(of: Self.fixture.operatorKey.publicKey))
      let actions = dialogue.receive(peer, Self.message(.restart(vote), [own]))
      #expect(Self.restarts(actions).isEmpty == isLate)
      // What the operators have signed is preferred to more work, whoever made it.
      if !isLate { try Self.preferred(block, to: chain, at: dialogue) }
    }
  }

  /// A branch without the restart and with more work does not draw a node away from it.
  private static func preferred(
    _ block: BlockHeader, to chain: FixtureChain, at dialogue: Dialogue
  ) throws {
    var other = try FixtureChain(fixture)
    try other.connect(chain.blocks[1])
    for _ in 0..<3 { try other.seal([], after: 20 * 86_400) }
    for block in other.blocks[2...] { dialogue.tell(.sealed(block)) }
    #expect(other.context.height > block.height)
    #expect(dialogue.node.chain.tipHash == block.hash)
  }

  /// The votes of these seats of the first term.
  private static func message(_ vote: Vote, _ seats: [UInt8]) -> Message {
    let term = try? FixtureChain(fixture).state.term(0)
    let signed = seats.sorted().compactMap { seat -> Approvals.Signed? in
      let key = [fixture.operatorKey, fixture.exchangeKey].first {
        $0.publicKey == term?.seats[Int(seat)].key
      }
      return key.map {
        Approvals.Signed(
          seat: seat,
          signature: SignedVote(vote, seat: seat, network: fixture.network, signedBy: $0).signature)
      }
    }
    return .approvals(Approvals(vote, signed: signed))
  }

  @Test(
    "Two restarts signed by one seat name it; a third is not looked at; the operators' word is one")
  func contradiction() throws {
    let keys = (0..<5).map { LedgerFixture.key("seat \($0)") }
    let term = Term(
      number: 0, rootEpoch: 10, rootHeight: 0, endEpoch: 40, candidates: 5, young: 0,
      seats: keys.enumerated().map {
        Seat(key: $1.publicKey, kind: $0 == 0 ? .operator : .consumer)
      })
    let root = Checkpoint(epoch: 10, block: BlockHash(.zero))
    var tally = ApprovalTally(term, final: root, network: Self.fixture.network)
    func vote(_ number: UInt8, _ seat: Int) -> SignedVote {
      Self.signed(
        RestartVote(term: 0, block: BlockHash(SHA256.digest([number]))), UInt8(seat), keys[seat])
    }
    #expect(tally.add(vote(1, 1), at: 20) == .new && tally.add(vote(1, 1), at: 20) == .known)
    guard case .contradicts(let proof) = tally.add(vote(2, 1), at: 20) else {
      Issue.record("two restarts went unseen")
      return
    }
    #expect(proof.seat == 1 && proof.first.term == 0)
    #expect(tally.add(vote(3, 1), at: 20) == .aside)
    let forged = SignedVote(vote(1, 2).vote, seat: 3, signature: vote(1, 2).signature)
    #expect(tally.add(forged, at: 20) == .badSignature)
    // The operator, and three of the other four.
    for seat in [2, 3] { _ = tally.add(vote(1, seat), at: 20) }
    #expect(tally.concludeRestart { _, _ in true } == nil)
    #expect(tally.operatorsRestart == nil)
    _ = tally.add(vote(1, 0), at: 20)
    #expect(tally.operatorsRestart == BlockHash(SHA256.digest([1])))
    #expect(tally.concludeRestart { _, _ in nil } == nil, "a block that is not known yet")
    #expect(tally.concludeRestart { _, _ in true }?.signers.seats == [0, 1, 2, 3])
    _ = tally.add(vote(2, 0), at: 20)
    #expect(tally.operatorsRestart == nil, "an operator that signs two leads nobody")
  }
}
