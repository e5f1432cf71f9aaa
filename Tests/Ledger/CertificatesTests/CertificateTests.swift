// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Certificates
import Chain
import Foundation
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerFixtures
import LedgerStore
import Proofs
import Quantities
import Testing
import Verification

@Suite("Certificates")
struct CertificateTests {
  @Test("A certificate states every attribute that EnergyTag makes mandatory, and the source's own")
  func attributes() throws {
    let lot = try RetiredLot()
    let certificate = try Certificate(lot.proof, genesis: lot.fixture.genesis)
    #expect(certificate.energyWh == 300 && certificate.id == lot.retirement.lotId(0))
    let names = Set(certificate.attributes.map(\.name))
    for name in [
      "certificate_id", "energy_source", "technology", "device_name", "device_id", "commissioned",
      "capacity_w", "region", "location", "period_start", "period_end", "energy_wh", "issuer",
      "issue_time", "production_or_storage", "disclosure", "producer", "beneficiary",
      "energy_carrier", "support_received", "expiry", "fed_in_of_period_wh",
    ] { #expect(names.contains(name), "\(name)") }
    #expect(certificate.attributes.allSatisfy { !$0.value.isEmpty })
    #expect(try CertificateProof(exactly: lot.proof.bytes) == lot.proof)
    let ended = lot.chain.blocks.first { $0.transactions.contains { $0.id == lot.retirement.id } }
    let half = (ended?.header.time).map { Interval(containing: $0) }
    #expect(certificate.issued == half?.start)
  }

  @Test("The genesis alone proves it: own part and finality of at most 4 KB, with a verdict")
  func offline() throws {
    let lot = try RetiredLot()
    let verdict = try lot.verify(lot.proof)
    guard case .final(let approved) = verdict.standing else {
      Issue.record("\(verdict.standing)")
      return
    }
    #expect(verdict.proofBytes <= 4_096)
    #expect(approved.term.seats.count >= 2 && approved.checkpoint.epoch > 0)
    #expect("\(verdict.standing)".contains("no fault is tolerated"))
    let handovers = Int(approved.handovers)
    #expect(verdict.basisBytes - handovers * 1_400 <= 4_096)
  }

  @Test("Each part of a split lot has a certificate of its own id")
  func parts() throws {
    var lot = try RetiredLot()
    let rest = EncodedTransaction(
      .retire(
        Retire(
          owner: lot.fixture.homes[0].member.id, lot: lot.retirement.lotId(1), part: .all,
          purpose: "RE100", beneficiary: "Suzuki", network: lot.fixture.network,
          signedBy: lot.fixture.homes[0].memberKey)))
    try lot.chain.seal(encoded: [rest])
    try lot.chain.settle()
    func certificate(_ of: EncodedTransaction) throws -> Certificate {
      let proof = try #require(try lot.chain.certificate(of))
      _ = try ProofJudge(lot.fixture.genesis).standing(of: proof.basis)
      return try Certificate(proof, genesis: lot.fixture.genesis)
    }
    let (first, second) = (try certificate(lot.retirement), try certificate(rest))
    #expect(first.id != second.id && first.mint == second.mint)
    #expect(first.energyWh + second.energyWh == 700)
  }

  @Test("Any flipped byte of a proof is refused")
  func forged() throws {
    let lot = try RetiredLot()
    let genuine = try Certificate(lot.proof, genesis: lot.fixture.genesis)
    let judge = try ProofJudge(lot.fixture.genesis)
    let bytes = lot.proof.bytes
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      do {
        let proof = try CertificateProof(exactly: changed)
        let certificate = try Certificate(proof, genesis: lot.fixture.genesis)
        _ = try judge.standing(of: proof.basis)
        Issue.record("byte \(index): \(certificate == genuine)")
      } catch is DecodeError {} catch is CertificateFault {} catch is BasisFault {}
    }
  }

