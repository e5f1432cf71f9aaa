// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

@testable import PeerProtocol

@Suite("What approvals prove")
struct ApprovalTallyTests {
  private static let network = LedgerFixture().network
  private static let keys = (0..<64).map { LedgerFixture.key("seat \($0)") }

  private static func term(_ count: Int) -> Term {
    Term(
      number: 5, rootEpoch: 10, rootHeight: 100, endEpoch: 400, candidates: UInt64(count), young: 0,
      seats: keys[..<count].map { Seat(key: $0.publicKey, kind: .consumer) })
  }

  private static func block(_ number: Int) -> BlockHash {
    BlockHash(SHA256.digest(Array("block \(number)".utf8)))
  }

  private static let root = Checkpoint(epoch: 10, block: block(0))

  private static func step(
    _ source: Checkpoint, _ epoch: UInt32, _ number: Int, term: UInt32 = 5
  ) -> Approval {
    Approval(
      term: term, source: source, target: Checkpoint(epoch: epoch, block: block(number)))
  }

  private static func sign(_ approval: Approval, _ seat: Int) -> SignedVote {
    SignedVote(approval, seat: UInt8(seat), network: network, signedBy: keys[seat])
  }

  private static func tally(_ count: Int) -> ApprovalTally {
    ApprovalTally(term(count), final: root, network: network)
  }

  /// A line of blocks: each is on the way to every later one.
  private static func line(_ left: BlockHash, _ right: BlockHash) -> Bool? {
    let order = (0..<100).map(block)
    guard let a = order.firstIndex(of: left), let b = order.firstIndex(of: right) else {
      return nil
    }
    return a <= b
  }

  @Test("One less than a quorum is nothing; a quorum makes agreed, the next epoch's makes final")
  func steps() {
    var tally = Self.tally(7)
    let first = Self.step(Self.root, 11, 1)
    for seat in 0..<4 { #expect(tally.add(Self.sign(first, seat), at: 20) == .new) }
    #expect(tally.conclude(isAncestor: Self.line).isEmpty && tally.highest == Self.root)
    #expect(tally.add(Self.sign(first, 3), at: 20) == .known, "a seat counts once")
    #expect(tally.add(Self.sign(first, 5), at: 20) == .new)
    #expect(tally.conclude(isAncestor: Self.line).isEmpty && tally.highest == first.target)
    // An epoch without a quorum lies between: agreed, and not final.
    let jump = Self.step(first.target, 13, 2)
    for seat in 0..<5 { _ = tally.add(Self.sign(jump, seat), at: 20) }
    #expect(tally.conclude(isAncestor: Self.line).isEmpty && tally.final == Self.root)
    let next = Self.step(jump.target, 14, 3)
    for seat in 2..<7 { _ = tally.add(Self.sign(next, seat), at: 20) }
    let proofs = tally.conclude(isAncestor: Self.line)
    #expect(proofs.map(\.source) == [jump.target] && tally.final == jump.target)
    #expect(throws: Never.self) { try proofs[0].verify(by: Self.term(7), in: Self.network) }
  }

  @Test("Approvals from two sources are not counted together")
  func sources() {
    var tally = Self.tally(4)
    let first = Self.step(Self.root, 11, 1)
    for seat in 0..<3 { _ = tally.add(Self.sign(first, seat), at: 20) }
    _ = tally.conclude(isAncestor: Self.line)
    for seat in 0..<2 { _ = tally.add(Self.sign(Self.step(first.target, 12, 2), seat), at: 20) }
    _ = tally.add(Self.sign(Self.step(Self.root, 12, 2), 2), at: 20)
    #expect(tally.conclude(isAncestor: Self.line).isEmpty && tally.highest == first.target)
  }

  @Test("What is cheap is looked at first: a false signature costs a look only for a seat that is")
  func order() {
    var tally = Self.tally(4)
    let step = Self.step(Self.root, 11, 1)
    let good = Self.sign(step, 1)
    let forged = SignedVote(.approval(step), seat: 2, signature: good.signature)
    #expect(tally.add(forged, at: 11) == .badSignature)
    #expect(tally.add(Self.sign(step, 4), at: 11) == .noSeat)
    #expect(tally.add(Self.sign(Self.step(Self.root, 11, 1, term: 6), 1), at: 11) == .aside)
    #expect(tally.add(good, at: 9) == .aside, "an epoch that is far ahead")
    #expect(tally.add(good, at: 40) == .aside, "one long ago")
    #expect(
      tally.add(Self.sign(Self.step(Checkpoint(epoch: 1, block: Self.block(0)), 10, 1), 1), at: 11)
        == .aside, "nothing newer than what is final")
    #expect(tally.add(good, at: 10) == .new, "of a clock that is ahead")
    #expect(tally.add(good, at: 11) == .known)
  }

