// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
import Quantities

/// The operator announces a later edition of the network's rules, thirty days or more ahead. A node
/// that does not know it says so from then on, and stops before the first block that it holds for.
/// Bytes: kind 12 ‖ operator (32) ‖ edition ‖ signature. Source: Docs/protocol.md §15.5.
public struct MoveEdition: SignedTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.moveEdition
  /// The operator that does this.
  public let `operator`: MemberId
  public let edition: Edition
  /// The signature over network and body.
  public private(set) var signature: Signature

  /// Signs an announcement.
  public init(
    operator: MemberId, edition: Edition, network: NetworkId, signedBy key: KeyPair
  ) {
    self.operator = `operator`
    self.edition = edition
    signature = .empty
    signature = sign(in: network, with: key)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    `operator` = try MemberId(from: &input)
    edition = try Edition(from: &input)
    signature = try Signature(from: &input)
  }

  /// Appends the body without the signature.
  public func encodeBody(to output: inout ByteWriter) {
    `operator`.encode(to: &output)
    edition.encode(to: &output)
  }

  /// The key that has to sign this.
  public func signer(in state: StateView) throws(ApplyError) -> PublicKey {
    try state.signingKey(of: `operator`, as: .operator)
  }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    let last = try transition.read { s throws(StateSourceError) in try s.edition() }
    let expected = (last?.number ?? Edition.first) + 1
    // By half hours, as a block's time moves while its producer searches.
    let now = Interval(containing: transition.time).start
    let (earliest, latest) = (
      now.advanced(by: Edition.notice), now.advanced(by: Edition.horizon)
    )
    try Transition.obey(LawViolation.keys) { () throws(KeysLaw.Violation) in
      guard edition.number == expected else {
        throw .editionOrder(supplied: edition.number, expected: expected)
      }
      // The state keeps one: nodes have to know when each of them began.
      if let last, last.from > now {
        throw .editionWaits(number: last.number, from: last.from.seconds)
      }
      guard edition.from <= latest else {
        throw .editionTooLate(supplied: edition.from.seconds, latest: latest.seconds)
      }
      guard edition.from >= earliest else {
        throw .editionTooSoon(supplied: edition.from.seconds, earliest: earliest.seconds)
      }
    }
    transition.state.set(.edition, .edition(edition))
  }
}
