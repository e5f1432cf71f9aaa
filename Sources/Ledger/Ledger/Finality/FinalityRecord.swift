// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import LedgerCrypto

/// What proves that a block is final, by the seats of a term.
/// Bytes: 0 ‖ FinalProof, or 1 ‖ RestartProof. Source: Docs/finality.md §10.
public enum FinalityRecord: Hashable, Sendable, Canonical {
  /// Two thirds of the seats, twice.
  case approved(FinalProof)
  /// The operators and more than half of the others, once.
  case restarted(RestartProof)

  /// The most bytes of one.
  public static let byteLimit =
    1
    + max(
      FinalProof.byteLimit, RestartVote.byteCount + SeatSignatures.byteLimit)

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    switch try input.readUInt8() {
    case 0: self = .approved(try FinalProof(from: &input))
    case 1: self = .restarted(try RestartProof(from: &input))
    default: throw input.refusal(.unknownKind, at: input.offset - 1)
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    switch self {
    case .approved(let proof):
      output.write(0)
      proof.encode(to: &output)
    case .restarted(let proof):
      output.write(1)
      proof.encode(to: &output)
    }
  }

  /// The term whose seats signed.
  public var term: UInt32 {
    switch self {
    case .approved(let proof): proof.term
    case .restarted(let proof): proof.vote.term
    }
  }

  /// What is final.
  public var block: BlockHash {
    switch self {
    case .approved(let proof): proof.source.block
    case .restarted(let proof): proof.vote.block
    }
  }

  /// Whether a restart is proven.
  public var isRestart: Bool { if case .restarted = self { true } else { false } }

  /// Who signed.
  public var signers: SeatSignatures {
    switch self {
    case .approved(let proof): proof.signers
    case .restarted(let proof): proof.signers
    }
  }

  /// Checks the signatures against a term's list, which the caller knows to be true.
  public func verify(by term: Term, in network: NetworkId) throws(ApprovalLaw.Violation) {
    switch self {
    case .approved(let proof): try proof.verify(by: term, in: network)
    case .restarted(let proof): try proof.verify(by: term, in: network)
    }
  }
}
