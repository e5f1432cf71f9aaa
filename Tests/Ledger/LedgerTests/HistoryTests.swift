// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Proofs
import Quantities
import Testing

@Suite("Random histories keep the laws")
struct HistoryTests {
  /// Whoever acts next and what they do, from one seed; what the laws refuse changes nothing.
  private func history(_ seed: UInt64) throws -> (
    Scenario, undo: [(root: MemoryState, [StateChange])]
  ) {
    var random = SeededGenerator(seed: seed)
    var scenario = try Scenario(homes: 3)
    var undo: [(root: MemoryState, [StateChange])] = []
    for _ in 0..<25 {
      var transactions: [EncodedTransaction] = []
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let before = scenario.fixture
        let transaction = try act(&scenario, &random)
        let block = transactions + [transaction]
        if accepted(block, scenario) {
          transactions = block
        } else {
          scenario.fixture = before
        }
      }
      let state = scenario.chain.state
      let connected = try scenario.chain.seal(encoded: transactions)
      undo.append((state, connected.undo))
    }
    return (scenario, undo)
  }

  private func accepted(_ transactions: [EncodedTransaction], _ scenario: Scenario) -> Bool {
    var transition = Transition(
      rules: scenario.fixture.genesis.rules,
      time: scenario.chain.context.time.advanced(by: 600), on: scenario.chain.state)
    return transactions.allSatisfy {
      (try? transition.apply($0, in: scenario.fixture.network)) != nil
    }
  }

  private func act(
    _ scenario: inout Scenario, _ random: inout SeededGenerator
  ) throws -> EncodedTransaction {
    let home = Int.random(in: 0..<3, using: &random)
    let lots = scenario.chain.state.entries.keys.filter { $0.kind == .lot }.sorted()
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      let length = Int.random(in: 1...6, using: &random)
      let energies = (0..<length).map { _ in UInt32.random(in: 0...2400, using: &random) }
      let loads = (0..<length).map { _ in UInt32.random(in: 0...1500, using: &random) }
      return EncodedTransaction(
        .report(
          try scenario.fixture.report(
            home, generated: energies, consumed: loads,
            gapBefore: UInt32.random(in: 0...1, using: &random))))
    case 1:
      let next = scenario.fixture.homes[home].next
      let length = UInt32.random(in: 1...5, using: &random)
      let first = Interval(next.number - length)
      var amount: UInt64 = UInt64.random(in: 1...3000, using: &random)
      if case .day(let day)? = scenario.chain.state.entries[
        .day(scenario.fixture.homes[home].site.id, first.day)], Bool.random(using: &random)
      {
        amount = (0..<Int(length)).reduce(0) { $0 + day.generated[min(47, first.slot + $1)] }
      }
      return EncodedTransaction(
        .mint(scenario.fixture.mint(home, first: first, length: length, amount: amount)))
    case 2:
      let lot = LotId(lots.randomElement(using: &random)?.id ?? .zero)
      let part: LotPart =
        Bool.random(using: &random)
        ? .all : .amount(MilliCoins(UInt64.random(in: 1...2000, using: &random)))
      return EncodedTransaction(
        .transfer(scenario.transfer(lot, part, from: home, to: (home + 1) % 3)))
    default:
      let lot = LotId(lots.randomElement(using: &random)?.id ?? .zero)
      return EncodedTransaction(
        .retire(
          scenario.retire(
            lot, .amount(MilliCoins(UInt64.random(in: 1...500, using: &random))), by: home)))
    }
  }

  @Test("Coins equal claimed energy, lots equal balances, members' sums hold", arguments: 1...12)
  func sums(_ seed: Int) throws {
    let (scenario, _) = try history(UInt64(seed))
    let supply = scenario.chain.supply
    var live: UInt64 = 0
    var retired: UInt64 = 0
    var balances: UInt64 = 0
    var claimed: UInt64 = 0
    for entry in scenario.chain.state.entries.values {
      switch entry {
      case .lot(let lot) where lot.isRetired: retired += lot.amount.value
      case .lot(let lot): live += lot.amount.value
      case .coins(let coins): balances += coins.balance.value
      case .day(let day):
        for slot in 0..<48 where day.minted & (1 << UInt64(slot)) != 0 {
          claimed += day.generated[slot]
        }
      default: break
      }
    }
    #expect(supply.minted.value == live + retired)
    #expect(supply.balance.value == live && live == balances)
    #expect(supply.retired.value == retired)
    #expect(supply.minted.value == claimed && claimed == supply.claimedWh)
  }

  @Test("Undoing block after block leads back through every earlier state", arguments: 1...6)
  func undo(_ seed: Int) throws {
    let (scenario, undo) = try history(UInt64(seed))
    var state = scenario.chain.state
    var tree = scenario.chain.tree
    for (before, changes) in undo.reversed() {
      state.apply(changes)
      tree.apply(changes)
      #expect(state.entries == before.entries)
      var fresh = StateTree()
      fresh.apply(before.entries.map { StateChange(key: $0.key, entry: $0.value) })
      #expect(tree.root == fresh.root)
    }
  }

  @Test("Every entry and its absence can be proven by the header alone", arguments: 1...4)
  func proofs(_ seed: Int) throws {
    let (scenario, _) = try history(UInt64(seed))
    let header = try #require(scenario.chain.blocks.last?.header)
    for (key, entry) in scenario.chain.state.entries {
      let proof = EntryProof(key: key, entry: entry, tree: scenario.chain.tree)
      #expect(proof.isValid(under: header))
      #expect(try EntryProof(exactly: proof.bytes) == proof)
      let absent = EntryProof(key: key, entry: nil, tree: scenario.chain.tree)
      #expect(!absent.isValid(under: header), "presence was hidden")
    }
    for number in 0..<20 {
      let key = StateKey(.lot, SHA256.digest([UInt8(number)]))
      let proof = EntryProof(key: key, entry: nil, tree: scenario.chain.tree)
      #expect(proof.isValid(under: header))
      let lot = scenario.chain.state.entries.values.first
      #expect(!EntryProof(key: key, entry: lot, tree: scenario.chain.tree).isValid(under: header))
    }
  }
}
