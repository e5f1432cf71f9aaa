// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// Asks for the manifest of a state snapshot. It has no bytes.
public struct GetSnapshot: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 23
  /// Nothing.
  public static let byteLimit = 0

  /// The question.
  public init() {}

  /// Reads nothing.
  public init(from input: inout ByteReader) throws(DecodeError) {}

  /// Appends nothing.
  public func encode(to output: inout ByteWriter) {}
}
