// SPDX-License-Identifier: Apache-2.0

public import Chain
public import Ledger
import LedgerCrypto
public import Quantities

/// What a proof's block counts for.
public enum Standing: Hashable, Sendable {
  case final(Approved)
  case worked(Worked)

  /// Final by the seats of a term.
  public struct Approved: Hashable, Sendable {
    /// The checkpoint that was approved, and when its epoch began.
    public let checkpoint: Checkpoint
    public let time: NetworkTime
    public let height: UInt64
    public let term: Term
    /// How many handovers lead to the term from the genesis.
    public let handovers: UInt32

    /// Final as the checkpoint whose epoch began at `time`, by this term.
    public init(
      checkpoint: Checkpoint, time: NetworkTime, height: UInt64, term: Term, handovers: UInt32
    ) {
      self.checkpoint = checkpoint
      self.time = time
      self.height = height
      self.term = term
      self.handovers = handovers
    }
  }

  /// On the chain of some headers.
  public struct Worked: Hashable, Sendable {
    /// Blocks on top, and the height of the last of them.
    public let confirmations: UInt64
    public let height: UInt64
    /// Hashes that the blocks on top are expected to have taken.
    public let work: UInt256

    /// On a chain that goes on for so many blocks.
    public init(confirmations: UInt64, height: UInt64, work: UInt256) {
      self.confirmations = confirmations
      self.height = height
      self.work = work
    }
  }
}

extension Standing: CustomStringConvertible {
  /// One line for people.
  public var description: String {
    switch self {
    case .final(let approved): "\(approved)"
    case .worked(let worked):
      "worked for, not approved: \(worked.confirmations) blocks, about \(worked.work) hashes; whoever "
        + "hashes more can undo or forge it"
    }
  }
}

extension Standing.Approved: CustomStringConvertible {
  /// Seats of operators, exchanges and markets.
  public var institutions: Int { term.seats.count(where: \.isInstitution) }

  /// One line for people: who approved, how far from the genesis, and what cannot be hidden.
  public var description: String {
    let (seats, quorum) = (term.seats.count, term.quorum)
    let who =
      quorum == seats
      ? "\(quorum) of \(seats) approvers; no fault is tolerated"
      : "two thirds (\(quorum)) of \(seats) approvers, \(institutions) of them institutions"
    let young = term.candidates == 0 ? 0 : term.young * 100 / term.candidates
    return
      "final under the checkpoint of \(time) by \(who); \(handovers) handovers from the genesis; "
      + "\(young) % of \(term.candidates) candidates are younger than 90 days"
  }
}

/// What a proof's block counts for, in JSON.
public struct StandingForm: Codable, Hashable, Sendable {
  /// Whether approvers made it final; else work is all that stands behind it.
  public let isFinal: Bool
  /// One line for people.
  public let text: String
  /// When the checkpoint's epoch began, as text, and its number.
  public let checkpoint: String?
  public let epoch: UInt32?
  public let term: UInt32?
  public let seats: Int?
  public let quorum: Int?
  public let institutions: Int?
  public let handovers: UInt32?
  public let candidates: UInt64?
  public let young: UInt64?
  /// Blocks on top, and the hashes that they are expected to have taken.
  public let confirmations: UInt64?
  public let hashes: String?

  /// The form of `standing`.
  public init(_ standing: Standing) {
    text = "\(standing)"
    switch standing {
    case .final(let approved):
      isFinal = true
      checkpoint = "\(approved.time)"
      epoch = approved.checkpoint.epoch
      term = approved.term.number
      seats = approved.term.seats.count
      quorum = approved.term.quorum
      institutions = approved.institutions
      handovers = approved.handovers
      (candidates, young) = (approved.term.candidates, approved.term.young)
      (confirmations, hashes) = (nil, nil)
    case .worked(let worked):
      isFinal = false
      (checkpoint, epoch, term, seats, quorum) = (nil, nil, nil, nil, nil)
      (institutions, handovers, candidates, young) = (nil, nil, nil, nil)
      confirmations = worked.confirmations
      hashes = "\(worked.work)"
    }
  }
}
