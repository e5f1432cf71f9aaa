// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing
import Wallet

@Suite("The wallet")
struct WalletTests {
  private static func lot(
    _ number: UInt64, site: UInt64 = 1, first: UInt32, amount: UInt64, isRetired: Bool = false,
    length: UInt32 = 48, splits: UInt32 = 1_000
  ) -> HeldLot {
    HeldLot(
      id: LotId(Bytes32(words: (number, 0, 0, 0))),
      lot: Lot(
        site: SiteId(Bytes32(words: (site, 0, 0, 0))), exchange: MemberId(.zero),
        mint: TransactionId(.zero), owner: MemberId(.zero), amount: MilliCoins(amount),
        first: Interval(first), length: length, splits: splits, isWhole: true,
        ended: isRetired ? Interval(1) : nil))
  }

  private let lots = [
    lot(1, first: 200, amount: 1_000), lot(2, site: 2, first: 100, amount: 500),
    lot(3, first: 300, amount: 700), lot(4, first: 50, amount: 9_000, isRetired: true),
  ]

  private func chosen(_ rule: CoinSelection, _ amount: UInt64) throws -> [(UInt64, LotPart)] {
    try rule.select(MilliCoins(amount), from: lots).map { ($0.lot.id.value.words.0, $0.part) }
  }

