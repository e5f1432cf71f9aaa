// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Clocks
import Foundation
import Ledger
import LedgerCrypto
import LedgerFixtures
import LedgerStore
import Logging
import Quantities

@testable import ExchangeDesk
@testable import NodeServices

/// An exchange's node without peers, over a folder of its own; blocks come from a fixture.
final class DeskFixture {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("hinata-desk-\(UUID().uuidString)")
  var fixture = LedgerFixture()
  var chain: FixtureChain
  let store: LedgerStore
  let keeper: LedgerKeeper
  let clock: NetworkClock

  /// - Parameter ahead: seconds that the clock is ahead of the fixture's beginning.
  init(ahead: UInt64 = 1 << 22) throws {
    clock = NetworkClock(
      anchor: Date().timeIntervalSince1970, start: LedgerFixture.start.advanced(by: ahead),
      factor: 1)
    chain = try FixtureChain(fixture)
    store = try LedgerStore(folder: folder.path, genesis: fixture.genesis)
    keeper = try LedgerKeeper(store, clock: clock, logger: Logger(label: "test"))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func claim(_ first: Interval, _ length: UInt32, key: KeyPair? = nil) -> Claim {
    let home = fixture.homes[0]
    return Claim(
      site: home.site.id, first: first, length: length, network: fixture.network,
      signedBy: key ?? home.siteKey)
  }

  func seal(_ transactions: [Transaction], after seconds: UInt64 = 600) async throws {
    try chain.seal(transactions, after: seconds)
    try await accept()
  }

  /// Makes all so far final.
  func settle() async throws {
    for block in try chain.settle() { await keeper.seal(block.block) }
  }

  func accept() async throws {
    for block in chain.blocks.suffix(1) { await keeper.seal(block) }
  }

  func desk(_ name: String = "desk", policy: DeskPolicy = DeskPolicy()) throws -> (
    DeskService, DeskStore
  ) {
    let store = try DeskStore(folder: folder.appendingPathComponent(name).path)
    return (
      DeskService(
        keeper: keeper, desk: store, key: fixture.exchangeKey, exchange: fixture.exchangeId,
        policy: policy, clock: clock, logger: Logger(label: "test")), store
    )
  }

  /// Runs a desk until it has decided `count` claims, sending `claims` to it.
  func run(_ service: DeskService, _ store: DeskStore, _ claims: [Claim], decisions count: Int)
    async throws
  {
    let running = Task { try await service.run() }
    while try store.decisions().count < count {
      // The desk listens from a moment on that nobody can see: claims are sent until it does.
      for claim in claims { await keeper.claim(claim) }
      await Task.yield()
    }
    running.cancel()
    try await running.value
  }
}

extension LedgerFixture {
  /// A day of a home that is dark but for one half hour, with `wh`.
  mutating func day(
    _ wh: UInt32, at slot: Int = 25, of home: Int = 0, slots: Int = 48
  ) throws -> Report {
    var generated = [UInt32](repeating: 0, count: slots)
    if slot < slots { generated[slot] = wh }
    return try report(home, generated: generated, consumed: generated.map { $0 / 2 })
  }
}

extension Report {
  /// The half hour that begins at noon.
  var noon: Interval { first.advanced(by: 24) }
}
