// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CanonicalCoding
import Clocks
import CommandLineTool
import Foundation
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerFiles
import PeerFiles
import Quantities

/// What founds a network.
struct NetworkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "network", abstract: "Found a network: its file, its first keys, its first peers.",
    subcommands: [New.self])

  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a network file, the operator's and the exchange's keys, and a peers file.",
      discussion: """
        Asks for what is not said, on a terminal. The folder must not be there, or be empty. Keys are sealed by \
        one password (HINATA_KEY_PASSWORD, or asked for). Nothing in the network file can be changed once somebody \
        runs it: its bytes are the network's id. The handbook is Docs/operator.md.

        Example:
          hinata network new --folder sakura --name sakura --operator "Sakura Energy" \\
            --exchange "Sakura Exchange" --peer node.example:7711
        """)

    @Option(help: "Folder to make.") var folder: String
    @Option(help: "Name of the network, 1…32 bytes.") var name: String?
    @Option(help: "Name of the operator, who lets members in.") var `operator`: String?
    @Option(help: "Name of the exchange, which mints.") var exchange: String?
    @Option(help: "Seconds between blocks, 60…2678400, or \"month +09:00\".")
    var period = "1800"
    @Option(help: "First day of the network's data, YYYY-MM-DD: today.") var since: String?
    @Option(help: "Where a first node listens, host:port; as often as there are.")
    var peer: [String] = []
    @Flag(help: "Print JSON.") var json = false

    struct Form: Codable {
      let network: String
      let file: String
      let operatorKey: String
      let exchangeKey: String
      let peers: String?
    }

    func run() throws {
      try guarded {
        let asked = try rules(named: try answer(name, "name", "Name of the network"))
        let operatorName = try answer(self.operator, "operator", "Name of the operator")
        let exchangeName = try answer(exchange, "exchange", "Name of the exchange")
        for peer in peer where PeersFile.target(peer) == nil {
          throw UsageError(description: "--peer \(peer) is not host:port")
        }
        let seeds = [KeyFile.randomSeed(), KeyFile.randomSeed()]
        let keys = seeds.map { KeyPair(seed: $0).publicKey }
        let genesis = Genesis(
          rules: asked,
          members: [
            MemberRecord(kind: .operator, name: operatorName, key: keys[0]),
            MemberRecord(kind: .exchange, name: exchangeName, key: keys[1]),
          ])
        let text = NetworkFile.text(of: genesis)
        guard try NetworkFile.parse(text, path: "the new network file") == genesis else {
          throw UsageError(description: "the network file does not come back as it was written")
        }
        try write(genesis, text, seeds)
      }
    }

    private func answer(_ given: String?, _ flag: String, _ question: String) throws -> String {
      if let given { return given }
      guard isatty(STDIN_FILENO) == 1 else { throw UsageError(description: "missing: --\(flag)") }
      print("\(question): ", terminator: "")
      fflush(nil)
      guard let line = readLine(), !line.isEmpty else {
        throw UsageError(description: "the answers ended early")
      }
      return line
    }

    /// The rules of a network of homes: half-hour blocks, checkpoints every six hours, a month of
    /// lateness. Source: Docs/finality.md §2.
    private func rules(named name: String) throws -> NetworkRules {
      let seconds = UInt32(period).flatMap(BlockPeriod.init(seconds:))
      guard let block = seconds ?? BlockPeriod(text: period) else {
        throw UsageError(
          description: "--period \(period) is neither 60…2678400 seconds nor \"month +09:00\"")
      }
      let today = UTCOffset(minutes: 0)?.clock(at: NetworkClock.wall.now).date
      guard let day = since.map({ CalendarDate(text: $0) }) ?? today, day.dayNumber >= 0 else {
        throw UsageError(description: "--since \(since ?? "") is no day such as 2026-04-01")
      }
      let checkpoints = min(86_400, max(3_600, 12 * (UInt32(period) ?? 7_200)))
      return NetworkRules(
        name: name, time: NetworkTime(seconds: UInt64(day.dayNumber) * 86_400),
        membership: .closed, easiestTarget: 0x1e20_0000, searchSeconds: 180, retargetBlocks: 16,
        blockPeriod: block, shareBlocks: 32, shareDivisor: 4, milliCoinsPerKilowattHour: 1000,
        balanceToleranceWh: 500, roofTolerancePerMille: 100, reportLateness: 1440,
        claimDays: 400, clockFactor: 1, blockBytes: 1 << 20, blockTransactions: 10_000,
        checkpointSeconds: checkpoints, approveAfterSeconds: checkpoints / 4, termEpochs: 120,
        restartSeconds: max(1_209_600, 8 * checkpoints), milliCoinsPerSplit: 100)
    }

    private func write(_ genesis: Genesis, _ text: Data, _ seeds: [Bytes32]) throws {
      let files = FileManager.default
      if let there = try? files.contentsOfDirectory(atPath: folder), !there.isEmpty {
        throw UsageError(description: "--folder \(folder) is there and not empty: name a new one")
      }
      let password = try KeyCommand.password(twice: true)
      try files.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      let url = URL(fileURLWithPath: folder, isDirectory: true)
      func path(_ name: String) -> String { url.appendingPathComponent(name).path }
      for (name, seed) in zip(["operator.key", "exchange.key"], seeds) {
        try KeyFile.write(seed: seed, to: path(name), password: password)
      }
      try text.write(to: URL(fileURLWithPath: path("network.json")), options: .atomic)
      if !peer.isEmpty {
        try PeersFile.text(network: genesis.rules.name, addresses: peer)
          .write(to: URL(fileURLWithPath: path("peers.json")), options: .atomic)
      }
      let form = Form(
        network: genesis.network.hex, file: path("network.json"),
        operatorKey: path("operator.key"), exchangeKey: path("exchange.key"),
        peers: peer.isEmpty ? nil : path("peers.json"))
      if json { return try printJSON(form) }
      show(form)
    }

    private func show(_ form: Form) {
      print("network \(form.network)")
      for file in [form.file, form.operatorKey, form.exchangeKey, form.peers].compactMap({ $0 }) {
        print("  \(file)")
      }
      print(
        """
        Next, as Docs/operator.md says in more words:
          1. Copy both keys and the password to a place of their own: who loses the operator's key lets nobody in.
          2. hinatad --genesis \(form.file) --data \(folder)/operator --set mining.key=\(form.operatorKey)
          3. hinatad --genesis \(form.file) --data \(folder)/exchange --set mining.key=\(form.exchangeKey) \\
               --set exchange.key=\(form.exchangeKey)
          4. Give network.json\(form.peers == nil ? "" : " and peers.json") to each household; it asks with hinata join.
          5. hinata admit REQUEST --genesis \(form.file) --data \(folder)/operator --key \(form.operatorKey)
        """)
    }
  }
}
