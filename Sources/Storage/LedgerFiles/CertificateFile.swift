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
public struct CertificateFile: Codable, Sendable {
  /// The format's name and version.
  public static let format = "hinata-certificate/2"

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

  /// Reads the bytes of a file.
  public init(reading data: Data) throws(CertificateFault) {
    guard let file = try? JSONDecoder().decode(CertificateFile.self, from: data),
      file.format == CertificateFile.format
    else { throw .notAFile(format: CertificateFile.format) }
    self = file
  }

  /// The bytes of the file.
  public func bytes() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// What came of a verification.
  public struct Verdict: Sendable {
    public let certificate: Certificate
    /// What the block counts for under which the lot is retired.
    public let standing: Standing
    /// Bytes of the proof without what makes its block final, and of that.
    public let proofBytes: Int
    public let basisBytes: Int
  }

  /// Verifies the certificate from the genesis alone; in an open network by headers as well: the
  /// file's own, or better ones that the reader has.
  /// - Throws: `CertificateFault`; `HeaderChain.Fault` where the file's headers do not hold.
  public func verify(
    genesis: Genesis, headers own: HeaderChain? = nil
  ) throws -> Verdict {
    let parsed: CertificateProof
    do { parsed = try CertificateProof(exactly: Array(proof)) } catch {
      throw CertificateFault.malformedProof(error)
    }
    var chain = own
    if chain == nil, let headers, !genesis.rules.hasFinality {
      let sealed: [SealedHeader]
      do { sealed = try HeaderChain.decode(Array(headers)) } catch {
        throw CertificateFault.malformedHeaders(error)
      }
      chain = try HeaderChain(genesis, sealed)
    }
    let standing: Standing
    do {
      standing = try ProofJudge(genesis, headers: chain).standing(of: parsed.basis)
    } catch { throw CertificateFault.basis(error) }
    let certificate = try Certificate(parsed, genesis: genesis)
    try certificate.check(self.certificate)
    return Verdict(
      certificate: certificate, standing: standing, proofBytes: parsed.ownByteCount,
      basisBytes: parsed.basis.bytes.count)
  }
}

/// A certificate as a page to print, signed over all its bytes. The page carries the certificate
/// file, so that whoever has the page can verify it; an altered page does not have its signature.
public struct CertificatePage: Sendable {
  private static let begin = "<script type=\"application/json\" id=\"certificate\">"
  private static let end = "</script>"
  private static let mark = "<!-- signed by "

  public let file: CertificateFile
  private let signedBytes: [UInt8]
  private let key: PublicKey
  private let signature: Signature

  /// Signs a page by `key`, the owner's or the exchange's.
  /// - Parameter html: the page up to its last line; it holds `script(of:)`.
  public static func signed(_ html: String, network: NetworkId, by key: KeyPair) -> String {
    let signature = key.sign(message(Array(html.utf8), network))
    return html + mark + "\(key.publicKey.value.hex) \(signature.bytes.hex) -->\n"
  }

  /// The part of a page that carries the file.
  public static func script(of file: CertificateFile) throws -> String {
    // A closing tag inside of the data would end it.
    let text = String(decoding: try file.bytes(), as: UTF8.self)
      .replacingOccurrences(of: "<", with: "\\u003c")
    return begin + text + end
  }

  /// Reads a page.
  public init(reading data: Data) throws(CertificateFault) {
    let text = String(decoding: data, as: UTF8.self)
    guard let from = text.range(of: CertificatePage.begin),
      let to = text.range(of: CertificatePage.end, range: from.upperBound..<text.endIndex),
      let mark = text.range(of: CertificatePage.mark, options: .backwards)
    else { throw .notAFile(format: CertificateFile.format) }
    file = try CertificateFile(reading: Data(text[from.upperBound..<to.lowerBound].utf8))
    let words = text[mark.upperBound...].split(separator: " ")
    guard words.count == 3, words[2] == "-->\n", let key = Bytes32(hex: String(words[0])),
      let signature = [UInt8](hex: String(words[1])),
      let signature = try? Signature(exactly: signature)
    else { throw .unsigned }
    signedBytes = Array(text[..<mark.lowerBound].utf8)
    self.key = PublicKey(key)
    self.signature = signature
  }

  /// Verifies signature and certificate: what is printed was signed by the owner or the issuer, and
  /// what the page carries is proven.
  public func verify(
    genesis: Genesis, headers: HeaderChain? = nil
  ) throws -> CertificateFile.Verdict {
    let verdict = try file.verify(genesis: genesis, headers: headers)
    let certificate = verdict.certificate
    guard [certificate.owner.key, certificate.exchange.key].contains(key) else {
      throw CertificateFault.signedByStranger
    }
    guard
      signature.isValid(for: CertificatePage.message(signedBytes, certificate.network), by: key)
    else { throw CertificateFault.pageAltered }
    return verdict
  }

  private static func message(_ bytes: [UInt8], _ network: NetworkId) -> [UInt8] {
    SignedMessage.bytes(.certificatePage, SHA256.digest(bytes).bytes, in: network)
  }
}
