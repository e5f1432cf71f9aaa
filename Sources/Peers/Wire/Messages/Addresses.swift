// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// Where other nodes listen.
/// Bytes: count (varint, 0…256) ‖ count × 50 bytes.
public struct Addresses: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 17
  /// A tenth of what an address book holds.
  public static let addressCount: ClosedRange<UInt64> = 0...256
  /// A count and as many values.
  public static let byteLimit = 4 + 50 * 256

  public let addresses: [PeerAddress]

  /// A message of 0…256 values.
  public init(addresses: [PeerAddress]) { self.addresses = addresses }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    addresses = try input.readList(PeerAddress.self, in: Addresses.addressCount, itemBytes: 50)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) { output.writeList(addresses) }
}
