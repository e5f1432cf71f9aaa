// SPDX-License-Identifier: Apache-2.0

/// A value with exactly one binary encoding; its decoder refuses all other bytes.
/// Source: Docs/design.md §2.
public protocol Canonical: Sendable {
  /// Reads one value and leaves the reader behind it.
  init(from input: inout ByteReader) throws(DecodeError)

  /// Appends the encoding.
  func encode(to output: inout ByteWriter)
}

extension Canonical {
  /// The value that `bytes` encode, all of them.
  /// - Throws: `DecodeError` when the bytes are no encoding or go on after it.
  public init(exactly bytes: [UInt8]) throws(DecodeError) {
    var input = ByteReader(bytes)
    self = try Self(from: &input)
    try input.finish()
  }

  /// The encoding.
  public var bytes: [UInt8] {
    var output = ByteWriter()
    encode(to: &output)
    return output.bytes
  }
}

extension Bytes32: Canonical {
  /// Reads 32 bytes as they stand.
  public init(from input: inout ByteReader) throws(DecodeError) { self = try input.readBytes32() }

  /// Appends the 32 bytes.
  public func encode(to output: inout ByteWriter) { output.write(self) }
}
