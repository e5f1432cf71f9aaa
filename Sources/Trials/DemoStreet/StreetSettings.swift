// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import HouseModel
import Ledger
import LedgerCrypto
import Quantities

/// What the street's processes are told: where each listens, and what stands in its settings.
extension Street {
  /// Seconds of the wall's clock before the data begins.
  private static let headStart = 6.0

  /// Network seconds at the anchor.
  private var clockStart: UInt64 {
    firstTime.seconds - UInt64(Street.headStart * Double(genesis.rules.clockFactor))
  }

  /// The address of a node's explorer.
  public func explorer(_ role: StreetRole) -> String { "http://\(host(role)):\(port(role) + 200)" }

  private func port(_ role: StreetRole) -> Int {
    plan.firstPort + (roles.firstIndex(of: role) ?? 0)
  }

  /// Where a node listens for peers.
  private func host(_ role: StreetRole) -> String {
    plan.namespaces == nil ? "127.0.0.1" : "10.77.0.\(11 + (roles.firstIndex(of: role) ?? 0))"
  }

  func namespace(_ role: StreetRole) -> String? {
    plan.namespaces.map { "\($0)\(1 + (roles.firstIndex(of: role) ?? 0))" }
  }

  private func nodeAddress(_ home: Int) -> String { "127.0.\(plan.network).\(100 + home)" }

  private func houseAddress(_ home: Int) -> String { "127.0.\(plan.network).\(home)" }

  /// The parts that a node plays, the one that it is known by first.
  func parts(of role: StreetRole) -> [DemoKeys.Part] {
    switch role {
    case .operator: [.operator]
    case .exchange: [.exchange]
    case .home: plan.isOneNode ? [.site, .operator, .exchange, .member] : [.site, .member]
    }
  }

  /// The key file of a part.
  func key(_ part: DemoKeys.Part, of role: StreetRole) -> String {
    folder(role).appendingPathComponent("keys/\(part.rawValue).key").path
  }

  /// The emulated dongle's serial line.
  private func dongle(_ home: Int) -> String {
    folder(.home(home)).appendingPathComponent("dongle").path
  }

  var peersFile: URL { folder.appendingPathComponent("peers.json") }

  /// Every node knows the operator and the exchange; all others they learn from each other.
  func writePeersFile() throws {
    let peers = roles.filter { $0.home == nil }.map { role in
      [
        "address": "\(host(role)):\(port(role))",
        "key": DemoKeys.key(parts(of: role)[0]).publicKey.value.hex, "note": role.name,
      ]
    }
    try write(["network": genesis.rules.name, "peers": peers], to: peersFile)
  }

  private func write(_ form: [String: Any], to file: URL) throws {
    try JSONSerialization.data(withJSONObject: form, options: [.prettyPrinted, .sortedKeys])
      .write(to: file)
  }

  /// Writes a node's settings and the files that they name.
  func writeSettings(_ role: StreetRole) throws -> URL {
    let own = folder(role)
    let parts = parts(of: role)
    let miner = parts.contains(.operator) ? DemoKeys.Part.operator : parts[0]
    var form: [String: Any] = [
      "data": own.path, "genesis": plan.genesis,
      "clock": ["anchor": "\(anchor)", "start": "\(clockStart)"],
      "mining": [
        "key": key(miner, of: role), "threads": role.home == nil || plan.homesMine ? 1 : 0,
      ],
      "claims": ["standing": true, "remind": 15],
    ]
    if !plan.isOneNode {
      form["peers"] = [
        "listen": "\(host(role)):\(port(role))", "file": peersFile.path, "auditOneIn": 10,
      ]
      form["admin"] = ["listen": "127.0.0.1:\(port(role) + 100)"]
    }
    if plan.explorers.contains(role) {
      var api: [String: Any] = ["listen": "\(host(role)):\(port(role) + 200)"]
      if let most = plan.requestsPerSecond { api["requestsPerSecond"] = most }
      form["api"] = api
    }
    if let blocks = plan.fastStartBlocks { form["store"] = ["fastStartBlocks": blocks] }
    if parts.contains(.exchange) {
      let policy = own.appendingPathComponent("policy.json")
      try Data(DemoPolicy.json.utf8).write(to: policy)
      form["exchange"] = ["key": key(.exchange, of: role), "policy": policy.path]
    }
    if let home = role.home {
      form.merge(meters(of: home)) { $1 }
    }
    let file = own.appendingPathComponent("node.json")
    try write(form, to: file)
    return file
  }

  /// The settings of a home's meters.
  private func meters(of home: Int) -> [String: Any] {
    let house = houseAddress(home)
    var form: [String: Any] = [
      "site": ["key": key(.site, of: .home(home)), "reportIntervals": plan.reportIntervals],
      "meters": [
        "address": nodeAddress(home), "addresses": [house], "timeoutMs": 500, "multicast": false,
        "devices": (plan.routeB ? [] : ["\(house) 028801"]) + ["\(house) 027901"],
        "utcOffset": StreetPlan.offset.description, "lead": 60, "lag": 20,
      ],
    ]
    if plan.routeB {
      let known = EmulatedDongle.Settings()
      form["routeB"] = [
        "port": dongle(home), "id": known.id, "password": known.password, "timeoutMs": 1000,
        "intervalMs": 1,
      ]
    }
    return form
  }

  /// What a home's house is started with.
  func houseArguments(_ home: Int) -> [String] {
    var arguments = [
      "--address", houseAddress(home), "--speed", "\(genesis.rules.clockFactor)", "--anchor",
      "\(anchor)", "--clock-start", "\(clockStart)", "--data-start", "\(traces[0].start.seconds)",
      "--skip", "\(plan.skippedDays)", "--seed", "\(home)",
    ]
    if home <= plan.data.count { arguments += ["--data", plan.data[home - 1]] }
    if let days = plan.days { arguments += ["--days", "\(days)"] }
    if plan.routeB { arguments += ["--route-b", dongle(home)] }
    return arguments + plan.houseOptions
  }
}
