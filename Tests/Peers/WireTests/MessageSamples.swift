// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Proofs
import Quantities
import Wire

/// One message of each kind, always the same bytes.
enum MessageSamples {
  static func all() throws -> [(name: String, message: Message)] {
    let fixture = LedgerFixture()
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions)
    let block = chain.blocks[1]
    let (settled, inBlock) = try settled(fixture, block)
    let hash = block.header.hash
    let id = fixture.admissions[0].id
    let key = fixture.homes[0].siteKey
    let address = PeerAddress(
      host: HostAddress(ipv4: 0xC0A8_0105), port: 7711, key: key.publicKey)
    let siteKey = StateKey.site(fixture.homes[0].site.id)
    let entry = EntryProof(key: siteKey, entry: chain.state.entries[siteKey], tree: chain.tree)
    let approval = Approval(
      term: 3, source: Checkpoint(epoch: 490_896, block: hash),
      target: Checkpoint(epoch: 490_897, block: BlockHash(SHA256.digest([1]))))
    let approvals = Approvals(
      .approval(approval),
      signed: [(0, fixture.operatorKey), (7, key)].map { seat, pair in
        Approvals.Signed(
          seat: seat,
          signature: SignedVote(
            approval, seat: seat, network: fixture.network, signedBy: pair
          ).signature)
      })
    let restart = RestartVote(term: 3, block: hash)
    let restarts = Approvals(
      .restart(restart),
      signed: [
        Approvals.Signed(
          seat: 2,
          signature: SignedVote(
            .restart(restart), seat: 2, network: fixture.network, signedBy: key
          ).signature)
      ])
    let note = AuditNote(
      report: id, finding: .otherEnergy, time: LedgerFixture.start, network: fixture.network,
      signedBy: key)
    let claim = Claim(
      site: fixture.homes[0].site.id, first: Interval(containing: LedgerFixture.start), length: 48,
      network: fixture.network, signedBy: fixture.homes[0].siteKey)
    let minted = ClaimDecision(
      claim: claim, outcome: .minted, amount: MilliCoins(1234), mint: id,
      time: LedgerFixture.start, reasons: [], network: fixture.network,
      signedBy: fixture.exchangeKey)
    let held = ClaimDecision(
      claim: claim, outcome: .held, amount: .zero, mint: nil, time: LedgerFixture.start,
      reasons: [.init(check: "night", score: 900, sentence: "the sun was down")],
      network: fixture.network, signedBy: fixture.exchangeKey)
    var samples: [(String, Message)] = [
      (
        "hello",
        .hello(
          Hello(
            networkName: "fixture", network: fixture.network, offers: [.relay, .proofs],
            lowestBody: 0, port: 7711, height: 1, tip: hash, work: UInt256(3).bytes,
            time: LedgerFixture.start, agent: "hinatad 0.1.0"))
      ), ("goodbye", .goodbye(Goodbye(.duplicate, "the other link stays"))),
      ("ping", .ping(Ping(number: 7))), ("pong", .pong(Pong(number: 7))),
      ("get-headers", .getHeaders(GetHeaders(locator: [hash, chain.blocks[0].header.hash]))),
      ("headers", .headers(Headers(headers: [block.sealed]))),
      ("get-blocks", .getBlocks(GetBlocks(hashes: [hash]))),
      ("block", .blockDelivery(BlockDelivery(block: block))),
      ("blocks-missing", .blocksMissing(BlocksMissing(hashes: [hash]))),
      ("compact-block", .compactBlock(CompactBlock(block))),
      (
        "get-block-transactions",
        .getBlockTransactions(GetBlockTransactions(block: hash, indexes: [0, 2, 3]))
      ),
      (
        "block-transactions",
        .blockTransactions(
          BlockTransactions(block: hash, transactions: Array(fixture.admissions.prefix(1))))
      ), ("announce", .announceTransactions(AnnounceTransactions(ids: [id]))),
    ]
    samples += [
      ("get-transactions", .getTransactions(GetTransactions(ids: [id]))),
      (
        "transactions",
        .transactionDelivery(
          TransactionDelivery(transactions: Array(fixture.admissions.prefix(1))))
      ), ("get-addresses", .getAddresses(GetAddresses())),
      ("addresses", .addresses(Addresses(addresses: [address]))),
      ("get-proof", .getProof(GetProof(request: 1, subject: .entry(siteKey)))),
      ("get-transaction-proof", .getProof(GetProof(request: 2, subject: .transaction(id)))),
      (
        "proof",
        .proofDelivery(ProofDelivery(request: 1, block: hash, proof: .entry(entry)))
      ), ("no-proof", .proofDelivery(ProofDelivery(request: 2, block: hash, proof: .unknown))),
      (
        "get-evidence",
        .getEvidence(
          GetEvidence(
            request: 3, site: fixture.homes[0].site.id,
            interval: Interval(containing: LedgerFixture.start)))
      ),
      (
        "evidence",
        .evidenceDelivery(EvidenceDelivery(request: 3, outcome: .given, evidence: [0]))
      ),
      ("no-evidence", .evidenceDelivery(EvidenceDelivery(request: 3, outcome: .notMember))),
      ("audit-notes", .auditNotes(AuditNotes(notes: [note]))),
      ("get-snapshot", .getSnapshot(GetSnapshot())),
      (
        "snapshot-manifest",
        .snapshotManifest(SnapshotManifest(block: hash, subtrees: chain.tree.subtrees))
      ), ("get-snapshot-part", .getSnapshotPart(GetSnapshotPart(block: hash, index: 7))),
      (
        "snapshot-part",
        .snapshotPart(
          SnapshotPart(
            block: hash, index: siteKey.path.bytes[0],
            items: [
              SnapshotPart.Item(
                key: siteKey, entry: chain.state.entries[siteKey]?.bytes ?? [])
            ]))
      ), ("claims", .claims(Claims(claims: [claim]))),
      ("decisions", .decisions(Decisions(decisions: [minted, held]))),
      ("approvals", .approvals(approvals)),
      ("restarts", .approvals(restarts)),
      ("get-approvals", .getApprovals(GetApprovals(epoch: 490_896))),
      ("get-finality", .getFinality(GetFinality(term: 3))),
      (
        "finality",
        .finality(Finality(handovers: settled.handovers, final: settled.final))
      ), ("no-finality", .finality(Finality(handovers: [], final: nil))),
      ("get-ancestors", .getAncestors(GetAncestors(block: hash, lowest: 1))),
      ("ancestors", .ancestors(Ancestors(block: hash, headers: [block.sealed]))),
      (
        "transaction-proof",
        .proofDelivery(
          ProofDelivery(request: 3, block: hash, proof: .transaction(inBlock, height: 1)))
      ),
      (
        "not-final",
        .proofDelivery(ProofDelivery(request: 3, block: hash, proof: .notFinal(height: 1)))
      ),
    ]
    return samples
  }

  /// A handover and a final block, and a transaction in its block.
  private static func settled(
    _ fixture: LedgerFixture, _ block: Block
  ) throws -> (FixtureChain.Settled, TransactionProof) {
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions)
    repeat { try chain.settle() } while chain.settled.handovers.isEmpty
    try chain.settle()
    guard let proof = TransactionProof(index: 0, in: block) else {
      throw ChainFault("the block is empty")
    }
    return (chain.settled, proof)
  }
}
