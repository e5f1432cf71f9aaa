// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
import LedgerCrypto
import Quantities

/// A final block with the proof that it is: what certificates, light clients and snapshots stand
/// on. Bytes: proof ‖ header (178). Source: Docs/finality.md §12.
public struct FinalBlock: Hashable, Sendable, Canonical {
  /// The most bytes of one.
  public static let byteLimit = FinalProof.byteLimit + BlockHeader.byteCount

  public let proof: FinalProof
  /// Of the proof's source.
  public let header: BlockHeader

  /// A block and its proof; nothing is checked yet.
  public init(proof: FinalProof, header: BlockHeader) {
    self.proof = proof
    self.header = header
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    proof = try FinalProof(from: &input)
    header = try BlockHeader(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    proof.encode(to: &output)
    header.encode(to: &output)
  }
}

/// The end of a term, proven by its own seats: a block at or behind the next term's root is final,
/// and its state holds the next term's list. Bytes: record ‖ header of its block (178) ‖ next term
/// ‖ state path. Source: Docs/finality.md §6, §7.
public struct Handover: Hashable, Sendable, Canonical {
  /// The least bytes of one: a term of one seat.
  public static let byteMinimum = 103 + BlockHeader.byteCount + 58 + 2
  /// The most bytes of one: a full term, and a path of 256 levels.
  public static let byteLimit =
    FinalityRecord.byteLimit + BlockHeader.byteCount + 41 + 33 * 64 + 3 + 32 * 258

  public let record: FinalityRecord
  /// Of the block that is final.
  public let header: BlockHeader
  public let next: Term
  /// The path of the next term's entry under the block's state root.
  public let path: StateProof

  /// A handover of these parts; nothing is checked yet.
  public init(record: FinalityRecord, header: BlockHeader, next: Term, path: StateProof) {
    self.record = record
    self.header = header
    self.next = next
    self.path = path
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    record = try FinalityRecord(from: &input)
    header = try BlockHeader(from: &input)
    next = try Term(from: &input)
    path = try StateProof(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    record.encode(to: &output)
    header.encode(to: &output)
    next.encode(to: &output)
    path.encode(to: &output)
  }
}

/// All that leads from a term that a reader knows to a final block: the handovers between, and the
/// block. Bytes: handovers (varint count) ‖ final block. Source: Docs/finality.md §12.
public struct FinalityProof: Hashable, Sendable, Canonical {
  /// Terms grow to a month: more than forty years.
  public static let handoverCount: ClosedRange<UInt64> = 0...512

  /// In the order of terms; those that the reader has are passed over.
  public let handovers: [Handover]
  public let final: FinalBlock

  /// A proof of these parts; nothing is checked yet.
  public init(handovers: [Handover], final: FinalBlock) {
    self.handovers = handovers
    self.final = final
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    var handovers: [Handover] = []
    for _
      in 0..<(try input.readCount(in: FinalityProof.handoverCount, itemBytes: Handover.byteMinimum))
    {
      handovers.append(try Handover(from: &input))
    }
    self.handovers = handovers
    final = try FinalBlock(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeVarint(UInt64(handovers.count))
    for handover in handovers { handover.encode(to: &output) }
    final.encode(to: &output)
  }

  /// Verifies the proof from a term that is known to be true.
  /// - Returns: the term whose seats made the block final.
  public func verify(from known: KnownTerm) throws(FinalityFault) -> KnownTerm {
    var term = known
    for handover in handovers where handover.record.term >= term.term.number {
      try term.advance(by: handover)
    }
    try term.check(final)
    return term
  }
}

/// Why what is said to be final is not proven to be.
public enum FinalityFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The network has no approvers.
  case openNetwork
  /// The genesis itself breaks a law.
  case genesis(String)
  /// The header is of another network.
  case otherNetwork
  /// Too few, wrong or foreign signatures.
  case approvals(ApprovalLaw.Violation)
  /// The header is not that of the block which was approved.
  case otherBlock(supplied: BlockHash, approved: BlockHash)
  /// The block is not older than the epoch whose checkpoint it is said to be.
  case wrongEpoch(Checkpoint)
  /// The term had ended: its seats prove the next list and nothing behind it.
  case termEnded(UInt32, time: UInt64)
  /// The term had not ended: its seats cannot hand over yet.
  case termRuns(UInt32, time: UInt64)
  /// The handover names a term that does not follow.
  case notNext(supplied: UInt32, expected: UInt32)
  /// The block that is signed is not the one that restarts the term.
  case noRestart(supplied: BlockHash)
  /// The next list is not what the block's state holds.
  case notInState(term: UInt32)

  /// The reason in one line.
  public var description: String {
    switch self {
    case .openNetwork: "nothing is final in an open network: it has no approvers"
    case .genesis(let reason): "the genesis itself: \(reason)"
    case .otherNetwork: "the header is of another network"
    case .approvals(let violation): "law 11 (\(Law.title(11))): \(violation)"
    case .otherBlock(let supplied, let approved):
      "block \(approved.hex) was approved, not \(supplied.hex)"
    case .wrongEpoch(let checkpoint):
      "block \(checkpoint.block.hex) is not older than epoch \(checkpoint.epoch)"
    case .termEnded(let term, let time):
      "term \(term) had ended before the block's time \(time): its seats no longer count"
    case .termRuns(let term, let time):
      "term \(term) had not ended at the block's time \(time): it cannot hand over"
    case .notNext(let supplied, let expected):
      "the handover leads to term \(supplied), not to \(expected)"
    case .noRestart(let block): "block \(block.hex) does not restart the term"
    case .notInState(let term): "the list of term \(term) is not what the block's state holds"
    }
  }
}
