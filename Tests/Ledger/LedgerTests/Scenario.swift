// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

/// A chain with two homes admitted, and what tests do to it again and again.
struct Scenario {
  var fixture: LedgerFixture
  var chain: FixtureChain

  /// Homes admitted by the first block; then the clock goes on by ten days, so that reports can
  /// end.
  init(
    homes: Int = 2, rules: NetworkRules = LedgerFixture.rules(),
    method: GenerationMethod = .photovoltaic, support: PublicSupport = .none
  ) throws {
    fixture = LedgerFixture(homes: homes, rules: rules, method: method, support: support)
    chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 10 * 86_400)
  }

  /// What applying a transaction to the present state gives: nil, or the law that it breaks.
  /// - Parameter state: another state than the chain's.
  func refusal(_ transaction: Transaction, on state: MemoryState? = nil) -> LawViolation? {
    var transition = Transition(
      rules: fixture.genesis.rules, time: chain.context.time.advanced(by: 600),
      on: state ?? chain.state)
    do {
      try transition.apply(EncodedTransaction(transaction), in: fixture.network)
      return nil
    } catch {
      if case .law(let violation) = error { return violation }
      Issue.record("the state could not be read: \(error)")
      return nil
    }
  }

  /// What the state holds of a site after a transaction: its progress, and the day of its last
  /// report's first interval.
  func after(
    _ transaction: Transaction, site: SiteRecord
  ) throws -> (progress: SiteProgress, day: SiteDay) {
    var transition = Transition(
      rules: fixture.genesis.rules, time: chain.context.time.advanced(by: 600), on: chain.state)
    try transition.apply(EncodedTransaction(transaction), in: fixture.network)
    guard case .report(let report) = transaction,
      let progress = try transition.state.progress(site.id),
      let day = try transition.state.day(site.id, site.day(of: report.first).day)
    else { throw Missing() }
    return (progress, day)
  }

  struct Missing: Error {}

  /// A home's day on the chain: PQ1 and PQ2 of so many intervals.
  @discardableResult
  mutating func report(_ home: Int, _ generated: [UInt32], _ consumed: [UInt32]) throws -> Report {
    let report = try fixture.report(home, generated: generated, consumed: consumed)
    try chain.seal([.report(report)])
    return report
  }

  /// Mints a report's generation and returns the lot.
  mutating func mint(_ home: Int, _ report: Report) throws -> LotId {
    let amount = UInt64(report.total(.generated).value)
    let mint = EncodedTransaction(
      .mint(
        fixture.mint(
          home, first: report.first, length: UInt32(report.readings.count), amount: amount)))
    try chain.seal(encoded: [mint])
    return mint.lotId(0)
  }

  func memberId(_ home: Int) -> MemberId { fixture.homes[home].member.id }

  func transfer(
    _ lot: LotId, _ part: LotPart, from: Int, to: Int, signedBy key: KeyPair? = nil
  ) -> Transfer {
    Transfer(
      from: memberId(from), to: memberId(to), lot: lot, part: part, network: fixture.network,
      signedBy: key ?? fixture.homes[from].memberKey)
  }

  func retire(
    _ lot: LotId, _ part: LotPart, by home: Int, consumption: Retire.Consumption? = nil
  ) -> Retire {
    Retire(
      owner: memberId(home), lot: lot, part: part, purpose: "test", beneficiary: "tester",
      consumption: consumption, network: fixture.network,
      signedBy: fixture.homes[home].memberKey)
  }

  func lot(_ id: LotId) -> Lot? {
    if case .lot(let lot)? = chain.state.entries[.lot(id)] { lot } else { nil }
  }
}
