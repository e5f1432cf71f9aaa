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

/// A chain with a retired lot, and what proves it.
private struct RetiredLot {
  var fixture = LedgerFixture()
  var chain: FixtureChain
  let mint: EncodedTransaction
  let retirement: EncodedTransaction
  let proof: CertificateProof

  init(beneficiary: String = "Tanaka Foods", part: LotPart = .amount(MilliCoins(300))) throws {
    chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 86_400)
    let report = try fixture.report(0, generated: [0, 700], consumed: [100, 100])
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
    proof = try RetiredLot.prove(retirement, chain)
  }

  static func prove(_ retirement: EncodedTransaction, _ chain: FixtureChain) throws
    -> CertificateProof
  {
    let block = try #require(
      chain.blocks.last { $0.transactions.contains { $0.id == retirement.id } })
    let index = try #require(block.transactions.firstIndex { $0.id == retirement.id })
    let id = retirement.lotId(0)
    guard case .lot(let lot)? = chain.state.entries[.lot(id)],
      case .site(let site)? = chain.state.entries[.site(lot.site)]
    else { throw CertificateFault.notRetired(id) }
    return CertificateProof(
      block: block.sealed, retirement: try #require(TransactionProof(index: index, in: block)),
      stateBlock: chain.blocks[chain.blocks.count - 1].sealed,
      entries: CertificateProof.keys(id, lot, site).map {
        EntryProof(key: $0, entry: chain.state.entries[$0], tree: chain.tree)
      })
  }

  var headers: HeaderChain {
    get throws { try HeaderChain(fixture.genesis, chain.blocks.dropFirst().map(\.sealed)) }
  }
}

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
      "issue_time", "production_or_storage", "disclosure", "producer", "beneficiary", "height",
    ] { #expect(names.contains(name), "\(name)") }
    #expect(certificate.attributes.allSatisfy { !$0.value.isEmpty })
    let chain = try lot.headers
    #expect(try Certificate.confirmations(of: lot.proof, in: chain) == 0)
    #expect(try CertificateProof(exactly: lot.proof.bytes) == lot.proof)
    #expect(lot.proof.bytes.count < 4_096)
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
    let first = try Certificate(
      RetiredLot.prove(lot.retirement, lot.chain), genesis: lot.fixture.genesis)
    let second = try Certificate(RetiredLot.prove(rest, lot.chain), genesis: lot.fixture.genesis)
    #expect(first.id != second.id && first.mint == second.mint)
    #expect(first.energyWh + second.energyWh == 700)
  }

  @Test("Any flipped byte of a proof is refused")
  func forged() throws {
    let lot = try RetiredLot()
    let genuine = try Certificate(lot.proof, genesis: lot.fixture.genesis)
    let chain = try lot.headers
    let bytes = lot.proof.bytes
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      do {
        let proof = try CertificateProof(exactly: changed)
        let certificate = try Certificate(proof, genesis: lot.fixture.genesis)
        _ = try Certificate.confirmations(of: proof, in: chain)
        // A header's signature is checked with the chain; its hash does not cover it.
        #expect(certificate == genuine, "byte \(index)")
      } catch is DecodeError {} catch is CertificateFault {}
    }
  }

  @Test("A lot that was sent on, or is still valid, has no certificate")
  func notRetired() throws {
    var lot = try RetiredLot()
    // What is left of the lot is sent on: the state has nothing retired under its id.
    let rest = lot.retirement.lotId(1)
    let transfer = EncodedTransaction(
      .transfer(
        Transfer(
          from: lot.fixture.homes[0].member.id, to: lot.fixture.homes[1].member.id, lot: rest,
          part: .all, network: lot.fixture.network, signedBy: lot.fixture.homes[0].memberKey)))
    try lot.chain.seal(encoded: [transfer])
    let block = lot.chain.blocks[lot.chain.blocks.count - 1]
    let site = lot.fixture.homes[0].site
    func proof(_ id: LotId, _ transaction: TransactionProof) -> CertificateProof {
      CertificateProof(
        block: block.sealed, retirement: transaction, stateBlock: block.sealed,
        entries: [StateKey.lot(id), .site(site.id)].map {
          EntryProof(key: $0, entry: lot.chain.state.entries[$0], tree: lot.chain.tree)
        })
    }
    let sent = try #require(TransactionProof(index: 0, in: block))
    #expect(throws: CertificateFault.noRetirement(transfer.id)) {
      try Certificate(proof(transfer.lotId(0), sent), genesis: lot.fixture.genesis)
    }
    // The retirement's own lot, with the entry of another lot beside it.
    let mixed = CertificateProof(
      block: lot.proof.block, retirement: lot.proof.retirement, stateBlock: block.sealed,
      entries: proof(transfer.lotId(0), sent).entries)
    #expect(throws: CertificateFault.missing(.lot)) {
      try Certificate(mixed, genesis: lot.fixture.genesis)
    }
    // A retired lot cannot be sent: law 3.
    let again = EncodedTransaction(
      .transfer(
        Transfer(
          from: lot.fixture.homes[0].member.id, to: lot.fixture.homes[1].member.id,
          lot: lot.retirement.lotId(0), part: .all, network: lot.fixture.network,
          signedBy: lot.fixture.homes[0].memberKey)))
    #expect(throws: (any Error).self) { try lot.chain.seal(encoded: [again]) }
  }

  @Test("A certificate of a fork that lost is refused by the headers of the chain that won")
  func lostFork() throws {
    let lot = try RetiredLot()
    var winner = try FixtureChain(lot.fixture)
    try winner.seal(encoded: lot.fixture.admissions, after: 86_400)
    for _ in 0..<6 {
      var fixture = winner.fixture
      _ = try fixture.report(1, generated: [1], consumed: [1])
      try winner.seal(encoded: [])
    }
    let better = try HeaderChain(lot.fixture.genesis, winner.blocks.dropFirst().map(\.sealed))
    #expect(better.work > (try lot.headers).work)
    #expect(throws: CertificateFault.self) {
      try Certificate.confirmations(of: lot.proof, in: better)
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
    #expect(throws: CertificateFault.otherNetwork) {
      try Certificate(lot.proof, genesis: other.genesis)
    }
  }

  @Test("A file or page that states anything else than its proof is refused by the field's name")
  func files() throws {
    let lot = try RetiredLot()
    let certificate = try Certificate(lot.proof, genesis: lot.fixture.genesis)
    let file = CertificateFile(certificate, proof: lot.proof, headers: try lot.headers)
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
    let page = try CertificatePage.signed(
      "<p>7 kWh</p>" + CertificatePage.script(of: file), network: lot.fixture.network,
      by: lot.fixture.homes[0].memberKey)
    _ = try CertificatePage(reading: Data(page.utf8)).verify(genesis: lot.fixture.genesis)
    let painted = page.replacingOccurrences(of: "7 kWh", with: "9 kWh")
    #expect(throws: CertificateFault.self) {
      try CertificatePage(reading: Data(painted.utf8)).verify(genesis: lot.fixture.genesis)
    }
    let stranger = try CertificatePage.signed(
      "<p>7 kWh</p>" + CertificatePage.script(of: file), network: lot.fixture.network,
      by: lot.fixture.homes[1].memberKey)
    #expect(throws: CertificateFault.self) {
      try CertificatePage(reading: Data(stranger.utf8)).verify(genesis: lot.fixture.genesis)
    }
  }

  @Test("Foreign value is honoured for the member that its retirement names, here and nowhere else")
  func foreign() throws {
    let here = LedgerFixture(rules: LedgerFixture.rules(rate: 2000))
    let member = here.homes[0].member.id
    let lot = try RetiredLot(
      beneficiary: ForeignValue.beneficiary(network: here.network, member: member))
    let certificate = try Certificate(lot.proof, genesis: lot.fixture.genesis)
    let value = try ForeignValue(
      certificate, into: here.network, confirmations: 6, needed: 6)
    #expect(value.energyWh == 300 && member.hex.hasPrefix(value.member))
    #expect(throws: CertificateFault.self) {
      try ForeignValue(certificate, into: here.network, confirmations: 5, needed: 6)
    }
    let third = LedgerFixture(rules: LedgerFixture.rules(rate: 3000))
    #expect(throws: CertificateFault.self) {
      try ForeignValue(certificate, into: third.network, confirmations: 6, needed: 6)
    }
    #expect(throws: CertificateFault.self) {
      try ForeignValue(certificate, into: lot.fixture.network, confirmations: 6, needed: 6)
    }
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("honour-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let desk = try DeskStore(folder: folder.path)
    #expect(try desk.honour(network: value.network, lot: value.lot, certificate: [1]))
    #expect(try !desk.honour(network: value.network, lot: value.lot, certificate: [1]), "once")
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
