// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

@Suite("The law of approvals")
struct FinalityLawTests {
  private static let epoch: UInt64 = 3600

  /// A chain with its homes admitted in the first term.
  private static func chain(homes: Int = 6) throws -> FixtureChain {
    let fixture = LedgerFixture(homes: homes)
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions)
    return chain
  }

  private static func finality(_ chain: FixtureChain) throws -> FinalityState {
    try #require(try chain.state.finality())
  }

  /// What connecting a block of this transaction gives.
  private static func refusal(
    _ transaction: EncodedTransaction, _ chain: FixtureChain
  ) throws -> ApprovalLaw.Violation? {
    var chain = chain
    let block = try chain.block([transaction, chain.filler], after: 60)
    do throws(BlockRefusal) {
      try chain.connect(block)
      return nil
    } catch {
      if case .transaction(_, _, .approvals(let violation)) = error { return violation }
      Issue.record("\(error)")
      return nil
    }
  }

  @Test("A record moves what is final, and lets go of the checkpoints below")
  func record() throws {
    var chain = try Self.chain()
    let tip = chain.context
    try chain.settle()
    let state = try Self.finality(chain)
    #expect(state.recorded.block == tip.hash && state.height == tip.height)
    #expect(state.time == tip.time)
    let kept = chain.state.entries.keys.filter { $0.kind == .checkpoint }
    #expect(kept.count == 2, "the final one, and the parent")
    #expect(try chain.state.checkpoint(tip.hash) != nil)
  }

  @Test(
    "What was approved before a block of an older time came between is recorded, term's end too")
  func comesBetween() throws {
    var chain = try Self.chain()
    let fixture = chain.fixture
    let rules = fixture.genesis.rules
    // The next term's root, the newest block before an epoch as its approvers saw it, and one that
    // came after them: the approved one is no root, and no checkpoint any more.
    let term = try #require(try chain.state.term(0))
    let start = rules.start(of: term.endEpoch)
    try chain.seal([], after: start.seconds + 500 - chain.context.time.seconds)
    let root = chain.context
    try chain.seal([], after: 500)
    let approved = chain.context
    let epoch = rules.epoch(of: approved.time) + 1
    try chain.seal([], after: 60)
    #expect(rules.epoch(of: chain.context.time) < epoch)
    try chain.seal([], after: Self.epoch)
    let approval = Approval(
      term: 0, source: Checkpoint(epoch: epoch, block: approved.hash),
      target: Checkpoint(epoch: epoch + 1, block: chain.context.hash))
    try chain.seal([], after: Self.epoch)
    let proof = try #require(
      FinalProof(approval, fixture.signatures(approval, by: term), of: term))
    let record = EncodedTransaction(.recordFinal(RecordFinal(.approved(proof))))
    try chain.seal(encoded: [record, chain.filler])
    let state = try Self.finality(chain)
    #expect(state.term == 1 && state.height == root.height)
    #expect(state.recorded.block == root.hash, "the root of the term that begins")
  }

  @Test("Records that prove nothing are refused, each for its cause")
  func refusals() throws {
    var chain = try Self.chain()
    let fixture = chain.fixture
    let rules = fixture.genesis.rules
    let before = chain.context.hash
    try chain.seal([], after: Self.epoch)
    let number = rules.epoch(of: chain.context.time)
    let tip = chain.context.hash
    try chain.seal([], after: Self.epoch)
    let term = try #require(try chain.state.term(0))
    func record(
      term name: UInt32 = 0, _ source: Checkpoint, _ target: BlockHash? = nil,
      signers: ClosedRange<UInt8> = 0...1, network: LedgerFixture? = nil
    ) throws -> EncodedTransaction {
      let approval = Approval(
        term: name, source: source,
        target: Checkpoint(epoch: source.epoch + 1, block: target ?? tip))
      let signed = (network ?? fixture).signatures(approval, by: term)
      let list = Term(
        number: name, rootEpoch: term.rootEpoch, rootHeight: 0, endEpoch: term.endEpoch,
        candidates: 2, young: 2, seats: term.seats)
      return EncodedTransaction(
        .recordFinal(RecordFinal(.approved(try #require(FinalProof(approval, signed, of: list))))))
    }
    let good = Checkpoint(epoch: number, block: before)
    #expect(try Self.refusal(try record(good), chain) == nil)
    #expect(
      try Self.refusal(try record(term: 1, good), chain) == .otherTerm(supplied: 1, expected: 0))
    let stranger = BlockHash(SHA256.digest([9]))
    #expect(
      try Self.refusal(try record(Checkpoint(epoch: number, block: stranger)), chain)
        == .noCheckpoint(stranger))
    let early = Checkpoint(epoch: number, block: tip)
    #expect(try Self.refusal(try record(early), chain) == .wrongEpoch(early))
    let root = try Self.finality(chain).recorded
    #expect(
      try Self.refusal(try record(root), chain)
        == .notNewer(supplied: root.epoch, recorded: root.epoch))
    let elsewhere = LedgerFixture(rules: LedgerFixture.rules(rate: 999))
    guard case .signature = try Self.refusal(try record(good, network: elsewhere), chain) else {
      Issue.record("signatures of another network were taken")
      return
    }
    try chain.settle()
    #expect(
      try Self.refusal(try record(good), chain)
        == .noCheckpoint(before), "what is older than the recorded one is gone")
  }

  @Test("A block holds a transaction; records alone are worth one for a term or a day")
  func worth() throws {
    var chain = try Self.chain()
    do {
      try chain.connect(try chain.block([]))
      Issue.record("an empty block was taken")
    } catch BlockRefusal.work(let why) { #expect(why == .empty) }
    // The record of a second settling within a term is a few hours newer than the first.
    try chain.settle()
    #expect(throws: BlockRefusal.self) { try Self.recordsAlone(of: chain) { try $0.settle() } }
    do { _ = try Self.recordsAlone(of: chain) { try $0.settle() } } catch BlockRefusal.work(let why)
    {
      #expect(why == .recordAlone)
    }
    // Five epochs later a record ends the term.
    try chain.seal([], after: 5 * Self.epoch)
    let after = try Self.recordsAlone(of: chain) { try $0.settle() }
    #expect(try Self.finality(after).term > Self.finality(chain).term)
  }

  /// The chain after a settling whose last block held its records and nothing else.
  private static func recordsAlone(
    of chain: FixtureChain, settling: (inout FixtureChain) throws -> Void
  ) throws -> FixtureChain {
    var (whole, alone) = (chain, chain)
    try settling(&whole)
    let blocks = whole.blocks.suffix(2)
    try alone.connect(try #require(blocks.first))
    let records = try #require(blocks.last).transactions.filter {
      $0.transaction.kind == .recordFinal
    }
    #expect(!records.isEmpty)
    try alone.connect(try alone.block(records, after: epoch))
    return alone
  }

  @Test("The first block after a term's end draws the next from the state before it")
  func draw() throws {
    var fixture = LedgerFixture(homes: 6)
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions)
    var reports: [Transaction] = []
    for home in 0..<5 {
      reports.append(.report(try fixture.report(home, generated: [5], consumed: [5])))
    }
    try chain.seal(reports, after: 2 * Self.epoch)
    #expect(try chain.state.term(1) == nil)
    // The sixth home reports in the very block that draws: too late for this term.
    let late = Transaction.report(try fixture.report(5, generated: [5], consumed: [5]))
    try chain.seal([late], after: 3 * Self.epoch)
    let term = try #require(try chain.state.term(1))
    let keys = Set(term.seats.map(\.key))
    for home in 0..<6 {
      #expect(keys.contains(fixture.homes[home].siteKey.publicKey) == (home < 5))
    }
    #expect(term.seats.count == 7 && term.seats.count(where: \.isInstitution) == 2)
    #expect(term.rootHeight == chain.context.height && term.candidates == 8)
    #expect(term.endEpoch == term.rootEpoch + 8)
  }

  @Test("The old set proves the next term's root and nothing behind it")
  func handover() throws {
    var chain = try Self.chain()
    try chain.seal([], after: 5 * Self.epoch)
    let root = chain.context
    try chain.seal([], after: Self.epoch)
    try chain.seal([], after: Self.epoch)
    try chain.settle()
    let state = try Self.finality(chain)
    #expect(state.term >= 1)
    // What settled last is of the new term; its first record was the root's.
    let records = chain.blocks.flatMap(\.transactions).compactMap { transaction in
      if case .recordFinal(let record) = transaction.transaction { record.record } else { nil }
    }
    #expect(records.map(\.term) == [0, 1], "the old set hands over, the new one goes on")
    #expect(state.height > root.height)
    #expect(try chain.state.term(0) != nil, "who lied in the last term is still named")
  }

  @Test("No nonce of the last block but one bit of its hash decides a draw")
  func grinding() throws {
    let chain = try Self.chain()
    var outcomes: Set<[PublicKey]> = []
    var hashes: Set<BlockHash> = []
    for nonce in 0..<12 {
      var fork = chain
      // Another block each time, with another hash.
      try fork.seal([], after: 60 + UInt64(nonce))
      hashes.insert(fork.context.hash)
      try fork.seal([], after: 5 * Self.epoch)
      outcomes.insert(try #require(try fork.state.term(1)).seats.map(\.key))
    }
    #expect(hashes.count == 12 && outcomes.count <= 2)
  }

  // MARK: Who lied

  private static func contradiction(_ chain: FixtureChain, seat: UInt8) throws -> Contradiction {
    let term = try #require(try chain.state.term(0))
    let key = [chain.fixture.operatorKey, chain.fixture.exchangeKey]
      .first { $0.publicKey == term.seats[Int(seat)].key }
    func signed(_ block: UInt8) throws -> SignedVote {
      SignedVote(
        Approval(
          term: 0, source: Checkpoint(epoch: 1, block: BlockHash(.zero)),
          target: Checkpoint(epoch: 2, block: BlockHash(SHA256.digest([block])))), seat: seat,
        network: chain.fixture.network, signedBy: try #require(key))
    }
    return try #require(Contradiction(try signed(1), try signed(2)))
  }

  @Test("Who approves two things seals no more until the operator says so; its coins go on")
  func barred() throws {
    var chain = try Self.chain()
    let fixture = chain.fixture
    let term = try #require(try chain.state.term(0))
    let seat = try #require(term.seat(of: fixture.exchangeKey.publicKey))
    let proof = try Self.contradiction(chain, seat: seat)
    try chain.seal([.contradiction(proof)])
    #expect(try chain.state.member(fixture.exchangeId)?.isBarred == true)
    #expect(
      try Self.refusal(EncodedTransaction(.contradiction(proof)), chain)
        == .alreadyBarred(fixture.exchangeId))
    let own = try chain.block([chain.filler], signedBy: fixture.exchangeKey)
    #expect(throws: BlockRefusal.self) { try chain.connect(own) }
    // Its transactions are as good as ever: the filler is the exchange's.
    try chain.seal([])
    func standing(_ isSuspended: Bool, _ change: UInt64) -> Transaction {
      .setStanding(
        SetStanding(
          operator: fixture.operatorId, member: fixture.exchangeId, isSuspended: isSuspended,
          change: change, network: fixture.network, signedBy: fixture.operatorKey))
    }
    try chain.seal([standing(false, 1)])
    #expect(try chain.state.member(fixture.exchangeId)?.isGood == true)
    try chain.connect(try chain.block([chain.filler], signedBy: fixture.exchangeKey))
    #expect(
      try Self.refusal(EncodedTransaction(.contradiction(proof)), chain)
        == .alreadyBarred(fixture.exchangeId), "a pardon is not undone by the same proof")
    // A suspended one does not get away by contradicting itself.
    chain = try Self.chain()
    try chain.seal([standing(true, 1), .contradiction(proof)])
    let member = try #require(try chain.state.member(fixture.exchangeId))
    #expect(member.isSuspended && member.isBarred)
  }

  @Test("A contradiction of a stranger, or by one false signature, is none")
  func noContradiction() throws {
    let chain = try Self.chain()
    let good = try Self.contradiction(chain, seat: 0)
    var forged = EncodedTransaction(.contradiction(good)).bytes
    forged[forged.count - 1] ^= 1
    #expect(
      try Self.refusal(try EncodedTransaction(exactly: forged), chain) == .signature(seat: 0))
    var elsewhere = EncodedTransaction(.contradiction(good)).bytes
    elsewhere[1] = 9
    #expect(try Self.refusal(try EncodedTransaction(exactly: elsewhere), chain) == .noSeat(9))
    var apart = EncodedTransaction(.contradiction(good)).bytes
    // The second target becomes one of the next epoch: both may be given.
    apart[2 + 141 + 44] = 3
    let refusal = try Self.refusal(try EncodedTransaction(exactly: apart), chain)
    #expect(refusal == .noContradiction)
  }

  // MARK: Node keys

  @Test("A node key seals for its member, the one that it replaces no more, and neither spends")
  func nodeKey() throws {
    var chain = try Self.chain()
    let fixture = chain.fixture
    let (first, second) = (LedgerFixture.key("first box"), LedgerFixture.key("second box"))
    func change(_ key: KeyPair, _ number: UInt64) -> SetNodeKey {
      SetNodeKey(
        member: fixture.operatorId, nodeKey: key, change: number, network: fixture.network,
        signedBy: fixture.operatorKey)
    }
    try chain.seal([.setNodeKey(change(first, 1))])
    try chain.connect(try chain.block([chain.filler], signedBy: first))
    #expect(
      try Self.refusal(EncodedTransaction(.setNodeKey(change(first, 1))), chain)
        == .keyOrder(supplied: 1, expected: 2))
    let epoch = fixture.genesis.rules.epoch(of: chain.context.time)
    #expect(
      try Self.refusal(EncodedTransaction(.setNodeKey(change(second, 2))), chain)
        == .keyTooSoon(epoch: epoch))
    let later = UInt64(fixture.genesis.rules.checkpointSeconds)
    try chain.seal([.setNodeKey(change(second, 2))], after: later)
    try chain.connect(try chain.block([chain.filler], signedBy: second))
    let old = try chain.block([chain.filler], signedBy: first)
    #expect(throws: BlockRefusal.self) { try chain.connect(old) }
    try chain.connect(try chain.block([chain.filler], signedBy: fixture.operatorKey))
    try chain.seal([], after: later)
    // A key that does not say itself that it is to be this member's is not taken.
    var stolen = EncodedTransaction(.setNodeKey(change(LedgerFixture.key("third"), 3))).bytes
    stolen[1 + 32 + 32 + 1] ^= 1
    let body = Array(stolen.dropLast(64))
    let message = Array("hinata/signature/1".utf8) + fixture.network.value.bytes + body
    let signed = body + fixture.operatorKey.sign(message).bytes
    guard case .keyProof = try Self.refusal(try EncodedTransaction(exactly: signed), chain) else {
      Issue.record("a key was taken without its word")
      return
    }
  }
}
