// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
public import LedgerCrypto
import Quantities

/// What a node must not forget of its approvals, or it might approve two things: on the disk before
/// an approval is sent. It is part of no backup, since a restored one would be too old.
///
/// Bytes: version (1) ‖ begun (4) ‖ records (varint count; key (32) ‖ term (4) ‖ source epoch (4) ‖
/// target epoch (4) ‖ used elsewhere (flag)) ‖ approvals (varint count; 141 bytes each).
/// Source: Docs/finality.md §4.
public struct FinalityMemory: Hashable, Sendable, Canonical {
  /// The last approval of a key in a term: its targets only grow, its sources never fall.
  public struct Record: Hashable, Sendable, Canonical {
    public let key: PublicKey
    public let term: UInt32
    public var source: UInt32
    public var target: UInt32
    /// Another box approves with the key: this one is silent for the term.
    public var isUsedElsewhere = false

    /// A record of these epochs.
    public init(key: PublicKey, term: UInt32, source: UInt32, target: UInt32) {
      self.key = key
      self.term = term
      self.source = source
      self.target = target
    }

    /// Reads 45 bytes.
    public init(from input: inout ByteReader) throws(DecodeError) {
      key = try PublicKey(from: &input)
      term = try input.readFixed(UInt32.self)
      source = try input.readFixed(UInt32.self)
      target = try input.readFixed(UInt32.self)
      isUsedElsewhere = try input.readFlag()
    }

    /// Appends 45 bytes.
    public func encode(to output: inout ByteWriter) {
      key.encode(to: &output)
      output.writeFixed(term)
      output.writeFixed(source)
      output.writeFixed(target)
      output.writeFlag(isUsedElsewhere)
    }
  }

  /// The only version so far.
  static let version: UInt8 = 1

  /// The epoch in which this memory began: with an empty one a node is silent for two whole epochs,
  /// since it may have approved before and forgotten.
  public internal(set) var begun: UInt32
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
    for _ in 0..<(try input.readCount(in: 0...1024, itemBytes: 45)) {
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
    return !last.isUsedElsewhere && approval.target.epoch > last.target
      && approval.source.epoch >= last.source
  }

  /// Notes an approval; records of terms long gone are let go.
  mutating func note(_ approval: Approval, by key: PublicKey) {
    let old = record(of: key, in: approval.term)
    records.removeAll {
      ($0.key == key && $0.term == approval.term) || $0.term.addingUpToMax(2) < approval.term
    }
    var record = Record(
      key: key, term: approval.term, source: max(approval.source.epoch, old?.source ?? 0),
      target: max(approval.target.epoch, old?.target ?? 0))
    record.isUsedElsewhere = old?.isUsedElsewhere ?? false
    records.append(record)
  }

  /// Notes that another box approves with a key, as it did here.
  /// - Returns: whether that is news.
  mutating func noteElsewhere(_ approval: Approval, by key: PublicKey) -> Bool {
    let wasKnown = record(of: key, in: approval.term)?.isUsedElsewhere ?? false
    note(approval, by: key)
    for index in records.indices
    where records[index].key == key && records[index].term == approval.term {
      records[index].isUsedElsewhere = true
    }
    return !wasKnown
  }
}
