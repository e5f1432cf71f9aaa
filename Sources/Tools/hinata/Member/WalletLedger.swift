// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import CommandLineTool
import Ledger
import LedgerStore
import Quantities
import Wallet

/// The state of a store as the laws read it.
private struct StoreState: StateSource {
  let store: LedgerStore

  func entry(_ key: StateKey) throws(StateSourceError) -> StateEntry? {
    do { return try store.entry(key) } catch { throw StateSourceError("\(error)") }
  }

  func visit(
    _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
  ) throws(StateSourceError) {
    do {
      try store.visitEntries(of: kind) { key, bytes in
        body(key, try StateEntry(kind, exactly: bytes))
      }
    } catch { throw StateSourceError("\(error)") }
  }
}

/// A data folder's ledger with what waits in it, as a wallet sees it.
struct WalletLedger {
  let store: LedgerStore
  private var coins: CoinsAhead

  /// The ledger as it is read while it is asked: a frozen one would hold up the node's end for as
  /// long as somebody thinks about a question.
  init(_ store: LedgerStore) throws {
    self.store = store
    let tip = try store.block(height: try store.height())?.header.time ?? store.genesis.rules.time
    coins = try CoinsAhead(
      rules: store.genesis.rules, network: store.network, time: tip,
      on: StoreState(store: store), waiting: try store.pending())
  }

  /// The state with what waits.
  var state: StateView { coins.state }

  /// What a member holds once what waits is in a block, without what is retired or promised.
  func lots(of member: MemberId) throws -> [HeldLot] {
    try coins.lots(of: member, known: try store.lots(of: member).map(\.id))
  }

  /// A lot as it will be; nil where there is none, or something that waits may take it.
  func lot(_ id: LotId) throws -> Lot? { try coins.lot(id) }

  /// How much parts of lots are in all, in words.
  func amount(of parts: [(LotId, LotPart)]) throws -> String {
    var sum = MilliCoins.zero
    for (id, part) in parts {
      guard let lot = try state.lot(id) else { continue }
      switch part {
      case .all: sum = sum + lot.amount
      case .amount(let amount): sum = sum + amount
      case .intervals(_, let length):
        return "\(length) half hours of a lot of \(lot.amount)"
      }
    }
    return "\(sum) in \(parts.count) \(parts.count == 1 ? "lot" : "lots")"
  }

  /// What a member's sums will be.
  func sums(of member: MemberId) throws -> MemberCoins { try state.coins(member) }

  /// Tries transactions on top: what no block could hold is refused here, with its reason.
  mutating func add(_ transactions: [EncodedTransaction]) throws {
    for transaction in transactions {
      guard (try? EncodedTransaction(exactly: transaction.bytes)) != nil else {
        throw UsageError(
          description: "a text has control characters (a line break, a tab), or is too long")
      }
      guard transaction.spentLot.map(coins.isPromised) != true else {
        throw UsageError(
          description: "a transaction that waits may take these coins: ask again later")
      }
      do { try coins.add(transaction) } catch {
        switch error {
        case .law(let violation):
          throw UsageError(description: "no block could hold this: \(violation)")
        case .source(let fault): throw fault
        }
      }
    }
  }
}
