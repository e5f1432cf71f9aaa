// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

@Suite("Law 3: coins are conserved")
struct ConservationLawTests {
  @Test("A lot splits by amount: both parts keep the provenance and have ids of their own")
  func byAmount() throws {
    var scenario = try Scenario()
    let report = try scenario.report(0, [100, 500, 700], [100, 200, 100])
    let lot = try scenario.mint(0, report)
    let transfer = EncodedTransaction(
      .transfer(scenario.transfer(lot, .amount(MilliCoins(400)), from: 0, to: 1)))
    try scenario.chain.seal(encoded: [transfer])
    let sent = try #require(scenario.lot(transfer.lotId(0)))
    let rest = try #require(scenario.lot(transfer.lotId(1)))
    #expect(scenario.lot(lot) == nil)
    #expect(sent.amount == MilliCoins(400) && sent.owner == scenario.memberId(1))
    #expect(rest.amount == MilliCoins(900) && rest.owner == scenario.memberId(0))
    #expect(sent.mint == rest.mint && sent.first == report.first && !sent.isWhole)
  }

  @Test("A whole lot splits by intervals; one split by amount no longer does")
  func byIntervals() throws {
    var scenario = try Scenario()
    let report = try scenario.report(0, [100, 500, 700, 50], [100, 200, 100, 50])
    let lot = try scenario.mint(0, report)
    let middle = LotPart.intervals(first: report.first.advanced(by: 1), length: 2)
    let transfer = EncodedTransaction(.transfer(scenario.transfer(lot, middle, from: 0, to: 1)))
    try scenario.chain.seal(encoded: [transfer])
    #expect(
      (0..<3).map { scenario.lot(transfer.lotId(UInt8($0)))?.amount.value } == [1200, 100, 50])
    let half = EncodedTransaction(
      .transfer(scenario.transfer(transfer.lotId(0), .amount(MilliCoins(3)), from: 1, to: 0)))
    try scenario.chain.seal(encoded: [half])
    let again = scenario.transfer(half.lotId(1), middle, from: 1, to: 0)
    #expect(
      scenario.refusal(.transfer(again))
        == .conservation(.notThisPeriod(first: report.first.advanced(by: 1), length: 2)))
  }

  @Test("What rounding leaves stays with the last half hour: no lot has none")
  func rounding() throws {
    var scenario = try Scenario(rules: LedgerFixture.rules(rate: 500))
    let report = try scenario.report(0, [1, 3], [0, 0])
    let mint = EncodedTransaction(
      .mint(scenario.fixture.mint(0, first: report.first, length: 2, amount: 2)))
    try scenario.chain.seal(encoded: [mint])
    let second = LotPart.intervals(first: report.first.advanced(by: 1), length: 1)
    let cut = EncodedTransaction(
      .transfer(scenario.transfer(mint.lotId(0), second, from: 0, to: 1)))
    try scenario.chain.seal(encoded: [cut])
    #expect(scenario.lot(cut.lotId(0))?.amount == MilliCoins(2))
    let again = EncodedTransaction(
      .transfer(scenario.transfer(cut.lotId(0), second, from: 1, to: 0)))
    try scenario.chain.seal(encoded: [again])
    #expect(scenario.lot(again.lotId(0))?.amount == MilliCoins(2))
    for entry in scenario.chain.state.entries.values {
      guard case .lot(let lot) = entry else { continue }
      #expect(try Lot(exactly: lot.bytes) == lot)
    }
  }

  @Test("Crumbs: a lot gives as many others as its energy and half hours allow, and no more")
  func crumbs() throws {
    var scenario = try Scenario()
    let report = try scenario.report(0, [700, 500, 800], [0, 0, 0])
    let lot = try scenario.mint(0, report)
    // 2,000 milli-coins and three half hours: 20 + 6 further lots.
    #expect(scenario.lot(lot)?.splits == 26)
    var (rest, made) = (lot, 0)
    func crumb() -> Transfer {
      scenario.transfer(rest, .amount(MilliCoins(1)), from: 0, to: 1)
    }
    while scenario.refusal(.transfer(crumb())) == nil, made < 100 {
      let transfer = EncodedTransaction(.transfer(crumb()))
      try scenario.chain.seal(encoded: [transfer])
      #expect(scenario.lot(transfer.lotId(0))?.splits == 0)
      rest = transfer.lotId(1)
      made += 1
    }
    #expect(made == 26)
    let amount = MilliCoins(2_000 - 26)
    #expect(
      scenario.refusal(.transfer(crumb())) == .conservation(.splitTooOften(amount)))
    #expect(
      scenario.refusal(.transfer(scenario.transfer(rest, .all, from: 0, to: 1))) == nil)
    #expect(
      scenario.refusal(.retire(scenario.retire(rest, .amount(MilliCoins(1)), by: 0)))
        == .conservation(.splitTooOften(amount)))
  }

  @Test("Whoever gets a part gets its share of splits, and cannot use up another's")
  func sharedSplits() throws {
    var scenario = try Scenario()
    let lot = try scenario.mint(0, try scenario.report(0, [2_000], [0]))
    let half = EncodedTransaction(
      .transfer(scenario.transfer(lot, .amount(MilliCoins(1_000)), from: 0, to: 1)))
    try scenario.chain.seal(encoded: [half])
    // 20 + 2: eleven each, and who takes pays.
    #expect((0...1).map { scenario.lot(half.lotId(UInt8($0)))?.splits } == [10, 11])
  }

  @Test("A month's lot can be cut into each of its half hours, from either end or the middle")
  func everyHalfHour() throws {
    for order in 0...2 {
      var scenario = try Scenario()
      // Evening half hours of a Wh beside noons of 900.
      let day = (0..<48).map { UInt32($0 % 5 == 0 ? 900 : 1) }
      let report = try scenario.report(0, day, day)
      let lot = try scenario.mint(0, report)
      var open = [(lot, 0..<48)]
      while let (id, range) = open.popLast() {
        guard range.count > 1 else { continue }
        let cut = [range.lowerBound, range.upperBound - 1, range.lowerBound + range.count / 2][
          order]
        let part = LotPart.intervals(
          first: report.first.advanced(by: UInt32(cut)), length: 1)
        let retirement = EncodedTransaction(.retire(scenario.retire(id, part, by: 0)))
        try scenario.chain.seal(encoded: [retirement])
        if range.lowerBound < cut { open.append((retirement.lotId(1), range.lowerBound..<cut)) }
        if cut + 1 < range.upperBound {
          open.append((retirement.lotId(2), (cut + 1)..<range.upperBound))
        }
      }
    }
  }

  /// A state that counts what is read of it.
  private final class CountingState: StateSource {
    let state: MemoryState
    var reads = 0

    init(_ state: MemoryState) { self.state = state }

    func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? {
      reads += 1
      return try state.entry(key)
    }

    func visit(
      _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
    ) throws(StateSourceError) { try state.visit(kind, body) }
  }

  @Test("Half hours of a month's lot cost a read a day, not a read each")
  func cheapIntervals() throws {
    var scenario = try Scenario()
    try scenario.chain.seal([], after: 30 * 86_400)
    let day = [UInt32](repeating: 10, count: 48)
    var first: Report?
    for _ in 0..<31 {
      let report = try scenario.report(0, day, day)
      first = first ?? report
    }
    let start = try #require(first).first
    let mint = EncodedTransaction(
      .mint(
        scenario.chain.fixture.mint(0, first: start, length: 1_488, amount: 14_880)))
    try scenario.chain.seal(encoded: [mint])
    let part = LotPart.intervals(first: start.advanced(by: 700), length: 2)
    let transfer = EncodedTransaction(
      .transfer(scenario.transfer(mint.lotId(0), part, from: 0, to: 1)))
    let state = CountingState(scenario.chain.state)
    var transition = Transition(
      rules: scenario.chain.fixture.genesis.rules, time: scenario.chain.context.time, on: state)
    try transition.apply(transfer, in: scenario.chain.fixture.network)
    #expect(state.reads <= 31 + 16, "\(state.reads) reads")
  }

  @Test("More than the lot, nothing, a spent lot and a retired lot are refused")
  func refused() throws {
    var scenario = try Scenario()
    let lot = try scenario.mint(0, try scenario.report(0, [1000], [0]))
    let refusal = { (part: LotPart) in
      scenario.refusal(.transfer(scenario.transfer(lot, part, from: 0, to: 1)))
    }
    #expect(
      refusal(.amount(MilliCoins(1001)))
        == .conservation(.exceedsLot(supplied: MilliCoins(1001), held: MilliCoins(1000))))
    #expect(refusal(.amount(.zero)) == .conservation(.nothingMoved))
    let retirement = EncodedTransaction(.retire(scenario.retire(lot, .all, by: 0)))
    try scenario.chain.seal(encoded: [retirement])
    #expect(
      scenario.refusal(.transfer(scenario.transfer(lot, .all, from: 0, to: 1)))
        == .conservation(.noSuchLot(lot)))
    let retired = retirement.lotId(0)
    #expect(
      scenario.refusal(.retire(scenario.retire(retired, .all, by: 0)))
        == .conservation(.retired(retired)))
  }

  @Test("A supply whose parts do not add up, and a member below nothing, are found")
  func sums() {
    var supply = Supply()
    supply.minted = MilliCoins(10)
    supply.balance = MilliCoins(9)
    #expect(
      throws: ConservationLaw.Violation.chain(
        minted: MilliCoins(10), balance: MilliCoins(9), retired: .zero)
    ) { try ConservationLaw.check(supply) }
    var coins = MemberCoins()
    coins.used = MilliCoins(1)
    #expect(throws: ConservationLaw.Violation.self) {
      try ConservationLaw.check(coins, of: MemberId(.zero))
    }
  }

  @Test("No total grows beyond what its entry can be read with: such a step is refused")
  func totals() throws {
    let most = MilliCoins.limit
    for change: WritableKeyPath<MemberCoins, MilliCoins> in [
      \.purchased, \.received, \.used, \.retired,
    ] {
      var coins = MemberCoins()
      (coins.purchased, coins.received) = (most, most)
      coins[keyPath: change] = most
      try ConservationLaw.check(coins, of: MemberId(.zero))
      #expect(try MemberCoins(exactly: coins.bytes) == coins)
      coins[keyPath: change] = most + MilliCoins(1)
      #expect(throws: ConservationLaw.Violation.tooMuch) {
        try ConservationLaw.check(coins, of: MemberId(.zero))
      }
      #expect(throws: DecodeError.self) { try MemberCoins(exactly: coins.bytes) }
    }
    #expect(try ConservationLaw.total(WattHours.totalLimit - 5, adding: 5) == WattHours.totalLimit)
    for added: UInt64 in [6, .max] {
      #expect(throws: ConservationLaw.Violation.tooMuch) {
        try ConservationLaw.total(WattHours.totalLimit - 5, adding: added)
      }
    }
    var supply = Supply()
    (supply.generatedWh, supply.claimedWh) = (WattHours.totalLimit, WattHours.totalLimit)
    #expect(try Supply(exactly: supply.bytes) == supply)
    for change: WritableKeyPath<Supply, UInt64> in [\.generatedWh, \.claimedWh] {
      var more = supply
      more[keyPath: change] += 1
      #expect(throws: DecodeError.self) { try Supply(exactly: more.bytes) }
    }
    var progress = SiteProgress(next: Interval(1))
    progress.totals = [UInt64](repeating: WattHours.totalLimit, count: 4)
    progress.mintedWh = WattHours.totalLimit
    #expect(try SiteProgress(exactly: progress.bytes) == progress)
    for index in 0..<4 {
      var more = progress
      more.totals[index] += 1
      #expect(throws: DecodeError.self) { try SiteProgress(exactly: more.bytes) }
    }
    progress.mintedWh += 1
    #expect(throws: DecodeError.self) { try SiteProgress(exactly: progress.bytes) }
  }

  @Test(
    "A report, a mint and a transfer that would pass a total are refused, and nothing is changed")
  func passed() throws {
    var scenario = try Scenario()
    let lot = try scenario.mint(0, try scenario.report(0, [1000], [0]))
    let fixture = scenario.fixture
    func refusal(
      _ transaction: Transaction, _ key: StateKey, _ entry: StateEntry
    ) throws -> LawViolation? {
      var state = scenario.chain.state
      state.apply([StateChange(key: key, entry: entry)])
      return scenario.refusal(transaction, on: state)
    }
    for change: WritableKeyPath<MemberCoins, MilliCoins> in [\.received, \.used] {
      var coins = MemberCoins()
      coins.purchased = MilliCoins(1000)
      coins[keyPath: change] = MilliCoins.limit
      if change == \.used { coins.received = MilliCoins.limit }
      let whose = change == \.used ? 0 : 1
      #expect(
        try refusal(
          .transfer(scenario.transfer(lot, .all, from: 0, to: 1)),
          .coins(fixture.homes[whose].member.id), .coins(coins)) == .conservation(.tooMuch))
    }
    var supply = try scenario.chain.state.supply()
    supply.generatedWh = WattHours.totalLimit
    let report = try scenario.fixture.report(0, generated: [1000], consumed: [0])
    #expect(
      try refusal(.report(report), .supply, .supply(supply)) == .conservation(.tooMuch))
    let site = fixture.homes[0].site.id
    var progress = try #require(try scenario.chain.state.progress(site))
    progress.totals[0] = WattHours.totalLimit
    #expect(
      try refusal(.report(report), .progress(site), .progress(progress)) == .conservation(.tooMuch))
  }
}
