// SPDX-License-Identifier: Apache-2.0

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
}
