// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// A member as the state keeps it. Bytes: record ‖ suspended (flag) ‖ changes (varint).
public struct Member: Hashable, Sendable, Canonical {
  public let record: MemberRecord
  /// Suspended members may neither sign nor build blocks; their coins stay theirs.
  public var isSuspended: Bool
  /// How often the operator changed the standing: the next change carries this number.
  public var standingChanges: UInt64

  /// A member in good standing.
  public init(record: MemberRecord) {
    self.record = record
    isSuspended = false
    standingChanges = 0
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    record = try MemberRecord(from: &input)
    isSuspended = try input.readFlag()
    standingChanges = try input.readVarint()
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    record.encode(to: &output)
    output.writeFlag(isSuspended)
    output.writeVarint(standingChanges)
  }
}
