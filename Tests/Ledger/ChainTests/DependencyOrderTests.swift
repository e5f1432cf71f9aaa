// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Synchronization
import Testing

/// A state that counts how often it is looked into.
private final class CountedState: StateSource {
  let state: MemoryState
  private let count = Atomic<Int>(0)

  init(_ state: MemoryState) { self.state = state }

  var reads: Int { count.load(ordering: .relaxed) }

  func visit(
    _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
  ) throws(StateSourceError) {}

  func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? {
    count.add(1, ordering: .relaxed)
    return try state.entry(key)
  }
}

@Suite("Movements of coins that build on one another")
struct DependencyOrderTests {
  /// A chain with a lot of a thousand milli-coins, and transfers of which each spends what the one
  /// before left, in no order.
  private func chained(_ count: Int) throws -> (chain: FixtureChain, all: [EncodedTransaction]) {
    var fixture = LedgerFixture(rules: LedgerFixture.rules(milliCoinsPerSplit: 1))
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 10 * 86_400)
    let report = try fixture.report(0, generated: [1000], consumed: [0])
    try chain.seal([.report(report)])
    let mint = EncodedTransaction(
      .mint(fixture.mint(0, first: report.first, length: 1, amount: 1000)))
    try chain.seal(encoded: [mint])
    let (from, to) = (fixture.homes[0], fixture.homes[1])
    var (lot, all): (LotId, [EncodedTransaction]) = (mint.lotId(0), [])
    for _ in 0..<count {
      let transfer = EncodedTransaction(
        .transfer(
          Transfer(
            from: from.member.id, to: to.member.id, lot: lot, part: .amount(MilliCoins(1)),
            network: fixture.network, signedBy: from.memberKey)))
      all.append(transfer)
      lot = transfer.lotId(1)
    }
    var chance = SeededGenerator(seed: 5)
    return (chain, all.shuffled(using: &chance))
  }

  @Test(
    "Each stands behind what makes its lot, none is lost, and what needs nothing keeps its place")
  func order() throws {
    let (_, all) = try chained(300)
    let sorted = DependencyOrder.sorted(all)
    #expect(Set(sorted.map(\.id)) == Set(all.map(\.id)) && sorted.count == all.count)
    var made: Set<LotId> = []
    let makers = Set(all.flatMap(\.madeLots))
    for transaction in sorted {
      let lot = try #require(transaction.spentLot)
      #expect(!makers.contains(lot) || made.contains(lot))
      made.formUnion(transaction.madeLots)
    }
    let ends = all.filter { transaction in
      !all.contains { $0.spentLot.map(transaction.madeLots.contains) ?? false }
    }
    #expect(DependencyOrder.sorted(ends).map(\.id) == ends.map(\.id))
    #expect(DependencyOrder.sorted([]).isEmpty)
  }

  @Test("A template of a long chain looks into the state a fixed number of times for each")
  func template() throws {
    var reads: [Double] = []
    for count in [50, 400] {
      let (chain, all) = try chained(count)
      let state = CountedState(chain.state)
      var tree = chain.tree
      let template = try BlockTemplate.build(
        from: all, after: chain.context, on: state, tree: &tree, network: chain.fixture.network,
        rules: chain.fixture.genesis.rules, producer: chain.fixture.operatorKey.publicKey,
        time: chain.context.time.advanced(by: 600), searchSeconds: 0)
      #expect(template.transactions.count == count && template.refused.isEmpty)
      reads.append(Double(state.reads) / Double(count))
    }
    #expect(reads[1] < reads[0] * 1.5, "\(reads) looks for each transfer")
  }
}
