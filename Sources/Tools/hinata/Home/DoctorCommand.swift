// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Foundation
import NodeCheckup

/// Looks at everything that a node stands on.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at clock, disk, meters, peers, keys and chain, and say what to do.",
    discussion: """
      Exit code 0 when all is well, 1 when something was found.

      Example:
        hinata doctor --data /var/lib/hinata --genesis /etc/hinata/network.json
        hinata doctor --data /var/lib/hinata --genesis /etc/hinata/network.json --language ja
      """)

  @OptionGroup var ledger: LedgerOptions
  @OptionGroup var reader: ReaderOptions
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    try await guardedAsync {
      let checkup = await Checkup(
        folder: ledger.data, genesis: ledger.genesis, language: reader.language)
      if json {
        try printJSON(checkup.findings)
      } else {
        for finding in checkup.findings { DoctorCommand.show(finding) }
      }
      guard checkup.isGood else { throw ExitCode(1) }
    }
  }

  static func show(_ finding: Checkup.Finding) {
    print("\(finding.mark) \(finding.title): \(finding.text)")
    if let advice = finding.advice { print("    → \(advice)") }
  }
}
