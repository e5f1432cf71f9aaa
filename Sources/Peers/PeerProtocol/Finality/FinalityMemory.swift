// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
public import LedgerCrypto
import Quantities

/// What a node must not forget of its approvals, or it might approve two things: on the disk before
/// an approval is sent. It is part of no backup, since a restored one would be too old.
///
/// Bytes: version (1) ‖ begun (4) ‖ records (varint count; key (32) ‖ term (4) ‖ source epoch (4) ‖
/// target epoch (4) ‖ used elsewhere (flag) ‖ restart (flag, then block (32))) ‖ votes (varint
/// count; vote ‖ seat (1) ‖ signature (64)). Source: Docs/finality.md §4.
public struct FinalityMemory: Hashable, Sendable, Canonical {
  /// The last approval of a key in a term: its targets only grow, its sources never fall.
  public struct Record: Hashable, Sendable, Canonical {
    public let key: PublicKey
    public let term: UInt32
    public var source: UInt32
    public var target: UInt32
    /// Another box approves with the key: this one is silent for the term.
    public var isUsedElsewhere = false
    /// The block of the restart that the key has signed; nil where it signed none.
    public var restart: BlockHash?

    /// A record of these epochs.
    public init(key: PublicKey, term: UInt32, source: UInt32, target: UInt32) {
      self.key = key
      self.term = term
      self.source = source
      self.target = target
    }

    /// Reads one value, in the layout above.
    public init(from input: inout ByteReader) throws(DecodeError) {
      key = try PublicKey(from: &input)
      term = try input.readFixed(UInt32.self)
      source = try input.readFixed(UInt32.self)
      target = try input.readFixed(UInt32.self)
      isUsedElsewhere = try input.readFlag()
      restart = try input.readFlag() ? try BlockHash(from: &input) : nil
    }

    /// Appends the value, in the layout above.
    public func encode(to output: inout ByteWriter) {
      key.encode(to: &output)
      output.writeFixed(term)
      output.writeFixed(source)
      output.writeFixed(target)
      output.writeFlag(isUsedElsewhere)
      output.writeFlag(restart != nil)
      restart?.encode(to: &output)
    }
  }

  /// The only version that is read: with another a node is as silent as with a new disk.
  static let version: UInt8 = 2

  /// The epoch in which this memory began: with an empty one a node is silent for two whole epochs,
  /// since it may have approved before and forgotten.
  public internal(set) var begun: UInt32
  public internal(set) var records: [Record] = []
  /// The votes that hold what is agreed: without them a network that restarts as a whole could
  /// never go on from there.
  public internal(set) var votes: [SignedVote] = []

  /// An empty memory.
  public init(begun: UInt32) { self.begun = begun }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard try input.readUInt8() == FinalityMemory.version else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    begun = try input.readFixed(UInt32.self)
    for _ in 0..<(try input.readCount(in: 0...1024, itemBytes: 46)) {
      records.append(try Record(from: &input))
    }
    let least = SignedVote.byteMinimum
    for _ in 0..<(try input.readCount(in: 0...100_000, itemBytes: least)) {
      votes.append(try SignedVote(from: &input))
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.write(FinalityMemory.version)
    output.writeFixed(begun)
    output.writeVarint(UInt64(records.count))
    for record in records { record.encode(to: &output) }
    output.writeVarint(UInt64(votes.count))
    for vote in votes { vote.encode(to: &output) }
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

  /// Whether a key may sign a restart: one a term, for ever; the same one as often as it has to.
  func allows(_ restart: RestartVote, by key: PublicKey) -> Bool {
    guard let last = record(of: key, in: restart.term) else { return true }
    return !last.isUsedElsewhere && (last.restart ?? restart.block) == restart.block
  }

  /// Notes a vote; records of terms long gone are let go.
  mutating func note(_ vote: Vote, by key: PublicKey) {
    change(key, vote.term) { record in
      switch vote {
      case .approval(let approval):
        record.source = max(approval.source.epoch, record.source)
        record.target = max(approval.target.epoch, record.target)
      case .restart(let restart): record.restart = record.restart ?? restart.block
      }
    }
  }

  /// Notes that another box votes with a key, as it did here.
  /// - Returns: whether that is news.
  mutating func noteElsewhere(_ vote: Vote, by key: PublicKey) -> Bool {
    let wasKnown = record(of: key, in: vote.term)?.isUsedElsewhere ?? false
    note(vote, by: key)
    change(key, vote.term) { $0.isUsedElsewhere = true }
    return !wasKnown
  }

  private mutating func change(_ key: PublicKey, _ term: UInt32, _ body: (inout Record) -> Void) {
    var record = record(of: key, in: term) ?? Record(key: key, term: term, source: 0, target: 0)
    body(&record)
    records.removeAll {
      ($0.key == key && $0.term == term) || $0.term.addingUpToMax(2) < term
    }
    records.append(record)
  }
}
