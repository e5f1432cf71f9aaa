// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Certificates
public import Chain
public import Ledger
public import LedgerCrypto
public import Proofs
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
        SignedVote(approval, seat: UInt8(clamping: seat), network: network, signedBy: pair)
        .signature
    }
    return signed
  }
}

extension FixtureChain {
  /// What a chain can prove to others: its final block, and the state after it.
  public struct Settled: Sendable {
    public internal(set) var handovers: [Handover] = []
    public internal(set) var final: FinalBlock?
    /// After the block.
    public internal(set) var state = MemoryState()
    public internal(set) var tree = StateTree()

    /// All that proves the block; nil where nothing is final yet.
    public var proof: FinalityProof? {
      final.map { FinalityProof(handovers: handovers, final: $0) }
    }

    mutating func take(
      _ proof: FinalProof, by term: Term, _ header: BlockHeader, _ rules: NetworkRules
    ) {
      let block = FinalBlock(proof: proof, header: header)
      guard header.time >= rules.start(of: term.endEpoch) else {
        final = block
        return
      }
      let key = StateKey.term(term.number + 1)
      guard case .term(let next)? = state.entries[key] else { return }
      handovers.append(
        Handover(
          record: .approved(proof), header: header, next: next, path: tree.proof(key.path)))
    }
  }

  /// Proofs of what the state after the final block holds; nil where nothing is final yet.
  public func proofs(of keys: [StateKey]) -> (basis: ProofBasis, entries: [EntryProof])? {
    settled.proof.map { proof in
      (
        .final(proof),
        keys.map { EntryProof(key: $0, entry: settled.state.entries[$0], tree: settled.tree) }
      )
    }
  }

  /// The proof of a retired lot's certificate; nil where it is not final.
  public func certificate(_ retirement: EncodedTransaction) throws -> CertificateProof? {
    let key = StateKey.lot(retirement.lotId(0))
    guard case .lot(let lot)? = settled.state.entries[key],
      let site = try state.site(lot.site),
      let (basis, entries) = proofs(
        of: CertificateProof.keys(of: retirement.lotId(0), lot, at: site)),
      let mint = blocks.lazy.flatMap(\.transactions).first(where: { $0.id == lot.mint })
    else { return nil }
    return try CertificateProof(
      basis: basis, entries: entries, in: state, mint: mint, retirement: retirement)
  }

  /// A transaction that any state takes and that means nothing to a test: blocks hold one at least.
  public var filler: EncodedTransaction {
    let name = "filler \(context.height + 1)"
    return EncodedTransaction(
      .admitMember(
        AdmitMember(
          operator: fixture.operatorId,
          record: MemberRecord(kind: .consumer, name: name, key: LedgerFixture.key(name).publicKey),
          network: fixture.network, signedBy: fixture.operatorKey)))
  }

  /// Makes all blocks so far final, and records it: two blocks more, two epochs later.
  /// - Parameter keys: keys of seats that are not the fixture's own.
  /// - Returns: what was connected.
  @discardableResult
  public mutating func settle(alsoBy keys: [KeyPair] = []) throws -> [ConnectedBlock] {
    let epoch = UInt64(fixture.genesis.rules.checkpointSeconds)
    let (source, header) = (context.hash, blocks[blocks.count - 1].header)
    (settled.state, settled.tree) = (state, tree)
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
      let record = EncodedTransaction(.recordFinal(RecordFinal(.approved(proof))))
      try transition.apply(record, in: fixture.network)
      records.append(record)
      settled.take(proof, by: term, header, rules)
    }
    connected.append(try seal(encoded: records + [filler], after: epoch))
    return connected
  }
}
