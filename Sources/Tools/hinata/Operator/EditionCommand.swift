// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Foundation
import Ledger
import LedgerCrypto
import LedgerStore
import Quantities

/// Announces a later edition of the network's rules.
struct EditionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edition", abstract: "Announce a later edition of the network's rules.",
    discussion: """
      Nodes whose version does not know the edition say so from today on, and stop before its time \
      with nothing lost: announce it thirty days ahead at least and a year at most, \
      when most have updated; it cannot be taken back.

      Example:
        hinata operator edition --data ~/.local/state/hinata --genesis network.json \\
          --key operator.key --number 2 --from 2027-04-01T00:00Z
      """)

  @OptionGroup var common: OperatorCommand.Common
  @Option(help: "The edition: one more than the last.") var number: UInt64
  @Option(help: "From when on it holds, for example 2027-04-01T00:00Z.") var from: String

  func run() throws {
    try guarded {
      guard let start = Interval(text: from) else {
        throw UsageError(description: "--from \(from) is no half hour such as 2027-04-01T00:00Z")
      }
      guard Edition.numbers.contains(number) else {
        throw UsageError(
          description: "--number is \(Edition.numbers.lowerBound)…\(Edition.numbers.upperBound)")
      }
      let store = try common.open()
      let last = try store.edition()
      guard number == (last?.number ?? Edition.numbers.lowerBound - 1) + 1 else {
        throw UsageError(
          description: "--number \(number): the last edition is \(last?.number ?? 1)")
      }
      let edition = Edition(number: number, from: start.start)
      let id = try common.submit(to: store) { id, network, pair in
        .moveEdition(
          MoveEdition(operator: id, edition: edition, network: network, signedBy: pair))
      }
      print("edition \(number) from \(edition.from): transaction \(id.hex) waits for a block")
    }
  }
}
