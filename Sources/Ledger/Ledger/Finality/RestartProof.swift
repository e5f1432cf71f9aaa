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

/// The seats of a list that signed one thing, and their signatures.
/// Bytes: n (1) ‖ seats (⌈n/8⌉; seat 0 is the lowest bit of the first byte) ‖ signatures (64 each).
public struct SeatSignatures: Hashable, Sendable, Canonical {
  /// The most bytes of one.
  public static let byteLimit = 1 + 8 + 64 * 64

  /// How many seats the term has.
  public let seatCount: UInt8
  /// The seats that signed, lowest first.
  public let seats: [UInt8]
  public let signatures: [Signature]

  /// Signatures by seat, of a list of 1…64.
  public init(of count: Int, _ signed: [UInt8: Signature]) {
    seatCount = UInt8(clamping: count)
    seats = signed.keys.sorted()
    signatures = seats.compactMap { signed[$0] }
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    let count = try input.readUInt8()
    guard (1...Term.seatLimit).contains(count) else { throw input.refusal(.outOfRange) }
    let map = Array(try input.readBytes((Int(count) + 7) / 8))
    let seats = (0..<UInt8(clamping: map.count * 8)).filter {
      map[Int($0) / 8] >> ($0 % 8) & 1 != 0
    }
    guard !seats.isEmpty, seats.allSatisfy({ $0 < count }) else {
      throw input.refusal(.notCanonical)
    }
    (seatCount, self.seats) = (count, seats)
    var signatures: [Signature] = []
    for _ in seats { signatures.append(try Signature(from: &input)) }
    self.signatures = signatures
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.write(seatCount)
    var map = [UInt8](repeating: 0, count: (Int(seatCount) + 7) / 8)
    for seat in seats { map[Int(seat) / 8] |= 1 << (seat % 8) }
    output.writeBytes(map)
    for signature in signatures { signature.encode(to: &output) }
  }

  /// Checks the signatures of seats, which are all of the list.
  func verify(_ vote: Vote, by term: Term, in network: NetworkId) throws(ApprovalLaw.Violation) {
    let message = vote.message(in: network)
    for (seat, signature) in zip(seats, signatures)
    where !signature.isValid(for: message, by: term.seats[Int(seat)].key) {
      throw .signature(seat: seat)
    }
  }
}
