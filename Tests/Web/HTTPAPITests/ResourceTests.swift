// SPDX-License-Identifier: Apache-2.0

import Clocks
import ExplorerIndex
import Foundation
import HTTPAPI
import Ledger
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

  @Test("Every path is described once, under /api/v1, with a summary")
  func described() throws {
    let endpoints = Resources(try Self.source()).endpoints
    let paths = endpoints.map { "\($0.method) \($0.path)" }
    #expect(Set(paths).count == paths.count && paths.count > 25)
    #expect(endpoints.allSatisfy { $0.path.hasPrefix("/api/v1/") || $0.path.hasPrefix("/") })
  }

  @Test("The kinds of transactions that the API knows are those of the ledger")
  func kinds() throws {
    #expect(TransactionForm.schema.name == "Transaction")
    #expect(Set(TransactionKind.allCases.map(\.rawValue)).count == TransactionKind.allCases.count)
  }
}
