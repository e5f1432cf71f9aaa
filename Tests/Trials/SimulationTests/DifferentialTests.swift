// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import Ledger
import LedgerFixtures
import LedgerStore
import Quantities
import Testing
import Verification

@testable import Simulation

@Suite("One chain, three programs")
struct DifferentialTests {
  /// What a program makes of a chain.
  private struct Outcome: Equatable {
    var tip: BlockHash
    var minted: UInt64
    var living: UInt64
    var retired: UInt64
    var lots: [LotId: Recount.Part] = [:]

    mutating func add(_ id: LotId, _ lot: Lot) {
      lots[id] = Recount.Part(
        owner: lot.owner, amount: lot.amount.value, isRetired: lot.isRetired)
    }
  }

  /// The chain that a simulated network of hostile and honest nodes agreed on.
  private static func chain(_ seed: UInt64) throws -> (genesis: Genesis, blocks: [Block]) {
    let world = try World(Plan(nodes: 8, milliseconds: 12 * 3_600_000, seed: seed))
    #expect(world.run().violations.map(\.description) == [])
    let contents = world.nodes[0].storage.contents
    return (world.fixture.genesis, contents.chain.compactMap { contents.blocks[$0] })
  }

  /// A node's ledger on SQLite.
  private static func onDisk(
    _ genesis: Genesis, _ blocks: [Block]
  ) async throws -> (node: Outcome, verifier: Outcome) {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-differential-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try LedgerStore(folder: folder.path, genesis: genesis)
    let chain = try ActiveChain(store)
    for block in blocks.dropFirst() {
      _ = try chain.accept(block, now: NetworkTime(seconds: 1 << 39))
    }
    let supply = try store.supply()
    var node = Outcome(
      tip: chain.tipHash, minted: supply.minted.value, living: supply.balance.value,
      retired: supply.retired.value)
    try store.visitEntries(of: .lot) { key, bytes in
      if case .lot(let lot) = try StateEntry(.lot, exactly: bytes) { node.add(LotId(key.id), lot) }
    }
    return (node, try await verified(store))
  }

  /// The verifier's own state, derived in memory from the bytes of the blocks.
  private static func verified(_ store: LedgerStore) async throws -> Outcome {
    let verdict = await ChainVerdict(checking: store)
    #expect(verdict.finding == nil)
    let tip = try #require(Bytes32(hex: verdict.tip))
    var outcome = Outcome(
      tip: BlockHash(tip), minted: verdict.supply.minted.value,
      living: verdict.supply.balance.value, retired: verdict.supply.retired.value)
    try verdict.state.visit(.lot) { key, entry in
      if case .lot(let lot) = entry { outcome.add(LotId(key.id), lot) }
    }
    return outcome
  }

  /// The simulator's second count, which shares no code with the laws.
  private static func recounted(_ genesis: Genesis, _ blocks: [Block]) -> Outcome {
    var recount = Recount(genesis)
    for block in blocks { #expect(recount.add(block) == nil) }
    func sum(_ isRetired: Bool) -> UInt64 {
      recount.lots.values.filter { $0.isRetired == isRetired }.reduce(0) { $0 + $1.amount }
    }
    return Outcome(
      tip: blocks.last?.header.hash ?? BlockHash(.zero), minted: recount.mintedTotal,
      living: sum(false), retired: sum(true), lots: recount.lots)
  }

  @Test(
    "A node on SQLite, the verifier in memory and a second count agree on every lot of a chain",
    arguments: UInt64(501)...504)
  func agree(_ seed: UInt64) async throws {
    let (genesis, blocks) = try Self.chain(seed)
    let (node, verifier) = try await Self.onDisk(genesis, blocks)
    let count = Self.recounted(genesis, blocks)
    #expect(node == count)
    #expect(verifier == count)
    #expect(count.minted > 0 && count.retired > 0 && count.lots.count > 10)
  }
}
