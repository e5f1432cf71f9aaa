// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

@testable import Ledger

@Suite("Laws 4, 5 and 6: reports join up, balance, and stay under the roof")
struct ReportLawTests {
  /// A report of one home with any readings and registers, signed rightly.
  private func report(
    _ scenario: Scenario, readings: [Reading], registers: [MeterRegister], gapBefore: UInt32 = 0
  ) throws -> Transaction {
    let home = scenario.fixture.homes[0]
    return .report(
      try Report(
        site: home.site.id, gapBefore: gapBefore, readings: readings, registers: registers,
        sampleRoot: .zero, network: scenario.fixture.network, signedBy: home.siteKey))
  }

  private func reading(_ interval: Interval, pq1: UInt32 = 0, quality: Quality = .measured)
    -> Reading
  {
    var reading = Reading(interval: interval, quality: quality)
    reading[.generated] = pq1
    reading[.consumed] = pq1
    return reading
  }

  @Test("Overlaps and unsaid holes are refused; a gap that is stated is taken")
  func place() throws {
    var scenario = try Scenario()
    let first = try scenario.report(0, [10, 10], [10, 10])
    let next = scenario.fixture.homes[0].next
    let again = try report(
      scenario, readings: [reading(first.first)], registers: [])
    #expect(
      scenario.refusal(again)
        == .reportsJoin(.notAdjacent(supplied: first.first, expected: next)))
    let later = next.advanced(by: 5)
    let hole = try report(scenario, readings: [reading(later)], registers: [])
    #expect(
      scenario.refusal(hole) == .reportsJoin(.notAdjacent(supplied: later, expected: next)))
    let stated = try report(
      scenario, readings: [reading(later)], registers: [], gapBefore: 5)
    #expect(scenario.refusal(stated) == nil)
  }

  @Test("A first report that is not the first states its gap, or it would shut the others out")
  func firstGap() throws {
    let scenario = try Scenario()
    let active = scenario.fixture.homes[0].site.activeFrom
    let later = active.advanced(by: 3)
    let unsaid = try report(scenario, readings: [reading(later)], registers: [])
    #expect(
      scenario.refusal(unsaid) == .reportsJoin(.notAdjacent(supplied: later, expected: active)))
    let stated = try report(scenario, readings: [reading(later)], registers: [], gapBefore: 3)
    #expect(scenario.refusal(stated) == nil)
  }

  @Test("Intervals before the site was active, not yet ended or too late are refused")
  func time() throws {
    let scenario = try Scenario()
    let active = scenario.fixture.homes[0].site.activeFrom
    let early = Interval(active.number - 1)
    let before = try report(scenario, readings: [reading(early)], registers: [])
    #expect(
      scenario.refusal(before)
        == .reportsJoin(.beforeActive(supplied: early, activeFrom: active)))
    let now = scenario.chain.context.time.advanced(by: 600)
    let future = Interval(containing: now)
    let silent = future.number - active.number
    let notEnded = try report(
      scenario, readings: [reading(future)], registers: [], gapBefore: silent)
    #expect(scenario.refusal(notEnded) == .reportsJoin(.notEnded(future, now: now)))
  }

  @Test("A counter goes on from where the last report left it, also over its roll-over")
  func counters() throws {
    var scenario = try Scenario()
    scenario.fixture.homes[0].generated = 999_999_990
    try scenario.report(0, [25], [25])
    #expect(scenario.fixture.homes[0].generated % 1_000_000_000 == 15)
    let next = scenario.fixture.homes[0].next
    let jumped = try report(
      scenario, readings: [reading(next, pq1: 5)],
      registers: [LedgerFixture.register(.generated, 16, 21)])
    #expect(
      scenario.refusal(jumped)
        == .reportsJoin(.counterJumped(.generated, device: 1, supplied: 16, expected: 15)))
    let good = try report(
      scenario, readings: [reading(next, pq1: 5)],
      registers: [LedgerFixture.register(.generated, 15, 20)])
    #expect(scenario.refusal(good) == nil)
  }

  @Test("Over a gap a counter may go on, but neither run backwards nor restart without one")
  func restarts() throws {
    var scenario = try Scenario()
    try scenario.report(0, [25], [25])
    let next = scenario.fixture.homes[0].next
    let count = scenario.fixture.homes[0].generated
    let backwards = try report(
      scenario, readings: [reading(next.advanced(by: 1), pq1: 5)],
      registers: [LedgerFixture.register(.generated, count - 1, count + 4)], gapBefore: 1)
    #expect(
      scenario.refusal(backwards)
        == .reportsJoin(
          .counterBackwards(.generated, device: 1, supplied: count - 1, last: count)))
    let restarted = LedgerFixture.register(.generated, 3, 8, isRestarted: true)
    let without = try report(
      scenario, readings: [reading(next, pq1: 5)], registers: [restarted])
    #expect(
      scenario.refusal(without) == .reportsJoin(.restartWithoutGap(.generated, device: 1)))
    let with = try report(
      scenario, readings: [reading(next.advanced(by: 1), pq1: 5)], registers: [restarted],
      gapBefore: 1)
    #expect(scenario.refusal(with) == nil)
  }

  @Test("Readings that the counters do not bear out, and energy in a gap, are refused")
  func sums() throws {
    let scenario = try Scenario()
    let first = scenario.fixture.homes[0].next
    let invented = try report(
      scenario, readings: [reading(first, pq1: 6)],
      registers: [LedgerFixture.register(.generated, 0, 5)])
    #expect(
      scenario.refusal(invented)
        == .reportsJoin(.sum(.generated, readings: WattHours(6), counters: WattHours(5))))
    #expect(throws: Report.Malformed.uncounted(.generated, first)) {
      try report(
        scenario, readings: [reading(first, pq1: 5, quality: .unknown)],
        registers: [LedgerFixture.register(.generated, 0, 5)])
    }
  }

  @Test("A flow that is unknown takes no other with it, is counted, and its counters go on later")
  func eachOnItsOwn() throws {
    var scenario = try Scenario()
    try scenario.report(0, [25], [25])
    let (first, count) = (
      scenario.fixture.homes[0].next, scenario.fixture.homes[0].generated
    )
    var dark = reading(first)
    dark.set(.generated, 0, .unknown)
    dark.set(.consumed, 0, .unknown)
    dark.set(.purchased, 90, .measured)
    let known = reading(first.advanced(by: 1), pq1: 7)
    let meter = scenario.fixture.homes[0].purchased
    let bought = LedgerFixture.register(.purchased, meter, meter + 90)
    let jumped = LedgerFixture.register(.generated, count + 30, count + 37)
    let good = try report(scenario, readings: [dark, known], registers: [jumped, bought])
    #expect(scenario.refusal(good) == nil, "PQ1 was unknown: its counter may have gone on")
    var other = dark
    other.set(.generated, 0, .measured)
    let bad = try report(scenario, readings: [other, known], registers: [jumped, bought])
    #expect(
      scenario.refusal(bad)
        == .reportsJoin(
          .counterJumped(.generated, device: 1, supplied: count + 30, expected: count)))
    let (progress, day) = try scenario.after(good, site: scenario.fixture.homes[0].site)
    #expect(progress.unknownIntervals[Int(EnergyFlow.generated.rawValue)] == 1)
    #expect(progress.unplacedWh[Int(EnergyFlow.generated.rawValue)] == 30, "known as a sum alone")
    #expect(progress.totals == [32, 32, 0, 90])
    let slot = scenario.fixture.homes[0].site.day(of: first).slot
    #expect(!day.isRecorded(slot) && day.hasGridCounts(slot) && !day.isBalanced(slot))
    #expect(day.isRecorded(slot + 1) && day.isBalanced(slot + 1))
  }

  @Test("What counters state beyond all measure while a flow is unknown neither traps nor wraps")
  func unplacedExtremes() throws {
    let scenario = try Scenario()
    let first = scenario.fixture.homes[0].next
    let registers = (1...16).map {
      MeterRegister(
        flow: .generated, device: $0, step: UInt32(MeterRegister.stepLimit.upperBound), digits: 10,
        opening: 0, closing: 9_999_999_999)
    }
    let transaction = try report(
      scenario, readings: [reading(first, quality: .unknown)], registers: registers)
    guard case .report(let report) = transaction else { return }
    var progress = SiteProgress(next: first)
    for _ in 0..<20 { progress.follow(.generated, report, from: progress) }
    #expect(progress.unplacedWh[0] == WattHours.totalLimit)
    #expect(try SiteProgress(exactly: progress.bytes) == progress)
  }

  @Test("What is derived from a counter may be less than the counter saw, and never more")
  func derived() throws {
    let scenario = try Scenario()
    let first = scenario.fixture.homes[0].next
    for (energy, isGood) in [(3, true), (5, true), (6, false)] as [(UInt32, Bool)] {
      var sun = reading(first, pq1: energy)
      sun.set(.generated, energy, .derived)
      let transaction = try report(
        scenario, readings: [sun], registers: [LedgerFixture.register(.generated, 0, 5)])
      let refusal = LawViolation.reportsJoin(
        .sum(.generated, readings: WattHours(6), counters: WattHours(5)))
      #expect(scenario.refusal(transaction) == (isGood ? nil : refusal))
    }
  }

  @Test("Where a flow is unknown the balance says nothing, and consumption is matched with nothing")
  func unbalanced() throws {
    let scenario = try Scenario()
    let site = scenario.fixture.homes[0].site
    var lacking = reading(scenario.fixture.homes[0].next, pq1: 1_000)
    lacking.set(.consumed, 0, .measured)
    lacking.set(.sold, 0, .unknown)
    let registers = [LedgerFixture.register(.generated, 0, 1_000)]
    let good = try report(scenario, readings: [lacking], registers: registers)
    let (progress, day) = try scenario.after(good, site: site)
    #expect(progress.imbalance == .zero)
    let slot = site.day(of: lacking.interval).slot
    #expect(day.isRecorded(slot) && day.generated[slot] == 1_000 && !day.hasGridCounts(slot))
    lacking.set(.consumed, 500, .measured)
    let board = try report(scenario, readings: [lacking], registers: registers)
    #expect(try scenario.after(board, site: site).day.supplied[slot] == 0)
  }

  @Test("The running balance may be off by the tolerance and not by one watt-hour more")
  func balance() throws {
    let scenario = try Scenario()
    let first = scenario.fixture.homes[0].next
    for (off, isGood) in [(300, true), (301, false)] as [(UInt32, Bool)] {
      var one = reading(first, pq1: 1000)
      one[.consumed] = 1000 - off
      let transaction = try report(
        scenario, readings: [one], registers: [LedgerFixture.register(.generated, 0, 1000)])
      let expected = LawViolation.energyBalance(
        .imbalance(first, supplied: WattHours(301), tolerance: WattHours(300)))
      #expect(scenario.refusal(transaction) == (isGood ? nil : expected))
    }
  }

  @Test("A small lie in each interval adds up until the law finds it")
  func lies() throws {
    let scenario = try Scenario()
    let first = scenario.fixture.homes[0].next
    let readings = (0..<40).map { offset in
      var one = reading(first.advanced(by: UInt32(offset)), pq1: 100)
      one[.consumed] = 90
      return one
    }
    let transaction = try report(
      scenario, readings: readings, registers: [LedgerFixture.register(.generated, 0, 4000)])
    guard
      case .energyBalance(.imbalance(let interval, _, _))? = scenario.refusal(transaction)
    else {
      Issue.record("the lie was not found")
      return
    }
    #expect(interval == first.advanced(by: 30))
  }

  @Test("A connection of 50 kW carries at most 27,500 Wh in half an hour, tolerance included")
  func connection() throws {
    let scenario = try Scenario()
    let first = scenario.fixture.homes[0].next
    for (energy, isGood) in [(27_500, true), (27_501, false)] as [(UInt32, Bool)] {
      var bought = Reading(interval: first, quality: .measured)
      bought[.purchased] = energy
      bought[.consumed] = energy
      let transaction = try report(
        scenario, readings: [bought],
        registers: [LedgerFixture.register(.purchased, 0, UInt64(energy))])
      let expected = LawViolation.energyBalance(
        .connection(
          first, .purchased, supplied: WattHours(27_501), limit: WattHours(27_500)))
      #expect(scenario.refusal(transaction) == (isGood ? nil : expected))
    }
  }

  @Test("What was discharged cannot be matched again; what was charged can")
  func supplied() throws {
    let scenario = try Scenario()
    let home = scenario.fixture.homes[0]
    let slot = home.site.day(of: home.next).slot
    var one = Reading(interval: home.next, quality: .measured)
    one[.consumed] = 700
    for (charged, discharged, expected) in [(0, 700, 0), (300, 0, 1000), (100, 900, 0)]
      as [(UInt32, UInt32, UInt64)]
    {
      var day = SiteDay()
      one[.batteryCharged] = charged
      one[.vehicleDischarged] = discharged
      day.record(one, slot: slot)
      #expect(day.supplied[slot] == expected)
    }
  }

  @Test("A roof of 4 kW gives at most 2,200 Wh in half an hour, tolerance included")
  func roof() throws {
    let scenario = try Scenario()
    let first = scenario.fixture.homes[0].next
    for (energy, isGood) in [(2200, true), (2201, false)] as [(UInt32, Bool)] {
      let transaction = try report(
        scenario, readings: [reading(first, pq1: energy)],
        registers: [LedgerFixture.register(.generated, 0, UInt64(energy))])
      let expected = LawViolation.roof(
        .init(interval: first, generated: WattHours(2201), limit: WattHours(2200)))
      #expect(scenario.refusal(transaction) == (isGood ? nil : expected))
    }
  }
}
