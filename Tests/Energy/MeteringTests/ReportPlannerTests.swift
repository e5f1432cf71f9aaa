// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import HouseModel
import Ledger
import LedgerCrypto
import LedgerFixtures
import Metering
import Quantities
import Testing

@Suite("What is reported when")
struct ReportPlannerTests {
  private var home: ReadHouse
  private let record: SiteRecord
  private let rules = LedgerFixture.rules()
  private let key = KeyPair(seed: Bytes32(words: (7, 0, 0, 0)))

  init() throws {
    home = try ReadHouse()
    home.poll(at: 0)
    home.pollAround(0...12)
    let position = try #require(CoarsePosition(latitudeTenths: 356, longitudeTenths: 1397))
    record = SiteRecord(
      member: MemberId(.zero), key: key.publicKey, name: "Home", method: .photovoltaic,
      role: .production, capacityW: 5_000, batteryWh: 0, gridArea: "TEPCO", region: "Tokyo",
      position: position, utcOffset: .japan, deviceName: "PV", deviceId: "1", technology: "T01",
      commissionedDay: 10_000, activeFrom: Interval(containing: home.start))
  }

  private func view(progress: SiteProgress? = nil) -> ReportPlanner.View {
    .init(record: record, progress: progress, pending: [], rules: rules)
  }

  private func planner(_ intervals: Int = 4) -> ReportPlanner {
    var planner = ReportPlanner(.init(reportIntervals: intervals, rules: rules))
    planner.resume(from: view())
    return planner
  }

  private func decide(_ planner: ReportPlanner, until slot: Int) -> ReportPlanner.Decision {
    planner.decide(
      home.book, view(), until: home.interval(slot).start, from: home.interval(0),
      now: home.interval(slot).start)
  }

  private func draft(_ decision: ReportPlanner.Decision) throws -> (ReportDraft, ReadingCutter) {
    guard case .sign(let draft, let cutter) = decision else { throw NotSigned() }
    return (draft, cutter)
  }

  private struct NotSigned: Error {}

  @Test("A report goes when its half hours are over, not before, and the next one joins it")
  func ripe() throws {
    var planner = planner()
    guard case .nothing = decide(planner, until: 3) else { throw NotSigned() }
    let (first, cutter) = try draft(decide(planner, until: 4))
    #expect(first.readings.count == 4 && first.gapBefore == 0)
    planner.signed(first, cutter, as: TransactionId(.zero))
    guard case .nothing = decide(planner, until: 7) else { throw NotSigned() }
    let (second, _) = try draft(decide(planner, until: 8))
    #expect(second.readings[0].interval == home.interval(4))
    #expect(planner.isOwn(TransactionId(.zero)))
  }

  @Test("A half hour that lacks what may still come holds up what follows, and is named")
  mutating func waits() throws {
    home.pollAround(13...16, only: [0x0279])
    let planner = planner(1)
    var reported = planner
    for slot in 1...12 {
      let (next, cutter) = try draft(decide(reported, until: slot))
      reported.signed(next, cutter, as: TransactionId(.zero))
    }
    guard case .wait(let interval) = decide(reported, until: 16) else { throw NotSigned() }
    #expect(interval == home.interval(12))
  }

  @Test(
    "What the law refuses goes alone, then is left out; after a change of the chain it is asked anew"
  )
  func refusal() throws {
    var planner = planner()
    let (whole, _) = try draft(decide(planner, until: 4))
    #expect(planner.refuse(whole, "no", view()) == .goAlone)
    let (one, _) = try draft(decide(planner, until: 4))
    #expect(one.readings.count == 1)
    #expect(planner.refuse(one, "no", view()) == .leaveOut(home.interval(0)))
    let (later, _) = try draft(decide(planner, until: 4))
    #expect(later.readings[0].interval == home.interval(1) && later.gapBefore == 1)
    let moved = view(progress: SiteProgress(next: home.interval(3)))
    #expect(planner.refuse(later, "no", moved) == .lookAnew)
  }

  @Test("Nothing is reported of a site that is not there, or of a member that is suspended")
  func noSite() {
    let nobody = ReportPlanner.View(record: nil, progress: nil, pending: [], rules: rules)
    let decision = planner().decide(
      home.book, nobody, until: home.interval(8).start, from: home.interval(0),
      now: home.interval(8).start)
    if case .nothing = decision { return }
    Issue.record("\(decision)")
  }

  @Test("Another box is whoever's two confirmed reports, and all after them, are not this one's")
  func otherBox() {
    var planner = planner()
    let ids = (1...3).map { TransactionId(Bytes32(words: ($0, 0, 0, 0))) }
    planner.remember(ids[2])
    #expect(planner.isAnotherBox([(ids[0], true), (ids[1], true)]))
    #expect(!planner.isAnotherBox([(ids[0], true), (ids[1], false)]))
    #expect(!planner.isAnotherBox([(ids[0], true), (ids[1], true), (ids[2], false)]))
  }
}
