// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// Asks whether the peer is alive; a pong with the same number is the answer. Bytes: number (8).
public struct Ping: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 3
  /// The number alone.
  public static let byteLimit = 8

  public let number: UInt64

  /// A ping of this number.
  public init(number: UInt64) { self.number = number }

  /// Reads eight bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    number = try input.readFixed(UInt64.self)
  }

  /// Appends eight bytes.
  public func encode(to output: inout ByteWriter) { output.writeFixed(number) }
}
