// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// A member gives its node a key that seals and approves for it and signs nothing else: the key
/// that holds the coins then need not lie in an always-on box.
/// Bytes: kind 11 ‖ member (32) ‖ key (32) ‖ change (varint) ‖ signature by that key (64) ‖
/// signature by the member. Source: Docs/finality.md §3.
public struct SetNodeKey: SignedTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.setNodeKey
  public let member: MemberId
  public let key: PublicKey
  /// The number of this change in the member's life, from 1: a change cannot be played again.
  public let change: UInt64
  /// The node key's word that it is to be this member's.
  public let keySignature: Signature
  /// The signature over network and body.
  public private(set) var signature: Signature

  /// Signs a change with both keys.
  public init(
    member: MemberId, nodeKey: KeyPair, change: UInt64, network: NetworkId, signedBy key: KeyPair
  ) {
    self.member = member
    self.key = nodeKey.publicKey
    self.change = change
    keySignature = nodeKey.sign(SetNodeKey.message(member, in: network))
    signature = .empty
    signature = sign(in: network, with: key)
  }

  private static func message(_ member: MemberId, in network: NetworkId) -> [UInt8] {
    SignedMessage.bytes(.nodeKey, member.bytes, in: network)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    member = try MemberId(from: &input)
    key = try PublicKey(from: &input)
    change = try input.readVarint(in: 1...(1 << 53))
    keySignature = try Signature(from: &input)
    signature = try Signature(from: &input)
  }

  /// Appends the body without the signature.
  public func encodeBody(to output: inout ByteWriter) {
    member.encode(to: &output)
    key.encode(to: &output)
    output.writeVarint(change)
    keySignature.encode(to: &output)
  }

  /// The key that has to sign this.
  public func signer(in state: StateView) throws(ApplyError) -> PublicKey {
    try state.signingKey(of: member)
  }

  /// The node key.
  public var admitted: Bytes32? { key.value }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    guard var entry = try transition.read({ s throws(StateSourceError) in try s.member(member) })
    else { throw .law(.keys(.unknownMember(member))) }
    guard change == entry.nodeKeyChanges + 1 else {
      throw .law(.approvals(.keyOrder(supplied: change, expected: entry.nodeKeyChanges + 1)))
    }
    // A key leaves its holder behind for good: one an epoch bounds what a member fills the state with.
    let epoch = transition.rules.epoch(of: transition.time)
    guard entry.nodeKey == nil || epoch > entry.nodeKeySince else {
      throw .law(.approvals(.keyTooSoon(epoch: epoch)))
    }
    guard key.isValid else { throw .law(.keys(.badKey(key))) }
    guard keySignature.isValid(for: SetNodeKey.message(member, in: transition.network), by: key)
    else { throw .law(.approvals(.keyProof(key))) }
    try transition.register(key, for: KeyHolder(member: member))
    entry.nodeKey = key
    entry.nodeKeySince = epoch
    entry.nodeKeyChanges = change
    transition.state.set(.member(member), .member(entry))
  }
}
