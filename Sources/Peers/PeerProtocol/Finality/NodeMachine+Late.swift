// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Quantities
import Wire

/// Branches that come late, and chains below a known checkpoint. Source: Docs/finality.md §9, §11.
extension NodeMachine {
  /// Only where members approve is what came first worth more than what was worked for.
  var arrival: Arrival? {
    let rules = chain.genesis.rules
    guard rules.hasFinality else { return nil }
    return Arrival(milliseconds: now.milliseconds, time: now.time, rules: rules)
  }

  /// Branches that came late count from the next epoch on.
  func releaseLate() {
    guard let until = chain.lateUntil, until <= now.time, now.milliseconds >= restsUntil else {
      return
    }
    do throws(BlockRefusal) {
      if case .advanced(let disconnected, let connected) = try chain.releaseLate(at: now.time) {
        follow(disconnected, connected)
      }
    } catch { if case .ownFault(let reason) = error { fault(ChainFault(reason)) } }
    download.invalidate()
    advanceDownload()
  }

  /// A late branch is told to all at once: else each node would hear of it when the one before it
  /// has gone over, an epoch later.
  func tellOfLate(_ block: Block) {
    let hash = block.header.hash
    guard chain.headers.bestWorked == hash, chain.headers.isLate(hash) else { return }
    let compact = Message.compactBlock(CompactBlock(block))
    for peer in established where peer.relays && !peer.knownBlocks.contains(hash) {
      peers[peer.link]?.knownBlocks.insert(hash)
      send(compact, to: peer.link)
    }
  }

  /// Whether the chain has not come to the block that it has to hold: until then nothing is called
  /// final, approved or sealed, since it may be anybody's.
  var isBelowKnown: Bool {
    settings.knownCheckpoint.map { chain.tip.height < $0.height } ?? false
  }
}
