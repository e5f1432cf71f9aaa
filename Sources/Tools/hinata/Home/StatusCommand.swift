// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chain
import CommandLineTool
import Foundation
import Ledger
import LedgerStore
import MeterServices
import NodeCheckup
import NodeServices
import Product
import Quantities

/// What a node knows and how its meters do.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say on one screen whether all is well, and what to do if not.",
    discussion: """
      Examples:
        hinata status --data .build/demo/home-1 --genesis Genesis/demo.json
        hinata status --data ~/.local/state/hinata --genesis Genesis/demo.json --json
      """)

  @OptionGroup var ledger: LedgerOptions
  @OptionGroup var reader: ReaderOptions

  @Flag(help: "Print JSON.")
  var json = false

  struct Form: Codable {
    let network: String
    let height: UInt64
    let finalHeight: UInt64
    /// What a new box may be told to hold on to.
    let knownCheckpoint: String?
    /// The newest edition of the rules that was announced, from when it holds, and whether this
    /// version knows it.
    let edition: UInt64?
    let editionFrom: String?
    let knowsEdition: Bool
    let generatedWh: UInt64
    let mintedMcoin: UInt64
    let balanceMcoin: UInt64
    let retiredMcoin: UInt64
    let pending: Int
    let storeBytes: UInt64
    let mining: MiningCost?
    let meters: MeterHealth?
  }

  func run() async throws {
    try await guardedAsync {
      let store = try ledger.open()
      let form = try StatusCommand.form(store, folder: ledger.data)
      if json { return try printJSON(form) }
      let checkup = await Checkup(
        folder: ledger.data, genesis: ledger.genesis, language: reader.language)
      let troubles = checkup.findings.filter { $0.verdict != .good }
      let say = reader.language
      print(
        troubles.isEmpty
          ? say("✓ All is well.", "✓ すべて順調です。")
          : say("✗ Something needs you:", "✗ 対応が必要です:"))
      for finding in troubles { DoctorCommand.show(finding) }
      print("")
      var table = Table([.left, .right])
      table.add([
        say("network", "ネットワーク"), "\(store.genesis.rules.name) (\(form.network.prefix(8))…)",
      ])
      table.add([say("height", "ブロックの高さ"), "\(form.height)"])
      table.add([say("final up to", "確定した高さ"), "\(form.finalHeight)"])
      table.add([say("generated", "発電量"), "\(form.generatedWh) Wh"])
      table.add([say("minted", "発行"), "\(MilliCoins(form.mintedMcoin))"])
      table.add([say("retired", "償却"), "\(MilliCoins(form.retiredMcoin))"])
      table.add([say("waiting transactions", "待っている取引"), "\(form.pending)"])
      table.add([say("ledger file", "台帳のファイル"), "\(form.storeBytes / 1024) KiB"])
      if let mining = form.mining {
        table.add([say("hashes", "ハッシュ計算"), "\(mining.hashes)"])
        table.add([
          say("search energy", "探索の電力量"), "\(Int(mining.joules)) J \(say("(estimate)", "（推定）"))",
        ])
        if form.mintedMcoin > 0 {
          let share = mining.joules / (Double(form.mintedMcoin) / 1_000_000)
          table.add([say("per certified MWh", "証明 1 MWh あたり"), "\(Int(share)) J"])
        }
      }
      for line in table.lines { print(line) }
      if let known = form.knownCheckpoint {
        print(say("known checkpoint for a new box:", "新しい機器に教える確定ブロック:"))
        print("  \(known)")
      }
      if let meters = form.meters { StatusCommand.show(meters, say) }
    }
  }

  static func form(_ store: LedgerStore, folder: String) throws -> Form {
    let supply = try store.supply()
    let edition = try store.edition()
    let home = URL(fileURLWithPath: folder, isDirectory: true)
    return Form(
      network: store.network.hex, height: try store.height(),
      finalHeight: try store.settledHeight(),
      knownCheckpoint: try store.knownCheckpoint()?.description, edition: edition?.number,
      editionFrom: edition.map { "\($0.from)" }, knowsEdition: edition?.isKnown ?? true,
      generatedWh: supply.generatedWh,
      mintedMcoin: supply.minted.value, balanceMcoin: supply.balance.value,
      retiredMcoin: supply.retired.value, pending: try store.pending().count,
      storeBytes: try store.byteCount(), mining: MiningCost(folder: home),
      meters: MeterHealth(folder: home))
  }

  private static func show(_ meters: MeterHealth, _ say: Language) {
    print(
      say(
        "\nMeters (\(meters.reports) reports, \(meters.gaps) intervals in gaps)",
        "\nメーター（報告 \(meters.reports) 件、欠測 \(meters.gaps) コマ）"))
    var table = Table([.left, .left, .left, .right, .right, .right, .left])
    table.add(
      say(
        "address|object|class|answers|time-outs|batch|tolerances used",
        "アドレス|オブジェクト|クラス|応答|無応答|一括|使った許容"
      ).split(separator: "|").map(String.init))
    for device in meters.devices {
      let tolerances = device.tolerances.sorted { $0.key < $1.key }.map { "\($0.key) ×\($0.value)" }
      table.add([
        device.address, device.object, device.name, "\(device.answers)", "\(device.timeouts)",
        "\(device.batch)",
        tolerances.isEmpty ? say("none", "なし") : tolerances.joined(separator: ", "),
      ])
    }
    for line in table.lines { print(line) }
    for trouble in meters.troubles(say) { print("! \(trouble.text): \(trouble.advice)") }
    if !meters.disagreements.isEmpty {
      print(
        say(
          "history and live counts differ at \(meters.disagreements.count) half hours",
          "履歴と計測値が \(meters.disagreements.count) コマで食い違っています"))
    }
  }
}
