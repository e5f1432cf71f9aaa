// SPDX-License-Identifier: Apache-2.0

import EchonetLite
import Ledger
import LedgerFixtures
import LedgerStore
import Metering
import Quantities
import Testing

@Suite("Samples and the evidence under reports")
struct SampleStoreTests {
  private func samples(at seconds: Range<UInt64>) -> [Sample] {
    seconds.map {
      Sample(
        time: NetworkTime(seconds: $0), device: 1, object: EchonetObject(0x0288), property: 0xE0,
        data: [0, 0, 0, UInt8(truncatingIfNeeded: $0)])
    }
  }

  @Test(
    "Old samples go, evidence stays until nobody can ask for it, and what was signed is known")
  func pruning() throws {
    let folder = try Folder()
    let store = try SampleStore(folder: folder.path)
    var fixture = LedgerFixture()
    let reports = try (0..<3).map { _ in
      try fixture.report(0, generated: [500, 800], consumed: [100, 900])
    }
    let site = reports[0].site
    let all = Interval(0)
    #expect(try store.signedReports(of: site, from: all).isEmpty)
    try store.append(samples(at: 100..<200))
    for report in reports { try store.keep(Evidence(samples(at: 100..<110)), of: report) }
    try store.forgetSamples(before: NetworkTime(seconds: 150))
    #expect(try store.samples(since: NetworkTime(seconds: 0)).count == 50)
    #expect(try store.reports(of: site).map(\.report) == reports)
    #expect(try store.signedReports(of: site, from: reports[1].first) == Array(reports.dropFirst()))

    try store.forgetEvidence(of: site, before: reports[1].first)
    #expect(try store.reports(of: site).map(\.report) == Array(reports.dropFirst()))
    #expect(try store.evidence(site: site, covering: reports[0].first) == nil)
    #expect(try store.evidence(site: site, covering: reports[1].first) != nil)
  }

  @Test("The samples of a time are those read in it, and what the meter said later of its days")
  func window() throws {
    let folder = try Folder()
    let store = try SampleStore(folder: folder.path)
    let (today, tomorrow) = (CalendarDate(dayNumber: 20_000), CalendarDate(dayNumber: 20_001))
    try store.append(samples(at: 90..<130))
    try store.append(samples(at: 140..<142), historyDay: today)
    try store.append(samples(at: 150..<152), historyDay: tomorrow)
    let found = try store.samples(
      from: NetworkTime(seconds: 100), until: NetworkTime(seconds: 110), historyOf: today...today)
    #expect(found == samples(at: 100..<110) + samples(at: 140..<142))
  }
}
