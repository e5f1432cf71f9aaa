// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import LedgerCrypto
public import Quantities

/// The part of a parent that its child writes into the state.
public struct ParentBlock: Hashable, Sendable {
  public let hash: BlockHash
  public let height: UInt64
  public let time: NetworkTime

  /// A parent of this hash, height and time.
  public init(hash: BlockHash, height: UInt64, time: NetworkTime) {
    self.hash = hash
    self.height = height
    self.time = time
  }
}

extension Transition {
  /// Puts the first term into the state of a network's genesis.
  public mutating func beginFinality(_ first: [MemberRecord]) {
    guard rules.hasFinality else { return }
    let epoch = rules.epoch(of: rules.time)
    state.set(.finality, .finality(FinalityState(rules: rules)))
    state.set(.term(0), .term(Term(first: first, epoch: epoch, rules: rules)))
  }

  /// What a block changes before its transactions: a bit of its parent's hash for the next draw,
  /// the parent's entry, and the next term's list where the last one has come to its end.
  ///
  /// Each block has its entry until it is final: which of them is approved as a checkpoint is not
  /// the chain's to say. A block dated before an epoch may come when the epoch's approvals are out,
  /// and then stand between what they approve and the epoch. Source: Docs/finality.md §3, §10.
  public mutating func begin(after parent: ParentBlock) throws(ApplyError) {
    try checkEdition()
    guard rules.hasFinality,
      var finality = try read({ s throws(StateSourceError) in try s.finality() })
    else { return }
    finality.shift(in: parent.hash)
    let last = try lastTerm(from: finality.term)
    if parent.height == 0 {
      finality.recorded = Checkpoint(epoch: finality.recorded.epoch, block: parent.hash)
    }
    state.set(
      .checkpoint(parent.hash),
      .checkpoint(
        CheckpointEntry(height: parent.height, time: parent.time, before: finality.newest)))
    finality.newest = parent.hash
    if let last, rules.epoch(of: time) >= last.endEpoch {
      let next = try draw(after: last, bits: finality.bits, height: parent.height + 1)
      state.set(.term(next.number), .term(next))
    }
    state.set(.finality, .finality(finality))
  }

  private func lastTerm(from current: UInt32) throws(ApplyError) -> Term? {
    var number = current
    var last: Term?
    while let term = try read({ s throws(StateSourceError) in try s.term(number) }) {
      last = term
      number = number.addingUpToMax(1)
    }
    return last
  }

  /// Puts the list that a restart draws in the place of what was drawn regularly.
  mutating func restart(_ term: Term, _ finality: FinalityState) throws(ApplyError) {
    guard let parent = try read({ s throws(StateSourceError) in try s.checkpoint(finality.newest) })
    else { throw .law(.approvals(.noCheckpoint(finality.newest))) }
    // Bits that were fixed before the stall: else the operator would wait for a draw that suits it.
    let next = try draw(
      after: term, bits: finality.recorded.block.value, height: parent.height + 1, isRestart: true)
    var later = next.number
    while let drawn = try read({ s throws(StateSourceError) in try s.term(later) }) {
      state.set(.replacedTerm(later), .term(drawn))
      state.set(.term(later), nil)
      later = later.addingUpToMax(1)
    }
    state.set(.term(next.number), .term(next))
  }

  /// The next term's list, from the state before this block. At a restart the homes count that have
  /// reported within half of the time in which nothing became final, however few they are.
  private func draw(
    after last: Term, bits: Bytes32, height: UInt64, isRestart: Bool = false
  ) throws(ApplyError) -> Term {
    // No finer than an epoch, since a producer moves a block's time while it searches.
    let end = rules.start(of: isRestart ? rules.epoch(of: time) : last.endEpoch)
    let candidates = try read { s throws(StateSourceError) in
      try TermDraw.candidates(
        in: s.base, admittedBefore: last.number == 0 ? nil : last.rootEpoch, end: end)
    }
    let (number, epoch) = (last.number.addingUpToMax(1), rules.epoch(of: time))
    let seats = TermDraw(
      number: number, bits: bits, end: end,
      presence: isRestart ? UInt64(rules.restartSeconds) / 2 : nil
    ).seats(from: candidates)
    let young = candidates.count {
      rules.start(of: $0.since).seconds.addingUpToMax(TermDraw.longAgo) > end.seconds
    }
    return Term(
      number: number, rootEpoch: epoch, rootHeight: height,
      endEpoch: epoch.addingUpToMax(Term.epochs(number, rules)), isRestart: isRestart,
      candidates: UInt64(candidates.count), young: UInt64(young),
      seats: seats.isEmpty ? last.seats : seats)
  }
}

extension Term {
  /// Term 0 of a network with these first members.
  public init(first members: [MemberRecord], epoch: UInt32, rules: NetworkRules) {
    let candidates = members.map {
      TermDraw.Candidate(
        member: $0.id, kind: $0.kind, key: $0.key, since: epoch, lastReport: nil)
    }
    self.init(
      number: 0, rootEpoch: epoch, rootHeight: 0,
      endEpoch: epoch.addingUpToMax(Term.epochs(0, rules)), candidates: UInt64(candidates.count),
      young: UInt64(candidates.count),
      seats: TermDraw(number: 0, bits: .zero, end: rules.time).seats(ofFirst: candidates))
  }
}

extension TermDraw {
  /// The members in good standing, with the keys that would approve: the node key, the key of the
  /// site that reported last within 90 days (the smallest id among equals), or the member's own.
  /// - Parameters:
  ///   - epoch: members of this epoch and later ones may not be drawn yet; nil for no such bound.
  ///   - end: when the term before the draw ends.
  static func candidates(
    in state: any StateSource, admittedBefore epoch: UInt32?, end: NetworkTime
  ) throws(StateSourceError) -> [Candidate] {
    var sites: [MemberId: (id: SiteId, key: PublicKey, last: NetworkTime)] = [:]
    var records: [SiteId: SiteRecord] = [:]
    try state.visit(.site) { key, entry in
      if case .site(let record) = entry { records[SiteId(key.id)] = record }
    }
    try state.visit(.progress) { key, entry in
      guard case .progress(let progress) = entry, !progress.isEnded,
        let record = records[SiteId(key.id)]
      else { return }
      let (id, last) = (SiteId(key.id), progress.next.start)
      guard last.seconds.addingUpToMax(longAgo) >= end.seconds else { return }
      // Entries come in no order: the newest wins, and of two equals the smaller id.
      if let known = sites[record.member], (last, known.id) < (known.last, id) { return }
      sites[record.member] = (id, record.key, last)
    }
    var found: [Candidate] = []
    try state.visit(.member) { key, entry in
      guard case .member(let member) = entry, member.isGood,
        epoch.map({ member.since < $0 }) ?? true
      else { return }
      let id = MemberId(key.id)
      found.append(
        Candidate(
          member: id, kind: member.record.kind,
          key: member.nodeKey ?? sites[id]?.key ?? member.record.key, since: member.since,
          lastReport: sites[id]?.last))
    }
    return found
  }
}
