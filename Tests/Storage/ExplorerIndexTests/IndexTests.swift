// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import GRDB
import Ledger
import LedgerCrypto
import LedgerFixtures
import LedgerStore
import Quantities
import Testing

@testable import ExplorerIndex

/// A chain of two homes with every kind of coin transaction, in a store.
private final class IndexWorld {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("hinata-index-\(UUID().uuidString)")
  var fixture = LedgerFixture()
  var chain: FixtureChain
  let store: LedgerStore
  var ids: [String: TransactionId] = [:]

  init() throws {
    chain = try FixtureChain(fixture)
    store = try LedgerStore(folder: folder.path, genesis: fixture.genesis)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func index(_ name: String = "explorer.sqlite") throws -> ExplorerIndex {
    try ExplorerIndex(
      path: folder.appendingPathComponent(name).path, genesis: fixture.genesis)
  }

  func seal(_ name: String, _ transactions: [EncodedTransaction], after: UInt64 = 600) throws {
    let connected = try chain.seal(encoded: transactions, after: after)
    if let last = transactions.last { ids[name] = last.id }
    try insert(connected)
  }

  func insert(_ connected: ConnectedBlock) throws {
    try store.insert(connected, work: .zero)
  }

  func lot(_ name: String, _ index: UInt8 = 0) throws -> LotId {
    let id = try #require(ids[name])
    let transaction = try #require(
      chain.blocks.flatMap(\.transactions).first { $0.id == id })
    return transaction.lotId(index)
  }

  /// Two homes report 48 half hours each; the first mints, sends and retires.
  func fill() throws {
    let homes = fixture.homes
    try seal("admissions", fixture.admissions, after: 200_000)
    let wh = (0..<48).map { UInt32($0 % 24 == 12 ? 500 : 10) }
    let reports = try (0..<2).map {
      EncodedTransaction(
        .report(try fixture.report($0, generated: wh, consumed: wh.map { $0 / 2 + 3 })))
    }
    try seal("reports", reports)
    let first = homes[0].next
    try seal(
      "mint", [.init(.mint(fixture.mint(0, first: first, length: 24, amount: 730)))])
    let (from, to) = (homes[0].member.id, homes[1].member.id)
    let middle = LotPart.intervals(first: first.advanced(by: 4), length: 10)
    try seal(
      "transfer",
      [
        .init(
          .transfer(
            Transfer(
              from: from, to: to, lot: try lot("mint"), part: middle, network: fixture.network,
              signedBy: homes[0].memberKey)))
      ])
    try seal(
      "retire",
      [
        .init(
          .retire(
            Retire(
              owner: to, lot: try lot("transfer"), part: .amount(MilliCoins(90)), purpose: "<b>",
              beneficiary: "B", network: fixture.network, signedBy: homes[1].memberKey)))
      ])
  }
}

@Suite("The explorer's index")
struct IndexTests {
  private func follow(_ index: ExplorerIndex, _ store: LedgerStore) throws {
    while try !index.advance(with: store).isComplete {}
  }

