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

@Suite("A node that approves")
struct ApprovalDialogueTests {
  private static let fixture = LedgerFixture()
  private static var rules: NetworkRules { fixture.genesis.rules }
  private static var both: [KeyPair] { [fixture.operatorKey, fixture.exchangeKey] }
  /// The epoch in which the clock of a dialogue begins.
  private static let begin = rules.epoch(of: Dialogue.time)
  /// A memory that is old enough to approve with.
  private static let known = FinalityMemory(begun: 0)

  /// Sets a dialogue's clock to so many seconds after the beginning of an epoch.
  private static func set(_ dialogue: Dialogue, _ epoch: UInt32, _ seconds: UInt64) {
    let time = rules.start(of: epoch).advanced(by: seconds)
    dialogue.elapsed = time.seconds(since: Dialogue.time)
    dialogue.milliseconds += 1_000
  }

  private static func approvals(
    _ actions: [NodeAction]
  ) -> [(approval: Approval, seat: UInt8, key: PublicKey, memory: FinalityMemory)] {
    actions.compactMap {
      if case .vote(.approval(let approval), let seat, let key, let memory) = $0 {
        (approval, seat, key, memory)
      } else {
        nil
      }
    }
  }

  private static func sign(
    _ wanted: (approval: Approval, seat: UInt8, key: PublicKey, memory: FinalityMemory)
  ) throws -> SignedVote {
    let pair = try #require(both.first { $0.publicKey == wanted.key })
    return SignedVote(
      wanted.approval, seat: wanted.seat, network: fixture.network, signedBy: pair)
  }

  /// A node with a block, in the first term.
  private static func node(
    _ keys: [KeyPair] = both, memory: FinalityMemory? = known
  ) throws -> (Dialogue, FixtureChain) {
    var chain = try FixtureChain(fixture)
    try chain.seal([])
    let dialogue = try Dialogue(fixture, approves: keys, memory: memory)
    for block in chain.blocks[1...] { dialogue.tell(.sealed(block)) }
    return (dialogue, chain)
  }

  @Test("A seat approves once an epoch, at its turn; nothing is sent before the disk has it")
  func turns() throws {
    let (dialogue, chain) = try Self.node()
    let peer = dialogue.peer("peer")
    let epoch = Self.begin + 1
    Self.set(dialogue, epoch, 0)
    #expect(Self.approvals(dialogue.tell(.tick)).isEmpty, "its turn has not come")
    var wanted: [(approval: Approval, seat: UInt8, key: PublicKey, memory: FinalityMemory)] = []
    for seconds in stride(from: UInt64(900), to: 3_600, by: 60) {
      Self.set(dialogue, epoch, seconds)
      let actions = dialogue.tell(.tick)
      wanted += Self.approvals(actions)
      let early = actions.sent(to: peer).contains {
        if case .approvals = $0 { true } else { false }
      }
      #expect(!early)
    }
    #expect(Set(wanted.map(\.seat)) == [0, 1] && wanted.count == 2)
    for approval in wanted {
      #expect(approval.approval.target == Checkpoint(epoch: epoch, block: chain.context.hash))
      #expect(!approval.memory.records.isEmpty, "what is written says it already")
      let sent = dialogue.tell(.voted(try Self.sign(approval))).sent(to: peer)
      #expect(sent.contains { if case .approvals = $0 { true } else { false } })
    }
    #expect(dialogue.node.finalitySummary?.agreed.epoch == epoch)
    #expect(dialogue.node.finalBlock?.height == 0)
    // The next epoch's step makes it final, though no block was sealed in between.
    Self.set(dialogue, epoch + 1, 1_900)
    for approval in Self.approvals(dialogue.tell(.tick)) {
      dialogue.tell(.voted(try Self.sign(approval)))
    }
    #expect(dialogue.node.finalBlock?.block == chain.context.hash)
    #expect(dialogue.log.contains { $0.contains("block 1 (") && $0.contains("is final") })
    Self.set(dialogue, epoch + 2, 1_900)
    #expect(Self.approvals(dialogue.tell(.tick)).isEmpty, "what is final is not approved again")
  }

  @Test("With a new disk a node is silent for two whole epochs; with its memory it goes on")
  func silence() throws {
    let (dialogue, _) = try Self.node(memory: nil)
    var memory: FinalityMemory?
    for epoch in Self.begin...Self.begin + 3 {
      Self.set(dialogue, epoch, 3_000)
      let wanted = Self.approvals(dialogue.tell(.tick))
      #expect(wanted.isEmpty == (epoch < Self.begin + 3), "epoch \(epoch - Self.begin)")
      memory = wanted.last?.memory ?? memory
      // The process dies before anything is signed.
    }
    let revived = try Dialogue(
      Self.fixture, approves: Self.both, memory: memory, storage: dialogue.storage)
    Self.set(revived, Self.begin + 3, 3_100)
    #expect(Self.approvals(revived.tell(.tick)).isEmpty, "that epoch is lost, not approved twice")
    Self.set(revived, Self.begin + 4, 3_000)
    #expect(Self.approvals(revived.tell(.tick)).count == 2)
  }

