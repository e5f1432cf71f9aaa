// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import ExplorerIndex
import HTTPTypes
import Ledger
import LedgerFiles
import LedgerStore
import Quantities
import WebService

/// Where the chain stands.
struct TipForm: Form {
  let block: BlockSummary
  let source: ExplorerSource
  let finalHeight: UInt64

  static let name = "Tip"
  static let fields: [Field<Self>] = [
    Field("network", .text(), "Name of the network.") { .text($0.source.rules.name) },
    Field("network_id", .id, "Hash of its genesis.") { .text($0.source.ledger.network.hex) },
    Field("height", .count, "Height of the newest block.") { .unsigned($0.block.height) },
    Field("hash", .id, "Its hash.") { .text($0.block.hash.hex) },
    Field("time", .time, "Its network time.") { .text("\($0.block.time)") },
    Field("final_height", .count, "Up to this height nothing changes any more.") {
      .unsigned($0.finalHeight)
    },
  ]
}

/// The rules of a network, as its genesis fixes them.
struct NetworkForm: Form {
  let rules: NetworkRules
  let id: NetworkId

  static let name = "Network"
  static let fields: [Field<Self>] = [
    Field("name", .text(), "Its name.") { .text($0.rules.name) },
    Field("id", .id, "Hash of its genesis.") { .text($0.id.hex) },
    Field("began", .time, "Time of the genesis block.") { .text("\($0.rules.time)") },
    Field("membership", .choice(["closed", "open"]), "Who may build blocks.") {
      .text("\($0.rules.membership)")
    },
    Field("block_period", .text(), "`on demand`, `1800 s` or `month +09:00`.") {
      .text("\($0.rules.blockPeriod)")
    },
    Field("block_period_seconds", .count, "How long a period is at most; 0 on demand.") {
      .unsigned($0.rules.blockPeriod.longestSeconds)
    },
    Field("search_seconds", .count, "How long the search for a nonce should take.") {
      .unsigned(UInt64($0.rules.searchSeconds))
    },
    Field("mcoin_per_kwh", .count, "Milli-coins minted for a kWh.") {
      .unsigned(UInt64($0.rules.milliCoinsPerKilowattHour))
    },
    Field("balance_tolerance_wh", .count, "Law 5.") {
      .unsigned(UInt64($0.rules.balanceToleranceWh))
    },
    Field("roof_tolerance_per_mille", .count, "Law 6.") {
      .unsigned(UInt64($0.rules.roofTolerancePerMille))
    },
    Field("report_lateness_intervals", .count, "How late a report may come.") {
      .unsigned(UInt64($0.rules.reportLateness))
    },
    Field("claim_days", .count, "How far back generation can be minted.") {
      .unsigned(UInt64($0.rules.claimDays))
    },
    Field("checkpoint_seconds", .count, "How long an epoch of approvals is.") {
      .unsigned(UInt64($0.rules.checkpointSeconds))
    },
    Field("term_epochs", .count, "How many epochs a term has once the network is grown up.") {
      .unsigned(UInt64($0.rules.termEpochs))
    },
    Field("clock_factor", .count, "How much faster than the wall's its clock runs.") {
      .unsigned(UInt64($0.rules.clockFactor))
    },
  ]
}

extension Resources {
  func chain() -> [Endpoint] {
    [
      Endpoint(
        "/api/v1/tip", "chain", "Where the chain stands.", gives: .form(TipForm.schema),
        failures: [.serviceUnavailable]
      ) { _ in
        guard let block = try source.index.blocks(limit: 1).first else {
          throw Problem(.serviceUnavailable, "the index is being made; ask again")
        }
        return Answer(
          TipForm(
            block: block, source: source, finalHeight: try source.ledger.settledHeight()))
      },
      Endpoint(
        "/api/v1/network", "chain", "The rules of the network.",
        gives: .form(NetworkForm.schema)
      ) { _ in Answer(NetworkForm(rules: source.rules, id: source.ledger.network)) },
      Endpoint(
        "/api/v1/genesis", "chain",
        "The network file that this node runs on; whoever checks it takes theirs from somebody they trust.",
        gives: .media("application/json")
      ) { _ in
        Answer(Array(NetworkFile.text(of: source.ledger.genesis)), type: "application/json")
      },
      Endpoint(
        "/api/v1/chain", "chain", "The whole chain as one file, as hinata export writes it.",
        gives: .media("application/octet-stream"), failures: [.notFound], isShared: false
      ) { _ in try chainFile() },
    ]
  }

  /// The chain file, block after block: no more than one is in memory.
  private func chainFile() throws -> Answer {
    let store = source.ledger
    guard try store.lowestBody() <= 1 else {
      throw Problem.notFound("this node has pruned its old blocks: ask an archive")
    }
    return Answer(streaming: "application/octet-stream") { writer in
      // One moment of the ledger: the chain may be reorganised while a slow client reads.
      let frozen = try store.frozen()
      var encoder = ChainFileEncoder()
      try await writer.write(encoder.begin(store.genesis))
      for height in 0...(try frozen.height()) {
        guard let raw = try frozen.rawBlock(height: height) else { break }
        try await writer.write(encoder.block(header: raw.header, body: raw.body))
      }
      try await writer.write(encoder.end())
    }
  }
}
