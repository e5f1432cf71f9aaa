// SPDX-License-Identifier: Apache-2.0

public import Ledger
import LedgerCrypto
import Quantities

/// A term's list that is known to be true: the first follows from the genesis, each other one from
/// the seats of the one before. How many have to sign, who, and until when, always comes from here
/// and never from what is verified. Source: Docs/finality.md §12.
public struct KnownTerm: Hashable, Sendable {
  private let network: NetworkId
  private let rules: NetworkRules
  public private(set) var term: Term
  /// How many handovers led here.
  public private(set) var handovers: UInt32

  /// The first term of a network.
  /// - Throws: `openNetwork` where nobody approves, `genesis` where its members break a law.
  public init(_ genesis: Genesis) throws(FinalityFault) {
    guard genesis.rules.hasFinality else { throw .openNetwork }
    network = genesis.network
    rules = genesis.rules
    handovers = 0
    do {
      let key = StateKey.term(0)
      let first = try genesis.initialChanges().first { $0.key == key }
      guard case .term(let term)? = first?.entry else { throw FinalityFault.openNetwork }
      self.term = term
    } catch let fault as FinalityFault { throw fault } catch { throw .genesis("\(error)") }
  }

  /// A term that this reader has verified before, after so many handovers.
  public init(_ genesis: Genesis, verified term: Term, handovers: UInt32) throws(FinalityFault) {
    try self.init(genesis)
    self.term = term
    self.handovers = handovers
  }

  /// Goes on to the next term.
  /// - Throws: what the handover lacks; then nothing has changed.
  public mutating func advance(by handover: Handover) throws(FinalityFault) {
    let (header, next) = (handover.header, handover.next)
    try check(handover.record, of: header)
    switch handover.record {
    case .approved:
      // Where a list was drawn regularly, and be it by the block of the restart, that one follows.
      let isOnlyList = next.isRestart && next.rootEpoch < term.endEpoch
      guard header.time >= rules.start(of: term.endEpoch) || isOnlyList else {
        throw .termRuns(term.number, time: header.time.seconds)
      }
      guard !next.isRestart || isOnlyList else { throw .noRestart(supplied: header.hash) }
    case .restarted:
      guard next.isRestart, next.rootHeight == header.height else {
        throw .noRestart(supplied: header.hash)
      }
    }
    let expected = term.number.addingUpToMax(1)
    guard next.number == expected else {
      throw .notNext(supplied: next.number, expected: expected)
    }
    let entry = StateEntry.term(next).bytes
    let keys = [StateKey.term(next.number), .replacedTerm(next.number)]
    guard keys.contains(where: { handover.path.root(for: $0, entry: entry) == header.stateRoot })
    else { throw .notInState(term: next.number) }
    term = next
    handovers = handovers.addingUpToMax(1)
  }

  /// Checks that a block is final by this term's seats, and that the term had not ended by then.
  public func check(_ final: FinalBlock) throws(FinalityFault) {
    try check(.approved(final.proof), of: final.header)
    guard final.header.time < rules.start(of: term.endEpoch) else {
      throw .termEnded(term.number, time: final.header.time.seconds)
    }
  }

  private func check(
    _ record: FinalityRecord, of header: BlockHeader
  ) throws(FinalityFault) {
    guard header.network == NetworkTag(network) else { throw .otherNetwork }
    let hash = header.hash
    guard hash == record.block else {
      throw .otherBlock(supplied: hash, approved: record.block)
    }
    if case .approved(let proof) = record, header.time >= rules.start(of: proof.source.epoch) {
      throw .wrongEpoch(proof.source)
    }
    do { try record.verify(by: term, in: network) } catch { throw .approvals(error) }
  }
}
