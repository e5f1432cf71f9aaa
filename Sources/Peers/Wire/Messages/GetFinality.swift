// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// Asks for what proves the newest final block to somebody who knows a term's list.
/// Bytes: term (4). Source: Docs/finality.md §10.
public struct GetFinality: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 31
  /// A term's number.
  public static let byteLimit = 4

  /// The term that the asker knows.
  public let term: UInt32

  /// Asks for what follows on `term`.
  public init(term: UInt32) { self.term = term }

  /// What it asks for.
  public var asks: (kind: UInt8, count: Int)? { (Finality.kind, 1) }

  /// Reads 4 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    term = try input.readFixed(UInt32.self)
  }

  /// Appends 4 bytes.
  public func encode(to output: inout ByteWriter) { output.writeFixed(term) }
}
