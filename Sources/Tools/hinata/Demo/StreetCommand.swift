// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import ArgumentParser
import CommandLineTool
import DemoStreet
import Explorer
import Foundation
import Ledger
import Quantities

/// A street of homes with their own meters and nodes.
struct StreetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "street",
    abstract: "Run a street: six homes, an operator and an exchange, each a process of its own.",
    discussion: """
      Every home has emulated meters that replay its own measured data, and a node that reads them, \
      gossips its reports, checks the others' and competes for blocks. From time to time two homes \
      lose the others for a while and go on alone; when they are back their chains reorganise. A company \
      buys what the homes' sun is worth, and retires it in its own name. The keys of all are in the \
      folder, under the password demo: everybody may play every part.

      Examples:
        hinata street
        hinata street --seconds 120 --homes 3
      """)

  @Option(
    help: "Folder with home-01.csv, home-02.csv …, or a file for home 1; others follow a model.")
  var data: String?

  @Option(help: "Homes, 1…20.")
  var homes = 6

  @Option(help: "Seconds until it ends; without end by default.")
  var seconds: Int?

  @Option(help: "Folder of the street; made anew.")
  var folder = ".build/street"

  @Option(help: "Network file.")
  var genesis = "Genesis/street.json"

  @Option(help: "First of the ports that peers listen at.")
  var port = 17_700

  @Option(help: "Run node N with its house in the network namespace of this name and N.")
  var namespaces: String?

  func run() async throws {
    try await guardedAsync {
      guard (1...20).contains(homes) else { throw UsageError(description: "--homes is 1…20") }
      let files = try files()
      Screen.note(
        files.isEmpty
          ? "source: the built-in model of a home (no measured data named or found)"
          : "source: measured data, \(files.count) homes from \(data ?? "")")
      var plan = StreetPlan(
        folder: folder, genesis: genesis, data: files, homes: homes, startHour: 8,
        firstPort: port)
      plan.namespaces = namespaces
      plan.explorers = [.operator, .home(1)]
      plan.hasCompany = true
      let street = try Street(plan)
      try await watch(street)
      guard report(try await street.verdicts()) else { throw ExitCode(1) }
    }
  }
}

extension StreetCommand {
  /// The measured homes that are there.
  private func files() throws -> [String] {
    guard let data else { return [] }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: data, isDirectory: &isFolder) else {
      throw UsageError(description: "--data \(data) is not there")
    }
    guard isFolder.boolValue else { return [data] }
    return (1...homes).map { "\(data)/home-\($0 < 10 ? "0" : "")\($0).csv" }
      .filter { FileManager.default.fileExists(atPath: $0) }
  }
}

extension StreetCommand {
  /// Runs it before a viewer's eyes; from time to time two homes go on alone.
  private func watch(_ street: Street) async throws {
    let began = Date()
    var screen = Screen()
    var noted = -1
    var nextAlone = Street.firstAlone
    var nextDeal = Street.dealEvery
    if !screen.isTerminal { for line in places(street) { Screen.note(line) } }
    try await street.run(await Ticks.every(.milliseconds(500))) { street in
      let elapsed = Int(Date().timeIntervalSince(began))
      if elapsed >= nextAlone, street.plan.homes >= 2 {
        nextAlone += Street.aloneEvery
        await street.leaveAlone()
      }
      if elapsed >= nextDeal {
        nextDeal += Street.dealEvery
        try await street.deal()
      }
      let alone = nextAlone - Street.aloneEvery
      let isAlone = elapsed >= alone && elapsed < alone + Street.aloneSeconds
      draw(street, await street.view(), &screen, elapsed, &noted, isAlone: isAlone)
      return seconds.map { elapsed >= $0 } ?? false
    }
  }

  /// Where to look, and what to try.
  private func places(_ street: Street) -> [String] {
    // As they were typed: short enough for a terminal, and to be typed again.
    let home = "\(folder)/\(StreetRole.home(1).name)"
    let tool = CommandLine.arguments.first ?? "hinata"
    return [
      "explorer  \(street.explorer(.operator))/",
      "my home   \(street.explorer(.home(1)))/home  code: cat \(home)/\(HouseholdAccess.codeFile)",
      "\(tool) wallet lots --data \(home) --member \"Demo home\"",
    ]
  }

  private func draw(
    _ street: Street, _ view: StreetView, _ screen: inout Screen, _ elapsed: Int,
    _ noted: inout Int, isAlone: Bool
  ) {
    var table = Table([
      .left, .right, .right, .left, .right, .right, .right, .right, .right,
    ])
    table.add([
      "node", "height", "final", "tip", "peers", "waiting", "reorganised", "PQ1", "minted",
    ])
    for node in view.nodes {
      guard let chain = node.chain else {
        table.add([node.name, "starting"])
        continue
      }
      table.add(
        [
          node.name, "\(chain.height)", chain.finalHeight.map { "\($0)" } ?? "–",
          "\(chain.tip.prefix(8))", "\(chain.peers)",
          "\(chain.waiting)", "\(chain.reorganisations)",
        ] + (node.progress.map { ["\($0.totals[0]) Wh", "\($0.mintedWh) Wh"] } ?? []))
    }
    let state =
      isAlone
      ? "two homes are alone and go on" : view.isOneChain ? "all on one tip" : "tips differ"
    let clock = view.time.map { "\($0)" } ?? ""
    let foot =
      "\(view.supply.minted) minted, \(view.supply.retired) retired, "
      + "\(Double(view.supply.generatedWh) / 1000) kWh recorded; Ctrl-C ends"
    if screen.isTerminal {
      screen.draw(
        ["日向 Hinata street   \(clock)   \(state)", ""] + table.lines + ["", foot, ""]
          + places(street))
    } else if elapsed % 5 == 0, elapsed > noted {
      noted = elapsed
      Screen.note("\(elapsed) s  \(state)  \(foot)")
    }
  }

  /// Prints what became of each ledger, and says whether all laws hold.
  private func report(_ verdicts: [LedgerVerdict]) -> Bool {
    var table = Table([.left, .right, .left, .right, .right, .left])
    table.add(["node", "height", "tip", "PQ1 Wh", "coins", "laws"])
    for verdict in verdicts {
      table.add([
        verdict.name, "\(verdict.height)", "\(verdict.tip.prefix(16))…",
        "\(verdict.supply.generatedWh)", "\(verdict.supply.minted)", verdict.finding ?? "hold",
      ])
    }
    print("")
    for line in table.lines { print("  " + line) }
    let tips = Set(verdicts.map(\.tip)).count
    print(tips == 1 ? "All ledgers end in one block." : "The ledgers end in \(tips) blocks.")
    let isGood = verdicts.allSatisfy { $0.finding == nil }
    print(isGood ? "All laws hold in every ledger." : "A ledger is WRONG.")
    return isGood
  }
}