  @Test("Two approvals of an epoch, and one around another, name the seat; a third is not kept")
  func contradictions() {
    var tally = Self.tally(4)
    let (one, two) = (Self.step(Self.root, 12, 1), Self.step(Self.root, 12, 2))
    #expect(tally.add(Self.sign(one, 1), at: 20) == .new)
    guard case .contradicts(let proof) = tally.add(Self.sign(two, 1), at: 20) else {
      Issue.record("two targets of one epoch went unseen")
      return
    }
    #expect(
      proof.seat == 1 && Set([proof.first, proof.second]) == [.approval(one), .approval(two)])
    #expect(tally.add(Self.sign(Self.step(Self.root, 12, 3), 1), at: 20) == .aside)
    let inner = Self.step(Checkpoint(epoch: 14, block: Self.block(4)), 15, 5)
    #expect(tally.add(Self.sign(inner, 2), at: 20) == .new)
    guard case .contradicts = tally.add(Self.sign(Self.step(one.target, 16, 6), 2), at: 20) else {
      Issue.record("an approval around another went unseen")
      return
    }
  }

  @Test("The favourite of an epoch has more than a sixth of the seats and more than any other")
  func favourites() {
    var tally = Self.tally(12)
    let (one, two) = (Self.step(Self.root, 12, 1), Self.step(Self.root, 12, 2))
    for seat in 0..<2 { _ = tally.add(Self.sign(one, seat), at: 12) }
    #expect(tally.favourite(of: 12) == nil, "a sixth is not more than a sixth")
    _ = tally.add(Self.sign(one, 2), at: 12)
    #expect(tally.favourite(of: 12) == Self.block(1) && tally.favourite(of: 11) == nil)
    for seat in 3..<6 { _ = tally.add(Self.sign(two, seat), at: 12) }
    #expect(tally.favourite(of: 12) == nil, "as many for two")
    _ = tally.add(Self.sign(two, 6), at: 12)
    #expect(tally.favourite(of: 12) == Self.block(2))
  }

  @Test("Memory lets targets grow alone and sources never fall, for each key and term by itself")
  func memory() throws {
    var memory = FinalityMemory(begun: 3)
    let key = Self.keys[0].publicKey
    let from = Checkpoint(epoch: 12, block: Self.block(1))
    memory.note(.approval(Self.step(from, 15, 2)), by: key)
    #expect(!memory.allows(Self.step(from, 15, 3), by: key), "twice in an epoch")
    #expect(!memory.allows(Self.step(Self.root, 16, 3), by: key), "around what was approved")
    #expect(!memory.allows(Self.step(from, 14, 3), by: key), "back in time")
    #expect(memory.allows(Self.step(from, 16, 3), by: key))
    #expect(memory.allows(Self.step(Self.root, 11, 3), by: Self.keys[1].publicKey))
    #expect(memory.allows(Self.step(Self.root, 11, 3, term: 6), by: key))
    memory.note(.approval(Self.step(Self.root, 11, 3, term: 6)), by: key)
    #expect(try FinalityMemory(exactly: memory.bytes) == memory)
    memory.note(.approval(Self.step(Self.root, 11, 3, term: 9)), by: key)
    #expect(memory.records.count == 1, "what was two terms ago is let go")
    // A file may hold any numbers.
    let most = FinalityMemory.Record(key: key, term: .max, source: .max, target: .max)
    memory.records.append(most)
    memory = try FinalityMemory(exactly: memory.bytes)
    memory.note(.approval(Self.step(Self.root, 11, 3, term: 9)), by: Self.keys[1].publicKey)
    #expect(memory.records.contains(most))
  }

  @Test("Of what is agreed and never final the newest links are kept, and they suffice")
  func boundedLinks() {
    var tally = Self.tally(1)
    var source = Self.root
    for number in 1...90 {
      let step = Self.step(source, source.epoch + 2, number)
      #expect(tally.add(Self.sign(step, 0), at: 400, isWhole: true) == .new)
      _ = tally.conclude(isAncestor: Self.line)
      source = step.target
    }
    #expect(tally.highest == source)
    tally.trim(at: 399)
    #expect(tally.strongVotes.count == ApprovalTally.linkLimit)
    var again = Self.tally(1)
    for approval in tally.strongVotes { _ = again.add(approval, at: 399, isWhole: true) }
    _ = again.conclude(isAncestor: Self.line)
    #expect(again.highest == source)
  }

  // MARK: A model of whole sets

  /// One node of the model: what it has heard, and what it must not forget.
  private struct Voter {
    var tally: ApprovalTally
    var memory = FinalityMemory(begun: 0)
    var inbox: [SignedVote] = []
  }

  /// Blocks of a tree by number; each has a parent and an epoch.
  private struct Tree {
    var parents = [0]
    var epochs: [UInt32] = [10]
    var numbers: [BlockHash: Int] = [ApprovalTallyTests.block(0): 0]

    func isAncestor(_ left: BlockHash, _ right: BlockHash) -> Bool? {
      guard let a = numbers[left], var b = numbers[right] else { return nil }
      while b > a { b = parents[b] }
      return a == b
    }
  }

  /// Lets `count` seats, of which the first `liars` approve whatever they like, run for some epochs
  /// with forks and with messages that come late or never.
  /// - Returns: all that became final at honest seats.
  private static func run(count: Int, liars: Int, seed: UInt64) -> (finals: Set<Checkpoint>, Tree) {
    var chance = SeededGenerator(seed: seed)
    var tree = Tree()
    var voters = (0..<count).map { _ in Voter(tally: tally(count)) }
    var finals: Set<Checkpoint> = []
    for epoch in 11..<26 as Range<UInt32> {
      for _ in 0..<2 {
        let number = tree.parents.count
        // Forks begin anywhere not too long ago.
        let back = chance.happens(1, of: 4) ? Int(chance.below(5)) : 0
        tree.parents.append(max(0, number - 1 - back))
        tree.epochs.append(epoch)
        tree.numbers[block(number)] = number
      }
      var sent: [SignedVote] = []
      for seat in 0..<count {
        let honest = seat >= liars
        for _ in 0..<(honest ? 1 : 3) {
          // Most see the same newest block.
          let isOdd = chance.happens(1, of: honest ? 6 : 2)
          let target = tree.parents.count - (isOdd ? 2 : 1)
          let known = Array(voters[seat].tally.agreed).sorted {
            ($0.epoch, $0.block) < ($1.epoch, $1.block)
          }
          guard let source = honest ? voters[seat].tally.highest : chance.pick(known),
            source.epoch < epoch
          else { continue }
          let approval = step(source, epoch, target)
          if honest {
            guard tree.isAncestor(source.block, block(target)) == true,
              voters[seat].memory.allows(approval, by: keys[seat].publicKey)
            else { continue }
            voters[seat].memory.note(.approval(approval), by: keys[seat].publicKey)
          }
          sent.append(sign(approval, seat))
        }
      }
      for seat in 0..<count {
        for approval in sent {
          if chance.happens(9, of: 10) {
            _ = voters[seat].tally.add(approval, at: epoch)
          } else if chance.happens(2, of: 3) {
            voters[seat].inbox.append(approval)
          }
        }
        // What was late comes an epoch or more later.
        if chance.happens(1, of: 2) {
          for approval in voters[seat].inbox { _ = voters[seat].tally.add(approval, at: epoch) }
          voters[seat].inbox = []
        }
        let proofs = voters[seat].tally.conclude { tree.isAncestor($0, $1) }
        if seat >= liars { finals.formUnion(proofs.map(\.source)) }
      }
    }
    return (finals, tree)
  }

  /// Pairs of blocks that became final and do not lie on one chain.
  private static func conflicts(_ finals: Set<Checkpoint>, _ tree: Tree) -> Int {
    let order = finals.sorted { ($0.epoch, $0.block) < ($1.epoch, $1.block) }
    return order.indices.reduce(0) { sum, index in
      sum
        + order[(index + 1)...].count { other in
          tree.isAncestor(order[index].block, other.block) != true
            && tree.isAncestor(other.block, order[index].block) != true
        }
    }
  }

  @Test("Above a third of liars two chains can be final: the halves name the liars when they meet")
  func aboveAThird() {
    var (left, right) = (Self.tally(4), Self.tally(4))
    // Blocks 1, 2 … of one branch, 51, 52 … of the other; seats 0 and 1 approve on both.
    func isAncestor(_ a: BlockHash, _ b: BlockHash) -> Bool? {
      let order = (0..<100).map(Self.block)
      guard let a = order.firstIndex(of: a), let b = order.firstIndex(of: b) else { return nil }
      return a == 0 || (a <= b && (a > 50) == (b > 50))
    }
    var heard: [SignedVote] = []
    for epoch in 11...13 as ClosedRange<UInt32> {
      for (first, seats) in [(0, [0, 1, 2]), (50, [0, 1, 3])] {
        let number = first + Int(epoch) - 10
        let source =
          epoch == 11 ? Self.root : Checkpoint(epoch: epoch - 1, block: Self.block(number - 1))
        for seat in seats {
          let signed = Self.sign(Self.step(source, epoch, number), seat)
          if first == 0 {
            _ = left.add(signed, at: epoch)
          } else {
            _ = right.add(signed, at: epoch)
          }
          if first > 0 { heard.append(signed) }
        }
      }
    }
    _ = left.conclude(isAncestor: isAncestor)
    _ = right.conclude(isAncestor: isAncestor)
    #expect(left.final.block == Self.block(2) && right.final.block == Self.block(52))
    #expect(left.conflict == nil)
    var named: Set<UInt8> = []
    for signed in heard {
      if case .contradicts(let proof) = left.add(signed, at: 13) { named.insert(proof.seat) }
    }
    #expect(named == [0, 1], "exactly those who lied, more than a third")
    _ = left.conclude(isAncestor: isAncestor)
    #expect(
      left.conflict != nil && left.final.block == Self.block(2), "it keeps its own, and says so")
  }

  @Test(
    "With fewer than a third of liars no two conflicting blocks are final, whatever comes late",
    arguments: [(4, 1), (7, 2), (10, 3)])
  func model(_ count: Int, _ liars: Int) {
    var made = 0
    for seed in 0..<150 as Range<UInt64> {
      let (finals, tree) = Self.run(count: count, liars: liars, seed: seed)
      made += finals.count
      #expect(Self.conflicts(finals, tree) == 0, "seed \(seed)")
    }
    #expect(made > 50, "the model makes blocks final at all")
  }
}
