// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import Chain
import CommandLineTool
import Foundation
import Ledger
import LedgerFiles
import LedgerStore
import Quantities

/// Writes what a ledger holds into files.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the chain as one file, or readings and coins as CSV.",
    discussion: """
      Examples:
        hinata export chain --data ~/.local/state/hinata --genesis Genesis/street.json --out street.chain
        hinata export readings --data ~/.local/state/hinata --genesis Genesis/street.json --site ID > pq.csv
        hinata export coins --data ~/.local/state/hinata --genesis Genesis/street.json > lots.csv
      """, subcommands: [ExportChain.self, ExportReadings.self, ExportCoins.self])
}

/// The chain as one file.
struct ExportChain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chain", abstract: "Write all blocks of the chain into one file.")

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "The file to write.")
  var out: String

  func run() throws {
    try guarded {
      let store = try ledger.open()
      guard try store.lowestBody() <= 1 else {
        throw UsageError(description: "this node has pruned its old blocks: ask an archive")
      }
      let top = try store.height()
      let partial = out + ".partial"
      var writer = try ChainFileWriter(path: partial, genesis: store.genesis)
      var screen = Screen()
      for height in 0...top {
        guard let raw = try store.rawBlock(height: height) else {
          throw UsageError(description: "block \(height) is missing; was the chain reorganised?")
        }
        try writer.append(header: raw.header, body: raw.body)
        if height % 1000 == 0 || height == top {
          screen.draw(["writing  \(ProgressBar.text(height, of: top))  \(height) of \(top) blocks"])
        }
      }
      try writer.finish()
      _ = try? FileManager.default.removeItem(atPath: out)
      try FileManager.default.moveItem(atPath: partial, toPath: out)
      print("\(top + 1) blocks: \(out)")
    }
  }
}

/// Readings as CSV.
struct ExportReadings: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "readings", abstract: "Print the readings of a site, or of all, as CSV.")

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "The site, by its name, a part of it, or its id; all by default.")
  var site: String?

  func run() throws {
    try guarded {
      let store = try ledger.open()
      let wanted = try site.map { try store.site(named: $0, isLoose: true) }
      let flows = EnergyFlow.allCases
      print("site,interval_start,quality," + flows.map { "\($0)_wh" }.joined(separator: ","))
      for height in 0...(try store.height()) {
        for transaction in try store.block(height: height)?.transactions ?? [] {
          guard case .report(let report) = transaction.transaction,
            wanted == nil || report.site == wanted
          else { continue }
          for reading in report.readings {
            print(
              "\(report.site.hex),\(reading.interval),\(reading.qualities.worst),"
                + flows.map { reading[quality: $0] == .unknown ? "" : "\(reading[$0])" }.joined(
                  separator: ","))
          }
        }
      }
    }
  }
}

/// Lots as CSV.
struct ExportCoins: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coins", abstract: "Print all lots of the state as CSV.")

  @OptionGroup var ledger: LedgerOptions

  func run() throws {
    try guarded {
      let store = try ledger.open()
      print("lot,owner,site,exchange,mint,amount_mcoin,period_start,period_end,whole,retired")
      try store.visitEntries(of: .lot) { key, bytes in
        guard case .lot(let lot)? = try? StateEntry(.lot, exactly: bytes) else {
          return
        }
        print(
          "\(key.id.hex),\(lot.owner.hex),\(lot.site.hex),\(lot.exchange.hex),\(lot.mint.hex),"
            + "\(lot.amount.value),\(lot.first),\(lot.first.advanced(by: lot.length)),"
            + "\(lot.isWhole),\(lot.isRetired)")
      }
    }
  }
}

/// Takes a chain file into a data folder.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Take the blocks of a chain file into a data folder.",
    discussion: """
      Every law is checked on every block, as for blocks of a peer; a chain with less work than the \
      folder's own changes nothing.

      Example:
        hinata import --file street.chain --data ~/.local/state/hinata --genesis Genesis/street.json
      """)

  @Option(help: "The chain file.")
  var file: String

  @OptionGroup var place: PlaceOptions

  func run() throws {
    try guarded {
      try place.folder.checkNamed()
      let genesis = try NetworkFile.load(place.genesis)
      let reader = try ChainFileReader(path: file)
      guard reader.genesis.network == genesis.network else {
        throw UsageError(description: "\(file) is the chain of another network")
      }
      let store = try LedgerStore(folder: place.data, genesis: genesis)
      let chain = try ActiveChain(store)
      let before = chain.tipHash
      var screen = Screen()
      for height in 0...reader.top where height > 0 {
        guard let raw = try reader.block(height: height) else { break }
        do {
          let block = try Block(exactly: raw.header + raw.body)
          _ = try chain.accept(block, now: NetworkTime(seconds: 1 << 39))
        } catch {
          try store.close()
          Screen.note("hinata: block \(height) of \(file): \(error)")
          throw ExitCode(1)
        }
        if height % 100 == 0 || height == reader.top {
          screen.draw([
            "checking  \(ProgressBar.text(height, of: reader.top))  \(height) of \(reader.top) blocks"
          ])
        }
      }
      print("height \(chain.tip.height), tip \(chain.tipHash.hex)")
      if chain.tipHash == before {
        print("nothing changed: the folder's chain has as much work, or is the same")
      }
      try store.close()
    }
  }
}
