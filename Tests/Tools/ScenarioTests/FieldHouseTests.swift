// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import DemoStreet
import EchonetLite
import Foundation
import Ledger
import LedgerStore
import ProcessFixtures
import Quantities
import Synchronization
import Testing

/// Other people's odd houses on real UDP before real daemons, one street for all. The sun gives
/// 800 Wh each half hour, the home uses 300, unless a case says otherwise. Source: public reports of
/// people who read meters, each named by its number.
extension Stories {
  /// The half hour at which something odd happens: set once every daemon reads.
  final class OddTime: Sendable {
    private let value = Mutex(UInt64.max / 2)
    var seconds: UInt64 {
      get { value.withLock { $0 } }
      set { value.withLock { $0 = newValue } }
    }
  }

  /// A node of a field case, by the script that it follows.
  struct FieldNode: Sendable {
    let devices: [ScriptedDevice]
    /// When nobody answers there.
    var isSilent: @Sendable (UInt64) -> Bool = { _ in false }
    /// It answers as in c14: from another port each time, and in two frames.
    var isScattered = false
    /// When it tells the box what it has.
    var announces: (@Sendable () -> UInt64)?
  }

  struct FieldCase: Sendable {
    let name: String
    /// What stands at the three addresses of the case, by the start of the street's clock.
    let nodes: @Sendable (_ start: UInt64, _ odd: OddTime) -> [FieldNode]
    /// How many of its addresses the box is told of; the other nodes have to be found.
    var told = 3
    /// Devices that are listed by hand besides, as objects of the first address.
    var listed: [String] = []
    /// What must hold of the readings of whole half hours.
    let judge: @Sendable ([Reading]) -> Void
  }

  @Test("meter: other people's odd houses, byte for byte, before real daemons", .waits)
  func field() async throws {
    let street = try JoiningStreet("field", factor: 180, hour: 10)
    var processes = [try street.startOperator()]
    defer { for process in processes.reversed() { process.end() } }
    let (start, odd) = (UInt64(street.start), OddTime())
    try await withThrowingTaskGroup(of: Void.self) { group in
      var sites: [(FieldCase, SiteRecord)] = []
      for (index, field) in (Self.fieldCases + Self.deviceCases).enumerated() {
        let first = 80 + 4 * index
        let box = street.place.address(first + 3)
        let nodes = field.nodes(start, odd)
        let addresses = nodes.indices.map { street.place.address(first + $0) }
        for (node, address) in zip(nodes, addresses) {
          group.addTask {
            try await ScriptedNode(
              address: address, devices: node.devices, isSilent: node.isSilent,
              isScattered: node.isScattered,
              announcement: node.announces.map { (at: $0, to: box) }
            ).run { street.now }
          }
        }
        let site = try street.join(field.name, findsMeters: false)
        var meters: [String: Any] = [
          "address": box, "addresses": Array(addresses.prefix(field.told)),
          "timeoutMs": 500, "lead": 120, "lag": 60, "multicast": false,
        ]
        if !field.listed.isEmpty {
          meters["devices"] = field.listed.map { "\(addresses[0]) \($0)" }
        }
        processes.append(
          try street.node(
            field.name,
            [
              "peers": ["targets": [street.peer]], "meters": meters, "site": ["reportIntervals": 1],
              // One searches for nonces: a dozen at once leave no meter its time on two cores.
              "mining": ["threads": 0],
            ]))
        sites.append((field, site))
      }
      // Two half hours for all to be read, then what is odd, then four more.
      let begun = Interval(containing: street.now).end.seconds
      odd.seconds = begun + 3 * 1800
      let end = NetworkTime(seconds: begun + 7 * 1800)
      func late() throws -> [String] {
        try sites.filter {
          try street.progress($0.1.id, in: "operator").map { $0.next.start < end } ?? true
        }.map(\.0.name)
      }
      try await Stories.until("half hours of \((try? late()) ?? [])") { try late().isEmpty }
      let store = try street.store("operator")
      for (field, site) in sites {
        let reports = try store.reports(
          of: site.id, in: site.activeFrom..<Interval(containing: end))
        let readings = reports.flatMap(\.report.readings).filter {
          $0.interval.start >= NetworkTime(seconds: begun + 1800)
        }
        #expect(readings.count >= 5, "\(field.name): \(readings.count) half hours")
        field.judge(readings)
      }
      group.cancelAll()
    }
  }
}
