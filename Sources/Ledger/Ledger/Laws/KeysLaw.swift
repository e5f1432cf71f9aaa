// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// Law 7: keys speak only for themselves. Only admitted members sign, only for their own sites and
/// lots; the operator admits and suspends; only an exchange mints. Source: Docs/design.md §2.
public enum KeysLaw {
  /// What a signer did wrong.
  public enum Violation: Error, Hashable, Sendable {
    /// Nobody of this id was admitted.
    case unknownMember(MemberId)
    /// No such site was registered.
    case unknownSite(SiteId)
    /// The member is suspended.
    case suspended(MemberId)
    /// The member's kind may not do this.
    case wrongKind(MemberKind, expected: MemberKind)
    /// The signature is not by the key that has to sign.
    case signature(PublicKey)
    /// The key is no proper Ed25519 key.
    case badKey(PublicKey)
    /// The key belongs to somebody already.
    case keyTaken(PublicKey)
    /// The lot belongs to somebody else.
    case notOwner(MemberId, owner: MemberId)
    /// The site belongs to somebody else.
    case notOwnSite(MemberId, owner: MemberId)
    /// The member or site is there already.
    case alreadyThere(Bytes32)
    /// The device feeds a site of another member in good standing.
    case deviceTaken(SiteId)
    /// A change of standing out of its order, or one that changes nothing.
    case standingOrder(supplied: UInt64, expected: UInt64)
    /// An edition of the rules that is not the next one.
    case editionOrder(supplied: UInt64, expected: UInt64)
    /// An edition that would hold before everybody had time to update.
    case editionTooSoon(supplied: UInt64, earliest: UInt64)
    /// An edition while the one before does not hold yet, or for a time too far ahead.
    case editionWaits(number: UInt64, from: UInt64)
    case editionTooLate(supplied: UInt64, latest: UInt64)
    /// An operator would suspend itself.
    case ownStanding(MemberId)
    /// Members do not send coins to themselves.
    case toItself(MemberId)
  }

  /// The member, in good standing.
  public static func standing(_ member: Member?, _ id: MemberId) throws(Violation) -> Member {
    guard let member else { throw .unknownMember(id) }
    guard !member.isSuspended else { throw .suspended(id) }
    return member
  }

  /// The member, in good standing and of the kind that the act needs.
  public static func standing(
    _ member: Member?, _ id: MemberId, as kind: MemberKind
  ) throws(Violation) -> Member {
    let member = try standing(member, id)
    guard member.record.kind == kind else {
      throw .wrongKind(member.record.kind, expected: kind)
    }
    return member
  }

  /// Whether a member may seal and approve with `key`: with its own, its node key or a site's. A
  /// node key that was replaced seals no more.
  public static func mayProduce(
    _ member: Member, _ holder: KeyHolder, with key: PublicKey
  ) -> Bool {
    member.isGood && (holder.site != nil || key == member.record.key || key == member.nodeKey)
  }

  /// Checks a signature.
  public static func check(
    _ signature: Signature, of message: [UInt8], by key: PublicKey
  ) throws(Violation) {
    guard signature.isValid(for: message, by: key) else { throw .signature(key) }
  }
}
