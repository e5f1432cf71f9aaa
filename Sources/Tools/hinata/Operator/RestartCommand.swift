// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Clocks
import CommandLineTool
import Foundation
import Ledger
import LedgerCrypto
import LedgerStore
import Quantities

/// Restarts a network whose approvers are gone for good.
struct RestartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restart", abstract: "Restart a network whose approvers are gone for good.",
    discussion: """
      Where more than a third of a term's seats are gone for good, nothing becomes final any more. Two \
      weeks (restartSeconds of the network file) after the last final checkpoint the operator may draw \
      a new list from the homes that report today. It holds once all operators' seats and more than \
      half of the other seats have signed it, which their nodes do by themselves an epoch later. First \
      see whether those who are away come back: this cannot be taken back.

      Without --confirm it only says what would be done.

      Examples:
        hinata operator restart --data ~/.local/state/hinata --genesis network.json --key operator.key
        hinata operator restart --data ~/.local/state/hinata --genesis network.json --key operator.key \\
          --confirm 3
      """)

  @OptionGroup var common: OperatorCommand.Common
  @Option(help: "The number of the term that is to end.") var confirm: UInt32?

  func run() throws {
    try guarded {
      let store = try common.open()
      guard let state = try store.finality(), let term = try store.term(state.term) else {
        throw UsageError(description: "nothing is final in an open network: it has no approvers")
      }
      let earliest = store.genesis.rules.restartTime(after: state.recorded)
      let operators = term.seats.count(where: \.isOperator)
      var table = Table([.left, .left])
      table.add(["term", "\(term.number), \(term.seats.count) seats, \(operators) of operators"])
      table.add(["last final", "block \(state.height), recorded at \(state.time)"])
      table.add(["may restart from", "\(earliest)"])
      if let others = term.restartQuorum {
        let rest = term.seats.count - operators
        table.add([
          "have to sign",
          "all \(operators) of the operators' seats and \(others) of the other \(rest)",
        ])
      }
      for line in table.lines { print(line) }
      guard let confirm else {
        print("\nnothing was done; to restart, say --confirm \(term.number)")
        return
      }
      guard confirm == term.number else {
        throw UsageError(description: "--confirm \(confirm): the term is \(term.number)")
      }
      guard term.restartQuorum != nil else {
        throw UsageError(
          description: "no operator has a seat in term \(term.number): nobody can restart it")
      }
      // A network whose clock runs faster has no time that this command knows: its node refuses then.
      guard store.genesis.rules.clockFactor != 1 || NetworkClock.wall.now >= earliest else {
        throw UsageError(description: "too soon: a restart is lawful from \(earliest)")
      }
      let id = try common.submit(to: store) { id, network, pair in
        .restart(
          Restart(
            operator: id, term: term.number, checkpoint: state.newest, network: network,
            signedBy: pair))
      }
      print("\nrestart \(id.hex) waits for a block; watch `hinata chain`: who has signed it")
    }
  }
}
