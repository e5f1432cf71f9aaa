// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Foundation
import JoinFiles
import Logging
import NodeConfiguration
import NodeServices
import Product
import ServiceLifecycle

/// The node daemon of a household.
@main
struct Hinatad: AsyncParsableCommand {
  static func main() async { await runTool() }

  static let configuration = CommandConfiguration(
    commandName: "hinatad",
    abstract: "Hinata's node: reads the home's meters, seals reports into blocks, mints coins.",
    discussion: """
      Without any of --config, --data and --genesis the node is this machine's own: \
      \(StandardPlace.settings), else what is in $XDG_STATE_HOME/hinata (~/.local/state/hinata).

      Settings come from flags, else from the environment (HINATA_ and the key in capitals, for \
      example HINATA_METERS_ADDRESS), else from the file named by --config, else from a default.

      Examples:
        hinatad --config ~/.local/state/hinata/node.json
        hinatad --config node.json --set meters.addresses=192.168.1.20 --check
        HINATA_KEY_PASSWORD=… hinatad --data ./home --genesis Genesis/demo.json

      Settings:
      \(NodeSettings.keys.map { "  \($0.name): \($0.meaning)" }.joined(separator: "\n"))
      """,
    version: Version.text)

  @Option(help: "File of settings (JSON).")
  var config: String?

  @Option(help: "Data folder of the node.")
  var data: String?

  @Option(help: "Network file.")
  var genesis: String?

  @Option(help: "A peer to keep a link to: host:port or host:port#key; may be given often.")
  var peer: [String] = []

  @Option(name: .customLong("set"), help: "Any setting, as key=value; may be given often.")
  var settings: [String] = []

  @Flag(help: "Check all settings, keys and files, then end.")
  var check = false

  func run() async throws {
    do {
      var flags: [String: String] = [:]
      for setting in settings {
        let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, NodeSettings.keys.contains(where: { $0.name == parts[0] }) else {
          throw SettingError(unknown: parts.first ?? setting)
        }
        flags[parts[0]] = parts[1]
      }
      if !peer.isEmpty { flags["peers.targets"] = peer.joined(separator: ",") }
      if let data { flags["data"] = data }
      if let genesis { flags["genesis"] = genesis }
      var settings = try await load(flags)
      try bootstrapLogging(settings)
      var node = try await HomeNode(settings)
      if check {
        print("The settings are good.")
        return
      }
      while let access = try await node.run() {
        settings = try await load(flags)
        node = try await HomeNode(settings, access: access)
      }
    } catch {
      FileHandle.standardError.write(Data("hinatad: \(error)\n".utf8))
      throw ExitCode(error is SettingError ? 2 : 1)
    }
  }

  private func load(_ flags: [String: String]) async throws -> NodeSettings {
    var (file, flags) = (config, flags)
    if config == nil, flags["data"] == nil, flags["genesis"] == nil {
      let own = StandardPlace.current
      file = own.config
      if file == nil {
        flags.merge(["data": own.data, "genesis": own.genesis]) { first, _ in first }
      }
    }
    return try await NodeSettings(
      file: file, flags: flags, environment: ProcessInfo.processInfo.environment,
      found: HomeIdentity.settingsFile)
  }

  private func bootstrapLogging(_ settings: NodeSettings) throws {
    let level = settings.text(.logLevel)
    guard let logLevel = Logger.Level(rawValue: level) else {
      throw SettingError(.logLevel, reason: "\"\(level)\" is no level")
    }
    let isJournal = ProcessInfo.processInfo.environment["JOURNAL_STREAM"] != nil
    LoggingSystem.bootstrap { label in
      var handler: any LogHandler =
        isJournal ? JournalLogHandler(label: label) : StreamLogHandler.standardError(label: label)
      handler.logLevel = logLevel
      return handler
    }
  }
}
