// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Certificates
public import Chain
public import Foundation
public import Ledger
public import Proofs

/// A proof of one thing as a file: an entry of the state, or a transaction, under a block's header.
/// JSON: `format`, `block` (sealed header), `entry` or `transaction` (base64). It needs headers to
/// be judged by.
public struct ProofFile: Codable, Sendable {
  /// The format's name and version.
  public static let format = "hinata-proof/1"

  public let format: String
  public let block: Data
  public let entry: Data?
  public let transaction: Data?

  /// The file of an entry's proof.
  public init(_ entry: EntryProof, under block: SealedHeader) {
    format = ProofFile.format
    self.block = Data(block.bytes)
    self.entry = Data(entry.bytes)
    transaction = nil
  }

  /// The file of a transaction's proof.
  public init(_ transaction: TransactionProof, under block: SealedHeader) {
    format = ProofFile.format
    self.block = Data(block.bytes)
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
    public let block: BlockHeader
    /// Blocks on top of it.
    public let confirmations: UInt64
    public let proofBytes: Int
  }

  /// Verifies the proof against headers that were checked.
  public func verify(in chain: HeaderChain) throws(CertificateFault) -> Verdict {
    let header: BlockHeader
    let (content, fault, byteCount): (Content, CertificateFault?, Int)
    do throws(DecodeError) {
      header = try SealedHeader(exactly: Array(block)).header
      (content, fault, byteCount) = try decoded(under: header)
    } catch { throw .malformedProof(error) }
    if let fault { throw fault }
    guard let confirmations = chain.confirmations(of: header.hash) else {
      throw .notOnChain(height: header.height, header.hash)
    }
    return Verdict(
      content: content, block: header, confirmations: confirmations, proofBytes: byteCount)
  }

  /// What is proven, what speaks against it, and the bytes that it took.
  private func decoded(
    under header: BlockHeader
  ) throws(DecodeError) -> (Content, CertificateFault?, Int) {
    guard let entry else {
      let bytes = Array(transaction ?? Data())
      let proof = try TransactionProof(exactly: bytes)
      let fault = CertificateFault.notInBlock(proof.transaction.id)
      return (
        .transaction(proof.transaction), proof.isValid(under: header) ? nil : fault, bytes.count
      )
    }
    let proof = try EntryProof(exactly: Array(entry))
    let content = Content.entry(
      proof.key,
      try proof.entry.map { bytes throws(DecodeError) in
        try StateEntry(proof.key.kind, exactly: bytes)
      })
    let fault = CertificateFault.notInState(proof.key.kind)
    return (content, proof.isValid(under: header) ? nil : fault, entry.count)
  }
}
