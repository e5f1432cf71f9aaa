// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
public import Quantities

/// A site's request to the exchange to mint recorded generation, signed by the site's key.
/// Bytes: site (32) ‖ first (4) ‖ length (varint) ‖ signature (64). Source: Docs/requirements.md
/// L16.
public struct Claim: Hashable, Sendable, Canonical {
  public let site: SiteId
  /// The generation period: first interval and number of intervals.
  public let first: Interval
  public let length: UInt32
  /// The signature over network and body.
  public let signature: Signature

  /// Signs a claim.
  public init(
    site: SiteId, first: Interval, length: UInt32, network: NetworkId, signedBy key: KeyPair
  ) {
    self.site = site
    self.first = first
    self.length = length
    signature = key.sign(Claim.message(site, first, length, in: network))
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    site = try SiteId(from: &input)
    first = Interval(try input.readFixed(UInt32.self))
    length = UInt32(try input.readVarint(in: 1...UInt64(Mint.lengthLimit)))
    signature = try Signature(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeBytes(Claim.content(site, first, length))
    signature.encode(to: &output)
  }

  /// The claim's name: the hash of its bytes.
  public var id: ClaimId { ClaimId(SHA256.digest(name: "hinata/claim", bytes)) }

  /// Whether `key` signed this claim in `network`.
  public func isSigned(by key: PublicKey, in network: NetworkId) -> Bool {
    signature.isValid(for: Claim.message(site, first, length, in: network), by: key)
  }

  private static func content(_ site: SiteId, _ first: Interval, _ length: UInt32) -> [UInt8] {
    var output = ByteWriter()
    site.encode(to: &output)
    output.writeFixed(first.number)
    output.writeVarint(UInt64(length))
    return output.bytes
  }

  private static func message(
    _ site: SiteId, _ first: Interval, _ length: UInt32, in network: NetworkId
  ) -> [UInt8] {
    SignedMessage.bytes(.claim, content(site, first, length), in: network)
  }
}
