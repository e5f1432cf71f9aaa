// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Quantities

/// A restart by the operator, where more than a third of the seats are gone for good: what this
/// node's seats say to it, and what follows once enough have signed.
///
/// What two thirds make final at or behind the root of the list that was drawn before hands over to
/// that list, the restart to its own. So that never both are proven, a seat does not sign where it
/// may have helped to make such a block final, and once it has signed approves nothing more in the
/// term. Source: Docs/finality.md §7.
extension NodeMachine {
  private var rules: NetworkRules { chain.genesis.rules }

  /// Signs the restart that this node's chain holds with the seats that may.
  func voteForRestart() {
    guard mayVote, let tally = finality?.tally,
      now.time >= rules.restartTime(after: tally.final)
    else { return }
    do {
      guard let restart = try standingRestart(tally),
        ancestry(tally.highest.block, restart.block) == true, try isBelowReplaced(tally.highest)
      else { return }
      for (seat, key) in ownSeats
      where tally.restarts[restart]?[seat] == nil && isTurn(of: seat, in: restart)
        && finality?.memory.allows(restart, by: key) == true
        && finality?.memory.record(of: key, in: restart.term)?.source ?? 0 <= tally.highest.epoch
        && finality?.restart?.asked[seat] != epoch
      {
        finality?.restart?.asked[seat] = epoch
        vote(.restart(restart), seat, key)
      }
    } catch { fault(error) }
  }

  /// The restart of the term that has stood on this node's chain for an epoch.
  private func standingRestart(_ tally: ApprovalTally) throws -> RestartVote? {
    guard let next = try chain.term(tally.term.number.addingUpToMax(1)), next.isRestart,
      let block = try chain.header(at: next.rootHeight)?.hash
    else {
      finality?.restart = nil
      return nil
    }
    if finality?.restart?.block != block { finality?.restart = (block, now.time, [:]) }
    guard let since = finality?.restart?.since,
      now.time >= since.advanced(by: UInt64(rules.checkpointSeconds))
    else { return nil }
    return RestartVote(term: tally.term.number, block: block)
  }

  /// Operators sign one after the other, and the others once they all have: were two branches to
  /// hold restarts, seats that sign but once would be split between them for good.
  private func isTurn(of seat: UInt8, in restart: RestartVote) -> Bool {
    guard let tally = finality?.tally else { return false }
    let seats = tally.term.seats
    let before = seats.indices.filter {
      seats[$0].isOperator && (!seats[Int(seat)].isOperator || $0 < Int(seat))
    }
    return before.allSatisfy { tally.restarts[restart]?[UInt8(clamping: $0)] != nil }
  }

  /// Whether a checkpoint lies below the root of the list that the restart replaced: a step from it
  /// cannot hand over to that list.
  private func isBelowReplaced(_ checkpoint: Checkpoint) throws -> Bool {
    guard let term = finality?.tally.term.number,
      let replaced = try chain.replacedTerm(term.addingUpToMax(1))
    else { return true }
    if let final = finality?.block, final.block == checkpoint.block {
      return final.height < replaced.rootHeight
    }
    guard let header = chain.headers.header(checkpoint.block) else { return false }
    return header.height < replaced.rootHeight
  }

  /// Takes up a restart that enough seats have signed.
  func concludeRestart() {
    defer { noteConflict() }
    let isAncestor = ancestry
    guard let proof = finality?.tally.concludeRestart(isAncestor: isAncestor),
      let height = chain.headers.header(proof.vote.block)?.height,
      height > finality?.block.height ?? 0
    else { return }
    finality?.proofs[proof.vote.term] = .restarted(proof)
    finality?.block = ForkAnchors.Final(block: proof.vote.block, height: height)
    note(.restarted(term: proof.vote.term, height: height))
    keepFinality()
    act(.poolChanged)
  }
}

extension FinalityRecord {
  /// Whether a state has not recorded as much yet; the term is the state's.
  func isNewer(than state: FinalityState) -> Bool {
    switch self {
    case .approved(let proof): proof.source.epoch > state.recorded.epoch
    case .restarted: true
    }
  }
}