  @Test("Lots, living and ended, are what the state says, and lead back to their mint")
  func lots() throws {
    let world = try IndexWorld()
    try world.fill()
    let index = try world.index()
    try follow(index, world.store)
    let all = try index.lots(limit: 100).map(\.summary)
    #expect(all.count == 6, "the minted lot, three pieces, and two of the middle one")
    for summary in all {
      var kept: Lot?
      if let lot = try world.store.lot(summary.id) { kept = lot }
      #expect((summary.ended == nil) == (kept != nil))
      if let kept { #expect(summary.lot == kept) }
    }
    let retired = try #require(try index.lot(try world.lot("retire")))
    #expect(retired.lot.isRetired && retired.lot.amount == MilliCoins(90))
    let sent = try #require(try retired.parent.flatMap { try index.lot($0) })
    let minted = try world.lot("mint")
    #expect(sent.parent == minted)
    #expect(sent.ended == ChainPlace(height: 5, position: 0))
    let pieces = try index.lots(.parent(try world.lot("mint")), limit: 9).map(\.summary)
    #expect(pieces.reduce(0) { $0 + $1.lot.amount.value } == 730)
    let living = try index.lots(
      .owner(world.fixture.homes[0].member.id), living: true, limit: 9)
    #expect(living.count == 2)
  }

  @Test("Sums by interval, day and block agree with the readings")
  func sums() throws {
    let world = try IndexWorld()
    try world.fill()
    let index = try world.index()
    try follow(index, world.store)
    let site = world.fixture.homes[0].site
    let span = try #require(try index.span(of: site.id))
    let days = try index.days(of: site.id, in: span.lowerBound..<span.upperBound + 1)
    #expect(days.count == 1, "the homes keep UTC")
    #expect(days.reduce(0) { $0 + $1.generatedWh } == 2 * 500 + 46 * 10)
    let flows = try #require(try index.flows(of: site.id, day: span.lowerBound))
    #expect(flows.recorded == days[0].count && flows.total(.generated) == days[0].generatedWh)
    #expect(try DayFlows(exactly: flows.bytes) == flows)
    let both = flows.adding(flows)
    #expect(both.total(.consumed) == 2 * flows.total(.consumed) && both.recorded == flows.recorded)
    let newest = try #require(try index.newestInterval())
    let hour = try index.networkIntervals(in: newest..<newest.advanced(by: 1))
    #expect(hour.map(\.count) == [2] && hour.map(\.generatedWh) == [20])
    let tip = try #require(try index.blocks(limit: 1).first)
    #expect(tip.totalGeneratedWh == world.chain.supply.generatedWh)
    #expect(tip.totalMinted == world.chain.supply.minted)
    #expect(tip.totalRetired == world.chain.supply.retired)
  }

  @Test("Every transaction is found by id, kind, block and whom it names, with its own bytes")
  func transactions() throws {
    let world = try IndexWorld()
    try world.fill()
    let index = try world.index()
    try follow(index, world.store)
    let all = world.chain.blocks.flatMap(\.transactions)
    let listed = try index.transactions(limit: 100)
    #expect(listed.map(\.id) == all.reversed().map(\.id))
    for transaction in all {
      let summary = try #require(try index.transaction(transaction.id))
      #expect(try index.content(of: summary, in: world.store) == transaction)
    }
    #expect(try index.transactions(kind: Mint.kind, limit: 9).map(\.id) == [world.ids["mint"]])
    let next = try index.transactions(before: listed[1].place, limit: 2)
    #expect(next.map(\.id) == listed[2...3].map(\.id))
    let member = world.fixture.homes[1].member.id
    let touching = try index.transactions(touching: member.value, limit: 9).map(\.id)
    #expect(Array(touching.prefix(2)) == ["retire", "transfer"].compactMap { world.ids[$0] })
    #expect(try index.entities(named: "HOME", limit: 9).isEmpty == false)
    #expect(try index.entities(named: "ome", limit: 9).isEmpty == false, "anywhere in a name")
    #expect(try index.entities(named: "%", limit: 9).isEmpty, "no pattern")
    let retired = try #require(world.ids["retire"])
    for text in ["b", "<B"] {
      #expect(try index.retirements(for: text, limit: 9) == [retired], "\(text)")
    }
    #expect(try index.retirements(for: "", limit: 9).isEmpty)
    #expect(try index.ids(beginning: String(retired.hex.prefix(7)), limit: 5) == [retired.value])
    for text in [String(retired.hex.prefix(5)), "xyzxyz", "", String(retired.hex) + "0"] {
      #expect(try index.ids(beginning: text, limit: 5).isEmpty, "\(text)")
    }
  }

  @Test("A reorganisation leaves the index as if the other branch had never been")
  func reorganisation() throws {
    let world = try IndexWorld()
    try world.fill()
    let index = try world.index()
    try follow(index, world.store)
    let before = try described(index, world)
    let tail = world.chain.blocks.suffix(4).map(\.header.hash)
    for hash in tail.reversed() {
      try (world.store as any ChainStorage).write { _ = try $0.disconnect(hash) }
    }
    let advance = try index.advance(with: world.store)
    #expect(advance.disconnected == tail.reversed())
    #expect(try index.transactions(limit: 9).count == world.fixture.admissions.count)
    #expect(try index.lots(limit: 9).isEmpty)
    #expect(try index.newestInterval() == nil)
    var replay = try FixtureChain(world.fixture)
    try replay.connect(world.chain.blocks[1])
    for block in world.chain.blocks.suffix(4) {
      try world.insert(try replay.connect(block))
    }
    try follow(index, world.store)
    #expect(try described(index, world) == before)
  }

  private func described(_ index: ExplorerIndex, _ world: IndexWorld) throws -> [String] {
    let site = world.fixture.homes[1].site.id
    let span = try index.span(of: site) ?? 0...0
    return try index.blocks(limit: 99).map { "\($0)" }
      + index.transactions(limit: 99).map { "\($0)" }
      + index.lots(limit: 99).map { "\($0.summary)" }
      + index.days(of: site, in: span.lowerBound..<span.upperBound + 1).map { "\($0)" }
      + index.networkDays(in: 0..<99_999).map { "\($0)" }
      + index.entities(.site, limit: 99).map { "\($0)" }
  }

  @Test("A file of an earlier or a later version is filled anew, and says the same as a new one")
  func earlier() throws {
    let world = try IndexWorld()
    try world.fill()
    let new = try world.index()
    try follow(new, world.store)
    let path = world.folder.appendingPathComponent("earlier.sqlite").path
    func change(_ statements: [String]) throws {
      let file = try DatabaseQueue(path: path)
      try file.write { db in for sql in statements { try db.execute(sql: sql) } }
      try file.close()
    }
    // At the chain's tip, but without what the later version looks for: nothing else would refill
    // it.
    try follow(try world.index("earlier.sqlite"), world.store)
    try change([
      "DROP TABLE beneficiary", "DELETE FROM grdb_migrations WHERE identifier = '2-beneficiaries'",
    ])
    try same(as: new, world, path)
    try change(["INSERT INTO grdb_migrations VALUES ('9-later')"])
    try same(as: new, world, path)
  }

  /// An index that is opened anew says the same as another once it has followed.
  private func same(as other: ExplorerIndex, _ world: IndexWorld, _ path: String) throws {
    let index = try ExplorerIndex(path: path, genesis: world.store.genesis)
    try follow(index, world.store)
    #expect(
      try index.transactions(limit: 100).map(\.id) == other.transactions(limit: 100).map(\.id))
    let found = try index.retirements(for: "b", limit: 9)
    #expect(try !found.isEmpty && found == other.retirements(for: "b", limit: 9))
  }

  @Test("A file of another network is refused; a deleted one is made anew")
  func files() throws {
    let world = try IndexWorld()
    try world.fill()
    try follow(try world.index(), world.store)
    let other = Genesis(
      rules: LedgerFixture.rules(membership: .open), members: world.fixture.genesis.members)
    #expect(throws: StoreError.self) {
      try ExplorerIndex(
        path: world.folder.appendingPathComponent("explorer.sqlite").path, genesis: other)
    }
    let anew = try world.index("anew.sqlite")
    try follow(anew, world.store)
    let kept = try world.index()
    #expect(try described(anew, world) == described(kept, world))
  }
}
