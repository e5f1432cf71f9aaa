// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Certificates
import Chain
public import Foundation
public import Ledger
public import LedgerCrypto
public import Proofs

/// A statement as one file that can be mailed: what it says for people, its certificates in rows,
/// and one proof of all. JSON: `format`, `statement` (names and texts), `certificates` (rows of
/// names and texts), `proof` (base64), and `headers` (base64) in an open network.
public struct StatementFile: ProvenFile {
  public static let format = "hinata-statement/1"
  public static let pageMark = "statement"

  public let format: String
  /// What is stated as a whole.
  public let statement: [String: String]
  /// A row for each retired lot.
  public let certificates: [[String: String]]
  /// The canonical bytes of the proof.
  public let proof: Data
  public let headers: Data?

  /// The file of a statement.
  public init(_ statement: Statement, proof: StatementProof, headers: HeaderChain? = nil) {
    format = StatementFile.format
    self.statement = Dictionary(
      uniqueKeysWithValues: statement.attributes.map { ($0.name, $0.value) })
    certificates = statement.rows
    self.proof = Data(proof.bytes)
    self.headers = headers.map { Data(HeaderChain.encode($0.headers)) }
  }

  /// Writes all five, the headers as null where there are none.
  public func encode(to encoder: any Encoder) throws {
    var form = encoder.container(keyedBy: CodingKeys.self)
    try form.encode(format, forKey: .format)
    try form.encode(statement, forKey: .statement)
    try form.encode(certificates, forKey: .certificates)
    try form.encode(proof, forKey: .proof)
    try form.encode(headers, forKey: .headers)
  }

  private enum CodingKeys: String, CodingKey {
    case format, statement, certificates, proof, headers
  }

  /// What came of a verification.
  public struct Verdict: ProvenVerdict {
    public let statement: Statement
    public let standing: Standing
    /// Bytes of the proof without what makes its block final, and of that.
    public let proofBytes: Int
    public let basisBytes: Int

    public var network: NetworkId { statement.network }
    /// The owner, and the exchanges that minted the lots.
    public var signers: [PublicKey] {
      [statement.owner.key] + Set(statement.certificates.map(\.exchange.key))
    }
  }

  /// Derives the statement from the proof, and holds what the file states against it.
  /// - Parameter own: headers that the reader has, for an open network; the file's own otherwise.
  /// - Throws: `CertificateFault`, `BasisFault`.
  public func verify(genesis: Genesis, headers own: HeaderChain?) throws -> Verdict {
    let parsed: StatementProof
    do { parsed = try StatementProof(exactly: Array(proof)) } catch {
      throw CertificateFault.malformedProof(error)
    }
    let standing = try standing(of: parsed.basis, genesis: genesis, headers: own)
    let statement = try Statement(parsed, genesis: genesis)
    try statement.check(self.statement, rows: certificates)
    return Verdict(
      statement: statement, standing: standing, proofBytes: parsed.ownByteCount,
      basisBytes: parsed.basis.bytes.count)
  }
}
