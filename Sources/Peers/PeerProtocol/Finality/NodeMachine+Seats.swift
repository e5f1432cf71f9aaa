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
    guard let finality, mayVote else { return }
    for (seat, key) in ownSeats where turn(of: seat, in: epoch) <= now.time {
      guard let approval = approval(at: epoch), finality.memory.allows(approval, by: key),
        finality.memory.record(of: key, in: approval.term)?.restart == nil
      else { continue }
      vote(.approval(approval), seat, key)
    }
  }

  /// Whether this node's keys may sign anything now.
  var mayVote: Bool {
    guard let finality else { return false }
    return !finality.isBroken && !isCatchingUp && !isBelowKnown && now.milliseconds >= restsUntil
      && !isSilent(finality)
  }

  /// Whether this node may have voted before and forgotten.
  func isSilent(_ finality: NodeFinality) -> Bool {
    epoch < finality.memory.begun.addingUpToMax(3)
  }

  /// Notes a vote of an own seat, and lets the shell sign it.
  func vote(_ vote: Vote, _ seat: UInt8, _ key: PublicKey) {
    finality?.memory.note(vote, by: key)
    finality?.asked[seat, default: []].insert(vote)
    act(.vote(vote, seat: seat, key: key, memory: finalityMemory))
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
      ancestry(source.block, target) == true,
      ancestry(tally.final.block, target) == true
    else { return nil }
    return Approval(
      term: tally.term.number, source: source, target: Checkpoint(epoch: epoch, block: target))
  }

  /// A vote that this node's shell has signed, after its memory was on the disk.
  func voted(_ signed: SignedVote) {
    guard finality?.asked[signed.seat]?.remove(signed.vote) != nil else { return }
    guard finality?.tally.add(signed, at: epoch) == .new else { return }
    passOn(
      Approvals(
        signed.vote,
        signed: [Approvals.Signed(seat: signed.seat, signature: signed.signature)]), except: nil)
    keepFinality()
    updateFinality()
    if case .restart = signed.vote { voteForRestart() }
  }

  /// What has to be on the disk.
  public var finalityMemory: FinalityMemory {
    var memory = finality?.memory ?? FinalityMemory(begun: epoch)
    memory.votes = (finality?.tally.votes(from: 0) ?? []).flatMap { vote, signed in
      signed.map { SignedVote(vote, seat: $0.0, signature: $0.1) }
    }
    // The chain may not have recorded yet what ended the last term.
    memory.votes += (finality?.last?.strongVotes ?? []) + (finality?.restored ?? [])
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
    voteForRestart()
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
