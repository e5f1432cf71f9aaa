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
    "Old samples go, evidence stays until nobody can ask for it, and the newest report is known")
  func pruning() throws {
    let folder = try Folder()
    let store = try SampleStore(folder: folder.path)
    var fixture = LedgerFixture()
    let reports = try (0..<3).map { _ in
      try fixture.report(0, generated: [500, 800], consumed: [100, 900])
    }
    let site = reports[0].site
    #expect(try store.newestReport(of: site) == nil)
    try store.append(samples(at: 100..<200))
    for report in reports {
      try store.keep(
        Evidence(samples(at: 100..<110)), of: report, horizon: NetworkTime(seconds: 150),
        oldest: reports[0].first)
    }
    #expect(try store.samples(since: NetworkTime(seconds: 0)).count == 50)
    #expect(try store.reports(of: site).map(\.report) == reports)
    #expect(try store.newestReport(of: site) == reports[2])

    try store.keep(
      Evidence(samples(at: 100..<110)), of: reports[2], horizon: NetworkTime(seconds: 150),
      oldest: reports[1].first)
    #expect(try store.reports(of: site).map(\.report) == Array(reports.dropFirst()))
    #expect(try store.evidence(site: site, covering: reports[0].first) == nil)
    #expect(try store.evidence(site: site, covering: reports[1].first) != nil)
  }
}
