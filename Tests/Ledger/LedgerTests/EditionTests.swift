// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

@Suite("Editions of the rules, and value of other networks")
struct EditionTests {
  private static func move(
    _ fixture: LedgerFixture, _ number: UInt64, _ days: UInt64, by key: KeyPair? = nil
  ) -> Transaction {
    .moveEdition(
      MoveEdition(
        operator: fixture.operatorId,
        edition: Edition(
          number: number, from: LedgerFixture.start.advanced(by: days * 86_400)),
        network: fixture.network, signedBy: key ?? fixture.operatorKey))
  }

  @Test("An edition is announced by the operator, thirty days ahead, one after the other")
  func announced() throws {
    var scenario = try Scenario()
    let fixture = scenario.fixture
    #expect(scenario.refusal(Self.move(fixture, 2, 50)) == nil)
    guard case .keys(.editionTooSoon)? = scenario.refusal(Self.move(fixture, 2, 39)) else {
      Issue.record("twenty-nine days are no notice")
      return
    }
    guard case .keys(.editionTooLate)? = scenario.refusal(Self.move(fixture, 2, 400)) else {
      Issue.record("no mistake binds a network for good")
      return
    }
    #expect(
      scenario.refusal(Self.move(fixture, 3, 50))
        == .keys(.editionOrder(supplied: 3, expected: 2)))
    #expect(scenario.refusal(Self.move(fixture, 2, 50, by: fixture.exchangeKey)) != nil)
    try scenario.chain.seal([Self.move(fixture, 2, 50)])
    #expect(try scenario.chain.state.edition()?.number == 2)
    guard case .keys(.editionWaits)? = scenario.refusal(Self.move(fixture, 3, 90)) else {
      Issue.record("the edition before does not hold yet: nodes have to know when it began")
      return
    }
    let odd = Edition(number: 2, from: LedgerFixture.start.advanced(by: 1))
    #expect(throws: DecodeError.self) { try Edition(exactly: odd.bytes) }
    let edition = Edition(number: 2, from: LedgerFixture.start)
    #expect(!edition.isKnown && Edition(number: 1, from: LedgerFixture.start).isKnown)
  }

  @Test(
    "A block whose rules are not known is neither taken nor refused: the node stops, and says so")
  func stops() throws {
    let scenario = try Scenario()
    let fixture = scenario.fixture
    var state = MemoryState()
    let from = LedgerFixture.start.advanced(by: 1000)
    state.apply([
      StateChange(key: .edition, entry: .edition(Edition(number: 2, from: from)))
    ])
    for (seconds, isKnown) in [(999, true), (1000, false)] as [(UInt64, Bool)] {
      var transition = Transition(
        rules: fixture.genesis.rules, time: LedgerFixture.start.advanced(by: seconds), on: state)
      let parent = ParentBlock(hash: BlockHash(.zero), height: 0, time: LedgerFixture.start)
      do throws(ApplyError) {
        try transition.begin(after: parent)
        #expect(isKnown)
      } catch {
        guard case .source(let fault) = error else {
          Issue.record("\(error) is somebody else's fault")
          return
        }
        #expect(!isKnown && fault.description.contains("edition 2"))
      }
    }
  }

  private static func honour(
    _ fixture: LedgerFixture, network: NetworkId? = nil, member: MemberId? = nil,
    by key: KeyPair? = nil, energy: UInt64 = 700
  ) -> Transaction {
    let value = ForeignLot(
      exchange: fixture.exchangeId, member: member ?? fixture.homes[0].member.id,
      network: network ?? NetworkId(SHA256.digest([1])), lot: LotId(SHA256.digest([2])),
      energyWh: energy, first: Interval(0), length: 2, certificate: SHA256.digest([3]))
    return .honour(Honour(value, network: fixture.network, signedBy: key ?? fixture.exchangeKey))
  }

  @Test("A lot of another network is honoured once, by an exchange, for a member, and is no coin")
  func foreign() throws {
    var scenario = try Scenario()
    let fixture = scenario.fixture
    let before = scenario.chain.supply
    try scenario.chain.seal([Self.honour(fixture)])
    #expect(scenario.chain.supply == before)
    #expect(
      scenario.refusal(Self.honour(fixture, energy: 1))
        == .noEnergyTwice(.honoured(LotId(SHA256.digest([2])))), "whatever it says of it")
    #expect(
      scenario.refusal(Self.honour(fixture, network: fixture.network))
        == .noEnergyTwice(.ownValue(LotId(SHA256.digest([2])))))
    #expect(scenario.refusal(Self.honour(fixture, by: fixture.operatorKey)) != nil)
    let stranger = MemberId(SHA256.digest([9]))
    #expect(
      scenario.refusal(Self.honour(fixture, member: stranger)) == .keys(.unknownMember(stranger)))
  }
}
