// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Clocks
import ExplorerIndex
import Foundation
import HTTPTypes
import Ledger
import LedgerFixtures
import LedgerStore
import Quantities
import Testing

@testable import HTTPAPI
@testable import WebService

@Suite("Lots under the names of open registries; statements one at a time")
struct GranularCertificateTests {
  /// A source over a day of one home, of whose coins 100 are retired.
  private func source(_ fixture: LedgerFixture) throws -> ExplorerSource {
    var fixture = fixture
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-bundles-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var chain = try FixtureChain(fixture)
    let ledger = try LedgerStore(folder: folder.path, genesis: fixture.genesis)
    func seal(_ transactions: [EncodedTransaction], after seconds: UInt64 = 600) throws {
      try ledger.insert(try chain.seal(encoded: transactions, after: seconds), work: .zero)
    }
    try seal(fixture.admissions, after: 86_400)
    // The first half hour is used at home, of the second 300 Wh are fed in.
    let report = try fixture.report(0, generated: [100, 500], consumed: [150, 200])
    try seal([EncodedTransaction(.report(report))])
    let isTariff = fixture.homes[0].site.support == .feedInTariff
    let mint = EncodedTransaction(
      .mint(fixture.mint(0, first: report.first, length: 2, amount: isTariff ? 300 : 600)))
    try seal([mint])
    let retire = Retire(
      owner: fixture.homes[0].member.id, lot: mint.lotId(0),
      part: .intervals(first: report.first, length: 1), purpose: "RE100", beneficiary: "Tanaka",
      network: fixture.network, signedBy: fixture.homes[0].memberKey)
    try seal([EncodedTransaction(.retire(retire))])
    let index = try ExplorerIndex(
      path: folder.appendingPathComponent("explorer.sqlite").path, genesis: fixture.genesis)
    while try !index.advance(with: ledger).isComplete {}
    return ExplorerSource(ledger: ledger, index: index, clock: .wall)
  }

  private func bundles(_ source: ExplorerSource) throws -> [GranularCertificateBundle] {
    try source.index.lots(.standing, limit: 10).compactMap { try source.bundle($0.summary) }
  }

  @Test("What ended is not there, what is retired is claimed, and where it went is from the chain")
  func bundles() throws {
    let found = try bundles(source(LedgerFixture()))
    #expect(found.count == 2, "the lot that was split lives on in its parts")
    let claimed = try #require(found.first { $0.summary.lot.isRetired })
    let active = try #require(found.first { !$0.summary.lot.isRetired })
    #expect(claimed.beneficiary == "Tanaka" && active.beneficiary == nil)
    #expect(claimed.energyWh == 100 && active.energyWh == 500)
    #expect(claimed.dissemination == .selfConsumed && active.dissemination == .both)
    #expect(claimed.summary.lot.mint == active.summary.lot.mint, "one issuance")
  }

  @Test("What is minted under a feed-in tariff was used at home")
  func tariff() throws {
    let found = try bundles(source(LedgerFixture(support: .feedInTariff)))
    #expect(found.map(\.energyWh).reduce(0, +) == 300)
    #expect(found.allSatisfy { $0.dissemination == .selfConsumed })
  }

  @Test("While one statement is made the next has to wait, and not for ever")
  func statements() async throws {
    let source = try source(LedgerFixture())
    let (member, period) = (MemberId(.zero), Interval(0)..<Interval(48))
    #expect(source.beginStatement())
    let refused = await #expect(throws: Problem.self) {
      _ = try await source.statement(of: [], by: member, in: period)
    }
    #expect(refused?.status == .tooManyRequests)
    source.endStatement()
    #expect(try await source.statement(of: [], by: member, in: period) == nil)
    #expect(source.beginStatement(), "whoever found nothing has ended too")
  }
}
