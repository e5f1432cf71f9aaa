// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

@testable import Ledger

@Suite("Laws 1 and 2: coins only for recorded energy, and only once")
struct MintLawTests {
  @Test("A mint of exactly what was generated is taken, and makes one lot with its provenance")
  func exact() throws {
    var scenario = try Scenario()
    let report = try scenario.report(0, [0, 500, 700], [300, 200, 100])
    let id = try scenario.mint(0, report)
    let lot = try #require(scenario.lot(id))
    #expect(lot.amount == MilliCoins(1200))
    #expect(lot.first == report.first && lot.length == 3 && lot.isWhole && !lot.isRetired)
    #expect(lot.owner == scenario.memberId(0))
    #expect(scenario.chain.supply.claimedWh == 1200)
  }

  @Test("One milli-coin more or less than generated is refused with both amounts")
  func offByOne() throws {
    var scenario = try Scenario()
    let report = try scenario.report(0, [0, 500, 700], [300, 200, 100])
    for amount: UInt64 in [1199, 1201] {
      let mint = scenario.fixture.mint(0, first: report.first, length: 3, amount: amount)
      #expect(
        scenario.refusal(.mint(mint))
          == .noCoinWithoutEnergy(
            .amount(
              supplied: MilliCoins(amount), expected: MilliCoins(1200), generated: WattHours(1200)))
      )
    }
  }

  @Test("Nothing generated, intervals not recorded and fossil energy give no coins")
  func nothing() throws {
    var scenario = try Scenario()
    let report = try scenario.report(0, [0, 0], [300, 200])
    let mint = { (first: Interval, length: UInt32, amount: UInt64) in
      scenario.refusal(
        .mint(scenario.fixture.mint(0, first: first, length: length, amount: amount)))
    }
    #expect(mint(report.first, 2, 0) == .noCoinWithoutEnergy(.nothingGenerated))
    #expect(
      mint(report.first, 3, 5) == .noCoinWithoutEnergy(.notRecorded(report.first.advanced(by: 2))))
    var plant = try Scenario(method: .fossil)
    let burnt = try plant.report(0, [700], [100])
    let claimed = plant.fixture.mint(0, first: burnt.first, length: 1, amount: 700)
    #expect(plant.refusal(.mint(claimed)) == .noCoinWithoutEnergy(.notRenewable(.fossil)))
  }

  @Test(
    "Wind, geothermal, biomass and hydro give coins as the sun does",
    arguments: GenerationMethod.allCases.filter(\.isRenewable))
  func renewable(_ method: GenerationMethod) throws {
    var scenario = try Scenario(method: method)
    let report = try scenario.report(0, [700], [100])
    let mint = scenario.fixture.mint(0, first: report.first, length: 1, amount: 700)
    #expect(scenario.refusal(.mint(mint)) == nil)
  }

  @Test("Under a feed-in tariff what was fed in gives no coins; under other support all does")
  func support() throws {
    for (support, own) in [
      (.none, 1200), (.investmentGrant, 1200), (.feedInPremium, 1200), (.feedInTariff, 300),
    ] as [(PublicSupport, UInt64)] {
      var scenario = try Scenario(support: support)
      // 300 Wh and 600 Wh of 500 and 700 are sold.
      let report = try scenario.report(0, [0, 500, 700], [300, 200, 100])
      for wrong in [own - 1, own + 1, 1500 - own] {
        let mint = scenario.fixture.mint(0, first: report.first, length: 3, amount: wrong)
        #expect(scenario.refusal(.mint(mint)) != nil, "\(support) \(wrong)")
      }
      let mint = EncodedTransaction(
        .mint(scenario.fixture.mint(0, first: report.first, length: 3, amount: own)))
      try scenario.chain.seal(encoded: [mint])
      // A half hour of the lot has the coins that it gave.
      let home = scenario.fixture.homes[0]
      let last = EncodedTransaction(
        .transfer(
          Transfer(
            from: home.member.id, to: scenario.memberId(1), lot: mint.lotId(0),
            part: .intervals(first: report.first.advanced(by: 2), length: 1),
            network: scenario.fixture.network, signedBy: home.memberKey)))
      try scenario.chain.seal(encoded: [last])
      let taken = try #require(scenario.lot(last.lotId(0)))
      #expect(taken.amount.value == (support == .feedInTariff ? 100 : 700))
    }
    var unknown = SiteDay()
    var reading = Reading(interval: Interval(7), quality: .measured)
    reading[.generated] = 500
    reading.set(.sold, 0, .unknown)
    unknown.record(reading, slot: 7)
    #expect(NoCoinWithoutEnergyLaw.creditable(7, of: unknown, under: .feedInTariff) == 0)
    #expect(NoCoinWithoutEnergyLaw.creditable(7, of: unknown, under: .none) == 500)
  }

  @Test("Under a feed-in tariff what is stored, or has no count beside it, gives no coins either")
  func stored() {
    func creditable(_ change: (inout Reading) -> Void) -> UInt64 {
      var reading = Reading(interval: Interval(7), quality: .measured)
      reading[.generated] = 1_000
      change(&reading)
      var day = SiteDay()
      day.record(reading, slot: 7)
      #expect(NoCoinWithoutEnergyLaw.creditable(7, of: day, under: .none) == 1_000)
      return NoCoinWithoutEnergyLaw.creditable(7, of: day, under: .feedInTariff)
    }
    #expect(creditable { _ in } == 1_000)
    #expect(creditable { $0[.sold] = 400 } == 600)
    #expect(creditable { $0.set(.batteryCharged, 300, .measured) } == 700, "it may be sold tonight")
    #expect(creditable { $0.set(.vehicleCharged, 1_200, .measured) } == 0)
    #expect(
      creditable {
        $0[.sold] = 600
        $0.set(.batteryCharged, 500, .measured)
      } == 0)
    for quality in [Quality.none, .derived, .unknown] {
      #expect(creditable { $0.set(.sold, 0, quality) } == 0, "\(quality) is no count")
    }
    #expect(creditable { $0.set(.batteryCharged, 0, .unknown) } == 0, "it may be stored")
  }

  @Test("The rate of the genesis counts")
  func rate() throws {
    var scenario = try Scenario(rules: LedgerFixture.rules(rate: 500))
    let report = try scenario.report(0, [0, 501, 700], [300, 200, 100])
    let mint = scenario.fixture.mint(0, first: report.first, length: 3, amount: 600)
    #expect(scenario.refusal(.mint(mint)) == nil)
  }

  @Test("No interval is minted twice, in whole or in part, even in one block")
  func twice() throws {
    var scenario = try Scenario()
    let report = try scenario.report(0, [100, 500, 700], [100, 200, 100])
    _ = try scenario.mint(0, report)
    let again = scenario.fixture.mint(0, first: report.first, length: 3, amount: 1300)
    #expect(
      scenario.refusal(.mint(again)) == .noEnergyTwice(.minted(report.first)))
    let second = report.first.advanced(by: 1)
    let part = scenario.fixture.mint(0, first: second, length: 2, amount: 1200)
    #expect(scenario.refusal(.mint(part)) == .noEnergyTwice(.minted(second)))
  }

  @Test("Generation older than the claim window cannot be minted, and leaves the state")
  func expired() throws {
    var scenario = try Scenario(rules: LedgerFixture.rules(claimDays: 2))
    let first = try scenario.report(
      0, [UInt32](repeating: 10, count: 48), [UInt32](repeating: 10, count: 48))
    for _ in 0..<3 {
      try scenario.report(
        0, [UInt32](repeating: 10, count: 48), [UInt32](repeating: 10, count: 48))
    }
    let mint = scenario.fixture.mint(0, first: first.first, length: 48, amount: 480)
    #expect(
      scenario.refusal(.mint(mint)) == .noCoinWithoutEnergy(.notKept(first.first)))
    let days = scenario.chain.state.entries.keys.filter { $0.kind == .day }
    #expect(days.count == 3, "today and the two days back that can be claimed")
  }
}

