// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// The answer to a ping. Bytes: number (8).
public struct Pong: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 4
  /// The number alone.
  public static let byteLimit = 8

  public let number: UInt64

  /// A pong of this number.
  public init(number: UInt64) { self.number = number }

  /// Reads eight bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    number = try input.readFixed(UInt64.self)
  }

  /// Appends eight bytes.
  public func encode(to output: inout ByteWriter) { output.writeFixed(number) }
}
