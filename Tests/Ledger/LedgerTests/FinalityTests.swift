// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import CheckoutFixtures
import Foundation
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

@testable import Ledger

@Suite("Approvers, approvals and proofs")
struct FinalityTests {
  private static let end = NetworkTime(seconds: 1_800_000_000)
  private static let day: UInt64 = 86_400

  private static func name(_ number: Int) -> Bytes32 {
    SHA256.digest(Array("draw member \(number)".utf8))
  }

  /// Members as the vectors' program makes them: homes whose newest report ended so long before the
  /// term, and institutions.
  private static func members(
    _ homes: Int, operators: Int = 1, exchanges: Int = 1, silent: (Int) -> UInt64? = { _ in 0 }
  ) -> [TermDraw.Candidate] {
    func candidate(_ number: Int, _ kind: MemberKind, _ last: UInt64?) -> TermDraw.Candidate {
      TermDraw.Candidate(
        member: MemberId(name(number)), kind: kind, key: PublicKey(name(number)), since: 0,
        lastReport: last.map { NetworkTime(seconds: end.seconds - $0) })
    }
    return (0..<homes).map { candidate($0, .consumer, silent($0)) }
      + (0..<operators).map { candidate(10_000 + $0, .operator, nil) }
      + (0..<exchanges).map { candidate(20_000 + $0, .exchange, nil) }
  }

  private static let bits = SHA256.digest(Array("bits".utf8))

  private static let draws: [String: (TermDraw, [TermDraw.Candidate])] = [
    "one-home": (TermDraw(number: 1, bits: .zero, end: end), members(1)),
    "four-homes": (TermDraw(number: 1, bits: bits, end: end), members(4)),
    "five-homes": (TermDraw(number: 1, bits: bits, end: end), members(5)),
    "five-homes-nine-institutions": (
      TermDraw(number: 2, bits: bits, end: end), members(5, exchanges: 8)
    ),
    "sixty-two-homes": (TermDraw(number: 2, bits: bits, end: end), members(62)),
    "sixty-three-homes": (TermDraw(number: 2, bits: bits, end: end), members(63)),
    "a-thousand": (
      TermDraw(number: 7, bits: bits, end: end), members(1000, operators: 2, exchanges: 40)
    ),
    "a-third-silent-for-a-week": (
      TermDraw(number: 3, bits: bits, end: end), members(30) { $0 % 3 == 0 ? 8 * day : 0 }
    ),
    "half-silent-for-a-week": (
      TermDraw(number: 3, bits: bits, end: end), members(30) { $0 % 2 == 0 ? 8 * day : 0 }
    ),
    "silent-for-91-days": (
      TermDraw(number: 3, bits: bits, end: end), members(30) { $0 % 2 == 0 ? 91 * day : 0 }
    ),
    "exactly-ninety-days": (
      TermDraw(number: 3, bits: bits, end: end), members(30) { $0 % 2 == 0 ? 90 * day : 0 }
    ),
    "never-reported": (TermDraw(number: 3, bits: bits, end: end), members(10) { _ in nil }),
  ]

  @Test("Draws are those that another program made", arguments: try GoldenVector.load("Draws"))
  func golden(_ vector: GoldenVector) throws {
    let (draw, members) = try #require(Self.draws[vector.name])
    let seats = draw.seats(from: members.shuffled())
    let digest = SHA256.digest(seats.flatMap(\.key.value.bytes))
    #expect([UInt8(seats.count)] + digest.bytes == vector.bytes)
    let institutions = seats.count(where: \.isInstitution)
    if seats.count - institutions >= 5 {
      #expect(3 * institutions < seats.count, "institutions stay below a third")
    }
  }

