// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding

/// What a signature is for: the byte before everything that is signed, so that a signature made for
/// one thing is worth nothing for another. Every signed format of Hinata stands here, and no two
/// share a byte: a value is never used again, not even when its format is gone.
public enum SigningDomain: UInt8, CaseIterable, Sendable {
  /// A header's hash, by its producer.
  case header = 0
  case admitMember = 1
  case setStanding = 2
  case registerSite = 3
  case report = 4
  case mint = 5
  case transfer = 6
  case retire = 7
  /// A proof of finality and two approvals that contradict each other speak for themselves: their
  /// bytes name the kind of transaction alone.
  case recordFinal = 8
  case contradiction = 9
  case restart = 10
  case setNodeKey = 11
  case moveEdition = 12
  case honour = 13
  /// A site's claim to the exchanges.
  case claim = 0xC1
  /// A member's note on others' evidence.
  case auditNote = 0xC2
  /// An exchange's decision on a claim.
  case decision = 0xC3
  /// A printed certificate, by its owner.
  case certificatePage = 0xC4
  /// A seat's approval of a checkpoint.
  case approval = 0xC5
  /// A seat's word that a term's restart is final.
  case restartVote = 0xC6
  /// A node key's word that it is to be a member's.
  case nodeKey = 0xC7
  /// A household's request to be let in.
  case joinRequest = 0xC8
}

/// The message under every signature: a signature of one network is worth nothing in another.
public enum SignedMessage {
  private static let prefix = Array("hinata/signature/1".utf8)

  /// prefix ‖ network (32) ‖ domain ‖ content.
  public static func bytes(
    _ domain: SigningDomain, _ content: [UInt8], in network: NetworkId
  ) -> [UInt8] {
    bytes(of: [domain.rawValue] + content, in: network)
  }

  /// The same where the content begins with its domain's byte, as a transaction does.
  static func bytes(
    of content: some Collection<UInt8>, in network: NetworkId
  ) -> [UInt8] {
    var message: [UInt8] = []
    message.reserveCapacity(prefix.count + 32 + content.count)
    message.append(contentsOf: prefix)
    network.value.withBytes { message.append(contentsOf: $0) }
    message.append(contentsOf: content)
    return message
  }
}
