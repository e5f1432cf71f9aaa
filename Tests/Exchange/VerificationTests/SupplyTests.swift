// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import Ledger
import LedgerFiles
import LedgerFixtures
import Quantities
import Testing
import Verification

@Suite("The supply, counted again")
struct SupplyTests {
  /// A chain of many days of two homes; each day of the first is minted ten days later, but for
  /// every seventh.
  private static func chain(
    days: Int
  ) throws -> (chain: FixtureChain, connected: [ConnectedBlock]) {
    var fixture = LedgerFixture()
    var chain = try FixtureChain(fixture)
    var connected = [try chain.seal(encoded: fixture.admissions, after: 86_400)]
    var first: [Interval] = []
    for day in 0..<days {
      var transactions: [Transaction] = try (0..<2).map { home in
        var generated = [UInt32](repeating: 0, count: 48)
        generated[20] = 500
        generated[25] = 700
        return .report(try fixture.report(home, generated: generated, consumed: generated))
      }
      if case .report(let report) = transactions[0] { first.append(report.first) }
      if day >= 10, day % 7 > 0 {
        transactions.append(
          .mint(fixture.mint(0, first: first[day - 10], length: 48, amount: 1200)))
      }
      connected.append(try chain.seal(transactions, after: 86_400))
    }
    return (chain, connected)
  }

  private func verdict(
    _ chain: FixtureChain, _ recount: SupplyRecount
  ) throws -> SupplyVerdict {
    var state = CompactState()
    state.apply(chain.state.entries.map { StateChange(key: $0.key, entry: $0.value) })
    return try SupplyVerdict(state, recount: recount, genesis: chain.fixture.genesis)
  }

  @Test("Of 800 days, of which the state holds the last 400, every coin still has its energy")
  func old() async throws {
    let (chain, _) = try Self.chain(days: 800)
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("supply-\(UUID().uuidString).chain").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var writer = try ChainFileWriter(path: path, genesis: chain.fixture.genesis)
    for block in chain.blocks {
      try writer.append(header: block.sealed.bytes, body: block.bodyBytes)
    }
    try writer.finish()
    var recount = SupplyRecount(chain.fixture.genesis)
    let checked = await ChainVerdict(
      checking: .file(try ChainFileReader(path: path)), each: { recount.follow($0) })
    #expect(checked.finding == nil)
    let verdict = try SupplyVerdict(
      checked.state, recount: recount, genesis: chain.fixture.genesis)
    #expect(verdict.finding == nil, "\(String(describing: verdict.finding))")
    #expect(verdict.supply.generatedWh == 800 * 2 * 1200)
    let minted = (10..<800).count { $0 % 7 > 0 } * 1200
    #expect(verdict.supply.claimedWh == UInt64(minted))
    #expect(verdict.sites.map(\.generatedWh) == [960_000, 960_000])
    #expect(verdict.sites.map(\.claimedWh).max() == UInt64(minted))
    let days = chain.state.entries.keys.count { $0.kind == .day }
    #expect(days < 2 * 402, "the state has let go of the others")
  }

  @Test("A state that says anything else than the reports and mints is found, with both numbers")
  func wrong() throws {
    let (chain, connected) = try Self.chain(days: 12)
    var all = SupplyRecount(chain.fixture.genesis)
    for block in connected { all.follow(block) }
    #expect(try verdict(chain, all).finding == nil)
    var lacking = SupplyRecount(chain.fixture.genesis)
    for block in connected.dropLast() { lacking.follow(block) }
    #expect(try verdict(chain, lacking).finding?.law == 1)
    var twice = all
    if let last = connected.last { twice.follow(last) }
    #expect(twice.mintedTwice != nil)
    #expect(try verdict(chain, twice).finding?.law == 2)
  }
}
