// SPDX-License-Identifier: Apache-2.0

import Foundation
import NodeConfiguration
import Testing

@Suite("Settings of the daemon")
struct SettingsTests {
  private static func file(_ text: String) throws -> String {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-settings-\(UUID().uuidString).json")
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  @Test("A flag comes before the environment, the environment before the file")
  func order() async throws {
    let file = try Self.file(
      #"{"data": "file", "meters": {"timeoutMs": 5}, "peers": {"lan": "f"}}"#)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let settings = try await NodeSettings(
      file: file, flags: ["data": "flag"],
      environment: ["HINATA_DATA": "environment", "HINATA_PEERS_LAN": "environment"])
    #expect(settings.text("data") == "flag")
    #expect(settings.text("peers.lan") == "environment")
    #expect(try settings.number("meters.timeoutMs", in: 1...10, default: 7) == 5)
    #expect(try settings.number("meters.lead", in: 1...10, default: 7) == 7)
  }

  @Test("A key that nobody reads, a value of another kind and one out of range name the key")
  func refused() async throws {
    for text in [#"{"meters": {"adress": "x"}}"#, "[]", "{", #"{"nobody": 1}"#] {
      let file = try Self.file(text)
      defer { try? FileManager.default.removeItem(atPath: file) }
      await #expect(throws: SettingError.self, "\(text)") {
        _ = try await NodeSettings(file: file, flags: [:], environment: [:])
      }
    }
    let settings = try await NodeSettings(
      file: nil, flags: ["meters.lead": "many", "meters.lag": "99", "meters.multicast": "perhaps"],
      environment: [:])
    #expect(throws: SettingError.self) { try settings.number("meters.lead", in: 1...9, default: 1) }
    let range = #expect(throws: SettingError.self) {
      try settings.number("meters.lag", in: 1...9, default: 1)
    }
    #expect(range?.description == "setting meters.lag: 99 is outside of 1…9")
    #expect(throws: SettingError.self) { try settings.flag("meters.multicast", default: true) }
    #expect(throws: SettingError.self) { try settings.requiredText("genesis") }
  }

  @Test("Every setting has a name of its own and says what it means")
  func documented() {
    let names = NodeSettings.keys.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(NodeSettings.keys.allSatisfy { $0.meaning.count > 5 })
  }

  @Test("The password comes from a setting, from a named file, from the usual one, or is asked for")
  func password() async throws {
    let file = try Self.file("paper\nsecond line\n")
    defer { try? FileManager.default.removeItem(atPath: file) }
    func settings(_ flags: [String: String]) async throws -> NodeSettings {
      try await NodeSettings(file: nil, flags: flags, environment: [:])
    }
    #expect(try await settings(["key.password": "said"]).password(or: file) == "said")
    #expect(try await settings(["key.passwordFile": file]).password(or: "/nowhere") == "paper")
    #expect(try await settings([:]).password(or: file) == "paper")
    let none = try await settings([:])
    #expect(throws: SettingError.self) { try none.password(or: "/nowhere") }
  }
}
