// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain

/// The handovers that follow on the term that was asked for, and behind the last of them the newest
/// final block. Without it there are more handovers, or nothing is final yet.
/// Bytes: count (varint, 0…16) ‖ handovers ‖ final block (flag, then value).
public struct Finality: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 32
  /// More than a year.
  public static let handoverCount: ClosedRange<UInt64> = 0...16
  /// As many handovers and a block.
  public static let byteLimit = 2 + 16 * Handover.byteLimit + FinalBlock.byteLimit

  public let handovers: [Handover]
  public let final: FinalBlock?

  /// A message of 0…16 handovers.
  public init(handovers: [Handover], final: FinalBlock?) {
    self.handovers = handovers
    self.final = final
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    handovers = try input.readList(
      Handover.self, in: Finality.handoverCount, itemBytes: Handover.byteMinimum)
    final = try input.readFlag() ? try FinalBlock(from: &input) : nil
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeList(handovers)
    output.writeFlag(final != nil)
    final?.encode(to: &output)
  }
}
