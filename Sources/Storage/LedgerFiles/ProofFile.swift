// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Certificates
public import Chain
public import Foundation
public import Ledger
public import Proofs

/// A proof of one thing as a file: an entry of the state, or a transaction, under a block that
/// counts. JSON: `format`, `basis`, `entry` or `transaction` (base64 of canonical bytes). In a
/// closed network the genesis is enough to judge it by.
public struct ProofFile: Codable, Sendable {
  /// The format's name and version.
  public static let format = "hinata-proof/2"

  public let format: String
  public let basis: Data
  public let entry: Data?
  public let transaction: Data?

  /// The file of an entry's proof.
  public init(_ entry: EntryProof, on basis: ProofBasis) {
    format = ProofFile.format
    self.basis = Data(basis.bytes)
    self.entry = Data(entry.bytes)
    transaction = nil
  }

  /// The file of a transaction's proof.
  public init(_ transaction: TransactionTrail, on basis: ProofBasis) {
    format = ProofFile.format
    self.basis = Data(basis.bytes)
    entry = nil
    self.transaction = Data(transaction.bytes)
  }

  /// Reads the bytes of a file.
  public init(reading data: Data) throws(CertificateFault) {
    guard let file = try? JSONDecoder().decode(ProofFile.self, from: data),
      file.format == ProofFile.format, (file.entry == nil) != (file.transaction == nil)
    else { throw .notAFile(format: ProofFile.format) }
    self = file
  }

  /// The bytes of the file.
  public func bytes() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// What a proof file proves.
  public enum Content: Sendable {
    /// What the state after the block holds for a key; nil for nothing.
    case entry(StateKey, StateEntry?)
    case transaction(EncodedTransaction)
  }

  /// What came of a verification.
  public struct Verdict: Sendable {
    public let content: Content
    /// The block whose state it is, or in which the transaction stands.
    public let block: BlockHeader
    public let standing: Standing
    /// Bytes of the proof without what makes its block final, and of that.
    public let proofBytes: Int
    public let basisBytes: Int
  }

  /// Verifies the proof.
  public func verify(by judge: ProofJudge) throws(CertificateFault) -> Verdict {
    let parsed: ProofBasis
    let (content, block, fault, byteCount): (Content, BlockHeader, CertificateFault?, Int)
    do throws(DecodeError) {
      parsed = try ProofBasis(exactly: Array(basis))
      (content, block, fault, byteCount) = try decoded(under: parsed.header)
    } catch { throw .malformedProof(error) }
    let standing: Standing
    do { standing = try judge.standing(of: parsed) } catch { throw .basis(error) }
    if let fault { throw fault }
    return Verdict(
      content: content, block: block, standing: standing, proofBytes: byteCount,
      basisBytes: basis.count)
  }

  /// What is proven, in which block, what speaks against it, and the bytes that it took.
  private func decoded(
    under header: BlockHeader
  ) throws(DecodeError) -> (Content, BlockHeader, CertificateFault?, Int) {
    guard let entry else {
      let bytes = Array(transaction ?? Data())
      let trail = try TransactionTrail(exactly: bytes)
      let transaction = trail.transaction.transaction
      let block = trail.block(below: header)
      return (
        .transaction(transaction), block ?? header,
        block == nil ? .notInBlock(transaction.id) : nil, bytes.count
      )
    }
    let proof = try EntryProof(exactly: Array(entry))
    let content = Content.entry(
      proof.key,
      try proof.entry.map { bytes throws(DecodeError) in
        try StateEntry(proof.key.kind, exactly: bytes)
      })
    let fault = CertificateFault.notInState(proof.key.kind)
    return (content, header, proof.isValid(under: header) ? nil : fault, entry.count)
  }
}
