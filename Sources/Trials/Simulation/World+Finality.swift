// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Wire

extension World {
  /// The height up to which a node's chain may never change: what is final, in an open network what
  /// lies deep enough.
  func settledHeight(_ node: SimulatedNode) -> UInt64? {
    let tip = UInt64(node.storage.contents.chain.count - 1)
    if isCanary { return tip }
    guard !plan.isOpen else { return tip >= plan.confirmations ? tip - plan.confirmations : nil }
    guard let final = node.machine?.finalBlock, node.storage.contents.heights[final.block] != nil
    else { return nil }
    return final.height
  }

  /// A node's shell writes its memory down and signs; a full disk takes nothing.
  func vote(
    _ vote: Vote, _ seat: UInt8, _ memory: FinalityMemory, _ node: SimulatedNode
  ) {
    guard !node.storage.isFull else { return }
    node.finalityMemory = memory
    if node.habits.contains(.contradict), case .approval(let approval) = vote {
      return contradict(approval, seat, node)
    }
    give(
      .voted(SignedVote(vote, seat: seat, network: fixture.network, signedBy: node.key)),
      to: node.index)
  }

  /// A liar approves the block before as well: one half of its peers hears of one, the other of the
  /// other.
  private func contradict(_ approval: Approval, _ seat: UInt8, _ node: SimulatedNode) {
    guard let header = node.machine?.chain.headers.header(approval.target.block) else { return }
    let other = Approval(
      term: approval.term, source: approval.source,
      target: Checkpoint(epoch: approval.target.epoch, block: header.previous))
    for (index, link) in node.links.keys.sorted().enumerated() {
      let told = index.isMultiple(of: 2) ? approval : other
      let signed = SignedVote(
        told, seat: seat, network: fixture.network, signedBy: node.key)
      send(
        .approvals(
          Approvals(
            .approval(told),
            signed: [Approvals.Signed(seat: seat, signature: signed.signature)])), from: node,
        on: link)
    }
  }

  /// The operator restarts a term in which nothing has become final for long.
  func restart() {
    let node = nodes[0]
    guard plan.leaving > 0, let machine = node.machine, let summary = machine.finalitySummary,
      moment(node).time >= summary.restartsFrom, summary.restart == nil,
      let state = try? machine.chain.finality(), state.term == summary.term.number
    else { return }
    give(
      .submitted(
        EncodedTransaction(
          .restart(
            Restart(
              operator: fixture.operatorId, term: state.term, checkpoint: state.newest,
              network: fixture.network, signedBy: fixture.operatorKey)))), to: 0)
  }

  /// In peace: whatever happened before, blocks become final again within a few epochs.
  func checkFinality(_ node: SimulatedNode) {
    guard !plan.isOpen, plan.peaceFrom > 0, let final = node.machine?.finalBlock,
      let block = node.machine?.chain.headers.header(final.block)
    else { return }
    let epoch = UInt64(plan.checkpointSeconds)
    let end = World.start.seconds + plan.milliseconds / 1000
    // Two epochs of silence after a lost disk, two steps, a handover, and the epoch that runs.
    guard plan.milliseconds - plan.peaceFrom >= 7 * 1000 * epoch, mayGoOn(node) else { return }
    if block.time.seconds + 5 * epoch < end {
      violate(
        "blocks become final in peace", node.index,
        "the last final block is \(final.height), \(end - block.time.seconds) s old")
    }
  }

  /// Whether enough seats of a node's term are still there: where half of the others are gone, no
  /// rule helps.
  private func mayGoOn(_ node: SimulatedNode) -> Bool {
    guard plan.leaving > 0, let term = node.machine?.finalitySummary?.term,
      let others = term.restartQuorum
    else { return true }
    let present = Set(nodes.filter { !$0.isHostile }.map(\.key.publicKey))
    return term.seats.count { !$0.isOperator && present.contains($0.key) } >= others
  }

  /// What honest nodes say of finality.
  func heardOfFinality(_ note: NodeNote, of node: SimulatedNode) {
    guard !node.isHostile else { return }
    switch note {
    case .final(_, let height): result.finalHeight = max(result.finalHeight, height)
    case .termBegan(let number, _): result.terms = max(result.terms, number)
    case .restarted: result.restarts += 1
    case .contradiction(let term, let seat):
      guard let key = try? node.machine?.chain.term(term)?.seats[Int(seat)].key,
        let honest = nodes.first(where: { $0.key.publicKey == key && !$0.isHostile })
      else { return }
      violate("no honest seat contradicts itself", honest.index, "seat \(seat) of term \(term)")
    case .keyUsedElsewhere:
      violate("a node knows its own approvals", node.index, note.description)
    case .finalityBroken:
      violate("no two chains are final", node.index, note.description)
    default: break
    }
  }
}
