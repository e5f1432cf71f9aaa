// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing

@testable import Ledger

@Suite("Laws 2 and 7: a device feeds one site at a time")
struct DeviceLawTests {
  /// A site of home `home` with the device that home 0 began with, or another.
  private func site(
    _ scenario: Scenario, of home: Int, key: String, from: Interval, serial: String = "SN-0",
    capacityW: UInt32 = 4000
  ) -> SiteRecord {
    let old = scenario.fixture.homes[0].site
    return SiteRecord(
      member: scenario.memberId(home), key: LedgerFixture.key(key).publicKey, name: "Roof anew",
      method: old.method, role: old.role, capacityW: capacityW, batteryWh: 0,
      gridArea: old.gridArea, region: old.region, position: old.position, utcOffset: old.utcOffset,
      deviceName: "PCS", deviceId: serial, technology: old.technology,
      commissionedDay: old.commissionedDay, activeFrom: from)
  }

  private func register(_ record: SiteRecord, _ scenario: Scenario) -> Transaction {
    let fixture = scenario.fixture
    return .registerSite(
      RegisterSite(
        operator: fixture.operatorId, record: record, network: fixture.network,
        signedBy: fixture.operatorKey))
  }

  @Test("A device has the id that another program gives it, blanks and marks aside")
  func golden() throws {
    let scenario = try Scenario()
    let record = site(scenario, of: 0, key: "anew", from: Interval(1))
    #expect(
      record.device.hex == "f2ad3e8946c83047e90541b83b0c418e823af9852780339d31f4f661d59df02b")
    let old = scenario.fixture.homes[0].site
    let japanese = SiteRecord(
      member: old.member, key: old.key, name: old.name, method: old.method, role: old.role,
      capacityW: 4000, batteryWh: 0, gridArea: old.gridArea, region: old.region,
      position: old.position, utcOffset: old.utcOffset, deviceName: "シャープ JH-55",
      deviceId: "Ａ-77", technology: old.technology, commissionedDay: old.commissionedDay,
      activeFrom: old.activeFrom)
    #expect(
      japanese.device.hex == "abb4004fcc1df0a210ee9a7dd96c34472762382f7bf159c636376abb15ada85a")
  }

  @Test("The device of a member in good standing feeds no other's site, however it is written")
  func taken() throws {
    let scenario = try Scenario()
    let first = scenario.fixture.homes[0].site
    for serial in ["SN-0", "sn-0", " SN 0", "S.N/0"] {
      let record = site(scenario, of: 1, key: "thief", from: first.activeFrom, serial: serial)
      #expect(
        scenario.refusal(register(record, scenario)) == .keys(.deviceTaken(first.id)), "\(serial)")
    }
    let other = site(scenario, of: 1, key: "other", from: first.activeFrom, serial: "SN-00")
    #expect(scenario.refusal(register(other, scenario)) == nil)
    let meter = site(scenario, of: 1, key: "meter", from: first.activeFrom, capacityW: 0)
    #expect(scenario.refusal(register(meter, scenario)) == nil, "it generates nothing")
  }

  @Test("It moves within a member and from a suspended one; the former site reports no more")
  func moved() throws {
    for isSuspended in [false, true] {
      var scenario = try Scenario()
      let (fixture, former) = (scenario.fixture, scenario.fixture.homes[0].site)
      let report = try scenario.report(0, [500, 700], [300, 200])
      if isSuspended {
        try scenario.chain.seal([
          .setStanding(
            SetStanding(
              operator: fixture.operatorId, member: scenario.memberId(0), isSuspended: true,
              change: 1, network: fixture.network, signedBy: fixture.operatorKey))
        ])
      }
      let home = isSuspended ? 1 : 0
      let early = site(
        scenario, of: home, key: "anew", from: Interval(report.next.number - 1))
      #expect(
        scenario.refusal(register(early, scenario))
          == .noEnergyTwice(.reported(until: report.next, by: former.id)))
      let record = site(scenario, of: home, key: "anew", from: report.next)
      try scenario.chain.seal([register(record, scenario)])
      #expect(try scenario.chain.state.site(with: record.device) == record.id)
      if isSuspended {
        try scenario.chain.seal([
          .setStanding(
            SetStanding(
              operator: fixture.operatorId, member: scenario.memberId(0), isSuspended: false,
              change: 2, network: fixture.network, signedBy: fixture.operatorKey))
        ])
      }
      let late = try scenario.fixture.report(0, generated: [500], consumed: [100])
      #expect(scenario.refusal(.report(late)) == .reportsJoin(.ended))
      // What was reported before may still be minted.
      let mint = scenario.fixture.mint(0, first: report.first, length: 2, amount: 1200)
      #expect(scenario.refusal(.mint(mint)) == nil)
    }
  }

  @Test("A site that never reported ends as well when its device goes to another")
  func silent() throws {
    var scenario = try Scenario()
    let first = scenario.fixture.homes[0].site
    let record = site(scenario, of: 0, key: "anew", from: first.activeFrom)
    try scenario.chain.seal([register(record, scenario)])
    let report = try scenario.fixture.report(0, generated: [500], consumed: [100])
    #expect(scenario.refusal(.report(report)) == .reportsJoin(.ended))
  }

  @Test("A site that says nothing between two others opens no half hour a second time")
  func silentBetween() throws {
    var scenario = try Scenario()
    let first = scenario.fixture.homes[0].site
    let report = try scenario.report(0, [500, 700], [300, 200])
    let silent = site(scenario, of: 0, key: "silent", from: report.next)
    try scenario.chain.seal([register(silent, scenario)])
    let third = site(scenario, of: 0, key: "third", from: first.activeFrom)
    #expect(
      scenario.refusal(register(third, scenario))
        == .noEnergyTwice(.reported(until: report.next, by: silent.id)))
    let late = site(scenario, of: 0, key: "third", from: report.next)
    #expect(scenario.refusal(register(late, scenario)) == nil)
  }

  @Test("A suspended member is minted nothing, and what it generated before once it is back")
  func suspended() throws {
    var scenario = try Scenario()
    let fixture = scenario.fixture
    let report = try scenario.report(0, [500], [300])
    let mint = Transaction.mint(
      scenario.fixture.mint(0, first: report.first, length: 1, amount: 500))
    func standing(_ isSuspended: Bool, _ change: UInt64) -> Transaction {
      .setStanding(
        SetStanding(
          operator: fixture.operatorId, member: scenario.memberId(0), isSuspended: isSuspended,
          change: change, network: fixture.network, signedBy: fixture.operatorKey))
    }
    try scenario.chain.seal([standing(true, 1)])
    #expect(scenario.refusal(mint) == .keys(.suspended(scenario.memberId(0))))
    try scenario.chain.seal([standing(false, 2)])
    #expect(scenario.refusal(mint) == nil)
  }
}
