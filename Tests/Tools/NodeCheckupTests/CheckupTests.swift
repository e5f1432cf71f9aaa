// SPDX-License-Identifier: Apache-2.0

import Foundation
import KeyFiles
import LedgerFixtures
import LedgerStore
import MeterServices
import NodeCheckup
import Product
import Testing

@Suite("What doctor looks at")
struct CheckupTests {
  private static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-checkup-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  @Test("An empty folder without a node: each lack is named, with what to do, in both languages")
  func empty() async throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let english = await Checkup(folder: folder.path, genesis: "/nowhere", language: .english)
    #expect(!english.isGood)
    let ledger = try #require(english.findings.first { $0.name == "ledger" })
    #expect(ledger.verdict == .bad && ledger.text.contains("/nowhere"))
    let node = try #require(english.findings.first { $0.name == "node" })
    #expect(node.verdict == .bad && node.mark == "✗" && node.advice?.contains("systemctl") == true)
    let keys = try #require(english.findings.first { $0.name == "keys" })
    #expect(keys.verdict == .odd && keys.mark == "!")
    let japanese = await Checkup(folder: folder.path, genesis: "/nowhere", language: .japanese)
    #expect(japanese.findings.count == english.findings.count)
    #expect(japanese.findings.first { $0.name == "keys" }?.title == "鍵")
  }

  @Test(
    "What the node wrote of its meters is judged: silence, another box, a full disk, a wrong clock")
  func meters() async throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    func findings(_ change: (inout MeterHealth) -> Void) async throws -> [Checkup.Finding] {
      var health = MeterHealth()
      let device = #"""
        {"address": "192.168.1.20", "object": "028801", "name": "meter", "answers": 100,
        "timeouts": 0, "batch": 8, "tolerances": {}}
        """#
      health.devices = [
        try JSONDecoder().decode(MeterHealth.Device.self, from: Data(device.utf8))
      ]
      change(&health)
      let file = folder.appendingPathComponent(MeterHealth.fileName)
      try JSONEncoder().encode(health).write(to: file)
      return await Checkup(folder: folder.path, genesis: "/nowhere", language: .english).findings
    }
    func verdict(_ name: String, _ all: [Checkup.Finding]) -> Checkup.Finding.Verdict? {
      all.first { $0.name == name }?.verdict
    }
    #expect(try await verdict("meter", findings { _ in }) == .good)
    #expect(try await verdict("meter", findings { $0.devices[0].timeouts = 6 }) == .odd)
    #expect(try await verdict("meter", findings { $0.devices = [] }) == .bad)
    #expect(try await verdict("site", findings { $0.otherBox = true }) == .bad)
    #expect(try await verdict("clock", findings { $0.clockProblem = "ahead" }) == .bad)
    let full = try await findings { $0.storeProblem = "SQLite error 13" }
    #expect(full.contains { $0.name == "disk" && $0.verdict == .bad })
  }
}
