// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
import Quantities

/// A member sends a lot, or a part of it, to another. The sent part is lot 0 of the transaction.
/// Bytes: kind 6 ‖ from (32) ‖ to (32) ‖ lot (32) ‖ part ‖ signature.
public struct Transfer: SignedTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.transfer
  public let from: MemberId
  public let to: MemberId
  public let lot: LotId
  public let part: LotPart
  /// The signature over network and body.
  public private(set) var signature: Signature

  /// Signs a transfer.
  public init(
    from: MemberId, to: MemberId, lot: LotId, part: LotPart, network: NetworkId,
    signedBy key: KeyPair
  ) {
    self.from = from
    self.to = to
    self.lot = lot
    self.part = part
    signature = .empty
    signature = sign(in: network, with: key)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    from = try MemberId(from: &input)
    to = try MemberId(from: &input)
    lot = try LotId(from: &input)
    part = try LotPart(from: &input)
    signature = try Signature(from: &input)
  }

  /// Appends the body without the signature.
  public func encodeBody(to output: inout ByteWriter) {
    from.encode(to: &output)
    to.encode(to: &output)
    lot.encode(to: &output)
    part.encode(to: &output)
  }

  /// The key that has to sign this.
  public func signer(in state: StateView) throws(ApplyError) -> PublicKey {
    try state.signingKey(of: from)
  }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    guard from != to else { throw .law(.keys(.toItself(from))) }
    let receiver = try transition.read { s throws(StateSourceError) in try s.member(to) }
    _ = try Transition.obey(LawViolation.keys) { () throws(KeysLaw.Violation) in
      try KeysLaw.standing(receiver, to)
    }
    let taken = try transition.take(part, of: lot, owner: from)
    transition.keep(taken.moved(to: to), as: 0)
    var (sent, got) = try transition.read { s throws(StateSourceError) in
      (try s.coins(from), try s.coins(to))
    }
    sent.used = sent.used + taken.amount
    got.received = got.received + taken.amount
    try Transition.obey(LawViolation.conservation) { () throws(ConservationLaw.Violation) in
      try ConservationLaw.check(sent, of: from)
      try ConservationLaw.check(got, of: to)
    }
    transition.state.set(.coins(from), .coins(sent))
    transition.state.set(.coins(to), .coins(got))
  }
}
