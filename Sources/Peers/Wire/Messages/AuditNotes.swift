// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger

/// What auditors found, passed on as it is: each note carries its signature.
/// Bytes: count (varint, 1…100) ‖ count × 137 bytes.
public struct AuditNotes: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 22
  /// A note a report at most, and few reports are audited.
  public static let noteCount: ClosedRange<UInt64> = 1...100
  /// A count and as many values.
  public static let byteLimit = 4 + 137 * 100

  public let notes: [AuditNote]

  /// A message of 1…100 values.
  public init(notes: [AuditNote]) { self.notes = notes }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    notes = try input.readList(AuditNote.self, in: AuditNotes.noteCount, itemBytes: 137)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) { output.writeList(notes) }
}
