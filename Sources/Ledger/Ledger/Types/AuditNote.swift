// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
public import Quantities

/// What a member found when it looked at the samples under another site's report, signed by it.
/// Not consensus: advice to everybody who reads it. Source: Docs/requirements.md L6;
/// Docs/design.md §1.
/// Bytes: auditor key (32) ‖ report (32) ‖ finding ‖ time (8) ‖ signature (64): 137.
public struct AuditNote: Hashable, Sendable, Canonical {
  /// What was found. The numbers are kept for good.
  public enum Finding: UInt8, CaseIterable, Sendable {
    /// The samples lead to the report's root and bear out its readings.
    case agrees = 0
    /// The site's node did not answer, or keeps no samples.
    case noEvidence = 1
    /// The samples do not lead to the report's sample root.
    case otherRoot = 2
    /// The samples lead to the root, but say other energy than the readings.
    case otherEnergy = 3
  }

  /// Who looked.
  public let auditor: PublicKey
  public let report: TransactionId
  public let finding: Finding
  public let time: NetworkTime
  /// The signature over network and body.
  public let signature: Signature

  /// Signs a note.
  public init(
    report: TransactionId, finding: Finding, time: NetworkTime, network: NetworkId,
    signedBy key: KeyPair
  ) {
    auditor = key.publicKey
    self.report = report
    self.finding = finding
    self.time = time
    signature = key.sign(
      AuditNote.message(key.publicKey, report, finding, time, in: network))
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    auditor = try PublicKey(from: &input)
    report = try TransactionId(from: &input)
    guard let finding = Finding(rawValue: try input.readUInt8()) else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    self.finding = finding
    time = NetworkTime(seconds: try input.readFixed(UInt64.self))
    guard time.seconds < 1 << 40 else { throw input.refusal(.outOfRange, at: input.offset - 8) }
    signature = try Signature(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeBytes(AuditNote.content(auditor, report, finding, time))
    signature.encode(to: &output)
  }

  /// Whether the auditor signed this note in `network`.
  public func isSigned(in network: NetworkId) -> Bool {
    signature.isValid(
      for: AuditNote.message(auditor, report, finding, time, in: network), by: auditor)
  }

  private static func content(
    _ auditor: PublicKey, _ report: TransactionId, _ finding: Finding, _ time: NetworkTime
  ) -> [UInt8] {
    var output = ByteWriter()
    auditor.encode(to: &output)
    report.encode(to: &output)
    output.write(finding.rawValue)
    output.writeFixed(time.seconds)
    return output.bytes
  }

  private static func message(
    _ auditor: PublicKey, _ report: TransactionId, _ finding: Finding, _ time: NetworkTime,
    in network: NetworkId
  ) -> [UInt8] {
    SignedMessage.bytes(.auditNote, content(auditor, report, finding, time), in: network)
  }
}
