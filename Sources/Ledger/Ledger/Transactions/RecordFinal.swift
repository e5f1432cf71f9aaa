// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
import Quantities

/// Writes down what is final: the proof speaks for itself, so that whoever seals a block may put it
/// in. Bytes: kind 8 ‖ 0 ‖ proof. Source: Docs/finality.md §6, §10.
public struct RecordFinal: LedgerTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.recordFinal
  public let proof: FinalProof

  /// A record of this proof.
  public init(_ proof: FinalProof) { self.proof = proof }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard try input.readUInt8() == 0 else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    proof = try FinalProof(from: &input)
  }

  /// Appends the body.
  public func encodeBody(to output: inout ByteWriter) {
    output.write(0)
    proof.encode(to: &output)
  }

  /// Nobody signs it.
  public var seal: Signature? { nil }

  /// Nobody has to sign it.
  public func author(in state: StateView) throws(ApplyError) -> PublicKey? { nil }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    let (source, number) = (proof.source, proof.term)
    let read = try transition.read {
      s throws(StateSourceError) -> (FinalityState?, Term?, Term?, CheckpointEntry?) in
      (
        try s.finality(), try s.term(number), try s.term(number.addingUpToMax(1)),
        try s.checkpoint(source.block)
      )
    }
    let (network, rules) = (transition.network, transition.rules)
    let (state, next, entry) = try Transition.obey(LawViolation.approvals) {
      () throws(ApprovalLaw.Violation) -> (FinalityState, Term?, CheckpointEntry) in
      guard let state = read.0 else { throw .openNetwork }
      guard let term = read.1, number == state.term else {
        throw .otherTerm(supplied: number, expected: state.term)
      }
      guard let entry = read.3 else { throw .noCheckpoint(source.block) }
      guard source.epoch > state.recorded.epoch else {
        throw .notNewer(supplied: source.epoch, recorded: state.recorded.epoch)
      }
      guard entry.time < rules.start(of: source.epoch) else { throw .wrongEpoch(source) }
      try proof.verify(by: term, in: network)
      return (state, read.2, entry)
    }
    try transition.record(source, entry, state, next: next)
  }
}

extension Transition {
  /// Moves what is recorded as final. A block at or after the next term's root hands over to it:
  /// the old set proves that its root is final and nothing behind it.
  fileprivate mutating func record(
    _ source: Checkpoint, _ entry: CheckpointEntry, _ old: FinalityState, next: Term?
  ) throws(ApplyError) {
    var state = old
    var (final, at) = (source, entry)
    if let next, entry.height >= next.rootHeight {
      var block = source.block
      while at.height > next.rootHeight {
        block = at.before
        guard let before = try read({ s throws(StateSourceError) in try s.checkpoint(block) })
        else { throw .law(.approvals(.noCheckpoint(block))) }
        at = before
      }
      final = Checkpoint(epoch: next.rootEpoch, block: block)
      state.term = next.number
      if next.number >= 2 { self.state.set(.term(next.number - 2), nil) }
    }
    (state.recorded, state.height, state.time) = (final, at.height, at.time)
    try forget(before: at)
    self.state.set(
      .checkpoint(final.block),
      .checkpoint(CheckpointEntry(height: at.height, time: at.time, before: BlockHash(.zero))))
    self.state.set(.finality, .finality(state))
  }

  /// Takes out the checkpoints below what is final.
  private mutating func forget(before entry: CheckpointEntry) throws(ApplyError) {
    var block = entry.before
    while let old = try read({ s throws(StateSourceError) in try s.checkpoint(block) }) {
      state.set(.checkpoint(block), nil)
      block = old.before
    }
  }
}
