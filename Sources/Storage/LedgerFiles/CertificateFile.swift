// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Certificates
import Chain
public import Foundation
public import Ledger
public import LedgerCrypto
public import Proofs

/// A certificate as one file that can be mailed: what it states for people, and its proof. JSON:
/// `format`, `certificate` (names and texts), `proof` (base64); in an open network, where nothing
/// is final, `headers` (base64) may tie the proof to the genesis.
public struct CertificateFile: ProvenFile {
  public static let format = "hinata-certificate/3"
  public static let pageMark = "certificate"

  public let format: String
  /// What is stated.
  public let certificate: [String: String]
  /// The canonical bytes of the proof.
  public let proof: Data
  /// Sealed headers from height 1 on.
  public let headers: Data?

  /// The file of a certificate.
  public init(_ certificate: Certificate, proof: CertificateProof, headers: HeaderChain? = nil) {
    format = CertificateFile.format
    self.certificate = Dictionary(
      uniqueKeysWithValues: certificate.attributes.map { ($0.name, $0.value) })
    self.proof = Data(proof.bytes)
    self.headers = headers.map { Data(HeaderChain.encode($0.headers)) }
  }

  /// Writes all four, the headers as null where there are none.
  public func encode(to encoder: any Encoder) throws {
    var form = encoder.container(keyedBy: CodingKeys.self)
    try form.encode(format, forKey: .format)
    try form.encode(certificate, forKey: .certificate)
    try form.encode(proof, forKey: .proof)
    try form.encode(headers, forKey: .headers)
  }

  private enum CodingKeys: String, CodingKey { case format, certificate, proof, headers }

  /// What came of a verification.
  public struct Verdict: ProvenVerdict {
    public let certificate: Certificate
    /// What the block counts for under which the lot is retired.
    public let standing: Standing
    /// Bytes of the proof without what makes its block final, and of that.
    public let proofBytes: Int
    public let basisBytes: Int

    public var network: NetworkId { certificate.network }
    public var signers: [PublicKey] { [certificate.owner.key, certificate.exchange.key] }
  }

  /// Verifies the certificate from the genesis alone; in an open network by headers as well: the
  /// file's own, or better ones that the reader has.
  /// - Throws: `CertificateFault`; `HeaderChain.Fault` where the file's headers do not hold.
  public func verify(genesis: Genesis, headers own: HeaderChain?) throws -> Verdict {
    let parsed: CertificateProof
    do { parsed = try CertificateProof(exactly: Array(proof)) } catch {
      throw CertificateFault.malformedProof(error)
    }
    let standing = try standing(of: parsed.basis, genesis: genesis, headers: own)
    let certificate = try Certificate(parsed, genesis: genesis)
    try certificate.check(self.certificate)
    return Verdict(
      certificate: certificate, standing: standing, proofBytes: parsed.ownByteCount,
      basisBytes: parsed.basis.bytes.count)
  }
}
