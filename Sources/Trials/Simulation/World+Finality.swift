// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities

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
  func approve(
    _ approval: Approval, _ seat: UInt8, _ memory: FinalityMemory, _ node: SimulatedNode
  ) {
    guard !node.storage.isFull else { return }
    node.finalityMemory = memory
    give(
      .approved(
        SignedApproval(approval, seat: seat, network: fixture.network, signedBy: node.key)),
      to: node.index)
  }

  /// What honest nodes say of finality.
  func heardOfFinality(_ note: NodeNote, of node: SimulatedNode) {
    guard !node.isHostile else { return }
    switch note {
    case .final(_, let height): result.finalHeight = max(result.finalHeight, height)
    case .termBegan(let number, _): result.terms = max(result.terms, number)
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
