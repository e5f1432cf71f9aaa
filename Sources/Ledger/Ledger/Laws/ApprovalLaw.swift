// SPDX-License-Identifier: Apache-2.0

public import LedgerCrypto

/// The law of approvals: what the chain records as final was approved by two thirds of the term's
/// seats, two epochs in a row, and nobody who approved two things approves or seals on.
/// Source: Docs/finality.md §5 to §8.
public enum ApprovalLaw {
  /// What a record of finality or a word about a member did wrong.
  public enum Violation: Error, Hashable, Sendable {
    /// Nothing becomes final in an open network.
    case openNetwork
    /// The proof is of a term that this state does not wait for.
    case otherTerm(supplied: UInt32, expected: UInt32)
    /// Not the signatures of two thirds of the seats.
    case tooFew(supplied: Int, expected: Int)
    /// A seat's signature is wrong.
    case signature(seat: UInt8)
    /// The block is no checkpoint of this chain.
    case noCheckpoint(BlockHash)
    /// The block is not the checkpoint of that epoch: it is not older than the epoch's beginning.
    case wrongEpoch(Checkpoint)
    /// The epoch is not later than what is recorded.
    case notNewer(supplied: UInt32, recorded: UInt32)
    /// The term has no such seat.
    case noSeat(UInt8)
    /// No operator has a seat in the term: nobody can restart it.
    case noOperator(term: UInt32)
    /// A restart while what is recorded as final is not old enough.
    case restartTooSoon(time: UInt64, earliest: UInt64)
    /// The term was restarted already.
    case restarted(term: UInt32)
    /// The block does not restart the term, or is not that of the restart.
    case noRestart(BlockHash)
    /// The two approvals may both be given.
    case noContradiction
    /// Who contradicted itself is barred already.
    case alreadyBarred(MemberId)
    /// A change of node key out of its order.
    case keyOrder(supplied: UInt64, expected: UInt64)
    /// A second change of node key in one epoch.
    case keyTooSoon(epoch: UInt32)
    /// The new node key did not sign that it is to be the member's.
    case keyProof(PublicKey)
  }
}
