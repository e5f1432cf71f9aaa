// SPDX-License-Identifier: Apache-2.0

import Clocks
import ExplorerIndex
import Ledger
import LedgerStore
import MeterServices
import NodeServices
import PeerProtocol
import Product
import Quantities
import WebService

/// What Prometheus reads. Source: Prometheus text exposition format 0.0.4; its naming conventions:
/// base units, one thing a name, sums that mean something.
extension Resources {
  func metrics() async throws -> String {
    var text = MetricsText()
    text.gauge("hinata_build_info", "The version that runs.", 1, [("version", Version.text)])
    try chain(&text)
    if let keeper = source.keeper {
      let peers = await keeper.peers
      for direction in ["inbound", "outbound"] {
        let count = peers.count { ($0.info.attempt == nil) == (direction == "inbound") }
        text.gauge("hinata_peers", "Linked peers.", Double(count), [("direction", direction)])
      }
      text.gauge(
        "hinata_mempool_transactions", "Transactions that wait.", Double(await keeper.waiting))
      text.gauge("hinata_banned_peers", "Who is kept out.", Double(await keeper.bans.count))
      text.counter(
        "hinata_seal_attempts_total", "Nonces that were tried for blocks since the start.",
        Double(keeper.figures.sealAttempts))
      text.gauge(
        "hinata_claims_waiting", "Claims of the own site on which no exchange has decided.",
        Double(keeper.figures.claimsWaiting))
    }
    if let meters = source.meters {
      home(await meters.report, await meters.troubles(.english).count, &text)
    }
    process(&text)
    text.requests(source.counts)
    return text.text
  }

  private func chain(_ text: inout MetricsText) throws {
    let tip = try source.index.blocks(limit: 1).first
    let supply = try source.supplyForm().supply
    text.gauge(
      "hinata_chain_height", "Height of the chain's tip.", Double(try source.ledger.height()))
    text.gauge("hinata_index_height", "Height up to which it is indexed.", Double(tip?.height ?? 0))
    text.gauge(
      "hinata_tip_timestamp_seconds", "Network time of the tip.", Double(tip?.time.seconds ?? 0))
    text.gauge(
      "hinata_network_timestamp_seconds", "Network time now.", Double(source.clock.now.seconds))
    text.gauge(
      "hinata_final_height", "Height of the last final block that the chain records.",
      Double(try source.ledger.settledHeight()))
    text.counter(
      "hinata_reorganisations_total", "Reorganisations since the start.",
      Double(source.reorganisations))
    text.gauge(
      "hinata_generated_watthours", "PQ1 on the chain.", Double(supply.generatedWh))
    text.gauge(
      "hinata_claimed_watthours", "The part of it that was minted from.", Double(supply.claimedWh))
    text.gauge(
      "hinata_coins_minted", "Coins that were minted: the balance and what is retired.",
      Double(supply.minted.value) / 1000)
    text.gauge(
      "hinata_coins_balance", "Coins that members hold.", Double(supply.balance.value) / 1000)
    text.gauge(
      "hinata_coins_retired", "Coins that are retired.", Double(supply.retired.value) / 1000)
    text.gauge(
      "hinata_members", "How many members the network has.",
      Double(try source.index.count(of: .member)))
    text.gauge(
      "hinata_sites", "How many sites the network has.", Double(try source.index.count(of: .site)))
    text.gauge(
      "hinata_ledger_bytes", "Size of the ledger's file.", Double(try source.ledger.byteCount()))
    text.gauge(
      "hinata_event_listeners", "Clients of the event stream.", Double(source.hub.count))
  }

  /// A home's meters.
  private func home(_ health: MeterHealth, _ troubles: Int, _ text: inout MetricsText) {
    text.gauge(
      "hinata_meter_last_reading_timestamp_seconds", "Network time of the last answer of a meter.",
      Double(health.lastSample))
    text.gauge(
      "hinata_meter_reported_timestamp_seconds",
      "Network time up to which half hours are reported.",
      Double(health.lastReported))
    text.gauge(
      "hinata_meter_troubles", "For how many things somebody is needed.", Double(troubles))
    text.gauge(
      "hinata_meter_silent_devices", "Devices that are wanted and do not answer.",
      Double(health.silent.count))
    text.counter(
      "hinata_meter_gap_slots_total", "Half hours without any reading since the start.",
      Double(health.gaps))
    // Anybody may read this: classes of devices are told, their addresses are the home's own.
    let classes = Dictionary(grouping: health.devices, by: \.object).sorted { $0.key < $1.key }
    for (object, devices) in classes {
      text.counter(
        "hinata_meter_answers_total", "Answers of devices.",
        Double(devices.reduce(0) { $0 + $1.answers }), [("object", object)])
    }
    for (object, devices) in classes {
      text.counter(
        "hinata_meter_timeouts_total", "Questions that devices did not answer.",
        Double(devices.reduce(0) { $0 + $1.timeouts }), [("object", object)])
    }
  }

  /// The process itself, by the names that all exporters use.
  private func process(_ text: inout MetricsText) {
    guard let now = ProcessFigures() else { return }
    text.counter(
      "process_cpu_seconds_total", "User and system time of the process.", now.cpuSeconds)
    text.gauge(
      "process_resident_memory_bytes", "Resident memory.", Double(now.residentBytes))
    text.gauge("process_open_fds", "Open file descriptors.", Double(now.openFiles))
  }
}

/// Builds the text that Prometheus reads.
private struct MetricsText {
  private(set) var text = ""
  private var named: Set<String> = []

  mutating func gauge(
    _ name: String, _ help: String, _ value: Double, _ labels: [(String, String)] = []
  ) { add(name, "gauge", help, value, labels) }

  mutating func counter(
    _ name: String, _ help: String, _ value: Double, _ labels: [(String, String)] = []
  ) { add(name, "counter", help, value, labels) }

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

  /// A label's value may be a stranger's address: quotes, backslashes and line ends are escaped.
  private mutating func line(_ name: String, _ value: Double, _ labels: [(String, String)]) {
    let inside = labels.map { label in
      let value = label.1.map { character -> String in
        switch character {
        case "\\": "\\\\"
        case "\"": "\\\""
        case "\n": "\\n"
        default: String(character)
        }
      }.joined()
      return "\(label.0)=\"\(value)\""
    }.joined(separator: ",")
    let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    text += name + (inside.isEmpty ? "" : "{\(inside)}") + " \(number)\n"
  }
}