  @Test("An approval by its own key that it did not make silences a node for the term, and is said")
  func otherBox() throws {
    let (dialogue, chain) = try Self.node([Self.fixture.operatorKey])
    let peer = dialogue.peer("peer")
    let epoch = Self.begin + 1
    Self.set(dialogue, epoch, 1)
    let term = try #require(dialogue.node.finalitySummary?.term)
    let seat = try #require(term.seat(of: Self.fixture.operatorKey.publicKey))
    let approval = Approval(
      term: 0,
      source: Checkpoint(epoch: term.rootEpoch, block: chain.blocks[0].header.hash),
      target: Checkpoint(epoch: epoch, block: chain.context.hash))
    let foreign = SignedVote(
      approval, seat: seat, network: Self.fixture.network, signedBy: Self.fixture.operatorKey)
    dialogue.receive(
      peer,
      .approvals(
        Approvals(
          .approval(approval),
          signed: [Approvals.Signed(seat: seat, signature: foreign.signature)])))
    #expect(dialogue.log.contains { $0.contains("another box approves") })
    #expect(dialogue.node.finalitySummary?.keyUsedElsewhere == true)
    for later in epoch...epoch + 2 {
      Self.set(dialogue, later, 3_000)
      #expect(Self.approvals(dialogue.tell(.tick)).isEmpty)
    }
  }

  @Test("Approvals are passed on once; a false signature costs its sender the link, a term nothing")
  func passing() throws {
    let (dialogue, chain) = try Self.node([])
    let (first, second) = (dialogue.peer("first"), dialogue.peer("second", host: "198.51.100.7"))
    let epoch = Self.begin + 1
    Self.set(dialogue, epoch, 1_000)
    let term = try #require(dialogue.node.finalitySummary?.term)
    func message(_ term: UInt32, forged: Bool = false) throws -> Message {
      let approval = Approval(
        term: term, source: Checkpoint(epoch: 1, block: chain.blocks[0].header.hash),
        target: Checkpoint(epoch: epoch, block: chain.context.hash))
      let key = try #require(
        Self.both.first { $0.publicKey == dialogue.node.finalitySummary?.term.seats[0].key })
      let signer = forged ? LedgerFixture.key("stranger") : key
      let signed = SignedVote(
        approval, seat: 0, network: Self.fixture.network, signedBy: signer)
      return .approvals(
        Approvals(
          .approval(approval), signed: [Approvals.Signed(seat: 0, signature: signed.signature)]))
    }
    #expect(term.seats.count == 2)
    let passed = dialogue.receive(first, try message(0))
    #expect(passed.sent(to: second).count == 1 && passed.sent(to: first).isEmpty)
    #expect(dialogue.receive(first, try message(0)).sent(to: second).isEmpty)
    #expect(
      dialogue.receive(second, .getApprovals(GetApprovals(epoch: 0))).sent(to: second) == [
        try message(0)
      ])
    #expect(dialogue.receive(first, try message(7)).goodbye(to: first) == nil)
    // A fresh node, since a known seat is not looked at again.
    let (other, _) = try Self.node([])
    let liar = other.peer("liar")
    Self.set(other, epoch, 1_000)
    #expect(other.receive(liar, try message(0, forged: true)).goodbye(to: liar) == .misbehaved)
  }

  @Test("No work undoes what is final; an agreed checkpoint outweighs work as well")
  func forks() throws {
    let (dialogue, chain) = try Self.node()
    var heavy = try FixtureChain(Self.fixture)
    for _ in 0..<6 { try heavy.seal([], after: 900) }
    let epoch = Self.begin + 1
    for later in epoch...epoch + 1 {
      Self.set(dialogue, later, 1_900)
      for approval in Self.approvals(dialogue.tell(.tick)) {
        dialogue.tell(.voted(try Self.sign(approval)))
      }
      if later == epoch {
        for block in heavy.blocks[1...5] { dialogue.tell(.sealed(block)) }
        #expect(dialogue.node.chain.tipHash == chain.context.hash, "agreed, against five blocks")
      }
    }
    #expect(dialogue.node.finalBlock?.block == chain.context.hash)
    for block in heavy.blocks[6...] { dialogue.tell(.sealed(block)) }
    #expect(dialogue.node.chain.tipHash == chain.context.hash)
    // A node that had the heavier branch moves to the final one when it hears of it.
    let late = try Dialogue(Self.fixture, memory: Self.known)
    for block in heavy.blocks[1...] + chain.blocks[1...] { late.tell(.sealed(block)) }
    #expect(late.node.chain.tipHash == heavy.context.hash)
    let peer = late.peer("peer")
    Self.set(late, epoch + 2, 10)
    for message in dialogue.receive(dialogue.peer("asks"), .getApprovals(GetApprovals(epoch: 0)))
      .compactMap({
        if case .send(_, .approvals(let some)) = $0 { Message.approvals(some) } else { nil }
      })
    { late.receive(peer, message) }
    #expect(late.node.chain.tipHash == chain.context.hash)
    #expect(late.node.finalBlock?.block == chain.context.hash)
  }
}