@Suite("Law 7: keys speak only for themselves")
struct KeysLawTests {
  @Test("Nobody but the operator admits, nobody but the exchange mints")
  func roles() throws {
    var scenario = try Scenario()
    let report = try scenario.report(0, [1000], [0])
    let fixture = scenario.fixture
    let home = fixture.homes[0]
    let record = MemberRecord(
      kind: .consumer, name: "X", key: LedgerFixture.key("x").publicKey)
    let admission = AdmitMember(
      operator: home.member.id, record: record, network: fixture.network, signedBy: home.memberKey)
    #expect(
      scenario.refusal(.admitMember(admission))
        == .keys(.wrongKind(.consumer, expected: .operator)))
    let mint = Mint(
      exchange: fixture.operatorId, site: home.site.id, first: report.first, length: 1,
      amount: MilliCoins(1000), claim: ClaimId(.zero), network: fixture.network,
      signedBy: fixture.operatorKey)
    #expect(
      scenario.refusal(.mint(mint)) == .keys(.wrongKind(.operator, expected: .exchange)))
  }

  @Test("A signature by another key, or for another network, is refused")
  func signatures() throws {
    var scenario = try Scenario()
    let lot = try scenario.mint(0, try scenario.report(0, [1000], [0]))
    let home = scenario.fixture.homes[0]
    let forged = scenario.transfer(
      lot, .all, from: 0, to: 1, signedBy: scenario.fixture.homes[1].memberKey)
    #expect(
      scenario.refusal(.transfer(forged)) == .keys(.signature(home.memberKey.publicKey)))
    let elsewhere = Transfer(
      from: scenario.memberId(0), to: scenario.memberId(1), lot: lot, part: .all,
      network: NetworkId(.zero), signedBy: home.memberKey)
    #expect(
      scenario.refusal(.transfer(elsewhere)) == .keys(.signature(home.memberKey.publicKey)))
  }

  @Test("A lot of somebody else cannot be sent, and coins do not go to oneself or to strangers")
  func ownership() throws {
    var scenario = try Scenario()
    let lot = try scenario.mint(0, try scenario.report(0, [1000], [0]))
    #expect(
      scenario.refusal(.transfer(scenario.transfer(lot, .all, from: 1, to: 0)))
        == .keys(.notOwner(scenario.memberId(1), owner: scenario.memberId(0))))
    #expect(
      scenario.refusal(.transfer(scenario.transfer(lot, .all, from: 0, to: 0)))
        == .keys(.toItself(scenario.memberId(0))))
    let stranger = Transfer(
      from: scenario.memberId(0), to: MemberId(.zero), lot: lot, part: .all,
      network: scenario.fixture.network, signedBy: scenario.fixture.homes[0].memberKey)
    #expect(scenario.refusal(.transfer(stranger)) == .keys(.unknownMember(MemberId(.zero))))
  }

  @Test("A suspended member is silent until it is taken back; no change can be played again")
  func standing() throws {
    var scenario = try Scenario()
    let fixture = scenario.fixture
    let member = scenario.memberId(0)
    let change = { (suspended: Bool, number: UInt64) in
      Transaction.setStanding(
        SetStanding(
          operator: fixture.operatorId, member: member, isSuspended: suspended, change: number,
          network: fixture.network, signedBy: fixture.operatorKey))
    }
    try scenario.chain.seal([change(true, 1)])
    let report = try scenario.fixture.report(0, generated: [1], consumed: [1])
    #expect(scenario.refusal(.report(report)) == .keys(.suspended(member)))
    try scenario.chain.seal([change(false, 2)])
    #expect(scenario.refusal(.report(report)) == nil)
    #expect(
      scenario.refusal(change(true, 1)) == .keys(.standingOrder(supplied: 1, expected: 3)))
  }

  @Test("No operator locks itself out; a suspension lets nobody in, a pardon does")
  func ownStanding() throws {
    let scenario = try Scenario()
    let fixture = scenario.fixture
    func change(_ isSuspended: Bool) -> SetStanding {
      SetStanding(
        operator: fixture.operatorId, member: fixture.operatorId, isSuspended: isSuspended,
        change: 1, network: fixture.network, signedBy: fixture.operatorKey)
    }
    #expect(
      scenario.refusal(.setStanding(change(true))) == .keys(.ownStanding(fixture.operatorId)))
    #expect(change(true).admitted == nil)
    #expect(change(false).admitted == fixture.operatorId.value)
  }

  @Test("A key has one holder for good, and bad keys are not admitted")
  func keys() throws {
    let scenario = try Scenario()
    let fixture = scenario.fixture
    let taken = fixture.homes[0].siteKey.publicKey
    for (key, expected) in [
      (taken, KeysLaw.Violation.keyTaken(taken)),
      (PublicKey(.zero), .badKey(PublicKey(.zero))),
    ] {
      let admission = AdmitMember(
        operator: fixture.operatorId,
        record: MemberRecord(kind: .consumer, name: "X", key: key), network: fixture.network,
        signedBy: fixture.operatorKey)
      #expect(scenario.refusal(.admitMember(admission)) == .keys(expected))
    }
  }
}

