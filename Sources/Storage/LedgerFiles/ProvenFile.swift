// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Certificates
import Chain
public import Foundation
public import Ledger
public import LedgerCrypto
public import Proofs

/// What came of verifying a file.
public protocol ProvenVerdict: Sendable {
  /// The network that it is of, and whose keys may sign a page of it.
  var network: NetworkId { get }
  var signers: [PublicKey] { get }
  /// What the block counts for under which it is proven.
  var standing: Standing { get }
}

/// A file that states something for people and carries the proof of it, in JSON.
public protocol ProvenFile: Codable, Sendable {
  associatedtype Verdict: ProvenVerdict

  /// The format's name and version.
  static var format: String { get }
  /// The id of the element that carries the file in a page.
  static var pageMark: String { get }

  /// The format that this file names.
  var format: String { get }
  /// Sealed headers from height 1 on, in an open network.
  var headers: Data? { get }

  /// Verifies it from the genesis alone; in an open network by headers as well: the file's own, or
  /// better ones that the reader has.
  /// - Throws: `CertificateFault`; `HeaderChain.Fault` where the file's headers do not hold.
  func verify(genesis: Genesis, headers: HeaderChain?) throws -> Verdict
}

extension ProvenFile {
  /// Reads the bytes of a file.
  public init(reading data: Data) throws(CertificateFault) {
    guard let file = try? JSONDecoder().decode(Self.self, from: data), file.format == Self.format
    else { throw .notAFile(format: Self.format) }
    self = file
  }

  /// The bytes of the file.
  public func bytes() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// Verifies it by its own headers.
  public func verify(genesis: Genesis) throws -> Verdict {
    try verify(genesis: genesis, headers: nil)
  }

  /// What the block of its proof counts for.
  func standing(
    of basis: ProofBasis, genesis: Genesis, headers own: HeaderChain?
  ) throws -> Standing {
    var chain = own
    if chain == nil, let headers, !genesis.rules.hasFinality {
      let sealed: [SealedHeader]
      do { sealed = try HeaderChain.decode(Array(headers)) } catch {
        throw CertificateFault.malformedHeaders(error)
      }
      chain = try HeaderChain(genesis, sealed)
    }
    do { return try ProofJudge(genesis, headers: chain).standing(of: basis) } catch {
      throw CertificateFault.basis(error)
    }
  }
}

/// What a file proves, as a page to print, signed over all its bytes. The page carries the file, so
/// that whoever has the page can verify it; an altered page does not have its signature.
public struct ProvenPage<File: ProvenFile>: Sendable {
  private static var begin: String { "<script type=\"application/json\" id=\"\(File.pageMark)\">" }
  private static var end: String { "</script>" }
  private static var mark: String { "<!-- signed by " }

  public let file: File
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
  public static func script(of file: File) throws -> String {
    // A closing tag inside of the data would end it.
    let text = String(decoding: try file.bytes(), as: UTF8.self)
      .replacingOccurrences(of: "<", with: "\\u003c")
    return begin + text + end
  }

  /// Reads a page.
  public init(reading data: Data) throws(CertificateFault) {
    let text = String(decoding: data, as: UTF8.self)
    guard let from = text.range(of: ProvenPage.begin),
      let to = text.range(of: ProvenPage.end, range: from.upperBound..<text.endIndex),
      let mark = text.range(of: ProvenPage.mark, options: .backwards)
    else { throw .notAFile(format: File.format) }
    file = try File(reading: Data(text[from.upperBound..<to.lowerBound].utf8))
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
  public func verify(genesis: Genesis, headers: HeaderChain? = nil) throws -> File.Verdict {
    let verdict = try file.verify(genesis: genesis, headers: headers)
    guard verdict.signers.contains(key) else { throw CertificateFault.signedByStranger }
    guard signature.isValid(for: ProvenPage.message(signedBytes, verdict.network), by: key)
    else { throw CertificateFault.pageAltered }
    return verdict
  }

  private static func message(_ bytes: [UInt8], _ network: NetworkId) -> [UInt8] {
    SignedMessage.bytes(.certificatePage, SHA256.digest(bytes).bytes, in: network)
  }
}