  @Test("Whoever has no key forges nothing: worked blocks count for nothing where members approve")
  func forgedWithoutKey() throws {
    let lot = try RetiredLot()
    // The attacker's own members, chain, mint and retirement of 20 GWh, under the shipped rules.
    let own = try RetiredLot(
      LedgerFixture(rules: lot.fixture.genesis.rules, named: "attacker "))
    let worked = try RetiredLot.worked(own.retirement, own.chain)
    func basis(_ fake: CertificateProof, _ fault: BasisFault) {
      #expect(throws: CertificateFault.basis(fault)) { try lot.verify(fake) }
    }
    let header = worked.basis.header
    let named = BlockHeader(
      network: NetworkTag(lot.fixture.network), height: header.height, previous: header.previous,
      time: header.time, transactionRoot: header.transactionRoot, stateRoot: header.stateRoot,
      producer: header.producer, target: header.target, searchSeconds: 0, nonce: 0)
    basis(own.changed(basis: .worked(header)), .otherNetwork)
    basis(own.changed(basis: .worked(named)), .notApproved)
    // Signed by as many as are wanted, with keys of the attacker's own.
    guard case .final(let genuine) = lot.proof.basis else { return }
    let source = Checkpoint(epoch: genuine.final.proof.source.epoch, block: named.hash)
    let approval = Approval(
      term: genuine.final.proof.term, source: source,
      target: Checkpoint(epoch: source.epoch + 1, block: named.hash))
    let term = try KnownTerm(lot.fixture.genesis).term
    var signed: [UInt8: Signature] = [:]
    for seat in term.seats.indices {
      let key = LedgerFixture.key("attacker \(seat)")
      signed[UInt8(seat)] =
        SignedVote(
          approval, seat: UInt8(seat), network: lot.fixture.network, signedBy: key
        ).signature
    }
    let last = Term(
      number: approval.term, rootEpoch: term.rootEpoch, rootHeight: 0, endEpoch: UInt32.max,
      candidates: 0, young: 0, seats: term.seats)
    let proof = try #require(FinalProof(approval, signed, of: last))
    let fake = FinalityProof(
      handovers: genuine.handovers, final: FinalBlock(proof: proof, header: named))
    #expect(throws: CertificateFault.self) {
      try lot.verify(own.changed(basis: .final(fake)))
    }
  }

  @Test("A lot that was sent on, or is still valid, has no certificate; nor another's mint")
  func notRetired() throws {
    var lot = try RetiredLot()
    let fixture = lot.fixture
    // What is left of the lot is sent on: the state has nothing retired under its id.
    let transfer = EncodedTransaction(
      .transfer(
        Transfer(
          from: fixture.homes[0].member.id, to: fixture.homes[1].member.id,
          lot: lot.retirement.lotId(1), part: .all, network: fixture.network,
          signedBy: fixture.homes[0].memberKey)))
    try lot.chain.seal(encoded: [transfer])
    try lot.chain.settle()
    let (basis, entries) = try #require(lot.chain.proofs(of: [.lot(transfer.lotId(0))]))
    func refused(_ fault: CertificateFault, _ proof: CertificateProof) {
      #expect(throws: fault) { try Certificate(proof, genesis: fixture.genesis) }
    }
    refused(
      .noRetirement(transfer.id),
      lot.changed(basis: basis, lot: entries[0], retirement: transfer))
    refused(.missing(.lot), lot.changed(basis: basis, lot: entries[0]))
    refused(.missing(.site), lot.changed(site: fixture.homes[1].site))
    refused(.missing(.member), lot.changed(members: [fixture.homes[0].member]))
    refused(.noMint(transfer.id), lot.changed(mint: transfer))
    // The same words, signed by another.
    let other = EncodedTransaction(
      .retire(
        Retire(
          owner: fixture.homes[0].member.id, lot: lot.mint.lotId(0), part: .all, purpose: "RE100",
          beneficiary: "me", network: fixture.network, signedBy: fixture.homes[1].memberKey)))
    refused(.signature(other.id), lot.changed(retirement: other))
    // A retired lot cannot be sent: law 3.
    let again = EncodedTransaction(
      .transfer(
        Transfer(
          from: fixture.homes[0].member.id, to: fixture.homes[1].member.id,
          lot: lot.retirement.lotId(0), part: .all, network: fixture.network,
          signedBy: fixture.homes[0].memberKey)))
    #expect(throws: (any Error).self) { try lot.chain.seal(encoded: [again]) }
  }

  @Test("In an open network a certificate of a fork that lost is refused by the better headers")
  func lostFork() throws {
    let open = LedgerFixture(rules: LedgerFixture.rules(membership: .open))
    let lot = try RetiredLot(open)
    func headers(_ chain: FixtureChain) throws -> HeaderChain {
      try HeaderChain(open.genesis, chain.blocks.dropFirst().map(\.sealed))
    }
    let own = try headers(lot.chain)
    let certificate = try Certificate(lot.proof, genesis: open.genesis)
    let file = CertificateFile(certificate, proof: lot.proof, headers: own)
    let verdict = try file.verify(genesis: open.genesis)
    guard case .worked(let worked) = verdict.standing else {
      Issue.record("\(verdict.standing)")
      return
    }
    #expect(worked.confirmations == 0 && worked.work == .zero)
    #expect("\(verdict.standing)".contains("worked for, not approved"))
    var winner = try FixtureChain(open)
    try winner.seal(encoded: open.admissions, after: 86_400)
    for _ in 0..<6 { try winner.seal(encoded: []) }
    let better = try headers(winner)
    #expect(better.work > own.work)
    #expect(throws: CertificateFault.self) {
      try file.verify(genesis: open.genesis, headers: better)
    }
    #expect(throws: CertificateFault.basis(.noHeaders)) {
      try CertificateFile(certificate, proof: lot.proof).verify(genesis: open.genesis)
    }
  }

  @Test("Headers without work, out of order or of another network are refused with their height")
  func headers() throws {
    let lot = try RetiredLot()
    var sealed = lot.chain.blocks.dropFirst().map(\.sealed)
    sealed.swapAt(1, 2)
    let fault = #expect(throws: HeaderChain.Fault.self) {
      try HeaderChain(lot.fixture.genesis, sealed)
    }
    #expect(fault?.height == 2)
    let other = LedgerFixture(rules: LedgerFixture.rules(rate: 2000))
    #expect(throws: HeaderChain.Fault.self) {
      try HeaderChain(other.genesis, lot.chain.blocks.dropFirst().map(\.sealed))
    }
    #expect(throws: CertificateFault.basis(.otherNetwork)) {
      try Certificate(lot.proof, genesis: other.genesis)
    }
  }

  @Test("A file or page that states anything else than its proof is refused by the field's name")
  func files() throws {
    let lot = try RetiredLot()
    let certificate = try Certificate(lot.proof, genesis: lot.fixture.genesis)
    let file = CertificateFile(certificate, proof: lot.proof)
    let bytes = try file.bytes()
    let verdict = try CertificateFile(reading: bytes).verify(genesis: lot.fixture.genesis)
    #expect(verdict.certificate == certificate)
    for attribute in certificate.attributes {
      let stated = "\"\(attribute.name)\" : \"\(attribute.value)\""
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.contains(stated) || attribute.value.contains("\""), "\(attribute.name)")
      let changed = text.replacingOccurrences(
        of: stated, with: "\"\(attribute.name)\" : \"\(attribute.value)0\"")
      let fault = #expect(throws: CertificateFault.self) {
        try CertificateFile(reading: Data(changed.utf8)).verify(genesis: lot.fixture.genesis)
      }
      #expect(fault?.description.contains(attribute.name) == true)
    }
    let page = try ProvenPage<CertificateFile>.signed(
      "<p>7 kWh</p>" + ProvenPage<CertificateFile>.script(of: file), network: lot.fixture.network,
      by: lot.fixture.homes[0].memberKey)
    _ = try ProvenPage<CertificateFile>(reading: Data(page.utf8)).verify(
      genesis: lot.fixture.genesis)
    let painted = page.replacingOccurrences(of: "7 kWh", with: "9 kWh")
    #expect(throws: CertificateFault.self) {
      try ProvenPage<CertificateFile>(reading: Data(painted.utf8)).verify(
        genesis: lot.fixture.genesis)
    }
    let stranger = try ProvenPage<CertificateFile>.signed(
      "<p>7 kWh</p>" + ProvenPage<CertificateFile>.script(of: file), network: lot.fixture.network,
      by: lot.fixture.homes[1].memberKey)
    #expect(throws: CertificateFault.self) {
      try ProvenPage<CertificateFile>(reading: Data(stranger.utf8)).verify(
        genesis: lot.fixture.genesis)
    }
  }

  @Test("Foreign value is honoured for the member that its retirement names, here and nowhere else")
  func foreign() throws {
    let here = LedgerFixture(rules: LedgerFixture.rules(rate: 2000))
    let member = here.homes[0].member.id
    let lot = try RetiredLot(
      beneficiary: ForeignValue.beneficiary(network: here.network, member: member))
    let certificate = try Certificate(lot.proof, genesis: lot.fixture.genesis)
    let final = try lot.verify(lot.proof).standing
    let value = try ForeignValue(certificate, final, into: here.network)
    #expect(value.energyWh == 300 && member.hex.hasPrefix(value.member))
    let worked = Standing.worked(
      Standing.Worked(confirmations: 1_000, height: 1_000, work: UInt256(1 << 60)))
    #expect(throws: CertificateFault.self) {
      try ForeignValue(certificate, worked, into: here.network)
    }
    let third = LedgerFixture(rules: LedgerFixture.rules(rate: 3000))
    #expect(throws: CertificateFault.self) {
      try ForeignValue(certificate, final, into: third.network)
    }
    #expect(throws: CertificateFault.self) {
      try ForeignValue(certificate, final, into: lot.fixture.network)
    }
  }

  @Test("What one exchange minted, a second exchange mints no more: law 2 says which half hour")
  func twoExchanges() throws {
    var lot = try RetiredLot()
    let key = LedgerFixture.key("second exchange")
    let second = MemberRecord(kind: .exchange, name: "Second", key: key.publicKey)
    let report = try lot.fixture.report(0, generated: [500], consumed: [1])
    try lot.chain.seal([
      .admitMember(
        AdmitMember(
          operator: lot.fixture.operatorId, record: second, network: lot.fixture.network,
          signedBy: lot.fixture.operatorKey)), .report(report),
    ])
    func mint(_ exchange: MemberId, _ key: KeyPair) -> Transaction {
      .mint(
        Mint(
          exchange: exchange, site: report.site, first: report.first, length: 1,
          amount: MilliCoins(500), claim: ClaimId(.zero), network: lot.fixture.network,
          signedBy: key))
    }
    try lot.chain.seal([mint(second.id, key)])
    let first = mint(lot.fixture.exchangeId, lot.fixture.exchangeKey)
    var transition = Transition(
      rules: lot.fixture.genesis.rules, time: lot.chain.context.time, on: lot.chain.state)
    do {
      try transition.apply(EncodedTransaction(first), in: lot.fixture.network)
      Issue.record("the same half hour was minted twice")
    } catch {
      guard case .law(let violation) = error else { throw error }
      #expect(violation.law == 2)
    }
  }

  @Test("An exchange that mints more than PQ1 builds no block that anybody takes")
  func overminted() throws {
    var lot = try RetiredLot()
    let report = try lot.fixture.report(0, generated: [500], consumed: [1])
    try lot.chain.seal([.report(report)])
    #expect(throws: (any Error).self) {
      try lot.chain.seal([
        .mint(lot.fixture.mint(0, first: report.first, length: 1, amount: 501))
      ])
    }
    #expect(throws: (any Error).self) {
      try lot.chain.seal([
        .mint(lot.fixture.mint(0, first: report.first, length: 1, amount: 500)),
        .mint(lot.fixture.mint(0, first: report.first, length: 1, amount: 500)),
      ])
    }
  }
}