  @Test("Oldest first, newest first, of a site, of a period: whole lots and a part of the last")
  func selection() throws {
    let oldest = try chosen(.oldest, 700)
    #expect(oldest.map(\.0) == [2, 1] && oldest.map(\.1) == [.all, .amount(MilliCoins(200))])
    #expect(try chosen(.newest, 700).map(\.0) == [3])
    let site = SiteId(Bytes32(words: (1, 0, 0, 0)))
    #expect(try chosen(.site(site), 1_700).map(\.1) == [.all, .all])
    #expect(try chosen(.intervals(Interval(90)..<Interval(148)), 500).map(\.0) == [2])
    #expect(throws: CoinSelection.Failure.nothingAsked) { try chosen(.oldest, 0) }
    #expect(
      throws: CoinSelection.Failure.tooLittle(wanted: MilliCoins(2_201), found: MilliCoins(2_200))
    ) { try chosen(.oldest, 2_201) }
  }

  @Test("A lot that may be split no further goes as a whole, or not at all")
  func indivisible() throws {
    let lots = [
      Self.lot(1, first: 100, amount: 1_000, splits: 0), Self.lot(2, first: 200, amount: 400),
    ]
    func chosen(_ amount: UInt64) throws -> [UInt64] {
      try CoinSelection.oldest.select(MilliCoins(amount), from: lots)
        .map { $0.lot.id.value.words.0 }
    }
    #expect(try chosen(300) == [2])
    #expect(try chosen(1_000) == [1])
    #expect(try chosen(1_100) == [1, 2])
    // In its order the divisible lot would go whole, and the other one not at all.
    let older = [
      Self.lot(3, first: 50, amount: 50), Self.lot(4, first: 60, amount: 100, splits: 0),
    ]
    let mixed = try CoinSelection.oldest.select(MilliCoins(120), from: older)
    #expect(mixed.map(\.part) == [.all, .amount(MilliCoins(20))])
    #expect(
      throws: CoinSelection.Failure.indivisible(
        wanted: MilliCoins(500), smallest: MilliCoins(1_000))
    ) { try chosen(500) }
    let site = SiteId(Bytes32(words: (9, 0, 0, 0)))
    let producer = SiteId(Bytes32(words: (1, 0, 0, 0)))
    var (consumed, generated) = (UnmatchedEnergy(), UnmatchedEnergy())
    for slot in UInt32(0)..<48 {
      consumed.set(site, Interval(slot), 5)
      generated.set(producer, Interval(slot), 100)
    }
    func paired(_ splits: UInt32, _ amount: UInt64) -> [MilliCoins] {
      ConsumptionMatching.pairings(
        of: [Self.lot(1, first: 0, amount: amount, splits: splits)], with: site,
        consumed: consumed, generated: generated, in: Interval(0)..<Interval(48), rate: 1000
      ).map(\.amount)
    }
    #expect(paired(0, 1_000) == [])
    #expect(paired(1, 1_000) == [MilliCoins(240)])
    #expect(paired(0, 240) == [MilliCoins(240)])
  }

  @Test("Matching pairs each half hour with its own consumption, once, and no more than the coins")
  func matching() {
    let (roof, plant) = (
      SiteId(Bytes32(words: (1, 0, 0, 0))), SiteId(Bytes32(words: (9, 0, 0, 0)))
    )
    let lots = [
      Self.lot(1, first: 0, amount: 1_000), Self.lot(2, first: 0, amount: 5_000),
      Self.lot(3, first: 0, amount: 90, isRetired: true),
    ]
    var (consumed, generated) = (UnmatchedEnergy(), UnmatchedEnergy())
    for slot in UInt32(0)..<48 {
      consumed.set(plant, Interval(slot), slot < 24 ? 100 : 0)
      generated.set(roof, Interval(slot), slot >= 12 ? 150 : 0)
    }
    let pairings = ConsumptionMatching.pairings(
      of: lots, with: plant, consumed: consumed, generated: generated,
      in: Interval(0)..<Interval(48), rate: 1000)
    #expect(pairings.map(\.amount) == [MilliCoins(1_000), MilliCoins(200)])
    #expect(
      pairings.flatMap(\.matches).allSatisfy { (12..<24).contains($0.interval.number) })
    let sum = pairings.flatMap(\.matches).reduce(into: [Interval: UInt64]()) {
      $0[$1.interval, default: 0] += UInt64($1.energyWh)
    }
    #expect(sum.values.allSatisfy { $0 == 100 } && sum.count == 12)
  }

  @Test("Random matchings never pass law 10 on either side, nor a lot's amount", arguments: 1...40)
  func lawful(seed: UInt64) {
    var chance = SeededGenerator(seed: seed)
    let sites = (1...3).map { SiteId(Bytes32(words: (UInt64($0), 0, 0, 0))) }
    let plant = SiteId(Bytes32(words: (9, 0, 0, 0)))
    let lots = (0..<6).map { number in
      Self.lot(
        UInt64(number + 1), site: 1 + chance.below(3), first: UInt32(chance.below(60)),
        amount: 1 + chance.below(5_000), length: 1 + UInt32(chance.below(120)))
    }
    var (consumed, generated) = (UnmatchedEnergy(), UnmatchedEnergy())
    for slot in UInt32(0)..<200 {
      consumed.set(plant, Interval(slot), chance.below(400))
      for site in sites { generated.set(site, Interval(slot), chance.below(400)) }
    }
    let rate = [250, 1000, 2000][Int(chance.below(3))]
    let pairings = ConsumptionMatching.pairings(
      of: lots, with: plant, consumed: consumed, generated: generated,
      in: Interval(10)..<Interval(150), rate: UInt32(rate))
    var (used, given): ([Interval: UInt64], [SiteId: [Interval: UInt64]]) = ([:], [:])
    var spent: [LotId: UInt64] = [:]
    for pairing in pairings {
      let energy = pairing.matches.reduce(Int64(0)) { $0 + Int64($1.energyWh) }
      let worth = NoCoinWithoutEnergyLaw.worth(of: WattHours(energy), rate: UInt32(rate))
      #expect(worth == pairing.amount && pairing.matches.count <= Int(Retire.matchLimit))
      spent[pairing.lot.id, default: 0] += pairing.amount.value
      for match in pairing.matches {
        used[match.interval, default: 0] += UInt64(match.energyWh)
        given[pairing.lot.lot.site, default: [:]][match.interval, default: 0] += UInt64(
          match.energyWh)
      }
    }
    #expect(used.allSatisfy { $0.value <= consumed.energy(plant, $0.key) })
    for (site, intervals) in given {
      #expect(intervals.allSatisfy { $0.value <= generated.energy(site, $0.key) })
    }
    for lot in lots { #expect(spent[lot.id] ?? 0 <= lot.lot.amount.value) }
  }

  @Test("Several retirements of one lot follow each other on the chain")
  func chained() throws {
    var fixture = LedgerFixture()
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 90 * 86_400)
    let sun = [UInt32](repeating: 100, count: 48)
    let reports = try (0..<2).map { _ in
      try fixture.report(0, generated: sun, consumed: sun)
    }
    try chain.seal(reports.map { .report($0) })
    let mint = EncodedTransaction(
      .mint(fixture.mint(0, first: reports[0].first, length: 96, amount: 9_600)))
    try chain.seal(encoded: [mint])
    let home = fixture.homes[0]
    guard case .lot(let lot)? = chain.state.entries[.lot(mint.lotId(0))] else {
      Issue.record("no lot")
      return
    }
    var (consumed, generated) = (UnmatchedEnergy(), UnmatchedEnergy())
    for offset in UInt32(0)..<96 {
      consumed.set(home.site.id, reports[0].first.advanced(by: offset), 60)
      generated.set(home.site.id, reports[0].first.advanced(by: offset), 100)
    }
    let pairings = ConsumptionMatching.pairings(
      of: [HeldLot(id: mint.lotId(0), lot: lot)], with: home.site.id, consumed: consumed,
      generated: generated, in: Interval(0)..<Interval(UInt32.max / 2), rate: 1000)
    let retirements = ConsumptionMatching.retirements(
      pairings, owner: home.member.id, site: home.site.id, purpose: "test", beneficiary: "test",
      network: fixture.network, signedBy: home.memberKey)
    #expect(retirements.count == 2)
    try chain.seal(encoded: retirements)
    #expect(chain.supply.retired == MilliCoins(5_760))
  }

  @Test(
    "What is left of a payment that waits can be spent, whatever the order in which payments lie")
  func ahead() throws {
    var fixture = LedgerFixture()
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions)
    let home = fixture.homes[0]
    try chain.seal(
      [.report(try fixture.report(0, generated: [500, 500], consumed: [0, 0]))], after: 7200)
    let mint = EncodedTransaction(
      .mint(fixture.mint(0, first: home.next, length: 2, amount: 1_000)))
    try chain.seal(encoded: [mint])
    func pay(_ lot: LotId, _ amount: UInt64) -> EncodedTransaction {
      EncodedTransaction(
        .transfer(
          Transfer(
            from: home.member.id, to: fixture.homes[1].member.id, lot: lot,
            part: .amount(MilliCoins(amount)), network: fixture.network, signedBy: home.memberKey)))
    }
    let first = pay(mint.lotId(0), 300)
    let second = pay(first.lotId(1), 200)
    for waiting in [[first, second], [second, first]] {
      var ahead = try CoinsAhead(
        rules: fixture.genesis.rules, network: fixture.network, time: chain.context.time,
        on: chain.state, waiting: waiting)
      let lots = try ahead.lots(of: home.member.id, known: [mint.lotId(0)])
      #expect(lots.map(\.lot.amount) == [MilliCoins(500)] && lots.map(\.id) == [second.lotId(1)])
      #expect(throws: (any Error).self, "what was spent is spent") {
        try ahead.add(pay(first.lotId(1), 100))
      }
      try ahead.add(pay(second.lotId(1), 100))
    }
    let orphan = try CoinsAhead(
      rules: fixture.genesis.rules, network: fixture.network, time: chain.context.time,
      on: chain.state, waiting: [pay(mint.lotId(0), 5_000)])
    #expect(
      try orphan.lots(of: home.member.id, known: [mint.lotId(0)]).isEmpty,
      "what something that waits takes from is not offered again")
  }
}
