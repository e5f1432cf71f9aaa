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
  /// The seats of the term, and those that signed, as many as the quorum.
  public let signers: SeatSignatures

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
    signers = SeatSignatures(of: term.seats.count, signed.filter { seats.contains($0.key) })
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    term = try input.readFixed(UInt32.self)
    source = try Checkpoint(from: &input)
    target = try BlockHash(from: &input)
    guard source.epoch < UInt32.max else { throw input.refusal(.outOfRange) }
    signers = try SeatSignatures(from: &input)
    guard signers.seats.count == Term.quorum(of: Int(signers.seatCount)) else {
      throw input.refusal(.notCanonical)
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(term)
    source.encode(to: &output)
    target.encode(to: &output)
    signers.encode(to: &output)
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
    guard Int(signers.seatCount) == term.seats.count, signers.seats.count == term.quorum else {
      throw .tooFew(supplied: signers.seats.count, expected: term.quorum)
    }
    try signers.verify(.approval(approval), by: term, in: network)
  }
}
