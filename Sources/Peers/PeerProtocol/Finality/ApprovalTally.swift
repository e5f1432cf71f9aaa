// SPDX-License-Identifier: Apache-2.0

import Ledger
import LedgerCrypto
import Quantities

/// What a node knows of who approved what in the current term, and what follows: which checkpoints
/// are agreed, and which block is final. It has no clock, no chain and no keys.
/// Source: Docs/finality.md §5, §10.
struct ApprovalTally {
  /// What came of an approval.
  enum Verdict: Equatable {
    case new
    case known
    /// Of a term or epoch that this node does not, or no longer, or not yet, count.
    case aside
    /// The term has no such seat.
    case noSeat
    /// The seat's key did not sign it.
    case badSignature
    /// The seat approved something else too; the approval counts all the same.
    case contradicts(Contradiction)
  }

  /// Approvals are kept for so many epochs behind the newest; older ones where they hold a link.
  static let depth: UInt32 = 16
  /// Older links that are kept: the newest prove what was agreed before them.
  static let linkLimit = 64

  private let network: NetworkId
  private(set) var term: Term
  /// The newest final block: the term's root at first.
  private(set) var final: Checkpoint
  /// Checkpoints that two thirds approved, from the final one on.
  private(set) var agreed: Set<Checkpoint> = []
  /// The epoch at which another chain would have become final: more than a third of the seats lie.
  private(set) var conflict: UInt32?

  /// What may have ended the term: the approvals of steps that two thirds approved, and restarts.
  var strongVotes: [SignedVote] {
    let strong = links.filter { $0.value.count >= term.quorum }.map { (Vote.approval($0), $1) }
    return (strong + restarts.map { (Vote.restart($0), $1) }).flatMap { vote, signed in
      signed.map { SignedVote(vote, seat: $0.key, signature: $0.value) }
    }
  }

  private(set) var links: [Approval: [UInt8: Signature]] = [:]
  /// Who has signed which restart of the term.
  private(set) var restarts: [RestartVote: [UInt8: Signature]] = [:]

  /// The tally of a term whose newest final block is `final`.
  init(_ term: Term, final: Checkpoint, network: NetworkId) {
    self.term = term
    self.final = final
    self.network = network
    agreed = [final]
  }

  /// The agreed checkpoint of the highest epoch; among two of one epoch, which only liars can make,
  /// the smaller.
  var highest: Checkpoint {
    agreed.max { ($0.epoch, $1.block) < ($1.epoch, $0.block) } ?? final
  }

  /// Counts a vote, in the order that costs a liar most and this node least. One of the next
  /// epoch is by a clock that is ahead: it would not be sent again.
  /// - Parameters:
  ///   - epoch: the newest that has begun by this node's clock.
  ///   - isWhole: it comes with a quorum of others, or from this node's own memory: what was agreed
  ///     long ago is still what has to be built on.
  mutating func add(
    _ signed: SignedVote, at epoch: UInt32, isWhole: Bool = false
  ) -> Verdict {
    guard isOfNow(signed.vote, epoch, isWhole) else { return .aside }
    guard Int(signed.seat) < term.seats.count else { return .noSeat }
    guard signature(of: signed.seat, to: signed.vote) == nil else { return .known }
    let others = votes(of: signed.seat)
    // Two of one epoch, or two restarts, prove all that is to be proven; more would be free.
    guard others.count(where: { $0.vote.excludes(signed.vote) }) < 2 else { return .aside }
    guard signed.isSigned(in: network, by: term.seats[Int(signed.seat)].key) else {
      return .badSignature
    }
    switch signed.vote {
    case .approval(let approval): links[approval, default: [:]][signed.seat] = signed.signature
    case .restart(let restart): restarts[restart, default: [:]][signed.seat] = signed.signature
    }
    for other in others {
      if let proof = Contradiction(other, signed) { return .contradicts(proof) }
    }
    return .new
  }

  /// Whether a vote is of what is decided now.
  private func isOfNow(_ vote: Vote, _ epoch: UInt32, _ isWhole: Bool) -> Bool {
    guard vote.term == term.number else { return false }
    switch vote {
    case .approval(let approval):
      return approval.target.epoch > final.epoch
        && approval.target.epoch <= epoch.addingUpToMax(1)
        && (isWhole || approval.target.epoch.addingUpToMax(ApprovalTally.depth) >= epoch
          || links[approval] != nil)
    case .restart: return term.restartQuorum != nil
    }
  }

  private func signature(of seat: UInt8, to vote: Vote) -> Signature? {
    switch vote {
    case .approval(let approval): links[approval]?[seat]
    case .restart(let restart): restarts[restart]?[seat]
    }
  }

  private func votes(of seat: UInt8) -> [SignedVote] {
    links.compactMap { approval, signed in
      signed[seat].map { SignedVote(.approval(approval), seat: seat, signature: $0) }
    }
      + restarts.compactMap { restart, signed in
        signed[seat].map { SignedVote(.restart(restart), seat: seat, signature: $0) }
      }
  }

