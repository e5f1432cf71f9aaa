// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Quantities
import Wire

// The seats that this node's own keys hold.
extension NodeMachine {
  private var rules: NetworkRules { chain.genesis.rules }

  /// The seats of the current term whose keys this node has.
  var ownSeats: [(seat: UInt8, key: PublicKey)] {
    guard let term = finality?.tally.term else { return [] }
    return settings.approvingKeys.compactMap { key in term.seat(of: key).map { ($0, key) } }
  }

  /// When a seat's turn comes in an epoch: one after the other, so that the later ones see what the
  /// first have chosen.
  func turn(of seat: UInt8, in epoch: UInt32) -> NetworkTime {
    let count = UInt64(finality?.tally.term.seats.count ?? 1)
    let after = UInt64(rules.approveAfterSeconds)
    let place = (UInt64(seat) + UInt64(epoch)) % count
    return rules.start(of: epoch).advanced(by: after + place * after / (2 * count))
  }

  /// Approves what its turn has come for.
  func approve() {
    guard let finality, !finality.isBroken, !isCatchingUp, !isBelowKnown,
      now.milliseconds >= restsUntil, epoch >= finality.memory.begun.addingUpToMax(3)
    else { return }
    for (seat, key) in ownSeats where turn(of: seat, in: epoch) <= now.time {
      guard let approval = approval(at: epoch), finality.memory.allows(approval, by: key) else {
        continue
      }
      self.finality?.memory.note(approval, by: key)
      self.finality?.asked[seat] = approval
      act(.approve(approval, seat: seat, key: key, memory: finalityMemory))
    }
  }

  /// The step to approve at an epoch: to this chain's checkpoint, from the highest agreed one on
  /// the way; nil where there is nothing to approve. What most others chose has moved the chain
  /// before.
  private func approval(at epoch: UInt32) -> Approval? {
    guard let tally = finality?.tally, let target = chain.checkpoint(of: epoch)?.hash else {
      return nil
    }
    let source = tally.highest
    guard target != tally.final.block, source.epoch < epoch,
      isOnChain(source.block, before: target), isOnChain(tally.final.block, before: target)
    else { return nil }
    return Approval(
      term: tally.term.number, source: source, target: Checkpoint(epoch: epoch, block: target))
  }

  private func isOnChain(_ ancestor: BlockHash, before target: BlockHash) -> Bool {
    if let block = finality?.block, ancestor == block.block, !chain.headers.contains(ancestor) {
      return true
    }
    return chain.headers.isAncestor(ancestor, of: target) == true
  }

  /// An approval that this node's shell has signed, after its memory was on the disk.
  func approved(_ signed: SignedApproval) {
    guard finality?.asked.removeValue(forKey: signed.seat) == signed.approval else { return }
    guard finality?.tally.add(signed, at: epoch) == .new else { return }
    passOn(
      Approvals(
        approval: signed.approval,
        signed: [Approvals.Signed(seat: signed.seat, signature: signed.signature)]), except: nil)
    keepFinality()
    updateFinality()
  }

  /// What has to be on the disk.
  public var finalityMemory: FinalityMemory {
    var memory = finality?.memory ?? FinalityMemory(begun: epoch)
    memory.approvals = (finality?.tally.approvals(from: 0) ?? []).flatMap { approval, signed in
      signed.map { SignedApproval(approval, seat: $0.0, signature: $0.1) }
    }
    // The chain may not have recorded yet what ended the last term.
    memory.approvals += (finality?.last?.strongLinks ?? []) + (finality?.restored ?? [])
    return memory
  }

  func keepFinality() { act(.keepFinality(finalityMemory)) }

  /// Looks at the clock: turns, and what only an epoch's beginning allows.
  func tickFinality() {
    guard let known = finality else { return }
    // Where an epoch went by without a quorum, something may have been lost on the way.
    if epoch > known.askedAt, known.tally.highest.epoch.addingUpToMax(1) < epoch {
      finality?.askedAt = epoch
      for peer in established where peer.relays { askForApprovals(of: peer.link) }
    }
    finality?.tally.trim(at: epoch)
    setAnchors()
    approve()
  }

  /// The network time at which the clock matters next.
  var finalityDue: NetworkTime? {
    guard let finality else { return nil }
    let after = UInt64(rules.approveAfterSeconds)
    let ends = [
      rules.start(of: epoch).advanced(by: after + 1), rules.start(of: epoch.addingUpToMax(1)),
    ]
    let turns = ownSeats.map { seat, key in
      let last = finality.memory.record(of: key, in: finality.tally.term.number)?.target ?? 0
      return turn(of: seat, in: last < epoch ? epoch : epoch.addingUpToMax(1))
    }
    return (ends + turns).filter { $0 > now.time }.min()
  }
}
