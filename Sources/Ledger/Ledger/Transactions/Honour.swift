// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
import Quantities

/// An exchange writes down that value of another network was retired there for a member of this
/// one. No coin is made for it; no desk can honour it again.
/// Bytes: kind 13 ‖ foreign lot ‖ signature. Source: Docs/protocol.md §17.5.
public struct Honour: SignedTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.honour
  public let value: ForeignLot
  /// The signature over network and body.
  public private(set) var signature: Signature

  /// Signs what an exchange honours.
  public init(_ value: ForeignLot, network: NetworkId, signedBy key: KeyPair) {
    self.value = value
    signature = .empty
    signature = sign(in: network, with: key)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    value = try ForeignLot(from: &input)
    signature = try Signature(from: &input)
  }

  /// Appends the body without the signature.
  public func encodeBody(to output: inout ByteWriter) { value.encode(to: &output) }

  /// The key that has to sign this.
  public func signer(in state: StateView) throws(ApplyError) -> PublicKey {
    try state.signingKey(of: value.exchange, as: .exchange)
  }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    let key = ForeignLot.key(network: value.network, lot: value.lot)
    let (member, known) = try transition.read { s throws(StateSourceError) in
      (try s.member(value.member), try s.entry(key))
    }
    let network = transition.network
    try Transition.obey(LawViolation.keys) { () throws(KeysLaw.Violation) in
      _ = try KeysLaw.standing(member, value.member)
    }
    try Transition.obey(LawViolation.noEnergyTwice) { () throws(NoEnergyTwiceLaw.Violation) in
      guard value.network != network else { throw .ownValue(value.lot) }
      guard known == nil else { throw .honoured(value.lot) }
    }
    transition.state.set(key, .foreignLot(value))
  }
}