  /// Draws the conclusions from what was counted. Of two thirds of the seats one is honest, and
  /// honest seats approve from what is agreed: a step that so many approved proves its source too.
  /// - Parameter isAncestor: whether the first block is the second or on the way to it; nil where
  ///   that is not known yet.
  /// - Returns: what became final, one after the other.
  mutating func conclude(
    isAncestor: (BlockHash, BlockHash) -> Bool?
  ) -> [FinalProof] {
    var found: [FinalProof] = []
    let strong = links.filter { $0.value.count >= term.quorum }
      .sorted { $0.key.target.epoch < $1.key.target.epoch }
    for (approval, signed) in strong where approval.source.epoch >= final.epoch {
      let (source, target) = (approval.source, approval.target)
      guard let isBehind = isAncestor(final.block, source.block),
        isAncestor(source.block, target.block) == true
      else { continue }
      guard isBehind else {
        // Two thirds of the seats have approved what conflicts with a final block.
        let isBefore = isAncestor(source.block, final.block) != false
        if target.epoch == source.epoch + 1, !isBefore { conflict = target.epoch }
        continue
      }
      agreed.formUnion([source, target])
      guard source.epoch > final.epoch, let proof = FinalProof(approval, signed, of: term) else {
        continue
      }
      found.append(proof)
      final = source
    }
    if !found.isEmpty { forgetOld(before: final.epoch) }
    return found
  }

  /// The block of the restart that all operators' seats have signed; nil where one of them has
  /// signed two.
  var operatorsRestart: BlockHash? {
    let operators = term.seats.indices.filter { term.seats[$0].isOperator }
    guard !operators.isEmpty else { return nil }
    let signed = restarts.filter { _, signed in
      operators.contains { signed[UInt8(clamping: $0)] != nil }
    }
    guard signed.count == 1, let (restart, seats) = signed.first,
      operators.allSatisfy({ seats[UInt8(clamping: $0)] != nil })
    else { return nil }
    return restart.block
  }

  /// The restart that all operators and more than half of the other seats have signed, if the block
  /// is known to follow what is final.
  mutating func concludeRestart(
    isAncestor: (BlockHash, BlockHash) -> Bool?
  ) -> RestartProof? {
    let proofs = restarts.compactMap { RestartProof($0.key, $0.value, of: term) }
    for proof in proofs.sorted(by: { $0.vote.block < $1.vote.block }) {
      switch isAncestor(final.block, proof.vote.block) {
      case true?: return proof
      case false? where isAncestor(proof.vote.block, final.block) == false:
        conflict = final.epoch
      default: break
      }
    }
    return nil
  }

  /// Takes up a final block that the chain itself records.
  mutating func take(_ recorded: Checkpoint) {
    guard recorded.epoch > final.epoch else { return }
    final = recorded
    agreed.insert(recorded)
    forgetOld(before: recorded.epoch)
  }

  private mutating func forgetOld(before epoch: UInt32) {
    agreed = agreed.filter { $0.epoch >= epoch }
    links = links.filter { $0.key.target.epoch > epoch }
  }

  /// Lets go of approvals that came to nothing long ago.
  mutating func trim(at epoch: UInt32) {
    func isOld(_ approval: Approval) -> Bool {
      approval.target.epoch.addingUpToMax(ApprovalTally.depth) < epoch
    }
    let oldLinks = links.filter { isOld($0.key) && $0.value.count >= term.quorum }.keys
      .sorted { ($1.target.epoch, $1.target.block) < ($0.target.epoch, $0.target.block) }
    let kept = Set(oldLinks.prefix(ApprovalTally.linkLimit))
    links = links.filter { !isOld($0.key) || kept.contains($0.key) }
  }

  /// All votes: restarts, and approvals of targets from `epoch` on, oldest first.
  func votes(from epoch: UInt32) -> [(vote: Vote, signed: [(UInt8, Signature)])] {
    let restarts = restarts.sorted { $0.key.block < $1.key.block }.map { restart, signed in
      (Vote.restart(restart), signed.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
    return restarts + approvals(from: epoch).map { (.approval($0.approval), $0.signed) }
  }

  /// All approvals of targets from `epoch` on, oldest first.
  func approvals(from epoch: UInt32) -> [(approval: Approval, signed: [(UInt8, Signature)])] {
    links.filter { $0.key.target.epoch >= epoch }
      .sorted {
        ($0.key.target.epoch, $0.key.target.block, $0.key.source.epoch, $0.key.source.block)
          < ($1.key.target.epoch, $1.key.target.block, $1.key.source.epoch, $1.key.source.block)
      }
      .map { ($0.key, $0.value.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }) }
  }

  /// The seats that have approved something at an epoch.
  func seats(of epoch: UInt32) -> Set<UInt8> {
    Set(links.filter { $0.key.target.epoch == epoch }.flatMap(\.value.keys))
  }

  /// The block that more than a sixth of the seats, and more than for any other, approve as an
  /// epoch's checkpoint.
  func favourite(of epoch: UInt32) -> BlockHash? {
    var seats: [BlockHash: Set<UInt8>] = [:]
    for (approval, signed) in links where approval.target.epoch == epoch {
      seats[approval.target.block, default: []].formUnion(signed.keys)
    }
    let order = seats.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    guard let first = order.first, 6 * first.value.count > term.seats.count,
      order.count < 2 || order[1].value.count < first.value.count
    else { return nil }
    return first.key
  }
}

extension Vote {
  /// Whether a seat gives one of the two at most: an epoch's approval, a term's restart.
  fileprivate func excludes(_ other: Vote) -> Bool {
    switch (self, other) {
    case (.approval(let some), .approval(let other)): some.target.epoch == other.target.epoch
    case (.restart, .restart): true
    default: false
    }
  }
}
