import ArgumentParser
import Foundation
import Ledger
import LedgerStore
import NetworkFiles
import Terminal
import Verification

/// The exchange verifier.
@main
struct HinataVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hinata-verify",
    abstract: "Re-derives what a ledger says from nothing but its network file.",
    discussion: """
      Exit codes: 0 all laws hold, 1 something is wrong, 2 wrongly used.

      Examples:
        hinata-verify chain --data .build/demo/home-1 --genesis Genesis/demo.json
        hinata-verify chain --data ~/.hinata --genesis Genesis/demo.json --json
      """,
    version: Version.text, subcommands: [VerifyChain.self])
}

/// Checks every law on every block of a data folder.
struct VerifyChain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chain", abstract: "Check every law on every block of a data folder.",
    discussion: """
      Examples:
        hinata-verify chain --data .build/demo/home-1 --genesis Genesis/demo.json --json
      """)

  @Option(help: "Data folder of a node.")
  var data: String

  @Option(help: "Network file.")
  var genesis: String

  @Flag(help: "Print the verdict as JSON.")
  var json = false

  func run() throws {
    let store: LedgerStore
    do {
      store = try LedgerStore.reading(folder: data, genesis: try NetworkFile.load(genesis))
    } catch let error as StoreError {
      if case .damaged(_, let reason) = error {
        try report(ChainVerdict(finding: Finding(height: nil, law: nil, reason: reason)))
      }
      Screen.note("hinata-verify: \(error)")
      throw ExitCode(2)
    } catch {
      Screen.note("hinata-verify: \(error)")
      throw ExitCode(2)
    }
    try report(verdict(on: store))
  }

  private func verdict(on store: LedgerStore) -> ChainVerdict {
    var screen = Screen()
    var last = ContinuousClock.now
    return ChainVerdict(checking: store) { done, total in
      guard !json, ContinuousClock.now - last > .milliseconds(100) || done == total else { return }
      last = .now
      screen.draw(["checking  \(ProgressBar.text(done, of: total))  \(done) of \(total) blocks"])
    }
  }

  /// Prints the verdict and ends with its exit code.
  private func report(_ verdict: ChainVerdict) throws {
    if json {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      print(String(decoding: try encoder.encode(verdict.form), as: UTF8.self))
    } else if let finding = verdict.finding {
      print("WRONG: \(finding)")
    } else {
      var table = Table([.left, .right])
      table.add(["blocks", "\(verdict.blocks)"])
      table.add(["transactions", "\(verdict.transactions)"])
      table.add(["tip", verdict.tip])
      table.add(["generated", "\(verdict.supply.generatedWh) Wh"])
      table.add(["minted", "\(verdict.supply.minted)"])
      table.add(["retired", "\(verdict.supply.retired)"])
      for line in table.lines { print(line) }
      print(
        verdict.pruned == 0
          ? "All laws hold."
          : "Headers, their work and the state's root hold. The bodies up to block \(verdict.pruned) "
            + "were pruned: check an archive for every law.")
    }
    if verdict.finding != nil { throw ExitCode(1) }
  }
}
