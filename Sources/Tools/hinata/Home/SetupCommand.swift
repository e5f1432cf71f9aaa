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

  @Flag(help: "Print JSON.")
  var json = false

  struct Form: Codable {
    struct Device: Codable {
      let address: String
      let object: String
      let name: String
      let contributes: [String]
      let problem: String?
    }
    let devices: [Device]
  }

  func run() async throws {
    try await guardedAsync {
      let found = try await SetupCommand.find(
        address: address, asking: ask.split(separator: ",").map(String.init))
      let form = SetupCommand.form(found)
      if json { try printJSON(form) } else { SetupCommand.show(form) }
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
    let found = await MeterFinder(controller).find(
      addresses: addresses, listed: [], known: try KnownDevices(folder: nil))
    await endpoint.close()
    await listening.value
    return found
  }

  static func form(_ found: MeterFinder.Found) -> Form {
    Form(
      devices: found.devices.map { device in
        let failure = found.failures.first { $0.device == device }.map { "\($0.failure)" }
        var contributions = found.sources.filter { $0.device == device.number }.map {
          "\($0.flow) in steps of \(Double($0.step) / 10) Wh"
        }
        if found.consumption?.device == device.number {
          contributions.append("consumed (checked against the balance)")
        }
        return Form.Device(
          address: device.address, object: "\(device.object)",
          name: DeviceClass.known(device.object.classCode)?.name ?? "unknown class",
          contributes: contributions, problem: failure)
      })
  }

  static func show(_ form: Form) {
    var table = Table([.left, .left, .left, .left])
    table.add(["address", "object", "class", "contributes"])
    for device in form.devices {
      let text = device.problem ?? device.contributes.joined(separator: ", ")
      table.add([device.address, device.object, device.name, text.isEmpty ? "nothing" : text])
    }
    for line in table.lines { print(line) }
  }

  private func save(_ found: MeterFinder.Found, to path: String) throws {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw UsageError(description: "\(path) exists already; it was left as it is")
    }
    let form: [String: [String: Any]] = [
      "meters": [
        "address": address, "utcOffset": "+09:00",
        "devices": found.devices.map { "\($0.address) \($0.object)" },
      ]
    ]
    let data = try JSONSerialization.data(
      withJSONObject: form, options: [.prettyPrinted, .sortedKeys])
    try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    print("settings written to \(path); add data, genesis, site.key and mining.key")
  }
}
