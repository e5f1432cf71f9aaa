// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
public import LedgerCrypto

/// A household's request to be let in: what the operator shall sign, and proof that whoever asks
/// holds the keys. Bytes: 1 ‖ network (32) ‖ new member (flag) ‖ [member record] ‖ site record ‖
/// signature by the site's key (64) ‖ signature by the member's key (64).
public struct JoinRequest: Hashable, Sendable, Canonical {
  /// The most bytes of a request.
  public static let limit = 1024
  /// What stands before the request in a QR code.
  public static let prefix = "hinata-join:"

  public let network: NetworkId
  /// The member to admit; nil where the member is there already and wants another site: it moved,
  /// or its inverter was replaced.
  public let member: MemberRecord?
  public let site: SiteRecord
  public let siteSignature: Signature
  public let memberSignature: Signature

  /// Asks with both keys.
  public init(
    network: NetworkId, member: MemberRecord?, site: SiteRecord, siteKey: KeyPair,
    memberKey: KeyPair
  ) {
    self.network = network
    self.member = member
    self.site = site
    let message = JoinRequest.message(network, member, site)
    siteSignature = siteKey.sign(message)
    memberSignature = memberKey.sign(message)
  }

  /// Reads a request.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard try input.readUInt8() == 1 else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    network = try NetworkId(from: &input)
    member = try input.readFlag() ? MemberRecord(from: &input) : nil
    site = try SiteRecord(from: &input)
    siteSignature = try Signature(from: &input)
    memberSignature = try Signature(from: &input)
  }

  /// Appends the request.
  public func encode(to output: inout ByteWriter) {
    output.writeBytes(JoinRequest.content(network, member, site))
    siteSignature.encode(to: &output)
    memberSignature.encode(to: &output)
  }

  /// Whether both keys signed it: the site's own, and the member's.
  public func isSigned(memberKey: PublicKey) -> Bool {
    let message = JoinRequest.message(network, member, site)
    return siteSignature.isValid(for: message, by: site.key)
      && memberSignature.isValid(for: message, by: memberKey)
  }

  private static func content(
    _ network: NetworkId, _ member: MemberRecord?, _ site: SiteRecord
  ) -> [UInt8] {
    var output = ByteWriter()
    output.write(1)
    network.encode(to: &output)
    output.writeFlag(member != nil)
    member?.encode(to: &output)
    site.encode(to: &output)
    return output.bytes
  }

  private static func message(
    _ network: NetworkId, _ member: MemberRecord?, _ site: SiteRecord
  ) -> [UInt8] {
    SignedMessage.bytes(.joinRequest, content(network, member, site), in: network)
  }
}
