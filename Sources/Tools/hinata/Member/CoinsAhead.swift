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

  /// A wallet's transactions draw no term.
  func visit(
    _ kind: StateKey.Kind, _ body: (StateKey, StateEntry) -> Void
  ) throws(StateSourceError) { throw StateSourceError("a wallet visits no entries") }
}

/// The ledger as it will be once everything that waits in this folder is in a block: what is left
/// of a lot that was sent in part can be spent before its block is there.
struct CoinsAhead {
  let store: LedgerStore
  private var transition: Transition
  private let waiting: [EncodedTransaction]

  /// The state of `store` with what waits in it; what no block could hold any more is passed over.
  init(_ store: LedgerStore) throws {
    self.store = store
    let tip = try store.block(height: try store.height())?.header.time ?? store.genesis.rules.time
    transition = Transition(rules: store.genesis.rules, time: tip, on: StoreState(store: store))
    var waiting: [EncodedTransaction] = []
    for transaction in try store.pending() {
      do {
        try transition.apply(transaction, in: store.network)
        waiting.append(transaction)
      } catch ApplyError.source(let fault) { throw fault } catch { continue }
    }
    self.waiting = waiting
  }

  /// The state with what waits.
  var state: StateView { transition.state }

  /// What a member holds then, without what is retired.
  func lots(of member: MemberId) throws -> [HeldLot] {
    let known = try store.lots(of: member).map(\.id)
    var seen: Set<LotId> = []
    return try (known + waiting.flatMap(\.madeLots)).compactMap { id in
      guard seen.insert(id).inserted, let lot = try state.lot(id), lot.owner == member,
        !lot.isRetired
      else { return nil }
      return HeldLot(id: id, lot: lot)
    }
  }

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
  func coins(_ member: MemberId) throws -> MemberCoins { try state.coins(member) }

  /// Tries transactions on top: what no block could hold is refused here, with its reason.
  mutating func add(_ transactions: [EncodedTransaction]) throws {
    for transaction in transactions {
      guard (try? EncodedTransaction(exactly: transaction.bytes)) != nil else {
        throw UsageError(
          description: "a text has control characters (a line break, a tab), or is too long")
      }
      do { try transition.apply(transaction, in: store.network) } catch {
        switch error {
        case .law(let violation):
          throw UsageError(description: "no block could hold this: \(violation)")
        case .source(let fault): throw fault
        }
      }
    }
  }
}
