// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerFixtures
import Proofs
import Quantities
import Testing

@testable import Certificates

/// Two retirements of one home, matched with its use, and one in another name.
struct RetiredDay {
  var fixture: LedgerFixture
  var chain: FixtureChain
  let first: Interval
  var items: [StatementPlan.Item] = []
  /// Retired by the same owner in the name of somebody else, and not matched.
  var other: [StatementPlan.Item] = []

  var period: Range<Interval> { first..<first.advanced(by: 48) }
  var home: FixtureHome { fixture.homes[0] }

  init(homes: Int = 2) throws {
    fixture = LedgerFixture(homes: homes)
    chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 86_400)
    let report = try fixture.report(
      0, generated: [0, 700, 500, 0], consumed: [100, 200, 300, 50])
    first = report.first
    try chain.seal([.report(report)])
    let mint = EncodedTransaction(.mint(fixture.mint(0, first: first, length: 4, amount: 1200)))
    try chain.seal(encoded: [mint])
    func retire(_ lot: LotId, _ part: LotPart, _ name: String, _ match: (UInt32, UInt32)?) throws
      -> StatementPlan.Item
    {
      let consumption = match.map { match in
        Retire.Consumption(
          site: fixture.homes[0].site.id,
          matches: [Retire.Match(interval: first.advanced(by: match.0), energyWh: match.1)])
      }
      let retirement = EncodedTransaction(
        .retire(
          Retire(
            owner: fixture.homes[0].member.id, lot: lot, part: part, purpose: "RE100",
            beneficiary: name, consumption: consumption, network: fixture.network,
            signedBy: fixture.homes[0].memberKey)))
      try chain.seal(encoded: [retirement])
      guard case .lot(let kept)? = chain.state.entries[.lot(retirement.lotId(0))] else {
        throw CertificateFault.notRetired(retirement.lotId(0))
      }
      return StatementPlan.Item(
        id: retirement.lotId(0), lot: kept, mint: mint, retirement: retirement)
    }
    let one = try retire(mint.lotId(0), .amount(MilliCoins(200)), "Tanaka", (1, 200))
    let two = try retire(
      one.retirement.lotId(1), .amount(MilliCoins(250)), "Tanaka", (2, 250))
    let third = try retire(two.retirement.lotId(1), .amount(MilliCoins(10)), "Suzuki", nil)
    (items, other) = ([one, two], [third])
    try chain.settle()
  }

  func proof(
    _ items: [StatementPlan.Item], users: [SiteId] = [], in period: Range<Interval>? = nil
  ) throws -> StatementProof {
    let plan = try #require(
      try StatementPlan(items, period: period ?? self.period, users: users, in: chain.state))
    let (basis, entries) = try #require(chain.proofs(of: plan.keys))
    return plan.proof(on: basis, entries)
  }

  func statement(_ proof: StatementProof) throws -> Statement {
    try Statement(proof, genesis: fixture.genesis)
  }
}

@Suite("Statements")
struct StatementTests {
  @Test("A statement adds up lots, sources and matched use of its period, on one proof")
  func sums() throws {
    let day = try RetiredDay()
    let proof = try day.proof(day.items)
    #expect(try StatementProof(exactly: proof.bytes) == proof)
    let statement = try day.statement(proof)
    #expect(statement.energyWh == 450 && statement.amount == MilliCoins(450))
    #expect(statement.certificates.count == 2 && statement.beneficiary == "Tanaka")
    #expect(statement.sources.map(\.energyWh) == [450])
    let user = try #require(statement.users.first)
    #expect(user.uses.count == 48 && user.site == day.home.site)
    #expect(user.uses.prefix(5).map(\.suppliedWh) == [100, 200, 300, 50, nil])
    #expect(user.uses.prefix(4).map(\.matchedWh) == [0, 200, 250, 0])
    #expect(statement.suppliedWh == 650 && statement.matchedWh == 450 && user.unknown == 44)
    let stated = Dictionary(
      uniqueKeysWithValues: statement.attributes.map { ($0.name, $0.value) })
    // Both lots are parts of one period, of which 500 and 200 Wh were fed in.
    #expect(stated["fed_in_of_periods_wh"] == "700")
    #expect(stated["unknown_half_hours"] == "44")
    #expect(stated["use_of"] == "\"\(user.site.name)\" (\(user.site.id.hex))")
  }

  @Test("What was matched where nobody knows the use any more raises no share")
  func unknown() {
    let day = LedgerFixture().homes[0]
    let user = Statement.User(
      site: day.site,
      uses: [
        Statement.Use(interval: day.next, suppliedWh: 100, matchedWh: 40),
        Statement.Use(interval: day.next.advanced(by: 1), suppliedWh: nil, matchedWh: 500),
      ])
    #expect(user.suppliedWh == 100 && user.matchedWh == 40 && user.unknown == 1)
  }

