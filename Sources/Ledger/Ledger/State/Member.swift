// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// A member as the state keeps it. Bytes: record ‖ standing (1 suspended, 2 barred) ‖ changes
/// (varint) ‖ answered (4) ‖ since (4) ‖ has a node key (flag) ‖ [node key (32) ‖ its epoch (4)] ‖
/// changes of it (varint).
public struct Member: Hashable, Sendable, Canonical {
  public let record: MemberRecord
  /// Suspended members may neither sign nor build blocks; their coins stay theirs.
  public var isSuspended: Bool
  /// Barred members approved two things: they build no blocks and are drawn for no term, until the
  /// operator takes them back. Their reports and coins go on. Source: Docs/finality.md §8.
  public var isBarred: Bool
  /// What it contradicted in terms before this one was answered by a bar: the operator's pardon is
  /// not undone by showing the same proof again.
  public var answeredBefore: UInt32
  /// How often the operator changed the standing: the next change carries this number.
  public var standingChanges: UInt64
  /// The epoch in which it was admitted.
  public let since: UInt32
  /// A key that seals and approves for the member, and signs nothing else.
  public var nodeKey: PublicKey?
  /// The epoch in which the node key was set; 0 without one.
  public var nodeKeySince: UInt32
  /// How often the node key was set: the next change carries this number.
  public var nodeKeyChanges: UInt64

  /// A member in good standing, admitted in this epoch.
  public init(record: MemberRecord, since: UInt32) {
    self.record = record
    isSuspended = false
    isBarred = false
    answeredBefore = 0
    standingChanges = 0
    self.since = since
    nodeKey = nil
    nodeKeySince = 0
    nodeKeyChanges = 0
  }

  /// Whether it may build blocks and be drawn.
  public var isGood: Bool { !isSuspended && !isBarred }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    record = try MemberRecord(from: &input)
    let standing = try input.readUInt8()
    guard standing < 4 else { throw input.refusal(.outOfRange, at: input.offset - 1) }
    isSuspended = standing & 1 != 0
    isBarred = standing & 2 != 0
    standingChanges = try input.readVarint(in: 0...(1 << 53))
    answeredBefore = try input.readFixed(UInt32.self)
    since = try input.readFixed(UInt32.self)
    let hasNodeKey = try input.readFlag()
    nodeKey = hasNodeKey ? try PublicKey(from: &input) : nil
    nodeKeySince = hasNodeKey ? try input.readFixed(UInt32.self) : 0
    nodeKeyChanges = try input.readVarint(in: 0...(1 << 53))
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    record.encode(to: &output)
    output.write((isSuspended ? 1 : 0) | (isBarred ? 2 : 0))
    output.writeVarint(standingChanges)
    output.writeFixed(answeredBefore)
    output.writeFixed(since)
    output.writeFlag(nodeKey != nil)
    if let nodeKey {
      nodeKey.encode(to: &output)
      output.writeFixed(nodeKeySince)
    }
    output.writeVarint(nodeKeyChanges)
  }
}
