// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain

/// Headers in the order of their heights, each the parent of the next.
/// Fewer than the limit mean that the sender has no more.
/// Bytes: count (varint, 0…1000) ‖ count × 242 bytes.
public struct Headers: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 6
  /// A quarter of a megabyte: a second of a slow line.
  public static let headerCount: ClosedRange<UInt64> = 0...1000
  /// A count and as many values.
  public static let byteLimit = 4 + 242 * 1000

  public let headers: [SealedHeader]

  /// A message of 0…1000 values.
  public init(headers: [SealedHeader]) { self.headers = headers }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    headers = try input.readList(SealedHeader.self, in: Headers.headerCount, itemBytes: 242)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) { output.writeList(headers) }
}
