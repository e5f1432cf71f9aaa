// SPDX-License-Identifier: Apache-2.0

import Certificates
import Chain
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerFixtures
import Proofs
import Quantities
import Testing

/// A chain with a retired lot that is final, and what proves it.
struct RetiredLot {
  var fixture: LedgerFixture
  var chain: FixtureChain
  let mint: EncodedTransaction
  let retirement: EncodedTransaction
  let proof: CertificateProof

  init(
    beneficiary: String = "Tanaka Foods", part: LotPart = .amount(MilliCoins(300)),
    _ fixture: LedgerFixture = LedgerFixture()
  ) throws {
    self.fixture = fixture
    chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 86_400)
    let report = try self.fixture.report(0, generated: [0, 700], consumed: [100, 100])
    try chain.seal([.report(report)])
    mint = EncodedTransaction(
      .mint(fixture.mint(0, first: report.first, length: 2, amount: 700)))
    try chain.seal(encoded: [mint])
    retirement = EncodedTransaction(
      .retire(
        Retire(
          owner: fixture.homes[0].member.id, lot: mint.lotId(0), part: part, purpose: "RE100",
          beneficiary: beneficiary, network: fixture.network,
          signedBy: fixture.homes[0].memberKey)))
    try chain.seal(encoded: [retirement])
    guard fixture.genesis.rules.hasFinality else {
      proof = try RetiredLot.worked(retirement, chain)
      return
    }
    try chain.settle()
    proof = try #require(try chain.certificate(retirement))
  }

  /// The proof of a lot under the tip of a chain, on which nothing but work stands.
  static func worked(
    _ retirement: EncodedTransaction, _ chain: FixtureChain
  ) throws -> CertificateProof {
    let key = StateKey.lot(retirement.lotId(0))
    guard case .lot(let lot)? = chain.state.entries[key] else {
      throw CertificateFault.notRetired(retirement.lotId(0))
    }
    let mint = try #require(
      chain.blocks.flatMap(\.transactions).first { $0.id == lot.mint })
    let site = try #require(try chain.state.site(lot.site))
    let entries = CertificateProof.keys(of: retirement.lotId(0), lot, at: site).map {
      EntryProof(key: $0, entry: chain.state.entries[$0], tree: chain.tree)
    }
    return try #require(
      try CertificateProof(
        basis: .worked(chain.blocks[chain.blocks.count - 1].header), entries: entries,
        in: chain.state, mint: mint, retirement: retirement))
  }

  /// The proof with other parts.
  func changed(
    basis: ProofBasis? = nil, lot: EntryProof? = nil, days: [EntryProof]? = nil,
    site: SiteRecord? = nil,
    members: [MemberRecord]? = nil, mint: EncodedTransaction? = nil,
    retirement: EncodedTransaction? = nil
  ) -> CertificateProof {
    CertificateProof(
      basis: basis ?? proof.basis, lot: lot ?? proof.lot, days: days ?? proof.days,
      site: site ?? proof.site,
      members: members ?? proof.members, mint: mint ?? proof.mint,
      retirement: retirement ?? proof.retirement)
  }

  /// What a file of this proof is worth, whatever it states.
  func verify(_ proof: CertificateProof) throws -> CertificateFile.Verdict {
    let certificate = try Certificate(self.proof, genesis: fixture.genesis)
    return try CertificateFile(certificate, proof: proof).verify(genesis: fixture.genesis)
  }
}
