// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
import Quantities

/// Two votes of one seat that cannot both be given: whoever gave them seals and approves no more
/// until the operator says otherwise. Anybody may send it; it needs no signer. Bytes: kind 9 ‖ seat
/// (1) ‖ vote ‖ signature (64) ‖ vote ‖ signature (64), the smaller vote first. Source:
/// Docs/finality.md §8.
public struct Contradiction: LedgerTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.contradiction
  public let seat: UInt8
  public let first: Vote
  public let firstSignature: Signature
  public let second: Vote
  public let secondSignature: Signature

  /// What two signed votes prove, or nil where they may both be given.
  public init?(_ some: SignedVote, _ other: SignedVote) {
    guard some.seat == other.seat, some.vote.contradicts(other.vote) else { return nil }
    let isOrdered = some.vote.bytes.lexicographicallyPrecedes(other.vote.bytes)
    let (first, second) = isOrdered ? (some, other) : (other, some)
    seat = some.seat
    (self.first, firstSignature) = (first.vote, first.signature)
    (self.second, secondSignature) = (second.vote, second.signature)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    seat = try input.readUInt8()
    guard seat < Term.seatLimit else { throw input.refusal(.outOfRange, at: input.offset - 1) }
    first = try Vote(from: &input)
    firstSignature = try Signature(from: &input)
    second = try Vote(from: &input)
    secondSignature = try Signature(from: &input)
    guard first.bytes.lexicographicallyPrecedes(second.bytes) else {
      throw input.refusal(.notCanonical)
    }
  }

  /// Appends the body.
  public func encodeBody(to output: inout ByteWriter) {
    output.write(seat)
    first.encode(to: &output)
    firstSignature.encode(to: &output)
    second.encode(to: &output)
    secondSignature.encode(to: &output)
  }

  /// Nobody signs it.
  public var seal: Signature? { nil }

  /// Nobody has to sign it.
  public func author(in state: StateView) throws(ApplyError) -> PublicKey? { nil }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    let number = first.term
    let (term, holder, found) = try transition.read {
      s throws(StateSourceError) -> (Term?, KeyHolder?, Member?) in
      let term = try s.term(number)
      guard let term, Int(seat) < term.seats.count else { return (term, nil, nil) }
      let holder = try s.holder(term.seats[Int(seat)].key)
      guard let holder else { return (term, nil, nil) }
      return (term, holder, try s.member(holder.member))
    }
    let network = transition.network
    let (id, member) = try Transition.obey(LawViolation.approvals) {
      () throws(ApprovalLaw.Violation) -> (MemberId, Member) in
      guard let term else { throw .otherTerm(supplied: number, expected: number) }
      guard let holder, let found else { throw .noSeat(seat) }
      guard first.contradicts(second) else { throw .noContradiction }
      guard !found.isBarred, number >= found.answeredBefore else {
        throw .alreadyBarred(holder.member)
      }
      let key = term.seats[Int(seat)].key
      for (vote, signature) in [(first, firstSignature), (second, secondSignature)]
      where !signature.isValid(for: vote.message(in: network), by: key) {
        throw .signature(seat: seat)
      }
      return (holder.member, found)
    }
    var barred = member
    barred.isBarred = true
    barred.answeredBefore = number.addingUpToMax(1)
    transition.state.set(.member(id), .member(barred))
  }
}