  @Test("Sites that are matched come first, and more than a statement holds are refused")
  func users() throws {
    let day = try RetiredDay(homes: 20)
    let sites = day.fixture.homes.map(\.site.id)
    let most = Int(StatementProof.userCount.upperBound)
    let proof = try day.proof(day.items, users: sites.reversed())
    #expect(proof.users.count == most && proof.users.contains(day.home.site.id))
    let match = Retire.Match(interval: day.first, energyWh: 1)
    let items = sites.prefix(most + 1).map { site in
      let retire = Retire(
        owner: day.home.member.id, lot: day.items[0].id, part: .all, purpose: "RE100",
        beneficiary: "Tanaka", consumption: Retire.Consumption(site: site, matches: [match]),
        network: day.fixture.network, signedBy: day.home.memberKey)
      return StatementPlan.Item(
        id: day.items[0].id, lot: day.items[0].lot, mint: day.items[0].mint,
        retirement: EncodedTransaction(.retire(retire)))
    }
    let refused = #expect(throws: StatementTooLarge.self) {
      try StatementPlan(items, period: day.period, users: [], in: day.chain.state)
    }
    #expect(refused?.sites == most + 1 && refused?.lots == most + 1)
  }

  @Test("A statement of many lots is smaller than their certificates")
  func small() throws {
    let day = try RetiredDay()
    let single = try day.items.map { item in
      try #require(try day.chain.certificate(item.retirement)).bytes.count
    }
    #expect(try day.proof(day.items).bytes.count < single.reduce(0, +))
  }

  @Test("Any flipped byte of a statement's proof is refused")
  func forged() throws {
    let day = try RetiredDay()
    let proof = try day.proof(day.items, users: [day.home.site.id])
    let judge = try ProofJudge(day.fixture.genesis)
    let bytes = proof.bytes
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      do {
        let other = try StatementProof(exactly: changed)
        let statement = try day.statement(other)
        _ = try judge.standing(of: other.basis)
        // Another period is another statement, which its file does not state.
        #expect(statement.first != proof.first || statement.end != proof.end, "byte \(index)")
      } catch is DecodeError {} catch is CertificateFault {} catch is BasisFault {}
    }
  }

  @Test("A liar's statement is refused: lots twice, of others, of another time, use left out")
  func lies() throws {
    let day = try RetiredDay()
    func refused(_ proof: StatementProof, _ fault: CertificateFault) {
      #expect(throws: fault) { try day.statement(proof) }
    }
    let good = try day.proof(day.items)
    func changed(
      users: [SiteId]? = nil, members: [MemberRecord]? = nil, sites: [SiteRecord]? = nil,
      lots: [EntryProof]? = nil, days: [EntryProof]? = nil
    ) -> StatementProof {
      StatementProof(
        basis: good.basis, period: good.first..<good.end, users: users ?? good.users,
        members: members ?? good.members, sites: sites ?? good.sites,
        transactions: good.transactions, lots: lots ?? good.lots, days: days ?? good.days)
    }
    refused(changed(lots: good.lots + [good.lots[0]]), .notInOrder)
    refused(changed(lots: Array(good.lots.prefix(1))), .notInOrder)
    refused(changed(users: []), .missing(.site))
    refused(changed(days: []), .otherDays(LotId(good.lots[0].key.id)))
    let strange = day.fixture.homes[1]
    let more = [day.home.site, strange.site].sorted { $0.id < $1.id }
    refused(changed(sites: more), .notInOrder)
    let members = (good.members + [strange.member]).sorted { $0.id < $1.id }
    refused(changed(members: members), .notInOrder)
    // Another's use, and another's name.
    #expect(throws: CertificateFault.missing(.site)) {
      try day.statement(try day.proof(day.items, users: [strange.site.id]))
    }
    let mixed = try day.proof(day.items + day.other)
    let fault = #expect(throws: CertificateFault.self) { try day.statement(mixed) }
    #expect(fault?.description.contains("of another owner or beneficiary") == true)
    let late = try day.proof(day.items, in: day.first.advanced(by: 1)..<day.first.advanced(by: 9))
    let early = #expect(throws: CertificateFault.self) { try day.statement(late) }
    #expect(early?.description.contains("outside of the statement's period") == true)
  }

  @Test("What a statement's file or page says otherwise than its proof is named")
  func files() throws {
    let day = try RetiredDay()
    let proof = try day.proof(day.items)
    let statement = try day.statement(proof)
    let bytes = try StatementFile(statement, proof: proof).bytes()
    let genesis = day.fixture.genesis
    #expect(try StatementFile(reading: bytes).verify(genesis: genesis).statement == statement)
    let text = String(decoding: bytes, as: UTF8.self)
    for (name, value, lie) in [
      ("energy_wh", "450", "451"), ("beneficiary", "Tanaka", "Suzuki"),
      ("matched_wh", "450", "650"), ("purpose", "RE100", "RE101"), ("energy_wh", "250", "2500"),
    ] {
      let said = "\"\(name)\" : \"\(value)\""
      #expect(text.contains(said))
      let range = try #require(text.range(of: said))
      let changed = text.replacingCharacters(in: range, with: "\"\(name)\" : \"\(lie)\"")
      let fault = #expect(throws: CertificateFault.self) {
        try StatementFile(reading: Data(changed.utf8)).verify(genesis: genesis)
      }
      #expect(fault?.description.contains(name) == true)
      #expect(fault?.description.contains(lie) == true)
    }
    let html = try "<p>450 Wh</p>" + ProvenPage.script(of: StatementFile(reading: bytes))
    let page = ProvenPage<StatementFile>.signed(
      html, network: day.fixture.network, by: day.home.memberKey)
    _ = try ProvenPage<StatementFile>(reading: Data(page.utf8)).verify(genesis: genesis)
    #expect(throws: CertificateFault.pageAltered) {
      let painted = page.replacingOccurrences(of: "<p>450 Wh", with: "<p>4500 Wh")
      return try ProvenPage<StatementFile>(reading: Data(painted.utf8)).verify(genesis: genesis)
    }
    // A certificate's page is no statement's.
    #expect(throws: CertificateFault.self) {
      try ProvenPage<CertificateFile>(reading: Data(page.utf8))
    }
  }
}
