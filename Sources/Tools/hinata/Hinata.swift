// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Foundation
import Product

/// The tool for people: keys, set-up, looking inside, the demo.
@main
struct Hinata: AsyncParsableCommand {
  static func main() async { await runTool() }

  static let configuration = CommandConfiguration(
    commandName: "hinata",
    abstract: "Keys, set-up and a look inside Hinata's ledger of environmental value.",
    discussion: """
      Examples:
        hinata street                                 six homes, an operator and an exchange
        hinata demo                                   a home for a day, from meter to coin
        hinata key new member.key                     a new key, sealed by a password
        hinata setup --address 192.168.1.10           find meters, write the settings
        hinata join --data DIR                        ask to be let into a network
        hinata status                                 whether all is well
        hinata explorer --data DIR                    blocks, coins and certificates in a browser
        hinata evidence --data .build/demo/home-1 --genesis Genesis/demo.json --site ID \\
          --interval 2016-08-01T03:00Z
      """,
    version: Version.text,
    groupedSubcommands: [
      CommandGroup(
        name: "Home",
        subcommands: [
          JoinCommand.self, SetupCommand.self, StatusCommand.self, DoctorCommand.self,
          KeyCommand.self, BackupCommand.self, RestoreCommand.self,
        ]),
      CommandGroup(
        name: "Member",
        subcommands: [
          ClaimCommand.self, WalletCommand.self, CertificateCommand.self,
          StatementCommand.self, ProveCommand.self,
        ]),
      CommandGroup(
        name: "Operator",
        subcommands: [AdmitCommand.self, OperatorCommand.self, NetworkCommand.self]),
      CommandGroup(name: "Exchange", subcommands: [DeskCommand.self]),
      CommandGroup(
        name: "Look inside",
        subcommands: [
          ExplorerCommand.self, EvidenceCommand.self, ChainCommand.self, PeersCommand.self,
          MempoolCommand.self, SyncCommand.self, LightCommand.self, ExportCommand.self,
          ImportCommand.self,
        ]),
      CommandGroup(name: "Demo", subcommands: [DemoCommand.self, StreetCommand.self]),
    ])
  /// Alone it says where one stands: how this machine's node is, or where to begin.
  func run() async throws {
    let place = StandardPlace.current
    if let problem = place.problem { return try guarded { throw UsageError(description: problem) } }
    if FileManager.default.fileExists(atPath: "\(place.data)/ledger.sqlite") {
      let status = try StatusCommand.parse([])
      return try await status.run()
    }
    print(
      """
      There is no node at \(place.data).

        hinata street     six homes and an exchange before your eyes, in a minute
        hinata setup      find the meters of your own home
        hinata --help     everything else
      """)
  }
}
