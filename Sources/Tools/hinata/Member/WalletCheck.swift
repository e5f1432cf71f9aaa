// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import CommandLineTool
import Ledger
import LedgerStore
import Quantities

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

extension LedgerStore {
  /// Lots that a transaction of this folder, not yet in a block, takes something from.
  func lotsInUse() throws -> Set<LotId> {
    var lots: Set<LotId> = []
    for waiting in try pending() {
      switch waiting.transaction {
      case .transfer(let transfer): lots.insert(transfer.lot)
      case .retire(let retire): lots.insert(retire.lot)
      default: continue
      }
    }
    return lots
  }

  /// Tries transactions on top of the chain: what no block could hold is refused here, with its
  /// reason.
  func tryOut(_ transactions: [EncodedTransaction]) throws {
    let tip = try block(height: try height())?.header.time ?? genesis.rules.time
    var transition = Transition(rules: genesis.rules, time: tip, on: StoreState(store: self))
    for transaction in transactions {
      guard (try? EncodedTransaction(exactly: transaction.bytes)) != nil else {
        throw UsageError(
          description: "a text has control characters (a line break, a tab), or is too long")
      }
      do { try transition.apply(transaction, in: network) } catch {
        switch error {
        case .law(let violation):
          throw UsageError(description: "no block could hold this: \(violation)")
        case .source(let fault): throw fault
        }
      }
    }
  }
}
