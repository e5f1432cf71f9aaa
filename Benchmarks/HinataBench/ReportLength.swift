// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import HouseModel
import Ledger
import LedgerFixtures
import LedgerStore
import Quantities

/// What reports of 1, 2, 8 and 48 half hours cost a region of 100, 1,000 and 10,000 homes: bytes in
/// blocks and on disk a home and day, and the time in which one core verifies and stores a day of
/// all homes, to the day that it has. Homes are the eight of `BenchHomes`, over and over.
func reportLength() throws -> [Figure] {
  let traces = try BenchHomes.traces()
  var figures: [Figure] = []
  for homes in [100, 1_000, 10_000] {
    for length in [1, 2, 8, 48] {
      figures += try reportDay(homes: homes, length: length, traces)
    }
  }
  return figures
}

private func reportDay(
  homes: Int, length: Int, _ traces: (homes: [EnergyTrace], kind: String)
) throws -> [Figure] {
  var fixture = LedgerFixture(homes: homes)
  let each = 500
  return try withFolder { path in
    var store = try LedgerStore(folder: path, genesis: fixture.genesis)
    var chain = try FixtureChain(fixture)
    for admissions in fixture.admissions.chunks(of: each) {
      try store.insert(try chain.seal(encoded: admissions, after: 600), work: .zero)
    }
    // Closed, everything is in the file itself.
    try store.close()
    let before = try size(path)
    store = try LedgerStore(folder: path, genesis: fixture.genesis)
    var (bodies, spent) = (0, 0.0)
    for first in stride(from: 0, to: 48, by: length) {
      var reports: [EncodedTransaction] = []
      for home in 0..<homes {
        let steps = traces.homes[home % 8].halfHours(
          from: 48 * (100 + home / 8 % 200) + first, length)
        let report = try fixture.report(
          home, generated: steps.map(\.pv), consumed: steps.map(\.load))
        reports.append(EncodedTransaction(.report(report)))
      }
      let blocks = reports.chunks(of: each)
      for batch in blocks {
        // Half hours have to have ended before they are sealed.
        let due = fixture.homes[0].next.start.advanced(by: 60)
        let wait = due > chain.context.time ? due.seconds(since: chain.context.time) : 1
        let block = try chain.block(batch, after: wait)
        let began = ContinuousClock.now
        try store.insert(try chain.connect(block), work: .zero)
        spent += seconds(since: began)
        bodies += block.bodyBytes.count
      }
    }
    try store.close()
    let disk = Double(try size(path) - before) / Double(homes)
    let name = "report_\(length)_of_\(homes)_homes"
    return [
      Figure(
        name: name, value: disk.rounded(),
        unit:
          "bytes on disk a home and day, \(bodies / homes) in blocks, \(48 / length) signatures",
        ratio: spent / 86_400,
        to: "a day: one core verifies and stores it in \(Int(spent.rounded())) s")
    ]
  }
}

private func size(_ path: String) throws -> Int {
  let folder = URL(fileURLWithPath: path)
  return try FileManager.default.contentsOfDirectory(atPath: path).reduce(0) { sum, name in
    let file = folder.appendingPathComponent(name).path
    return sum + ((try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0)
  }
}

extension Array {
  fileprivate func chunks(of count: Int) -> [[Element]] {
    stride(from: 0, to: self.count, by: count).map {
      Array(self[$0..<Swift.min($0 + count, self.count)])
    }
  }
}

extension EnergyTrace {
  /// PV and load in Wh of half hours, hours cut in two.
  fileprivate func halfHours(from slot: Int, _ count: Int) -> [(pv: UInt32, load: UInt32)] {
    (slot..<slot + count).map { slot in
      let parts = Int(stepSeconds / Interval.seconds)
      let step = steps[slot / parts % steps.count]
      return (UInt32(step.pv) / UInt32(parts), UInt32(step.load) / UInt32(parts))
    }
  }
}
