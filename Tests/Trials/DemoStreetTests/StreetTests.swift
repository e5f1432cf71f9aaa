// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
import DemoStreet
import Foundation
import Ledger
import LedgerStore
import Testing

@Suite("The demo street")
struct StreetPlanTests {
  private static func plan(_ folder: URL, homes: Int = 2) -> StreetPlan {
    StreetPlan(
      folder: folder.path,
      genesis: Checkout.root.appendingPathComponent("Genesis/street.json").path, data: [],
      homes: homes, days: 1)
  }

  private static func folder() -> URL {
    FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-street-\(UUID().uuidString)")
  }

  @Test("A street makes folders, keys and admissions; nothing runs before it is started")
  func prepare() throws {
    let folder = Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let street = try Street(Self.plan(folder))
    #expect(street.roles == [.operator, .exchange, .home(1), .home(2)])
    try street.prepare()
    #expect(try street.store(.operator).pending().count == 4)
    #expect(street.admin(.operator) == nil && street.dead == nil)
  }

  @Test("One node that plays every part has the keys of all of them")
  func oneNode() throws {
    let folder = Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    var plan = Self.plan(folder, homes: 1)
    plan.isOneNode = true
    let street = try Street(plan)
    #expect(street.roles == [.home(1)])
    try street.prepare()
    let keys = street.folder(.home(1)).appendingPathComponent("keys")
    let names = try FileManager.default.contentsOfDirectory(atPath: keys.path).sorted()
    #expect(names == ["exchange.key", "member.key", "operator.key", "site.key"])
  }

  @Test("A folder that holds something else is left as it is")
  func somebodyElses() throws {
    let folder = Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("thesis.txt")
    try Data("mine".utf8).write(to: file)
    let street = try Street(Self.plan(folder))
    #expect(throws: StreetError.self) { try street.prepare() }
    #expect(try String(contentsOf: file, encoding: .utf8) == "mine")
  }

  @Test("Data that is not there, or is none, is said with its path")
  func noData() {
    var plan = Self.plan(Self.folder())
    plan.data = ["/nowhere.csv"]
    let error = #expect(throws: StreetError.self) { _ = try Street(plan) }
    #expect(error?.description.contains("/nowhere.csv") == true)
  }
}
