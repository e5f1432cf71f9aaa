// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
import Quantities

/// Writes down what is final: the proof speaks for itself, so that whoever seals a block may put it
/// in. Bytes: kind 8 ‖ record. Source: Docs/finality.md §6, §7, §10.
public struct RecordFinal: LedgerTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.recordFinal
  public let record: FinalityRecord

  /// A record of this proof.
  public init(_ record: FinalityRecord) { self.record = record }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    record = try FinalityRecord(from: &input)
  }

  /// Appends the body.
  public func encodeBody(to output: inout ByteWriter) { record.encode(to: &output) }

  /// Nobody signs it.
  public var seal: Signature? { nil }

  /// Nobody has to sign it.
  public func author(in state: StateView) throws(ApplyError) -> PublicKey? { nil }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    let (block, number) = (record.block, record.term)
    let read = try transition.read {
      s throws(StateSourceError) -> (FinalityState?, Term?, Term?, CheckpointEntry?) in
      let entry = try s.checkpoint(block)
      guard let entry else { return (try s.finality(), try s.term(number), nil, nil) }
      let next = try s.term(after: number, at: entry.height, byRestart: record.isRestart)
      return (try s.finality(), try s.term(number), next, entry)
    }
    let (network, rules) = (transition.network, transition.rules)
    let (state, next, entry) = try Transition.obey(LawViolation.approvals) {
      () throws(ApprovalLaw.Violation) -> (FinalityState, Term?, CheckpointEntry) in
      guard let state = read.0 else { throw .openNetwork }
      guard let term = read.1, number == state.term else {
        throw .otherTerm(supplied: number, expected: state.term)
      }
      guard let entry = read.3 else { throw .noCheckpoint(block) }
      switch record {
      case .approved(let proof):
        guard proof.source.epoch > state.recorded.epoch else {
          throw .notNewer(supplied: proof.source.epoch, recorded: state.recorded.epoch)
        }
        guard entry.time < rules.start(of: proof.source.epoch) else {
          throw .wrongEpoch(proof.source)
        }
      case .restarted:
        guard read.2 != nil else { throw .noRestart(block) }
      }
      try record.verify(by: term, in: network)
      return (state, read.2, entry)
    }
    try transition.record(record, entry, state, next: next)
  }
}

extension Transition {
  /// Moves what is recorded as final. A block at or after the next term's root hands over to it:
  /// the old set proves that its root is final and nothing behind it.
  fileprivate mutating func record(
    _ record: FinalityRecord, _ entry: CheckpointEntry, _ old: FinalityState, next: Term?
  ) throws(ApplyError) {
    var state = old
    var (block, at) = (record.block, entry)
    if case .approved(let proof) = record { state.recorded = proof.source }
    if let next {
      while at.height > next.rootHeight {
        block = at.before
        guard let before = try read({ s throws(StateSourceError) in try s.checkpoint(block) })
        else { throw .law(.approvals(.noCheckpoint(block))) }
        at = before
      }
      state.recorded = Checkpoint(epoch: next.rootEpoch, block: block)
      state.term = next.number
      try takeOffice(next)
      if next.number >= 2 { self.state.set(.term(next.number - 2), nil) }
    }
    (state.height, state.time) = (at.height, at.time)
    try forget(before: at)
    self.state.set(
      .checkpoint(block),
      .checkpoint(CheckpointEntry(height: at.height, time: at.time, before: BlockHash(.zero))))
    self.state.set(.finality, .finality(state))
  }

  /// A list begins: of what a restart replaced, the lists after it come back, or all of them go.
  private mutating func takeOffice(_ next: Term) throws(ApplyError) {
    state.set(.term(next.number), .term(next))
    var number = next.number
    while let replaced = try read({ s throws(StateSourceError) in try s.replacedTerm(number) }) {
      if !next.isRestart { state.set(.term(number), .term(replaced)) }
      state.set(.replacedTerm(number), nil)
      number = number.addingUpToMax(1)
    }
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
