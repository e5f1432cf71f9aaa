// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// The operator suspends a member, or takes back one that is suspended or barred.
/// Bytes: kind 2 ‖ operator (32) ‖ member (32) ‖ suspended (flag) ‖ change (varint) ‖ signature.
public struct SetStanding: SignedTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.setStanding
  /// The operator that does this.
  public let `operator`: MemberId
  public let member: MemberId
  public let isSuspended: Bool
  /// The number of this change in the member's life, from 1: a change cannot be played again.
  public let change: UInt64
  /// The signature over network and body.
  public private(set) var signature: Signature

  /// Signs a change of standing.
  public init(
    operator: MemberId, member: MemberId, isSuspended: Bool, change: UInt64, network: NetworkId,
    signedBy key: KeyPair
  ) {
    self.operator = `operator`
    self.member = member
    self.isSuspended = isSuspended
    self.change = change
    signature = .empty
    signature = sign(in: network, with: key)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    `operator` = try MemberId(from: &input)
    member = try MemberId(from: &input)
    isSuspended = try input.readFlag()
    change = try input.readVarint(in: 1...(1 << 53))
    signature = try Signature(from: &input)
  }

  /// Appends the body without the signature.
  public func encodeBody(to output: inout ByteWriter) {
    `operator`.encode(to: &output)
    member.encode(to: &output)
    output.writeFlag(isSuspended)
    output.writeVarint(change)
  }

  /// The key that has to sign this.
  public func signer(in state: StateView) throws(ApplyError) -> PublicKey {
    try state.signingKey(of: `operator`, as: .operator)
  }

  /// The member whose keys may seal again; none where it is suspended.
  public var admitted: Bytes32? { isSuspended ? nil : member.value }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    guard var entry = try transition.read({ s throws(StateSourceError) in try s.member(member) })
    else { throw .law(.keys(.unknownMember(member))) }
    // The only operator does not lock itself out; its way back from a bar is its own word.
    guard !isSuspended || member != `operator` else { throw .law(.keys(.ownStanding(member))) }
    let changesNothing = isSuspended ? entry.isSuspended : entry.isGood
    guard change == entry.standingChanges + 1, !changesNothing else {
      throw .law(.keys(.standingOrder(supplied: change, expected: entry.standingChanges + 1)))
    }
    entry.isSuspended = isSuspended
    if !isSuspended { entry.isBarred = false }
    entry.standingChanges = change
    transition.state.set(.member(member), .member(entry))
  }
}
