// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// Asks for all approvals that a peer keeps of checkpoints of an epoch and later ones.
/// Bytes: epoch (4).
public struct GetApprovals: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 30
  /// An epoch.
  public static let byteLimit = 4

  /// The first epoch of the targets asked for.
  public let epoch: UInt32

  /// Asks from `epoch` on.
  public init(epoch: UInt32) { self.epoch = epoch }

  /// Reads 4 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    epoch = try input.readFixed(UInt32.self)
  }

  /// Appends 4 bytes.
  public func encode(to output: inout ByteWriter) { output.writeFixed(epoch) }
}
