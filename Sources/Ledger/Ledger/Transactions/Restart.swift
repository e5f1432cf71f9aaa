// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
public import Quantities

/// The operator says that more than a third of a term's seats are gone for good: the block that
/// holds it draws the next list from those that report today. It is final, and the list in office,
/// once all operators' seats and more than half of the others have signed the block.
/// Bytes: kind 10 ‖ operator (32) ‖ term (4) ‖ checkpoint (32) ‖ signature.
/// Source: Docs/finality.md §7.
public struct Restart: SignedTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.restart
  /// The operator that does this.
  public let `operator`: MemberId
  /// The term that is to end.
  public let term: UInt32
  /// A block of the chain that is meant, not older than what it records as final: on another branch
  /// the restart means nothing.
  public let checkpoint: BlockHash
  /// The signature over network and body.
  public private(set) var signature: Signature

  /// Signs a restart.
  public init(
    operator: MemberId, term: UInt32, checkpoint: BlockHash, network: NetworkId,
    signedBy key: KeyPair
  ) {
    self.operator = `operator`
    self.term = term
    self.checkpoint = checkpoint
    signature = .empty
    signature = sign(in: network, with: key)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    `operator` = try MemberId(from: &input)
    term = try input.readFixed(UInt32.self)
    checkpoint = try BlockHash(from: &input)
    signature = try Signature(from: &input)
  }

  /// Appends the body without the signature.
  public func encodeBody(to output: inout ByteWriter) {
    `operator`.encode(to: &output)
    output.writeFixed(term)
    checkpoint.encode(to: &output)
  }

  /// The key that has to sign this.
  public func signer(in state: StateView) throws(ApplyError) -> PublicKey {
    try state.signingKey(of: `operator`, as: .operator)
  }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    let read = try transition.read {
      s throws(StateSourceError) -> (FinalityState?, Term?, Term?, CheckpointEntry?) in
      (
        try s.finality(), try s.term(term), try s.term(term.addingUpToMax(1)),
        try s.checkpoint(checkpoint)
      )
    }
    let (rules, time) = (transition.rules, transition.time)
    let (state, current) = try Transition.obey(LawViolation.approvals) {
      () throws(ApprovalLaw.Violation) -> (FinalityState, Term) in
      guard let state = read.0 else { throw .openNetwork }
      guard let current = read.1, term == state.term else {
        throw .otherTerm(supplied: term, expected: state.term)
      }
      guard read.3 != nil else { throw .noCheckpoint(checkpoint) }
      let earliest = rules.restartTime(after: state.recorded)
      guard time >= earliest else {
        throw .restartTooSoon(time: time.seconds, earliest: earliest.seconds)
      }
      guard current.restartQuorum != nil else { throw .noOperator(term: term) }
      guard read.2?.isRestart != true else { throw .restarted(term: term) }
      return (state, current)
    }
    try transition.restart(current, state)
  }
}

extension NetworkRules {
  /// From when on a term whose newest final checkpoint is `final` may be restarted.
  public func restartTime(after final: Checkpoint) -> NetworkTime {
    start(of: final.epoch).advanced(by: UInt64(restartSeconds))
  }
}
