// SPDX-License-Identifier: Apache-2.0

public import Proofs

/// What a light client had proven.
public struct LightAnswer: Codable, Sendable {
  /// One thing that was asked for.
  public struct ProofForm: Codable, Sendable {
    public let subject: String
    /// What is proven, in words; nil where the state holds nothing.
    public let holds: String?
    public let block: String
    public let height: UInt64
    /// What that block counts for.
    public let standing: StandingForm
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
  /// Of the newest final block, or of the best header of an open network.
  public let height: UInt64
  public let block: String
  /// When that block was sealed, in network time.
  public let time: String
  /// Bytes that came over the link, and that are kept until the next time.
  public let bytesReceived: Int
  public let bytesKept: Int
  public let proofs: [ProofForm]
  public let evidence: EvidenceForm?
}
