// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
public import LedgerCrypto

/// What a node must not forget of its approvals, or it might approve two things: on the disk before
/// an approval is sent. It is part of no backup, since a restored one would be too old.
///
/// Bytes: version (1) ‖ begun (4) ‖ records (varint count; key (32) ‖ term (4) ‖ source epoch (4) ‖
/// target epoch (4)) ‖ approvals (varint count; 141 bytes each). Source: Docs/finality.md §4.
public struct FinalityMemory: Hashable, Sendable, Canonical {
  /// The last approval of a key in a term: its targets only grow, its sources never fall.
  public struct Record: Hashable, Sendable, Canonical {
    public let key: PublicKey
    public let term: UInt32
    public var source: UInt32
    public var target: UInt32

    /// A record of these epochs.
    public init(key: PublicKey, term: UInt32, source: UInt32, target: UInt32) {
      self.key = key
      self.term = term
      self.source = source
      self.target = target
    }

    /// Reads 44 bytes.
    public init(from input: inout ByteReader) throws(DecodeError) {
      key = try PublicKey(from: &input)
      term = try input.readFixed(UInt32.self)
      source = try input.readFixed(UInt32.self)
      target = try input.readFixed(UInt32.self)
    }

    /// Appends 44 bytes.
    public func encode(to output: inout ByteWriter) {
      key.encode(to: &output)
      output.writeFixed(term)
      output.writeFixed(source)
      output.writeFixed(target)
    }
  }

  /// The only version so far.
  static let version: UInt8 = 1

  /// The epoch in which this memory began: with an empty one a node is silent for two whole epochs,
  /// since it may have approved before and forgotten.
  public let begun: UInt32
  public internal(set) var records: [Record] = []
  /// The approvals that hold what is agreed: without them a network that restarts as a whole could
  /// never go on from there.
  public internal(set) var approvals: [SignedApproval] = []

  /// An empty memory.
  public init(begun: UInt32) { self.begun = begun }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard try input.readUInt8() == FinalityMemory.version else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    begun = try input.readFixed(UInt32.self)
    for _ in 0..<(try input.readCount(in: 0...1024, itemBytes: 44)) {
      records.append(try Record(from: &input))
    }
    let limit = SignedApproval.byteCount
    for _ in 0..<(try input.readCount(in: 0...100_000, itemBytes: limit)) {
      approvals.append(try SignedApproval(from: &input))
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.write(FinalityMemory.version)
    output.writeFixed(begun)
    output.writeVarint(UInt64(records.count))
    for record in records { record.encode(to: &output) }
    output.writeVarint(UInt64(approvals.count))
    for approval in approvals { approval.encode(to: &output) }
  }

  func record(of key: PublicKey, in term: UInt32) -> Record? {
    records.first { $0.key == key && $0.term == term }
  }

  /// Whether a key may approve: its targets only grow, its sources never fall.
  func allows(_ approval: Approval, by key: PublicKey) -> Bool {
    guard let last = record(of: key, in: approval.term) else { return true }
    return approval.target.epoch > last.target && approval.source.epoch >= last.source
  }

  /// Notes an approval; records of terms long gone are let go.
  mutating func note(_ approval: Approval, by key: PublicKey) {
    let old = record(of: key, in: approval.term)
    records.removeAll {
      ($0.key == key && $0.term == approval.term) || $0.term + 2 < approval.term
    }
    records.append(
      Record(
        key: key, term: approval.term, source: max(approval.source.epoch, old?.source ?? 0),
        target: max(approval.target.epoch, old?.target ?? 0)))
  }
}
