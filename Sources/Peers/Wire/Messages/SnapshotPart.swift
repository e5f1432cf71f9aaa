// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger

/// The entries of one part of a snapshot.
/// Bytes: block (32) ‖ index ‖ entries (varint count; key (37), entry (varint length, bytes)).
public struct SnapshotPart: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 26
  /// A part of the state of a region of 10,000 homes.
  public static let byteLimit = 16 << 20
  /// More entries than such a part has.
  public static let entryCount: ClosedRange<UInt64> = 0...65_536

  /// An entry as the state keeps it.
  public struct Item: Hashable, Sendable, Canonical {
    public let key: StateKey
    /// The entry's canonical bytes.
    public let entry: [UInt8]

    /// An entry.
    public init(key: StateKey, entry: [UInt8]) {
      self.key = key
      self.entry = entry
    }

    /// Reads one value, in the layout above.
    public init(from input: inout ByteReader) throws(DecodeError) {
      guard let kind = StateKey.Kind(rawValue: try input.readUInt8()) else {
        throw input.refusal(.unknownKind, at: input.offset - 1)
      }
      key = StateKey(kind, try input.readBytes32(), try input.readFixed(UInt32.self))
      entry = try input.readBlob(in: 1...65_536)
    }

    /// Appends the value, in the layout above.
    public func encode(to output: inout ByteWriter) {
      output.writeBytes(key.bytes)
      output.writeBlob(entry)
    }
  }

  public let block: BlockHash
  public let index: UInt8
  public let items: [Item]

  /// A part.
  public init(block: BlockHash, index: UInt8, items: [Item]) {
    self.block = block
    self.index = index
    self.items = items
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    block = try BlockHash(from: &input)
    index = try input.readUInt8()
    items = try input.readList(Item.self, in: SnapshotPart.entryCount, itemBytes: 39)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    block.encode(to: &output)
    output.write(index)
    output.writeList(items)
  }
}
