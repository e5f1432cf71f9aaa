// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// The samples that were asked for, or word that they are not given.
/// Bytes: request (4) ‖ outcome ‖ evidence as its own encoding (varint length, bytes).
public struct EvidenceDelivery: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 21
  /// A day's samples of the busiest site.
  public static let evidenceLimit = 1 << 20
  /// The most bytes of one.
  public static let byteLimit = 8 + evidenceLimit

  /// What became of the question. The numbers are kept for good.
  public enum Outcome: UInt8, CaseIterable, Sendable {
    case given = 0
    /// The node keeps no samples of that report.
    case notKept = 1
    /// The asking node's key is no member's.
    case notMember = 2
  }

  public let request: UInt32
  public let outcome: Outcome
  /// The encoding of the evidence, empty unless it is given; `Metering` decodes it.
  public let evidence: [UInt8]

  /// An answer.
  public init(request: UInt32, outcome: Outcome, evidence: [UInt8] = []) {
    self.request = request
    self.outcome = outcome
    self.evidence = evidence
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    request = try input.readFixed(UInt32.self)
    guard let outcome = Outcome(rawValue: try input.readUInt8()) else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    self.outcome = outcome
    let start = input.offset
    evidence = try input.readBlob(in: 0...UInt64(EvidenceDelivery.evidenceLimit))
    guard evidence.isEmpty == (outcome != .given) else {
      throw input.refusal(.notCanonical, at: start)
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(request)
    output.write(outcome.rawValue)
    output.writeBlob(evidence)
  }
}