@Suite("Law 10: consumption is matched once")
struct MatchedOnceLawTests {
  /// One home generates 1000 Wh in an interval in which the other consumes 600.
  private func matched() throws -> (Scenario, LotId, Interval) {
    var scenario = try Scenario()
    let report = try scenario.report(0, [1000, 50], [0, 0])
    try scenario.report(1, [0, 0], [600, 600])
    let lot = try scenario.mint(0, report)
    let transfer = EncodedTransaction(.transfer(scenario.transfer(lot, .all, from: 0, to: 1)))
    try scenario.chain.seal(encoded: [transfer])
    return (scenario, transfer.lotId(0), report.first)
  }

  private func consumption(
    _ scenario: Scenario, _ matches: [(Interval, UInt32)]
  ) -> Retire.Consumption {
    Retire.Consumption(
      site: scenario.fixture.homes[1].site.id,
      matches: matches.map { .init(interval: $0.0, energyWh: $0.1) })
  }

  @Test("Coins are matched with consumption of the same half hour, and no more than was consumed")
  func consumptionSide() throws {
    var (scenario, lot, first) = try matched()
    let refusal = scenario.refusal(
      .retire(
        scenario.retire(
          lot, .amount(MilliCoins(601)), by: 1, consumption: consumption(scenario, [(first, 601)])
        )))
    #expect(
      refusal
        == .matchedOnce(.consumption(first, supplied: WattHours(601), left: WattHours(600))))
    let retirement = EncodedTransaction(
      .retire(
        scenario.retire(
          lot, .amount(MilliCoins(600)), by: 1,
          consumption: consumption(scenario, [(first, 600)]))))
    try scenario.chain.seal(encoded: [retirement])
    let again = scenario.retire(
      retirement.lotId(1), .amount(MilliCoins(1)), by: 1,
      consumption: consumption(scenario, [(first, 1)]))
    #expect(
      scenario.refusal(.retire(again))
        == .matchedOnce(.consumption(first, supplied: WattHours(1), left: .zero)))
  }

  @Test("What was fed in under a tariff is not matched with anybody's use")
  func fedInUnmatched() throws {
    var scenario = try Scenario(support: .feedInTariff)
    // All of the first half hour is sold, all of the second used at home.
    let report = try scenario.report(0, [1000, 500], [0, 500])
    try scenario.report(1, [0, 0], [600, 600])
    let mint = EncodedTransaction(
      .mint(scenario.fixture.mint(0, first: report.first, length: 2, amount: 500)))
    let sent = EncodedTransaction(
      .transfer(scenario.transfer(mint.lotId(0), .all, from: 0, to: 1)))
    try scenario.chain.seal(encoded: [mint, sent])
    for (offset, refused) in [(0, true), (1, false)] as [(UInt32, Bool)] {
      let interval = report.first.advanced(by: offset)
      let refusal = scenario.refusal(
        .retire(
          scenario.retire(
            sent.lotId(0), .amount(MilliCoins(500)), by: 1,
            consumption: consumption(scenario, [(interval, 500)]))))
      #expect(
        refusal
          == (refused
            ? .matchedOnce(.generation(interval, supplied: WattHours(500), left: .zero)) : nil))
    }
  }

  @Test("No more is matched in a half hour than was generated in it")
  func generationSide() throws {
    let (scenario, lot, first) = try matched()
    let second = first.advanced(by: 1)
    let refusal = scenario.refusal(
      .retire(
        scenario.retire(
          lot, .amount(MilliCoins(51)), by: 1, consumption: consumption(scenario, [(second, 51)]))))
    #expect(
      refusal
        == .matchedOnce(.generation(second, supplied: WattHours(51), left: WattHours(50))))
  }

  @Test("Matches outside of the lot's period, of other sums or of other members' sites are refused")
  func refused() throws {
    let (scenario, lot, first) = try matched()
    let outside = first.advanced(by: 2)
    let try1 = scenario.retire(
      lot, .amount(MilliCoins(1)), by: 1, consumption: consumption(scenario, [(outside, 1)]))
    #expect(scenario.refusal(.retire(try1)) == .matchedOnce(.outsideLot(outside)))
    let try2 = scenario.retire(
      lot, .amount(MilliCoins(5)), by: 1, consumption: consumption(scenario, [(first, 4)]))
    #expect(
      scenario.refusal(.retire(try2))
        == .matchedOnce(.sum(matched: MilliCoins(4), retired: MilliCoins(5))))
    let foreign = Retire.Consumption(
      site: scenario.fixture.homes[0].site.id, matches: [.init(interval: first, energyWh: 5)])
    let try3 = scenario.retire(lot, .amount(MilliCoins(5)), by: 1, consumption: foreign)
    #expect(
      scenario.refusal(.retire(try3))
        == .keys(.notOwnSite(scenario.memberId(1), owner: scenario.memberId(0))))
  }
}
