// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Foundation
import Product
import Simulation

/// A whole network in one process, in virtual time.
@main
struct HinataSim: ParsableCommand {
  static func main() async { await runTool() }

  static let configuration = CommandConfiguration(
    commandName: "hinata-sim",
    abstract: "Simulate a network of nodes through faults and hostile peers, and check every law.",
    discussion: """
      The nodes run the very code of the daemon: chain, laws, pool, peers. One seed decides \
      everything: latency, faults, attacks. The same seed gives the same run and the same digest. \
      When an invariant breaks, the shortest list of faults that still breaks it is looked for and \
      printed; --only replays with these alone.

      Examples:
        hinata-sim --nodes 20 --days 1 --seed 7
        hinata-sim --nodes 6 --days 0.25 --seed 1 --seeds 200
        hinata-sim --nodes 8 --days 1 --seed 42 --only 3,7 --json
      """,
    version: Version.text)

  @Option(help: "Nodes: an operator, an exchange, homes; the last tenth is hostile.")
  var nodes = 10

  @Option(help: "Virtual days, fractions allowed.")
  var days = 1.0

  @Option(help: "The seed of the first run.")
  var seed: UInt64 = 1

  @Option(help: "How many seeds to run, from --seed on.")
  var seeds = 1

  @Option(help: "In an open network: blocks on top of one that may never change.")
  var confirmations: UInt64 = 6

  @Flag(help: "An open network: anybody may build blocks.")
  var open = false

  @Option(help: "So many homes leave for good, and the operator restarts the network.")
  var leaving = 0

  @Option(help: "Numbers of the faults to keep, from the list of a failure; \"none\" for none.")
  var only: String?

  @Option(help: "Runs that the search for the shortest list of faults may take.")
  var shrink = 60

  @Flag(help: "Take every block for confirmed: a run that must break, to test the checks.")
  var canary = false

  @Flag(help: "List the faults.")
  var faults = false

  @Flag(help: "Print JSON: one object a seed.")
  var json = false

  func validate() throws {
    guard (3...1000).contains(nodes) else { throw ValidationError("--nodes is 3…1000") }
    guard days >= 0.05, days <= 3660 else { throw ValidationError("--days is 0.05…3660") }
    guard (0...max(0, nodes - 3)).contains(leaving), leaving == 0 || !open else {
      throw ValidationError("--leaving is 0…\(max(0, nodes - 3)), and of no open network")
    }
    guard seeds >= 1, confirmations >= 1 else {
      throw ValidationError("--seeds and --confirmations are at least 1")
    }
  }

  func run() throws {
    var hasBroken = false
    for number in 0..<UInt64(seeds) {
      let whole = Plan(
        nodes: nodes, milliseconds: UInt64(days * 86_400_000), seed: seed &+ number,
        confirmations: confirmations, isOpen: open, leaving: leaving)
      var plan = whole
      if let only { plan.faults = try chosen(only, of: whole) }
      let began = Date()
      let result = try World(plan, isCanary: canary).run()
      let seconds = Date().timeIntervalSince(began)
      if !result.violations.isEmpty || !result.converged {
        hasBroken = true
        try explain(result, whole)
      }
      try show(result, seconds)
    }
    if hasBroken { throw ExitCode(1) }
  }

  private func chosen(_ list: String, of plan: Plan) throws -> [Fault] {
    if list == "none" { return [] }
    return try list.split(separator: ",").map { text in
      guard let number = Int(text), plan.faults.indices.contains(number) else {
        throw ValidationError("--only \(text): there are faults 0…\(plan.faults.count - 1)")
      }
      return plan.faults[number]
    }
  }

  /// Says what broke, and by what little it still breaks.
  private func explain(_ result: SimulationResult, _ whole: Plan) throws {
    Screen.note("seed \(result.plan.seed):")
    for violation in result.violations { Screen.note("  \(violation)") }
    if result.violations.isEmpty { Screen.note("  the honest nodes did not come to one tip") }
    let rule = result.violations.first?.rule
    let shortest = try Shrinker.shortest(result.plan, tries: shrink) { plan in
      let again = try World(plan, isCanary: canary).run()
      return again.violations.first?.rule == rule && (rule != nil || !again.converged)
    }
    let kept = whole.faults.indices.filter { index in
      shortest.faults.contains { $0.description == whole.faults[index].description }
    }
    Screen.note("  the shortest list of faults found that still breaks it:")
    for index in kept { Screen.note("    \(index)  \(whole.faults[index])") }
    let list = kept.isEmpty ? "none" : kept.map(String.init).joined(separator: ",")
    Screen.note(
      "  replay: hinata-sim --nodes \(nodes) --days \(days) --seed \(result.plan.seed)"
        + "\(open ? " --open" : "")\(leaving > 0 ? " --leaving \(leaving)" : "")\(canary ? " --canary" : "") --only \(list)"
    )
  }

  struct Form: Codable {
    let seed: UInt64
    let nodes: Int
    let virtualSeconds: UInt64
    let faults: Int
    let violations: [String]
    let converged: Bool
    let wallSeconds: Double
    let digest: String
    let height: UInt64
    let finalHeight: UInt64
    let terms: UInt32
    let restarts: Int
    let transactions: Int
    let reorganisations: Int
    let bans: Int
    let snapshots: Int
    let messages: UInt64
    let bytes: UInt64
    let spreadMilliseconds: UInt64?
  }

  private func show(_ result: SimulationResult, _ seconds: Double) throws {
    let spread = result.spread.sorted()
    let form = Form(
      seed: result.plan.seed, nodes: result.plan.nodes,
      virtualSeconds: result.plan.milliseconds / 1000, faults: result.plan.faults.count,
      violations: result.violations.map(\.description), converged: result.converged,
      wallSeconds: (seconds * 1000).rounded() / 1000, digest: result.digest,
      height: result.height, finalHeight: result.finalHeight, terms: result.terms,
      restarts: result.restarts,
      transactions: result.transactions,
      reorganisations: result.reorganisations, bans: result.bans, snapshots: result.snapshots,
      messages: result.messages,
      bytes: result.bytes,
      spreadMilliseconds: spread.isEmpty ? nil : spread[spread.count / 2])
    if json {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys]
      print(String(decoding: try encoder.encode(form), as: UTF8.self))
      return
    }
    if faults {
      for (index, fault) in result.plan.faults.enumerated() { print("  \(index)  \(fault)") }
    }
    let verdict = form.violations.isEmpty && form.converged ? "good" : "BROKEN"
    print(
      "seed \(form.seed)  \(verdict)  height \(form.height)  final \(form.finalHeight)  terms \(form.terms)  "
        + "transactions \(form.transactions)  "
        + "faults \(form.faults)  reorganisations \(form.reorganisations)  bans \(form.bans)  snapshots \(form.snapshots)  "
        + "messages \(form.messages)  \(form.wallSeconds) s  digest \(form.digest.prefix(16))")
  }
}
