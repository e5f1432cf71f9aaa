// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Foundation
import Ledger
import Verification

/// Checks every law on every block.
struct VerifyChain: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chain", abstract: "Check every law on every block.",
    discussion: """
      Examples:
        hinata-verify chain --data .build/demo/home-1 --genesis Genesis/demo.json --json
        hinata-verify chain --file street.chain --genesis Genesis/street.json --resume street.check
      """)

  @OptionGroup var source: SourceOptions

  func run() async throws {
    let verdict = try await source.check()
    if source.json {
      try printJSON(verdict.form)
    } else if let finding = verdict.finding {
      print("WRONG: \(finding)")
    } else {
      show(verdict)
    }
    if verdict.finding != nil { throw ExitCode(1) }
  }

  private func show(_ verdict: ChainVerdict) {
    var table = Table([.left, .right])
    table.add(["blocks", "\(verdict.blocks)"])
    table.add(["transactions", "\(verdict.transactions)"])
    table.add(["tip", verdict.tip])
    table.add(["generated", "\(verdict.supply.generatedWh) Wh"])
    table.add(["minted", "\(verdict.supply.minted)"])
    table.add(["retired", "\(verdict.supply.retired)"])
    for line in table.lines { print(line) }
    if verdict.resumed > 0 {
      print("Up to block \(verdict.resumed) the bodies were checked by an earlier run.")
    }
    print(
      verdict.pruned == 0
        ? "All laws hold."
        : "Headers, their work and the state's root hold. The bodies up to block \(verdict.pruned) "
          + "were pruned: check an archive for every law.")
  }
}
