// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import CheckoutFixtures
import Clocks
import EchonetLite
import ExplorerIndex
import Foundation
import HTTPTypes
import Ledger
import LedgerFixtures
import LedgerStore
import Metering
import Quantities
import Testing

@testable import HTTPAPI
@testable import WebService

@Suite("Resources of the API")
struct ResourceTests {
  private static func source() throws -> ExplorerSource {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-api-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let genesis = LedgerFixture().genesis
    let ledger = try LedgerStore(folder: folder.path, genesis: genesis)
    let index = try ExplorerIndex(
      path: folder.appendingPathComponent("explorer.sqlite").path, genesis: genesis)
    return ExplorerSource(ledger: ledger, index: index, clock: .wall)
  }

  @Test("Raw samples are for the household, or for all where the node's operator says so")
  func samples() throws {
    let plain = try Self.source()
    var fixture = LedgerFixture()
    let report = try fixture.report(0, generated: [5], consumed: [5])
    let id = EncodedTransaction(.report(report)).id
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-samples-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let samples = try SampleStore(folder: folder.path)
    try samples.keep(
      Evidence([
        Sample(
          time: report.first.start, device: 1, object: EchonetObject(0x0288), property: 0xE0,
          data: [0, 0, 0, 1])
      ]), of: report)
    let call = Call(
      path: "", target: "", headers: HTTPFields(), values: [:], body: [], client: "", authority: "")
    for (isHousehold, areOpen) in [(false, false), (true, false), (false, true)] {
      let source = ExplorerSource(
        ledger: plain.ledger, index: plain.index, clock: .wall, samples: samples,
        samplesAreOpen: areOpen
      ) { _ in isHousehold }
      let opens = source.opensSamples(to: call)
      #expect(opens == (isHousehold || areOpen))
      let form = try source.evidence(under: report, id, areOpen: opens)
      #expect((form.root != nil) == opens && form.samples.isEmpty != opens)
    }
  }

  @Test("Dates and times are found as people write them, by the clock of Japan")
  func spoken() throws {
    for text in ["2016-08-01", "2016/8/1", "2016年8月1日", "２０１６．８．１", "2016.08.01"] {
      let found = try #require(SpokenTime(text), "\(text)")
      #expect("\(found.date)" == "2016-08-01" && found.interval == nil)
    }
    for text in [
      "2016-08-01 12:30", "2016/8/1 12:45", "2016年8月1日12時30分", "2016-08-01 12:30 JST",
      "2016-08-01T12:30",
    ] {
      #expect(SpokenTime(text)?.interval == Interval(text: "2016-08-01T03:30Z"), "\(text)")
    }
    for text in [
      "", "12:30", "2016-13-01", "2016-08-01 25:00", "2016-08", "August", "1970-1-1-1", "-1-1-1",
    ] {
      #expect(SpokenTime(text) == nil, "\(text)")
    }
    #expect(SpokenTime("1970-01-01 0:00")?.interval == Interval(0), "before time nothing traps")
  }

  @Test("Every method and path is there once, under /api/v1 but for what machines watch a node by")
  func described() throws {
    let endpoints = Resources(try Self.source()).endpoints
    let names = endpoints.map { "\($0.method) \($0.path)" }
    #expect(Set(names).count == names.count && names.count > 25)
    let others = endpoints.map(\.path).filter { !$0.hasPrefix("/api/v1/") }
    #expect(Set(others) == ["/metrics", "/healthz", "/readyz"])
  }

  @Test(
    "Dashboard and alerts ask for metrics that there are",
    arguments: ["grafana.json", "alerts.yml"])
  func asked(_ file: String) throws {
    let exported = try String(
      contentsOf: Checkout.root.appendingPathComponent(
        "Sources/Web/HTTPAPI/Resources/Metrics.swift"), encoding: .utf8)
    let asked = try String(
      contentsOf: Checkout.root.appendingPathComponent("Docs/\(file)"), encoding: .utf8)
    let names = asked.matches(of: #/(?:hinata|process)_[a-z_]+/#).map { String($0.output) }
    #expect(names.count >= 5)
    for name in Set(names) {
      let base = name.replacing(#/_(?:bucket|count|sum)$/#, with: "")
      #expect(exported.contains("\"\(base)\""), "\(file) asks for \(name), which nobody exports")
    }
  }
}
