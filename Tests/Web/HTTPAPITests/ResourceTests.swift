// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
import Clocks
import ExplorerIndex
import Foundation
import HTTPAPI
import LedgerFixtures
import LedgerStore
import Testing
import WebService

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
