// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Product

/// The exchange verifier.
@main
struct HinataVerify: AsyncParsableCommand {
  static func main() async { await runTool() }

  static let configuration = CommandConfiguration(
    commandName: "hinata-verify",
    abstract: "Re-derives what a ledger says from nothing but its network file.",
    discussion: """
      Nobody is believed: each command derives its answer from the genesis by checking every law on \
      every block, or from a proof and the signatures of those who approved its block.

      Exit codes: 0 all holds, 1 something is wrong, 2 wrongly used.

      Examples:
        hinata-verify chain --data .build/demo/home-1 --genesis Genesis/demo.json
        hinata-verify supply --file street.chain --genesis Genesis/street.json --json
        hinata-verify certificate certificate.json --genesis Genesis/street.json
      """,
    version: Version.text,
    subcommands: [
      VerifyChain.self, VerifyBlock.self, VerifyReport.self, VerifyClaim.self, VerifyLot.self,
      VerifyCertificate.self, VerifySupply.self, VerifyBalance.self, VerifyDiff.self,
      VerifyProof.self, VerifyStatement.self,
    ])
}
