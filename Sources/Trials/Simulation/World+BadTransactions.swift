// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Wire

extension World {
  /// A transaction that breaks one law and no other (law 0: none at all), made with keys that an
  /// attacker may well have: its own, and for the laws that bind the exchange a stolen one.
  func badTransaction(_ law: Int, by node: SimulatedNode) -> EncodedTransaction? {
    let home = node.index - 2
    guard fixture.homes.indices.contains(home) else { return nil }
    let site = fixture.homes[home].site
    switch law {
    case 1: return unmintedReport().map { mint($0, factor: 2) }
    case 2: return mintedAgain()
    case 3: return overspent()
    case 0, 4, 5, 6: return badReport(law, home, site)
    case 7: return foreignReport(home)
    case 10: return overmatched()
    default: return nil
    }
  }

  private func mint(_ report: Report, factor: UInt64) -> EncodedTransaction {
    let home = fixture.homes.firstIndex { $0.site.id == report.site } ?? 0
    return EncodedTransaction(
      .mint(
        fixture.mint(
          home, first: report.first, length: UInt32(report.readings.count),
          amount: UInt64(report.total(.generated).value) * factor)))
  }

  private var confirmedReports: [(report: Report, isMinted: Bool)] {
    let chain = nodes[1].storage.contents.chain
    var found: [(Report, Bool)] = []
    var minted: Set<String> = []
    for hash in chain.suffix(100) {
      for transaction in nodes[1].storage.contents.blocks[hash]?.transactions ?? [] {
        switch transaction.transaction {
        case .report(let report) where report.total(.generated) > .zero:
          found.append((report, false))
        case .mint(let mint): minted.insert("\(mint.site.hex) \(mint.first.number)")
        default: break
        }
      }
    }
    return found.map { ($0.0, minted.contains("\($0.0.site.hex) \($0.0.first.number)")) }
  }

  private func unmintedReport() -> Report? { confirmedReports.first { !$0.isMinted }?.report }

  private func mintedAgain() -> EncodedTransaction? {
    confirmedReports.last { $0.isMinted }.map { mint($0.report, factor: 1) }
  }

  /// More than a lot holds.
  private func overspent() -> EncodedTransaction? {
    guard let lot = lots.last else { return nil }
    let owner = fixture.homes[lot.owner]
    let to = fixture.homes[(lot.owner + 1) % fixture.homes.count]
    return EncodedTransaction(
      .transfer(
        Transfer(
          from: owner.member.id, to: to.member.id, lot: lot.id,
          part: .amount(MilliCoins(lot.mint.amount.value + 1_000)), network: fixture.network,
          signedBy: owner.memberKey)))
  }

  /// Law 4: an interval again; law 5: energy from nowhere; law 6: more than the roof gives.
  private func badReport(_ law: Int, _ home: Int, _ site: SiteRecord) -> EncodedTransaction? {
    let last = Interval(containing: NetworkTime(seconds: World.start.seconds + now / 1000))
    guard last > site.activeFrom.advanced(by: 2) else { return nil }
    var first = site.activeFrom
    var counts: [EnergyFlow: UInt64] = [:]
    if case .progress(let progress)? = nodes[0].storage.contents.state.entries[.progress(site.id)] {
      first = law == 4 ? site.activeFrom : progress.next
      for register in progress.registers { counts[register.flow] = register.closing }
    }
    guard first < last else { return nil }
    var reading = Reading(interval: first, quality: .measured)
    switch law {
    case 5:
      reading[.generated] = 1_000
      reading[.consumed] = 100
    case 6:
      reading[.generated] = site.capacityW * 2
      reading[.sold] = site.capacityW * 2
    default:
      reading[.generated] = 500
      reading[.sold] = 500
    }
    let registers = [EnergyFlow.generated, .sold].filter { reading[$0] > 0 }.map {
      LedgerFixture.register($0, counts[$0] ?? 0, (counts[$0] ?? 0) + UInt64(reading[$0]))
    }
    let report = try? Report(
      site: site.id, gapBefore: 0, readings: [reading], registers: registers,
      sampleRoot: .zero, network: fixture.network, signedBy: fixture.homes[home].siteKey)
    return report.map { EncodedTransaction(.report($0)) }
  }

  /// A report of somebody else's site, signed with the attacker's key.
  private func foreignReport(_ home: Int) -> EncodedTransaction? {
    guard let victim = fixture.homes.first?.site else { return nil }
    var next = victim.activeFrom
    if case .progress(let progress)? = nodes[0].storage.contents.state.entries[
      .progress(victim.id)]
    {
      next = progress.next
    }
    var reading = Reading(interval: next, quality: .measured)
    reading[.consumed] = 200
    reading[.purchased] = 200
    let report = try? Report(
      site: victim.id, gapBefore: 0, readings: [reading],
      registers: [
        LedgerFixture.register(
          .purchased, fixture.homes[0].purchased, fixture.homes[0].purchased + 200)
      ],
      sampleRoot: .zero, network: fixture.network, signedBy: fixture.homes[home].siteKey)
    return report.map { EncodedTransaction(.report($0)) }
  }

  /// Coins retired against more consumption than there was.
  private func overmatched() -> EncodedTransaction? {
    for lot in lots.reversed() {
      let owner = fixture.homes[lot.owner]
      guard
        let report = confirmedReports.first(where: {
          $0.report.site == lot.mint.site && $0.report.first == lot.mint.first
        })?.report
      else { continue }
      let matches = report.readings.filter { $0[.generated] > 0 }.map {
        Retire.Match(interval: $0.interval, energyWh: $0[.generated])
      }
      guard report.readings.contains(where: { $0[.generated] > $0[.consumed] }) else { continue }
      return EncodedTransaction(
        .retire(
          Retire(
            owner: owner.member.id, lot: lot.id, part: .all, purpose: "too much",
            beneficiary: "nobody",
            consumption: Retire.Consumption(site: lot.mint.site, matches: matches),
            network: fixture.network, signedBy: owner.memberKey)))
    }
    return nil
  }

  /// Two reports for the same interval, each to half of the peers.
  func equivocate(_ node: SimulatedNode) {
    let home = node.index - 2
    guard fixture.homes.indices.contains(home) else { return }
    let last = Interval(containing: NetworkTime(seconds: World.start.seconds + now / 1000))
    guard last > fixture.homes[home].next else { return }
    var twin = fixture
    guard let left = try? fixture.report(home, generated: [100], consumed: [50]),
      let right = try? twin.report(home, generated: [200], consumed: [50])
    else { return }
    let pair = [left, right].map { EncodedTransaction(.report($0)) }
    for (number, link) in node.links.keys.sorted().enumerated() {
      let transaction = pair[number % 2]
      send(.announceTransactions(AnnounceTransactions(ids: [transaction.id])), from: node, on: link)
      send(
        .transactionDelivery(TransactionDelivery(transactions: [transaction])), from: node, on: link
      )
    }
  }
}
