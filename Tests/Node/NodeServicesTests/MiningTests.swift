// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Clocks
import Foundation
import Ledger
import LedgerCrypto
import LedgerFixtures
import LedgerStore
import Logging
import Quantities
import Testing

@testable import Chain
@testable import NodeServices

/// A keeper over a store in a folder of its own.
struct KeeperFixture {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("hinata-keeper-\(UUID().uuidString)")
  let fixture = LedgerFixture()
  let keeper: LedgerKeeper
  let store: LedgerStore
  /// An hour after the genesis, at the wall's pace.
  let clock = NetworkClock(
    anchor: Date().timeIntervalSince1970, start: LedgerFixture.start.advanced(by: 3600), factor: 1)

  init() throws {
    store = try LedgerStore(folder: folder.path, genesis: fixture.genesis)
    keeper = try LedgerKeeper(store, clock: clock, logger: Logger(label: "test"))
  }

  func mining() -> MiningService {
    MiningService(
      keeper: keeper, clock: clock, key: fixture.operatorKey, threads: 2, wattsPerThread: 10,
      costFile: folder.appendingPathComponent("mining.json"), logger: Logger(label: "test"))
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }
}

@Suite("Mining")
struct MiningTests {
  @Test("Nothing to seal, nothing hashed: there is no template to search")
  func nothing() async throws {
    let world = try KeeperFixture()
    defer { world.remove() }
    let template = try await world.keeper.template(
      producer: world.fixture.operatorKey.publicKey, time: world.clock.now, searchSeconds: 0)
    #expect(template == nil)
  }

  @Test("What waits is sealed by the service, and what it cost is written down")
  func seals() async throws {
    let world = try KeeperFixture()
    defer { world.remove() }
    for transaction in world.fixture.admissions { try await world.keeper.submit(transaction) }
    let changes = await world.keeper.changes()
    let mining = Task { try await world.mining().run() }
    for await _ in changes where await world.keeper.tip.header.height >= 1 { break }
    mining.cancel()
    try await mining.value
    #expect(try world.store.pending().isEmpty)
    let sealed = try world.store.block(height: 1)?.transactions ?? []
    #expect(Set(sealed.map(\.id)) == Set(world.fixture.admissions.map(\.id)))
  }

  @Test("A search without end stops at once when the tip moves")
  func cancelled() async throws {
    let world = try KeeperFixture()
    defer { world.remove() }
    var other = try FixtureChain(world.fixture)
    try other.seal(encoded: world.fixture.admissions)
    for transaction in world.fixture.admissions { try await world.keeper.submit(transaction) }
    let tip = await world.keeper.tip
    let found = try #require(
      try await world.keeper.template(
        producer: world.fixture.operatorKey.publicKey, time: world.clock.now, searchSeconds: 0))
    let impossible = BlockTemplate(
      header: found.header, transactions: found.transactions, ownTarget: .zero, refused: [])
    let search = Task {
      var hashes: UInt64 = 0
      return await world.mining().searchRound(
        impossible, on: tip.hash, rounds: .max, hashes: &hashes)
    }
    await world.keeper.seal(other.blocks[1])
    #expect(await search.value == nil)
  }
}
