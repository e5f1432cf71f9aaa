// SPDX-License-Identifier: Apache-2.0

/// Why bytes are no value of a type, and where. Each refusal has exactly one reason.
public struct DecodeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was wrong. The raw text is part of the golden vectors and never changes.
  public enum Reason: String, Sendable {
    /// The bytes ended inside the value.
    case truncated
    /// Bytes were left over after the value.
    case trailingBytes = "trailing-bytes"
    /// The value is legal, but this is not its one encoding.
    case notCanonical = "not-canonical"
    /// A number, length or count lies outside its stated range.
    case outOfRange = "out-of-range"
    /// A kind, version or code that this version does not know.
    case unknownKind = "unknown-kind"
    /// Text that is not UTF-8 or holds control characters.
    case badText = "bad-text"
  }

  /// What was wrong.
  public let reason: Reason
  /// The offset in bytes at which it was found.
  public let offset: Int

  /// A refusal at `offset`.
  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// `reason@offset`, for example `trailing-bytes@33`.
  public var description: String { "\(reason.rawValue)@\(offset)" }
}
