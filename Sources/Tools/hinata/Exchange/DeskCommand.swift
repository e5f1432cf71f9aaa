// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Foundation
import Ledger
import LedgerFiles
import LedgerStore

/// What the people of an exchange do at its desk.
struct DeskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "desk",
    abstract: "Look through the exchange's claims; release or refuse those that were held.",
    discussion: """
      Examples:
        hinata desk list --data ~/exchange --genesis Genesis/street.json --standing held
        hinata desk release --data ~/exchange --genesis Genesis/street.json --claim ID
        hinata desk refuse --data ~/exchange --genesis Genesis/street.json --claim ID --reason "the roof is in the shade"
      """, subcommands: [DeskList.self, DeskRelease.self, DeskRefuse.self, DeskHonour.self])
}

/// The desk's own records.
struct DeskList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Every decision of this desk, newest first, or what is held or open.")

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "open or held: the claims that stand so; else all decisions are shown.")
  var standing: String?

  @Option(help: "At most so many.")
  var limit = 50

  @Flag(help: "Print JSON.")
  var json = false

  /// The desk of a folder that has one.
  static func open(_ ledger: LedgerOptions) throws -> DeskStore {
    let file = (ledger.data as NSString).appendingPathComponent(DeskStore.fileName)
    guard FileManager.default.fileExists(atPath: file) else {
      throw UsageError(description: "there is no desk at \(file): name an exchange's data folder")
    }
    return try DeskStore(folder: ledger.data)
  }

  func run() throws {
    try guarded {
      let network = try NetworkFile.load(ledger.genesis).network
      let desk = try DeskList.open(ledger)
      switch standing {
      case nil:
        try DecisionForm.show(try desk.decisions(limit: limit), network: network, json: json)
      case "held":
        let decisions = try desk.claims(.held, limit: limit).compactMap {
          try desk.decisions(on: $0.id).last
        }
        try DecisionForm.show(decisions, network: network, json: json)
      case "open":
        let claims = try desk.claims(.open, limit: limit).map {
          ["claim": $0.id.hex, "site": $0.site.hex, "first": "\($0.first)"]
        }
        if json { return try printJSON(claims) }
        for claim in claims {
          print("\(claim["claim"] ?? "")  from \(claim["first"] ?? "")")
        }
      default:
        throw UsageError(description: "--standing \(standing ?? ""): known are open and held")
      }
    }
  }
}

/// A held claim goes.
struct DeskRelease: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release", abstract: "Let a held claim be minted: a person has looked at it.")

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Id of the claim.")
  var claim: String

  func run() throws {
    try guarded {
      guard let id = ClaimId(hex: claim) else {
        throw UsageError(description: "--claim \(claim) is no id of 64 hexadecimal digits")
      }
      guard try DeskList.open(ledger).release(id) else {
        throw UsageError(description: "no claim \(claim) is held here")
      }
      print("released; the running exchange mints it at its next block")
    }
  }
}

/// A held claim is turned down.
struct DeskRefuse: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refuse",
    abstract: "Refuse a held claim: a person has looked at it, and says why.")

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Id of the claim.")
  var claim: String

  @Option(help: "Why, in a sentence that everybody can read: at most 255 bytes.")
  var reason: String

  func run() throws {
    try guarded {
      guard let id = ClaimId(hex: claim) else {
        throw UsageError(description: "--claim \(claim) is no id of 64 hexadecimal digits")
      }
      guard ClaimDecision.Reason.canSay(reason) else {
        throw UsageError(
          description: "--reason is a sentence of 1 to 255 bytes without line breaks")
      }
      guard try DeskList.open(ledger).turnDown(id, because: reason) else {
        throw UsageError(description: "no claim \(claim) is held here")
      }
      print("refused; the running exchange signs and tells it at its next block")
    }
  }
}
