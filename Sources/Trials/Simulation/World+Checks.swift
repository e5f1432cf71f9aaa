// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities

extension World {
  /// A node's chain changed: what lies deep enough must be what everybody else has there.
  func advanced(_ node: SimulatedNode, _ disconnected: [BlockHash], _ connected: [Block]) {
    for block in connected {
      mix(now, UInt64(node.index), block.header.height, block.header.hash.value.words.0)
    }
    guard !node.isHostile else { return }
    if !disconnected.isEmpty { result.reorganisations += 1 }
    if let height = settledHeight(node) { confirm(node, upTo: height) }
    for block in connected { noteSpread(block, node) }
    checkFreed(node, disconnected)
    if node.index == 1 { noteLots(connected) }
  }

  /// Reports of honest homes that a reorganisation took off the chain wait again, if they still
  /// fit.
  private func checkFreed(_ node: SimulatedNode, _ disconnected: [BlockHash]) {
    let contents = node.storage.contents
    guard let pool = node.machine?.pool else { return }
    for transaction in disconnected.flatMap({ contents.blocks[$0]?.transactions ?? [] }) {
      guard case .report(let report) = transaction.transaction, !pool.contains(transaction.id),
        contents.places[transaction.id] == nil,
        case .progress(let progress)? = contents.state.entries[.progress(report.site)],
        progress.next.advanced(by: report.gapBefore) == report.first,
        let home = fixture.homes.firstIndex(where: { $0.site.id == report.site }),
        !nodes[home + 2].isHostile
      else { continue }
      return violate(
        "what a reorganisation frees waits again", node.index, "\(transaction.id) is forgotten")
    }
  }

  private func confirm(_ node: SimulatedNode, upTo height: UInt64) {
    let chain = node.storage.contents.chain
    // A restart may have taken the chain back; everything is compared again from there.
    for at in Int(min(node.confirmedHeight, height))...Int(height) {
      if at < confirmed.count {
        guard confirmed[at] == chain[at] else {
          return violate(
            plan.isOpen
              ? "no two honest nodes differ below \(plan.confirmations) confirmations"
              : "no two honest nodes differ in what is final", node.index,
            "height \(at): \(chain[at]) where another had \(confirmed[at])")
        }
      } else {
        // Only who has the body can say what is in it.
        guard !node.storage.contents.bodiless.contains(chain[at]) else { break }
        confirmed.append(chain[at])
        if let block = node.storage.contents.blocks[chain[at]], let wrong = recount.add(block) {
          return violate("the laws hold on every confirmed block", node.index, wrong)
        }
      }
    }
    node.confirmedHeight = height
  }

  /// Lots that the exchange's chain made and nobody touched.
  private func noteLots(_ connected: [Block]) {
    for block in connected {
      for transaction in block.transactions {
        guard case .mint(let mint) = transaction.transaction,
          let home = fixture.homes.firstIndex(where: { $0.site.id == mint.site })
        else { continue }
        lots.append((transaction.lotId(0), home, mint))
        if lots.count > 10_000 { lots.removeFirst() }
      }
    }
  }

  /// Memory stays within what the limits allow, whatever others send.
  func checkBounds(_ node: SimulatedNode) {
    guard let machine = node.machine else { return }
    let limits = machine.settings.limits
    let links = machine.summaries.count
    if links > limits.inbound + limits.outbound + limits.blockWindow {
      violate("memory stays within bounds", node.index, "\(links) links")
    }
    if machine.pool.count > limits.poolCount || machine.pool.byteCount > limits.poolBytes {
      violate("memory stays within bounds", node.index, "\(machine.pool.count) in the pool")
    }
    if machine.chain.headers.count > 16 * ActiveChain.headerDepth {
      violate("memory stays within bounds", node.index, "\(machine.chain.headers.count) headers")
    }
    if let hash = strangers.first(where: machine.chain.headers.contains) {
      violate("no stranger's header is kept", node.index, "header \(hash)")
    }
    if machine.addresses.count > 80 * 32 {
      violate("memory stays within bounds", node.index, "\(machine.addresses.count) addresses")
    }
  }

  /// In peace: how long a report takes to reach all.
  func poolChanged(_ node: SimulatedNode) {
    guard !node.isHostile, now > plan.peaceFrom, let pool = node.machine?.pool else { return }
    for (id, seen) in spreading where pool.contains(id) && !seen.nodes.contains(node.index) {
      reached(id, node)
    }
  }

  private func noteSpread(_ block: Block, _ node: SimulatedNode) {
    for transaction in block.transactions where spreading[transaction.id] != nil {
      reached(transaction.id, node)
    }
  }

  private func reached(_ id: TransactionId, _ node: SimulatedNode) {
    guard var seen = spreading[id] else { return }
    seen.nodes.insert(node.index)
    spreading[id] = seen
    if seen.nodes.count == nodes.count(where: { !$0.isHostile }) {
      result.spread.append(now - seen.at)
      spreading[id] = nil
    }
  }

  /// After the time of peace: one tip, and nothing that was reported long ago is missing.
  func checkEnd() {
    let honest = nodes.filter { !$0.isHostile }
    for node in honest where !node.isUp {
      violate("every node is up after the last fault", node.index, "it is down")
    }
    guard let first = honest.first else { return }
    let tips = Set(honest.map { $0.storage.contents.chain.last })
    result.converged = tips.count == 1
    result.height = UInt64(first.storage.contents.chain.count - 1)
    result.transactions = recount.transactions
    for node in honest {
      // A block found in the last minutes may still be on its way.
      let common = zip(first.storage.contents.chain, node.storage.contents.chain)
        .prefix { $0 == $1 }.count
      let behind = max(first.storage.contents.chain.count, node.storage.contents.chain.count)
      if behind - common > 1 {
        violate(
          "all honest nodes converge after the last fault", node.index,
          "it shares \(common) of \(behind) blocks with node 0")
      }
      checkNothingLost(node, first)
      checkFinality(node)
      if !node.storage.contents.bodiless.isEmpty {
        violate(
          "the history under a snapshot is checked in peace", node.index,
          "\(node.storage.contents.bodiless.count) bodies are missing")
      }
    }
  }

  private func checkNothingLost(_ node: SimulatedNode, _ first: SimulatedNode) {
    let grace: UInt64 = 3 * 1_800_000
    for report in node.reports where report.at + grace < plan.milliseconds {
      if first.storage.contents.places[report.transaction.id] == nil {
        violate(
          "nothing that was reported is lost", node.index,
          "report \(report.transaction.id) of \(report.at / 1000) s is not on the chain")
        return
      }
    }
  }
}
