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

/// The ledger as it will be once everything that waits in this folder is in a block: what is left
/// of a lot that was sent in part can be spent before its block is there.
struct CoinsAhead {
  let store: LedgerStore
  private let known: LedgerStore
  private var transition: Transition
  private var waiting: [EncodedTransaction] = []
  /// What is taken from by something that waits and cannot be applied now: it may still come to it.
  private var promised: Set<LotId> = []

  /// The state of `store` with what waits in it, in whatever order it lies there.
  init(_ store: LedgerStore) throws {
    self.store = store
    // One moment of the ledger: a node may connect a block meanwhile.
    let now = try store.frozen()
    known = now
    let tip = try now.block(height: try now.height())?.header.time ?? store.genesis.rules.time
    transition = Transition(rules: store.genesis.rules, time: tip, on: StoreState(store: now))
    var left = try now.pending()
    while !left.isEmpty {
      let tried = left
      left = []
      for transaction in tried where try !take(transaction) { left.append(transaction) }
      guard left.count < tried.count else { break }
    }
    promised = Set(left.compactMap(\.spentLot))
  }

  /// - Returns: whether a block could hold it now.
  private mutating func take(_ transaction: EncodedTransaction) throws -> Bool {
    do { try transition.apply(transaction, in: store.network) } catch ApplyError.source(let fault) {
      throw fault
    } catch { return false }
    waiting.append(transaction)
    return true
  }

  /// The state with what waits.
  var state: StateView { transition.state }

  /// What a member holds then, without what is retired.
  func lots(of member: MemberId) throws -> [HeldLot] {
    let known = try known.lots(of: member).map(\.id)
    var seen: Set<LotId> = []
    return try (known + waiting.flatMap(\.madeLots)).compactMap { id in
      guard seen.insert(id).inserted, let lot = try state.lot(id), lot.owner == member,
        !lot.isRetired, !promised.contains(id)
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

  /// A lot as it will be; nil where something that waits may take it.
  func lot(_ id: LotId) throws -> Lot? {
    promised.contains(id) ? nil : try state.lot(id)
  }

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
