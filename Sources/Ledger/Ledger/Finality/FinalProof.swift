// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
import Quantities

/// Proof that a block is final: two thirds of a term's seats approved the step from it, as the
/// checkpoint of an epoch, to a checkpoint of the very next one. What makes the block agreed is not
/// in it: honest seats approve from agreed checkpoints alone.
///
/// Bytes: term (4) ‖ source epoch (4) ‖ source (32) ‖ target (32) ‖ n (1) ‖ seats (⌈n/8⌉; seat 0 is
/// the lowest bit of the first byte) ‖ exactly the quorum's signatures (64 each) in seat order.
/// Source: Docs/finality.md §5, §10.
public struct FinalProof: Hashable, Sendable, Canonical {
  /// The most bytes of a proof.
  public static let byteLimit = 73 + 8 + 64 * 43

  public let term: UInt32
  /// What is final.
  public let source: Checkpoint
  /// The block of the next epoch's checkpoint.
  public let target: BlockHash
  /// How many seats the term has.
  public let seatCount: UInt8
  /// The seats that signed, lowest first, as many as the quorum.
  public let seats: [UInt8]
  public let signatures: [Signature]

  /// A proof of signatures by seat; only the first of them that make a quorum are taken.
  /// - Returns: nil when they are too few, or the target is not of the next epoch.
  public init?(_ approval: Approval, _ signed: [UInt8: Signature], of term: Term) {
    let seats = signed.keys.sorted().prefix(term.quorum)
    guard approval.target.epoch == approval.source.epoch.addingUpToMax(1),
      seats.count == term.quorum, approval.term == term.number
    else { return nil }
    self.term = approval.term
    source = approval.source
    target = approval.target.block
    seatCount = UInt8(clamping: term.seats.count)
    self.seats = Array(seats)
    signatures = seats.compactMap { signed[$0] }
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    term = try input.readFixed(UInt32.self)
    source = try Checkpoint(from: &input)
    target = try BlockHash(from: &input)
    let count = try input.readUInt8()
    guard (1...Term.seatLimit).contains(count), source.epoch < UInt32.max else {
      throw input.refusal(.outOfRange)
    }
    let map = Array(try input.readBytes((Int(count) + 7) / 8))
    let seats = (0..<UInt8(clamping: map.count * 8)).filter {
      map[Int($0) / 8] >> ($0 % 8) & 1 != 0
    }
    guard seats.count == Term.quorum(of: Int(count)), seats.allSatisfy({ $0 < count }) else {
      throw input.refusal(.notCanonical)
    }
    (seatCount, self.seats) = (count, seats)
    var signatures: [Signature] = []
    for _ in seats { signatures.append(try Signature(from: &input)) }
    self.signatures = signatures
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(term)
    source.encode(to: &output)
    target.encode(to: &output)
    output.write(seatCount)
    var map = [UInt8](repeating: 0, count: (Int(seatCount) + 7) / 8)
    for seat in seats { map[Int(seat) / 8] |= 1 << (seat % 8) }
    output.writeBytes(map)
    for signature in signatures { signature.encode(to: &output) }
  }

  /// What the seats signed.
  public var approval: Approval {
    Approval(
      term: term, source: source,
      target: Checkpoint(epoch: source.epoch + 1, block: target))
  }

  /// Checks the proof against a term's list, which the caller knows to be true: how many have to
  /// sign, and who, is never read from the proof.
  /// - Throws: what does not hold.
  public func verify(by term: Term, in network: NetworkId) throws(ApprovalLaw.Violation) {
    guard self.term == term.number else {
      throw .otherTerm(supplied: self.term, expected: term.number)
    }
    guard Int(seatCount) == term.seats.count, seats.count == term.quorum,
      signatures.count == term.quorum
    else { throw .tooFew(supplied: signatures.count, expected: term.quorum) }
    let message = approval.message(in: network)
    for (seat, signature) in zip(seats, signatures)
    where !signature.isValid(for: message, by: term.seats[Int(seat)].key) {
      throw .signature(seat: seat)
    }
  }
}