  @Test("Two quorums of a term share more than a third of its seats, for every number of seats")
  func quorums() {
    let known = [1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5, 8: 6, 64: 43]
    for count in 1...64 {
      let quorum = Term.quorum(of: count)
      #expect(quorum <= count && 3 * quorum > 2 * count)
      #expect(3 * (2 * quorum - count) > count, "an honest seat is in both")
      if let wanted = known[count] { #expect(quorum == wanted) }
    }
  }

  @Test("The bits of a draw are the lowest of the parents' hashes, the newest lowest")
  func bits() {
    var state = FinalityState(rules: LedgerFixture().genesis.rules)
    var wanted: [Bool] = Array(repeating: false, count: 256)
    for number in 0..<300 {
      let hash = SHA256.digest([UInt8(number & 255), UInt8(number >> 8)])
      state.shift(in: BlockHash(hash))
      wanted.removeFirst()
      wanted.append(hash.bytes[31] & 1 == 1)
      #expect((0..<256).map { state.bits.bit($0) } == wanted)
    }
  }

  @Test("An epoch begins at its first second, and a time of any size has one")
  func epochs() {
    let rules = LedgerFixture().genesis.rules
    let length = UInt64(rules.checkpointSeconds)
    for epoch: UInt32 in [0, 1, 490_896, .max] {
      let start = rules.start(of: epoch)
      #expect(rules.epoch(of: start) == epoch)
      #expect(rules.epoch(of: NetworkTime(seconds: start.seconds + length - 1)) == epoch)
      if epoch > 0 {
        #expect(rules.epoch(of: NetworkTime(seconds: start.seconds - 1)) == epoch - 1)
      }
    }
    #expect(rules.epoch(of: NetworkTime(seconds: .max)) == .max)
  }

  @Test("Two approvals contradict each other when one epoch has two, or one goes around the other")
  func contradictions() {
    func approval(_ source: UInt32, _ target: UInt32, _ block: UInt8 = 1) -> Approval {
      Approval(
        term: 1, source: Checkpoint(epoch: source, block: BlockHash(SHA256.digest([0]))),
        target: Checkpoint(epoch: target, block: BlockHash(SHA256.digest([block]))))
    }
    for s in 0..<5 as Range<UInt32> {
      for t in s + 1..<6 {
        for u in 0..<5 as Range<UInt32> {
          for v in u + 1..<6 {
            let (left, right) = (approval(s, t), approval(u, v))
            let isBad = left != right && (t == v || (s < u && v < t) || (u < s && t < v))
            #expect(left.contradicts(right) == isBad, "\(s)→\(t), \(u)→\(v)")
          }
        }
      }
    }
    #expect(approval(1, 2, 1).contradicts(approval(1, 2, 2)))
    let other = Approval(
      term: 2, source: approval(1, 2).source, target: approval(1, 2, 2).target)
    #expect(!approval(1, 2).contradicts(other), "another term is another set")
  }

  /// A state whose entries are visited in an order of the test's own.
  private struct OrderedState: StateSource {
    let state: MemoryState
    let isBefore: (StateKey, StateKey) -> Bool

    func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? { try state.entry(key) }

    func visit(
      _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
    ) throws(StateSourceError) {
      for key in state.entries.keys.filter({ $0.kind == kind }).sorted(by: isBefore) {
        if let entry = state.entries[key] { body(key, entry) }
      }
    }
  }

  @Test("A member of several sites has one key in a draw, in whatever order a store visits them")
  func severalSites() throws {
    let fixture = LedgerFixture(homes: 6)
    let member = fixture.homes[0].member
    var changes = [
      StateChange(key: .member(member.id), entry: .member(Member(record: member, since: 0)))
    ]
    // Six sites of one member; three of them have reported up to the same half hour.
    var newest: [SiteId] = []
    for (index, home) in fixture.homes.enumerated() {
      let record = SiteRecord(
        member: member.id, key: home.siteKey.publicKey, name: "Roof \(index)",
        method: .photovoltaic, role: .production, capacityW: 4000, batteryWh: 0, gridArea: "tokyo",
        region: "JP-13", position: .origin, utcOffset: .japan, deviceName: "PCS",
        deviceId: "SN-\(index)", technology: "T010101", commissionedDay: 18_000,
        activeFrom: Interval(containing: Self.end))
      let last = Interval(Interval(containing: Self.end).number - (index < 3 ? 2 : 90))
      if index < 3 { newest.append(record.id) }
      changes.append(StateChange(key: .site(record.id), entry: .site(record)))
      changes.append(
        StateChange(key: .progress(record.id), entry: .progress(SiteProgress(next: last))))
    }
    var state = MemoryState()
    state.apply(changes)
    let orders: [(StateKey, StateKey) -> Bool] = [
      { $0 < $1 }, { $1 < $0 }, { $0.path < $1.path }, { $1.path < $0.path },
    ]
    let found = try orders.map {
      try TermDraw.candidates(
        in: OrderedState(state: state, isBefore: $0), admittedBefore: nil, end: Self.end)
    }
    #expect(Set(found).count == 1 && found[0].count == 1)
    let first = try #require(newest.min())
    #expect(found[0][0].key == (try state.site(first))?.key, "the smallest id among the newest")
    var ended = SiteProgress(next: Interval(containing: Self.end))
    ended.isEnded = true
    state.apply([StateChange(key: .progress(first), entry: .progress(ended))])
    let others = try TermDraw.candidates(in: state, admittedBefore: nil, end: Self.end)
    #expect(others[0].key == (try state.site(try #require(newest.sorted().dropFirst().first)))?.key)
  }

  // MARK: Proofs

  private static let network = LedgerFixture().network

  private static func term(_ count: Int, number: UInt32 = 5) -> (Term, [KeyPair]) {
    let keys = (0..<count).map { LedgerFixture.key("seat \($0)") }
    return (
      Term(
        number: number, rootEpoch: 10, rootHeight: 100, endEpoch: 40,
        candidates: UInt64(count), young: 0,
        seats: keys.map { Seat(key: $0.publicKey, kind: .consumer) }), keys
    )
  }

  private static let step = Approval(
    term: 5, source: Checkpoint(epoch: 12, block: BlockHash(SHA256.digest([12]))),
    target: Checkpoint(epoch: 13, block: BlockHash(SHA256.digest([13]))))

  private static func sign(
    _ keys: [KeyPair], _ seats: some Sequence<Int>, network: NetworkId = network
  ) -> [UInt8: Signature] {
    var signed: [UInt8: Signature] = [:]
    for seat in seats {
      signed[UInt8(seat)] =
        SignedVote(step, seat: UInt8(seat), network: network, signedBy: keys[seat]).signature
    }
    return signed
  }

  @Test("A proof holds exactly a quorum of signatures, of any seats", arguments: [1, 3, 8, 64])
  func proofs(_ count: Int) throws {
    let (term, keys) = Self.term(count)
    let quorum = term.quorum
    let last = (count - quorum)..<count
    let proof = try #require(FinalProof(Self.step, Self.sign(keys, last), of: term))
    try proof.verify(by: term, in: Self.network)
    #expect(proof.bytes.count == 73 + (count + 7) / 8 + 64 * quorum)
    #expect(try FinalProof(exactly: proof.bytes) == proof)
    let all = try #require(FinalProof(Self.step, Self.sign(keys, 0..<count), of: term))
    #expect(all.signers.signatures.count == quorum, "more would be another proof of the same")
    if quorum > 1 {
      #expect(FinalProof(Self.step, Self.sign(keys, 1..<quorum), of: term) == nil)
    }
    #expect(throws: ApprovalLaw.Violation.otherTerm(supplied: 5, expected: 6)) {
      try proof.verify(by: Self.term(count, number: 6).0, in: Self.network)
    }
    #expect(throws: ApprovalLaw.Violation.self) {
      try proof.verify(by: Self.term(count + 1).0, in: Self.network)
    }
    #expect(throws: ApprovalLaw.Violation.self) {
      try proof.verify(by: term, in: NetworkId(.zero))
    }
    let skipping = Approval(
      term: 5, source: Self.step.source,
      target: Checkpoint(epoch: 14, block: Self.step.target.block))
    #expect(FinalProof(skipping, Self.sign(keys, 0..<count), of: term) == nil)
  }

  @Test("What a seat signs names the network, the term, source and target, byte for byte")
  func signedBytes() {
    let step = Self.step
    #expect(
      Vote.approval(step).message(in: Self.network)
        == Array("hinata/signature/1".utf8) + Self.network.value.bytes + [0xC5]
        + [0, 0, 0, 5] + step.source.bytes + step.target.bytes)
  }

  @Test("Another form of a proof is no proof: more or fewer signatures, seats that are not there")
  func forms() throws {
    let (term, keys) = Self.term(7)
    let bytes = try #require(FinalProof(Self.step, Self.sign(keys, 0..<7), of: term)).bytes
    func refused(_ change: (inout [UInt8]) -> Void) {
      var other = bytes
      change(&other)
      #expect(throws: DecodeError.self) { try FinalProof(exactly: other) }
    }
    refused { $0[73] |= 1 << 5 }
    refused { $0[73] &= ~1 }
    refused {
      $0[73] &= ~1
      $0.removeLast(64)
    }
    refused { $0[73] = ($0[73] & ~1) | 1 << 7 }
    refused { $0[72] = 0 }
    refused { $0[72] = 65 }
    refused { $0.removeLast(64) }
    refused { $0 += $0.suffix(64) }
  }

  @Test("A list of seats has one encoding, and none of 0 or 65 seats")
  func terms() throws {
    for count in [1, 2, 64] {
      let (term, _) = Self.term(count)
      #expect(try Term(exactly: term.bytes) == term)
      #expect(term.bytes.count == 25 + 33 * count)
    }
    var bytes = Self.term(1).0.bytes
    bytes[24] = 0
    #expect(throws: DecodeError.self) { try Term(exactly: bytes) }
    let many = Self.term(65).0
    #expect(throws: DecodeError.self) { try Term(exactly: many.bytes) }
    var seat = Seat(key: LedgerFixture.key("a").publicKey, kind: .operator).bytes
    #expect(seat.last == 3)
    seat[32] = 2
    #expect(throws: DecodeError.self) { try Seat(exactly: seat) }
  }
}
