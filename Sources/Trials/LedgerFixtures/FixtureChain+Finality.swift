// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Chain
public import Ledger
public import LedgerCrypto
import Quantities

extension LedgerFixture {
  /// The pair of a key that the fixture made.
  func pair(of key: PublicKey) -> KeyPair? {
    ([operatorKey, exchangeKey] + homes.flatMap { [$0.siteKey, $0.memberKey] })
      .first { $0.publicKey == key }
  }

  /// The signatures by which the seats of a term, all of them the fixture's, approve something.
  /// - Parameter keys: more keys than the fixture's own.
  public func signatures(
    _ approval: Approval, by term: Term, alsoBy keys: [KeyPair] = []
  ) -> [UInt8: Signature] {
    var signed: [UInt8: Signature] = [:]
    for (seat, place) in term.seats.enumerated() {
      let pair = pair(of: place.key) ?? keys.first { $0.publicKey == place.key }
      guard let pair else { continue }
      signed[UInt8(clamping: seat)] =
        SignedApproval(approval, seat: UInt8(clamping: seat), network: network, signedBy: pair)
        .signature
    }
    return signed
  }
}

extension FixtureChain {
  /// A transaction that any state takes and that means nothing to a test: blocks hold one at least.
  public var filler: EncodedTransaction {
    var change: UInt64 = 1
    if case .member(let member)? = state.entries[.member(fixture.exchangeId)] {
      change = member.nodeKeyChanges + 1
    }
    return EncodedTransaction(
      .setNodeKey(
        SetNodeKey(
          member: fixture.exchangeId, nodeKey: LedgerFixture.key("node \(change)"), change: change,
          network: fixture.network, signedBy: fixture.exchangeKey)))
  }

  /// Makes all blocks so far final, and records it: two blocks more, two epochs later.
  /// - Parameter keys: keys of seats that are not the fixture's own.
  /// - Returns: what was connected.
  @discardableResult
  public mutating func settle(alsoBy keys: [KeyPair] = []) throws -> [ConnectedBlock] {
    let epoch = UInt64(fixture.genesis.rules.checkpointSeconds)
    let source = context.hash
    var connected = [try seal(encoded: [filler], after: epoch)]
    let rules = fixture.genesis.rules
    let number = rules.epoch(of: context.time)
    let approved = (
      source: Checkpoint(epoch: number, block: source),
      target: Checkpoint(epoch: number + 1, block: context.hash)
    )
    let time = max(rules.nextBlockTime(after: context.time), context.time.advanced(by: epoch))
    var records: [EncodedTransaction] = []
    var transition = Transition(rules: rules, time: time, on: state)
    try transition.begin(after: context.parent)
    while let finality = try transition.state.finality(), finality.recorded.block != source,
      let term = try transition.state.term(finality.term)
    {
      let approval = Approval(
        term: term.number, source: approved.source, target: approved.target)
      guard
        let proof = FinalProof(
          approval, fixture.signatures(approval, by: term, alsoBy: keys), of: term)
      else { break }
      let record = EncodedTransaction(.recordFinal(RecordFinal(proof)))
      try transition.apply(record, in: fixture.network)
      records.append(record)
    }
    connected.append(try seal(encoded: records + [filler], after: epoch))
    return connected
  }
}
