import ArgumentParser
import Foundation
import KeyFiles
import Ledger
import NetworkFiles
import NodeServices
import Quantities

/// Asks the exchange to mint.
struct ClaimCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "claim", abstract: "Ask the exchange to mint a period of recorded generation.",
    discussion: """
      The claim is signed by the site's key and put into the exchange's folder; the decision \
      appears beside it.

      Example:
        hinata claim --genesis Genesis/demo.json --site ID --key ~/.hinata/site.key \\
          --first 2016-08-01T00:00Z --length 48 --folder /srv/hinata/claims
      """)

  @Option(help: "Network file.") var genesis: String
  @Option(help: "Id of the site.") var site: String
  @Option(help: "Key file of the site.") var key: String
  @Option(help: "First interval: its start in UTC, or its number.") var first: String
  @Option(help: "Number of half hours, 1…1488.") var length: UInt32
  @Option(help: "The exchange's folder of claims.") var folder: String

  func run() throws {
    try guarded {
      let network = try NetworkFile.load(genesis).network
      guard let id = SiteId(hex: site) else {
        throw UsageError(description: "--site \(site) is no id of 64 hexadecimal digits")
      }
      guard let start = Interval(text: first) else {
        throw UsageError(description: "--first \(first) is neither a time nor a number")
      }
      guard (1...Mint.lengthLimit).contains(length) else {
        throw UsageError(description: "--length \(length) is outside of 1…\(Mint.lengthLimit)")
      }
      let pair = try KeyFile.open(key, password: try KeyCommand.password(twice: false))
      let claim = Claim(site: id, first: start, length: length, network: network, signedBy: pair)
      try ClaimFolder.put(claim, into: URL(fileURLWithPath: folder, isDirectory: true))
      print("claim \(claim.id.hex)")
    }
  }
}
