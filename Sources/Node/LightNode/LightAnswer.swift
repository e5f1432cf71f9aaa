// SPDX-License-Identifier: Apache-2.0

/// What a light client had proven.
public struct LightAnswer: Codable, Sendable {
  /// One thing that was asked for.
  public struct ProofForm: Codable, Sendable {
    public let subject: String
    /// What is proven, in words; nil where the state holds nothing.
    public let holds: String?
    public let block: String
    public let height: UInt64
    public let confirmations: UInt64
    public let proofBytes: Int
  }

  /// The samples under a report.
  public struct EvidenceForm: Codable, Sendable {
    public let report: String
    public let byteCount: Int
    /// What the samples say of the report: agrees, otherEnergy, otherRoot.
    public let finding: String
  }

  public let network: String
  public let height: UInt64
  public let tip: String
  public let proofs: [ProofForm]
  public let evidence: EvidenceForm?
}
