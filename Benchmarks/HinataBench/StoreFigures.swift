// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import HouseModel
import Ledger
import LedgerCrypto
import LedgerFixtures
import LedgerStore
import Quantities
import RawLimits

/// A folder that is removed at the end.
func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
  let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("hinata-bench-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// Rows a second when blocks of 500 reports are connected, to raw SQLite inserts of as many rows
/// with the same mean size, in as many synced transactions.
func storing() throws -> [Figure] {
  let homes = 500
  let days = 8
  var fixture = LedgerFixture(homes: homes)
  var chain = try FixtureChain(fixture)
  var blocks: [ConnectedBlock] = [
    try chain.seal(encoded: fixture.admissions, after: 90 * 86_400)
  ]
  var rows = 4 * homes
  var bytes = 150 * homes
  for day in 0..<days {
    var reports: [EncodedTransaction] = []
    for home in 0..<homes {
      let (generated, consumed) = sunnyDay(day * homes + home)
      reports.append(
        EncodedTransaction(
          .report(try fixture.report(home, generated: generated, consumed: consumed))))
    }
    let block = try chain.seal(encoded: reports)
    blocks.append(block)
    rows += block.changes.count + 2 * reports.count + 1
    bytes += block.changes.reduce(0) { $0 + ($1.entry?.bytes.count ?? 0) }
    bytes += block.block.bodyBytes.count + 24 * 2 * reports.count
  }
  let (raw, own) = try withFolder { path in
    var stores = 0
    return try rates(
      rows,
      limit: {
        try? FileManager.default.removeItem(atPath: path + "/raw.sqlite")
        _ = raw_sqlite(
          path + "/raw.sqlite", Int32(days), Int32(rows / days), Int32(bytes / rows))
      },
      own: {
        stores += 1
        let store = try LedgerStore(folder: "\(path)/\(stores)", genesis: fixture.genesis)
        for block in blocks { try store.insert(block, work: .zero) }
      })
  }
  return [
    Figure(
      name: "rows_stored_per_s", value: own, unit: "rows/s, blocks of 500 reports connected",
      ratio: own / raw, to: "raw SQLite inserts of \(bytes / rows)-byte rows (\(Int(raw))/s)")
  ]
}

/// Bytes on disk a home and year: a year of daily reports and monthly mints of eight homes,
/// measured ones where the data stands beside the checkout.
func homeYear() throws -> [Figure] {
  let traces = try BenchHomes.traces()
  var fixture = LedgerFixture(homes: traces.homes.count)
  let bytes = try withFolder { path in
    var year = BenchYear(fixture: fixture, traces: traces.homes)
    let store = try LedgerStore(folder: path, genesis: fixture.genesis)
    var chain = try FixtureChain(fixture)
    try store.insert(
      try chain.seal(encoded: fixture.admissions, after: 86_400), work: .zero)
    for day in 0..<365 {
      try store.insert(
        try chain.seal(encoded: try year.day(day), after: 86_400), work: .zero)
    }
    try store.close()
    let attributes = try FileManager.default.attributesOfItem(
      atPath: path + "/" + LedgerStore.fileName)
    return (attributes[.size] as? NSNumber)?.doubleValue ?? 0
  }
  fixture.homes = []
  let each = bytes / Double(traces.homes.count)
  return [
    Figure(
      name: "store_bytes_per_home_year", value: each.rounded(),
      unit: "bytes, \(traces.homes.count) \(traces.kind) homes", ratio: each / 200_000,
      to: "the aim of 200 KB (daily reports, samples apart)")
  ]
}

/// Traces of homes: measured where they are to be had.
enum BenchHomes {
  static func traces() throws -> (homes: [EnergyTrace], kind: String) {
    let offset = UTCOffset(minutes: 0) ?? .japan
    var homes: [EnergyTrace] = []
    for number in 1...8 {
      let path = "../shared/data/homes-hourly/home-0\(number).csv"
      guard let data = FileManager.default.contents(atPath: path) else { continue }
      homes.append(
        try EnergyTrace.parse(
          String(decoding: data, as: UTF8.self), name: path, offset: offset, days: 365))
    }
    if homes.count == 8 { return (homes, "measured") }
    return (
      (1...8).map { seed in
        var model = ModelHome()
        model.seed = UInt64(seed)
        return model.trace(firstDay: CalendarDate(dayNumber: 20_000), days: 365, offset: offset)
      }, "modelled"
    )
  }
}

/// A year of reports as a smart meter of 0.1 kWh and a PV counter of 1 Wh would give them.
struct BenchYear {
  let fixture: LedgerFixture
  private let flows: [HouseFlows]
  private var carry: [Int64]

  init(fixture: LedgerFixture, traces: [EnergyTrace]) {
    self.fixture = fixture
    flows = traces.map {
      HouseFlows($0, equipment: HouseEquipment(), offset: UTCOffset(minutes: 0) ?? .japan)
    }
    carry = traces.map { _ in 0 }
  }

  /// The reports of one day, and on every thirtieth the mints of the days before.
  mutating func day(_ day: Int) throws -> [EncodedTransaction] {
    var transactions: [EncodedTransaction] = []
    for home in flows.indices {
      transactions.append(EncodedTransaction(.report(try report(home, day))))
      guard day % 30 == 29 else { continue }
      let first = fixture.homes[home].next.advanced(by: UInt32(day - 29) * 48)
      let start = flows[home].trace.start.advanced(by: UInt64(day - 29) * 86_400)
      let energy = flows[home].trace.pv(from: start, to: start.advanced(by: 30 * 86_400)).value
      if energy > 0 {
        transactions.append(
          EncodedTransaction(
            .mint(fixture.mint(home, first: first, length: 1440, amount: UInt64(energy)))))
      }
    }
    return transactions
  }

  private func count(_ home: Int, _ flow: HouseFlows.Flow, _ slot: Int, step: Int64) -> Int64 {
    let time = flows[home].trace.start.advanced(by: UInt64(slot) * 1800)
    return flows[home].total(flow, at: time) / step
  }

  private func energy(_ home: Int, _ flow: HouseFlows.Flow, _ slot: Int, step: Int64) -> UInt32 {
    let steps =
      count(home, flow, slot + 1, step: step) - count(home, flow, slot, step: step)
    return UInt32(steps * step)
  }

  private mutating func report(_ home: Int, _ day: Int) throws -> Report {
    let owner = fixture.homes[home]
    let first = owner.next.advanced(by: UInt32(day) * 48)
    var readings: [Reading] = []
    for slot in (day * 48)..<(day * 48 + 48) {
      var reading = Reading(
        interval: first.advanced(by: UInt32(slot - day * 48)), quality: .interpolated)
      reading[.generated] = energy(home, .generated, slot, step: 1)
      reading[.sold] = energy(home, .sold, slot, step: 100)
      reading[.purchased] = energy(home, .purchased, slot, step: 100)
      let left = reading.inflow.value - reading.outflow.value + carry[home]
      reading[.consumed] = UInt32(max(0, left))
      carry[home] = min(0, left)
      readings.append(reading)
    }
    func register(_ flow: EnergyFlow, _ of: HouseFlows.Flow, _ step: Int64, _ digits: UInt8)
      -> MeterRegister
    {
      let modulus = Int64(MeterRegister.modulus(digits: digits))
      return MeterRegister(
        flow: flow, device: 1, step: UInt32(step * 10), digits: digits,
        opening: UInt64(count(home, of, day * 48, step: step) % modulus),
        closing: UInt64(count(home, of, day * 48 + 48, step: step) % modulus))
    }
    return try Report(
      site: owner.site.id, gapBefore: 0, readings: readings,
      registers: [
        register(.generated, .generated, 1, 9), register(.sold, .sold, 100, 6),
        register(.purchased, .purchased, 100, 6),
      ],
      sampleRoot: SHA256.digest(first.number.description.utf8.map { $0 }),
      network: fixture.network, signedBy: owner.siteKey)
  }
}
