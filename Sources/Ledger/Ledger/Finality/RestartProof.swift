// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
import Quantities

/// Proof that a block which restarts a term is final, and its list the next: all operators' seats
/// of the term signed it, of which there is one at least, and more than half of its other seats.
///
/// Bytes: term (4) ‖ block (32) ‖ n (1) ‖ seats (⌈n/8⌉; seat 0 is the lowest bit of the first byte)
/// ‖ their signatures (64 each) in seat order. Source: Docs/finality.md §7, §10.
public struct RestartProof: Hashable, Sendable, Canonical {
  /// What the seats signed.
  public let vote: RestartVote
  /// The seats of the term, and those that signed.
  public let signers: SeatSignatures

  /// A proof of signatures by seat; only as many are taken as are needed.
  /// - Returns: nil when they do not suffice.
  public init?(_ vote: RestartVote, _ signed: [UInt8: Signature], of term: Term) {
    guard vote.term == term.number, let others = term.restartQuorum else { return nil }
    let operators = term.seats.indices.filter { term.seats[$0].isOperator }.map {
      UInt8(clamping: $0)
    }
    let rest = signed.keys.filter { !operators.contains($0) && Int($0) < term.seats.count }.sorted()
      .prefix(others)
    guard operators.allSatisfy({ signed[$0] != nil }), rest.count == others else { return nil }
    self.vote = vote
    signers = SeatSignatures(
      of: term.seats.count, signed.filter { operators.contains($0.key) || rest.contains($0.key) })
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    vote = try RestartVote(from: &input)
    signers = try SeatSignatures(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    vote.encode(to: &output)
    signers.encode(to: &output)
  }

  /// Checks the proof against a term's list, which the caller knows to be true.
  /// - Throws: what does not hold.
  public func verify(by term: Term, in network: NetworkId) throws(ApprovalLaw.Violation) {
    guard vote.term == term.number else {
      throw .otherTerm(supplied: vote.term, expected: term.number)
    }
    let operators = term.seats.count(where: \.isOperator)
    guard let others = term.restartQuorum else { throw .noOperator(term: term.number) }
    let signedOperators = signers.seats.count {
      Int($0) < term.seats.count && term.seats[Int($0)].isOperator
    }
    guard Int(signers.seatCount) == term.seats.count, signedOperators == operators,
      signers.seats.count == operators + others
    else { throw .tooFew(supplied: signers.seats.count, expected: operators + others) }
    try signers.verify(.restart(vote), by: term, in: network)
  }
}

extension Term {
  /// How many seats that are no operator's have to sign a restart, beside all of the operators':
  /// more than half; nil where no operator has a seat, since nobody can restart the term then.
  /// Were it half of all seats, the operators alone could make two.
  public var restartQuorum: Int? {
    let operators = seats.count(where: \.isOperator)
    return operators == 0 ? nil : (seats.count - operators) / 2 + 1
  }
}
