// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger

/// What an exchange decided, passed on as it is: each decision carries its signature.
/// Bytes: count (varint, 1…16) ‖ decisions.
public struct Decisions: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 28
  /// A few at a time: with all their reasons they are long.
  public static let decisionCount: ClosedRange<UInt64> = 1...16
  /// A count and as many values.
  public static let byteLimit = 4 + ClaimDecision.byteLimit * 16

  public let decisions: [ClaimDecision]

  /// A message of 1…16 values.
  public init(decisions: [ClaimDecision]) { self.decisions = decisions }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    decisions = try input.readList(
      ClaimDecision.self, in: Decisions.decisionCount, itemBytes: 240)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) { output.writeList(decisions) }
}
