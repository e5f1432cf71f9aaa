// SPDX-License-Identifier: Apache-2.0

import Clocks
import ExplorerIndex
import HTTPTypes
import Ledger
import LedgerStore
import NodeServices
import PeerProtocol
import Product
import Quantities
import WebService

extension Resources {
  func health() -> [Endpoint] {
    [
      Endpoint(
        "/healthz", "health", "Whether the process answers.", gives: .media("text/plain"),
        isShared: false
      ) { _ in Answer(Array("ok\n".utf8), type: "text/plain", freshness: .never) },
      Endpoint(
        "/readyz", "health", "Whether the index is at the chain's tip.",
        gives: .media("text/plain"), failures: [.serviceUnavailable], isShared: false
      ) { _ in
        guard source.isReady else {
          throw Problem(
            .serviceUnavailable,
            "block \(try source.index.tip().height) of \(try source.ledger.height()) is indexed",
            headers: [.retryAfter: "5"])
        }
        return Answer(Array("ready\n".utf8), type: "text/plain", freshness: .never)
      },
      Endpoint(
        "/metrics", "health", "Counters for Prometheus.",
        gives: .media("text/plain; version=0.0.4; charset=utf-8"), isShared: false
      ) { _ in
        Answer(
          Array(try await metrics().utf8), type: "text/plain; version=0.0.4; charset=utf-8",
          freshness: .never)
      },
    ]
  }

  /// Source: Prometheus text exposition format 0.0.4; names by its naming conventions.
  private func metrics() async throws -> String {
    var text = MetricsText()
    let tip = try source.index.blocks(limit: 1).first
    let supply = try source.supplyForm().supply
    text.gauge("hinata_build_info", "The version that runs.", 1, [("version", Version.text)])
    text.gauge(
      "hinata_chain_height", "Height of the chain's tip.", Double(try source.ledger.height()))
    text.gauge("hinata_index_height", "Height up to which it is indexed.", Double(tip?.height ?? 0))
    text.gauge(
      "hinata_tip_time_seconds", "Network time of the tip.", Double(tip?.time.seconds ?? 0))
    text.gauge(
      "hinata_network_time_seconds", "Network time now.", Double(source.clock.now.seconds))
    text.counter(
      "hinata_reorganisations_total", "Reorganisations since the start.",
      Double(source.reorganisations))
    for (what, value) in [
      ("generated", supply.generatedWh), ("claimed", supply.claimedWh),
    ] {
      text.gauge(
        "hinata_energy_watthours", "PQ1 on the chain, and the part that was minted from.",
        Double(value), [("what", what)])
    }
    for (what, value) in [
      ("minted", supply.minted), ("balance", supply.balance), ("retired", supply.retired),
    ] {
      text.gauge(
        "hinata_millicoins", "Milli-coins of the chain.", Double(value.value), [("what", what)])
    }
    for (kind, word) in [(NamedEntity.Kind.member, "members"), (.site, "sites")] {
      text.gauge(
        "hinata_\(word)", "How many \(word) the network has.",
        Double(try source.index.count(of: kind)))
    }
    text.gauge(
      "hinata_ledger_bytes", "Size of the ledger's file.", Double(try source.ledger.byteCount()))
    text.gauge(
      "hinata_event_listeners", "Clients of the event stream.", Double(source.hub.count))
    if let keeper = source.keeper {
      let peers = await keeper.peers
      for direction in ["inbound", "outbound"] {
        let count = peers.count { ($0.info.attempt == nil) == (direction == "inbound") }
        text.gauge("hinata_peers", "Linked peers.", Double(count), [("direction", direction)])
      }
      text.gauge(
        "hinata_mempool_transactions", "Transactions that wait.", Double(await keeper.waiting))
      text.gauge("hinata_banned_peers", "Who is kept out.", Double(await keeper.bans.count))
    }
    text.requests(source.counts)
    return text.text
  }
}

/// Builds the text that Prometheus reads.
private struct MetricsText {
  private(set) var text = ""
  private var named: Set<String> = []

  mutating func gauge(
    _ name: String, _ help: String, _ value: Double, _ labels: [(String, String)] = []
  ) { add(name, "gauge", help, value, labels) }

  mutating func counter(_ name: String, _ help: String, _ value: Double) {
    add(name, "counter", help, value, [])
  }

  mutating func requests(_ counts: RequestCounts) {
    let name = "hinata_http_request_duration_seconds"
    begin(name, "histogram", "Requests and how long they took.")
    for (key, count) in counts.all {
      let labels = [
        ("route", key.route), ("method", key.method), ("status", "\(key.status)"),
      ]
      for (bound, within) in zip(RequestCounts.bounds, count.within) {
        line("\(name)_bucket", Double(within), labels + [("le", "\(bound)")])
      }
      line("\(name)_bucket", Double(count.requests), labels + [("le", "+Inf")])
      line("\(name)_sum", count.seconds, labels)
      line("\(name)_count", Double(count.requests), labels)
    }
  }

  private mutating func add(
    _ name: String, _ type: String, _ help: String, _ value: Double, _ labels: [(String, String)]
  ) {
    begin(name, type, help)
    line(name, value, labels)
  }

  private mutating func begin(_ name: String, _ type: String, _ help: String) {
    guard named.insert(name).inserted else { return }
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  private mutating func line(_ name: String, _ value: Double, _ labels: [(String, String)]) {
    let inside = labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
    let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    text += name + (inside.isEmpty ? "" : "{\(inside)}") + " \(number)\n"
  }
}
