// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// Asks where other nodes listen. It has no bytes.
public struct GetAddresses: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 16
  /// Nothing.
  public static let byteLimit = 0

  /// The question.
  public init() {}

  /// Reads nothing.
  public init(from input: inout ByteReader) throws(DecodeError) {}

  /// Appends nothing.
  public func encode(to output: inout ByteWriter) {}
}
