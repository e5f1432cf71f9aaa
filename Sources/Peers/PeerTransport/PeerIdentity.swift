// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Crypto
import Foundation
import LedgerCrypto
import NIOSSL
import SwiftASN1
import X509

/// The TLS side of a node's identity: a certificate made at each start whose key is the node's own
/// Ed25519 key, so that the handshake itself proves who is at the other end. Names and dates in it
/// mean nothing and are not looked at. Source: RFC 8446 §4.4.3; RFC 8410;
/// Docs/decisions/0008-peer-identity.md.
struct PeerIdentity: Sendable {
  private let certificate: NIOSSLCertificate
  private let key: NIOSSLPrivateKey

  /// The identity of `pair`.
  init(_ pair: KeyPair) throws {
    let signing = try Curve25519.Signing.PrivateKey(rawRepresentation: pair.seed.bytes)
    let name = try DistinguishedName { CommonName("hinata") }
    let issued = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(1),
      publicKey: .init(signing.publicKey),
      notValidBefore: Date(timeIntervalSince1970: 0),
      notValidAfter: Date(timeIntervalSince1970: 4_102_444_800), issuer: name, subject: name,
      signatureAlgorithm: .ed25519, extensions: .init(), issuerPrivateKey: .init(signing))
    var serializer = DER.Serializer()
    try serializer.serialize(issued)
    certificate = try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
    let pem = try Certificate.PrivateKey(signing).serializeAsPEM().pemString
    key = try NIOSSLPrivateKey(bytes: Array(pem.utf8), format: .pem)
  }

  /// TLS 1.3 with this identity, the peer's certificate wanted.
  func context(isServer: Bool) throws -> NIOSSLContext {
    var configuration =
      isServer
      ? TLSConfiguration.makeServerConfiguration(
        certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
      : TLSConfiguration.makeClientConfiguration()
    configuration.certificateChain = [.certificate(certificate)]
    configuration.privateKey = .privateKey(key)
    configuration.minimumTLSVersion = .tlsv13
    configuration.certificateVerification = .noHostnameVerification
    configuration.signingSignatureAlgorithms = [.ed25519]
    configuration.verifySignatureAlgorithms = [.ed25519]
    return try NIOSSLContext(configuration: configuration)
  }

  /// The Ed25519 key of a certificate; nil when it has another kind of key. Source: RFC 8410 §4.
  static func key(of certificate: NIOSSLCertificate) -> PublicKey? {
    guard let bytes = try? certificate.extractPublicKey().toSPKIBytes(),
      bytes.count == prefix.count + 32, bytes.prefix(prefix.count).elementsEqual(prefix)
    else { return nil }
    return Bytes32(bytes.suffix(32)).map(PublicKey.init)
  }

  /// SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING (32 bytes) }.
  private static let prefix: [UInt8] = [
    0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
  ]
}
