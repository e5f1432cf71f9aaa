// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import EchonetControl
import EchonetLite
import Foundation
import Ledger
import MeterServices
import Metering
import NodeServices
import Product

/// Finds a home's meters and writes a node's settings.
struct SetupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "setup",
    abstract: "Find the home's meters, show what each would contribute, write the settings.",
    discussion: """
      Examples:
        hinata setup --address eth0
        hinata setup --address 192.168.1.10 --ask 192.168.1.20,192.168.1.21 --write node.json
      """)

  @Option(help: "This machine's interface (eth0) or address on the home's network.")
  var address: String

  @Option(help: "Addresses to ask besides multicast, with commas.")
  var ask = ""

  @Option(help: "File of settings to write; nothing is written without it.")
  var write: String?

  @OptionGroup var reader: ReaderOptions
  @Flag(help: "Print JSON.") var json = false

  struct Form: Codable {
    struct Device: Codable {
      let address: String
      let object: String
      let name: String
      let contributes: [String]
      let problem: String?
    }
    let devices: [Device]
    /// What no device counts, and what that leads to.
    let missing: [String]
  }

  func run() async throws {
    try await guardedAsync {
      let found = try await SetupCommand.find(
        address: address, asking: ask.split(separator: ",").map(String.init))
      let form = SetupCommand.form(found, reader.language)
      if json { try printJSON(form) } else { SetupCommand.show(form, reader.language) }
      guard !found.devices.isEmpty else {
        Screen.note(
          "No device answered. Multicast is often blocked by routers and between Wi-Fi and wire: "
            + "name the devices' addresses with --ask.")
        throw ExitCode(1)
      }
      if let write { try save(found, to: write) }
    }
  }

  /// Looks for devices from an address or interface of this machine.
  static func find(address: String, asking addresses: [String]) async throws -> MeterFinder.Found {
    let endpoint = try await EchonetEndpoint.bind(address)
    let controller = EchonetController([endpoint])
    let listening = Task { await controller.run() }
    Screen.note("looking for devices by multicast and at \(addresses) …")
    var wanted = MeterFinder.Wanted()
    (wanted.addresses, wanted.isAll) = (addresses, true)
    let found = await MeterFinder(controller).find(wanted, known: try KnownDevices(folder: nil))
    await endpoint.close()
    await listening.value
    return found
  }

  static func form(_ found: MeterFinder.Found, _ say: Language) -> Form {
    Form(
      devices: found.devices.map { device in
        let failure = found.failures.first { $0.device == device }.map { "\($0.failure)" }
        return Form.Device(
          address: device.address, object: "\(device.object)",
          name: MeterHealth.name("\(device.object)", say),
          contributes: MeterContribution.words(of: device, found.plan, say), problem: failure)
      },
      missing: MeterContribution.missing(found.plan, say))
  }

  static func show(_ form: Form, _ say: Language) {
    for device in form.devices {
      print("\(device.name) (\(device.address) \(device.object))")
      let lines = [device.problem].compactMap { $0 } + device.contributes
      let nothing = say("counts nothing of the home's energy", "家の電力量は計量しません")
      for line in lines.isEmpty ? [nothing] : lines { print("  \(line)") }
    }
    for line in form.missing { print(line) }
  }

  private func save(_ found: MeterFinder.Found, to path: String) throws {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw UsageError(description: "\(path) exists already; it was left as it is")
    }
    let form: [String: [String: Any]] = [
      "meters": [
        "address": address, "utcOffset": "+09:00",
        "devices": found.devices.map {
          "\(ConfiguredDevice(address: $0.address, object: $0.object))"
        },
      ]
    ]
    let data = try JSONSerialization.data(
      withJSONObject: form, options: [.prettyPrinted, .sortedKeys])
    try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    print("settings written to \(path); add data, genesis, site.key and mining.key")
  }
}
