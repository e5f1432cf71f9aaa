// SPDX-License-Identifier: Apache-2.0

import Chain
import CheckoutFixtures
import Foundation
import LedgerFiles
import Testing

@Suite("Network files")
struct NetworkFileTests {
  static let folder = Checkout.root.appendingPathComponent("Genesis")

  @Test("Every file of Genesis/ loads, and its network has a genesis block")
  func load() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(!names.isEmpty)
    for name in names {
      let genesis = try NetworkFile.load(Self.folder.appendingPathComponent(name).path)
      #expect(try genesis.block().header.height == 0)
    }
  }

  @Test("What is written of a network is read back as the same network, by months and open too")
  func written() throws {
    let text = try String(
      contentsOf: Self.folder.appendingPathComponent("demo.json"), encoding: .utf8)
    for (old, new) in [
      ("demo", "demo"), ("1800,", "\"month +09:00\","), ("1800,", "0,"), ("closed", "open"),
      ("Demo operator", "A \\\"quoted\\\" \\\\ 日向"),
    ] {
      let changed = text.replacing(old, with: new, maxReplacements: 1)
      let genesis = try NetworkFile.parse(Data(changed.utf8), path: "x.json")
      #expect(try NetworkFile.parse(NetworkFile.text(of: genesis), path: "y.json") == genesis)
    }
  }

  @Test(
    "A wrong value is refused by its key",
    arguments: [
      ("\"blockPeriod\": 1800", "\"blockPeriod\": -1", "blockPeriod"),
      ("\"blockPeriod\": 1800", "\"blockPeriod\": 9999999", "60…2678400 seconds"),
      ("\"blockPeriod\": 1800", "\"blockPeriod\": \"month\"", "month +09:00"),
      ("\"blockPeriod\": 1800", "\"blockPeriod\": \"month Tokyo\"", "month +09:00"),
      ("\"claimDays\": 400", "\"claimDays\": \"month +09:00\"", "rules.claimDays is no number"),
      ("\"blockPeriod\": 1800", "\"blokPeriod\": 1800", "rules.blockPeriod is missing"),
      ("\"blockPeriod\": 1800", "\"blockPeriod\": 59", "60…2678400 seconds"),
      ("\"closed\"", "\"half\"", "membership"), ("1e200000", "1e800000", "easiestTarget"),
      ("2010-01-01T00:00:00Z", "yesterday", "time"),
      ("\"operator\"", "\"boss\"", "members[0].kind"),
      ("\"Demo operator\"", "\"\"", "a name is empty"),
    ])
  func refusals(_ change: (String, String, String)) throws {
    let text = try String(
      contentsOf: Self.folder.appendingPathComponent("demo.json"), encoding: .utf8)
    let changed = text.replacing(change.0, with: change.1)
    #expect(changed != text)
    let error = #expect(throws: NetworkFileError.self) {
      try NetworkFile.parse(Data(changed.utf8), path: "x.json")
    }
    #expect(error?.description.contains(change.2) == true, "\(String(describing: error))")
  }
}
