// SPDX-License-Identifier: Apache-2.0

import CheckoutFixtures
import Foundation
import Testing

@testable import NodeConfiguration

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
      #"{"data": "file", "meters": {"timeoutMs": 50}, "peers": {"lan": "f"}}"#)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let settings = try await NodeSettings(
      file: file, flags: ["data": "flag"],
      environment: ["HINATA_DATA": "environment", "HINATA_PEERS_LAN": "environment"])
    #expect(settings.text(.data) == "flag")
    #expect(settings.text(.peersLan) == "environment")
    #expect(try settings.number(.metersTimeoutMs) == 50)
    #expect(try settings.number(.metersLead) == 15)
  }

  @Test("Every switch is reached from the command line, the environment and the file")
  func switches() async throws {
    for key in NodeSettings.Key<Bool>.all {
      for (word, isOn) in [("true", true), ("false", false), ("no", false), ("1", true)] {
        let flags = try await NodeSettings(file: nil, flags: [key.name: word], environment: [:])
        #expect(try flags.flag(key) == isOn, "--set \(key.name)=\(word)")
        let variable =
          "HINATA_"
          + key.name.map {
            $0 == "." ? "_" : $0.isUppercase ? "_\($0)" : $0.uppercased()
          }.joined()
        let said = try await NodeSettings(
          file: nil, flags: [:], environment: [variable: word])
        #expect(try said.flag(key) == isOn, "\(variable)=\(word)")
      }
      let parts = key.name.split(separator: ".")
      let file = try Self.file(#"{"\#(parts[0])": {"\#(parts[1])": \#(!key.fallback)}}"#)
      defer { try? FileManager.default.removeItem(atPath: file) }
      let settings = try await NodeSettings(file: file, flags: [:], environment: [:])
      #expect(try settings.flag(key) == !key.fallback)
    }
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
      file: nil,
      flags: ["meters.lead": "many", "meters.lag": "999", "meters.multicast": "perhaps"],
      environment: [:])
    #expect(throws: SettingError.self) { try settings.number(.metersLead) }
    let range = #expect(throws: SettingError.self) {
      try settings.number(.metersLag)
    }
    #expect(range?.description == "setting meters.lag: 999 is outside of 1…600")
    #expect(throws: SettingError.self) { try settings.flag(.metersMulticast) }
    #expect(throws: SettingError.self) { try settings.requiredText(.genesis) }
  }

  @Test("Every setting has a name of its own and says what it means")
  func documented() throws {
    let names = NodeSettings.keys.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(NodeSettings.keys.allSatisfy { $0.meaning.count > 5 })
    // Each is in the list from which files are checked: one that were not would be refused.
    let declared = try String(
      contentsOf: Checkout.root.appendingPathComponent(
        "Sources/Node/NodeConfiguration/NodeSettings+Keys.swift"), encoding: .utf8)
    #expect(declared.matches(of: /static let \w+ = Self\(/).count == names.count)
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
