// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// The operator admits a member. Bytes: kind 1 ‖ operator (32) ‖ record ‖ signature.
public struct AdmitMember: SignedTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.admitMember
  /// Who admits.
  public let `operator`: MemberId
  public let record: MemberRecord
  /// The signature over network and body.
  public private(set) var signature: Signature

  /// Signs an admission.
  public init(
    operator: MemberId, record: MemberRecord, network: NetworkId, signedBy key: KeyPair
  ) {
    self.operator = `operator`
    self.record = record
    signature = .empty
    signature = sign(in: network, with: key)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    `operator` = try MemberId(from: &input)
    record = try MemberRecord(from: &input)
    signature = try Signature(from: &input)
  }

  /// Appends the body without the signature.
  public func encodeBody(to output: inout ByteWriter) {
    `operator`.encode(to: &output)
    record.encode(to: &output)
  }

  /// The key that has to sign this.
  public func signer(in state: StateView) throws(ApplyError) -> PublicKey {
    try state.signingKey(of: `operator`, as: .operator)
  }

  /// The member's key.
  public var admitted: Bytes32? { record.key.value }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    try transition.admit(record)
  }
}

extension Transition {
  /// Puts a member into the state: the genesis does so for the first ones.
  public mutating func admit(_ record: MemberRecord) throws(ApplyError) {
    let id = record.id
    guard record.key.isValid else { throw .law(.keys(.badKey(record.key))) }
    if try read({ state throws(StateSourceError) in try state.member(id) }) != nil {
      throw .law(.keys(.alreadyThere(id.value)))
    }
    try register(record.key, for: KeyHolder(member: id))
    state.set(.member(id), .member(Member(record: record, since: rules.epoch(of: time))))
  }

  /// Gives `key` a holder; a key has one in its life.
  mutating func register(_ key: PublicKey, for holder: KeyHolder) throws(ApplyError) {
    if try read({ state throws(StateSourceError) in try state.holder(key) }) != nil {
      throw .law(.keys(.keyTaken(key)))
    }
    state.set(.holder(key), .keyHolder(holder))
  }
}
