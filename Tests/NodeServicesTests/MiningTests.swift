import CanonicalCoding
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

  @Test("A claim is minted when its reports are deep enough, and refused with a reason otherwise")
  func claims() async throws {
    let world = try KeeperFixture()
    defer { world.remove() }
    var fixture = world.fixture
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 86_400)
    let report = try fixture.report(0, generated: [0, 700], consumed: [100, 100])
    try chain.seal([.report(report)])
    let store = try ActiveChain(world.store)
    for block in chain.blocks[1...] {
      _ = try store.accept(block, now: NetworkTime(seconds: 1 << 39))
    }
    let home = fixture.homes[0]
    func verdict(_ first: Interval, _ length: UInt32, key: KeyPair? = nil) throws
      -> ClaimCheck.Verdict
    {
      let claim = Claim(
        site: home.site.id, first: first, length: length, network: fixture.network,
        signedBy: key ?? home.siteKey)
      return try ClaimCheck.verdict(on: claim, in: world.store)
    }
    #expect(try verdict(report.first, 2) == .mint(MilliCoins(700)))
    #expect(try verdict(report.first, 3) == .wait)
    #expect(try verdict(report.first, 1) == .refuse("nothing was generated"))
    #expect(
      try verdict(report.first, 2, key: home.memberKey)
        == .refuse("the claim is not signed by the site's key"))
    let mint = fixture.mint(0, first: report.first, length: 2, amount: 700)
    try chain.seal([.mint(mint)])
    _ = try store.accept(chain.blocks[3], now: NetworkTime(seconds: 1 << 39))
    #expect(
      try verdict(report.first, 2) == .refuse("interval \(report.first) was minted before"))
  }
}
