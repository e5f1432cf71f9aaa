// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// The version of the protocol between nodes. Bytes: major (2) ‖ minor (2).
public struct ProtocolVersion: Hashable, Comparable, Sendable, Canonical {
  /// What this program speaks.
  public static let current = ProtocolVersion(major: 1, minor: 0)

  /// Nodes of different majors cannot talk.
  public let major: UInt16
  /// Later minors only add kinds, which are not sent to earlier ones.
  public let minor: UInt16

  /// A version.
  public init(major: UInt16, minor: UInt16) {
    self.major = major
    self.minor = minor
  }

  /// Reads four bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    major = try input.readFixed(UInt16.self)
    minor = try input.readFixed(UInt16.self)
  }

  /// Appends four bytes.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(major)
    output.writeFixed(minor)
  }

  /// Orders by major, then minor.
  public static func < (left: ProtocolVersion, right: ProtocolVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
