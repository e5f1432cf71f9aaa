// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import CheckoutFixtures
import Foundation
import HouseModel
import Ledger
import LedgerCrypto
import Metering
import Quantities
import Testing

/// Days of real homes, where the measured data stands beside the checkout.
@Suite("Measured homes")
struct MeasuredDataTests {
  static let folder = Checkout.measured

  static var isPresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

  static let files = [
    "homes-hourly/home-01.csv", "homes-hourly/home-04.csv", "homes-hourly/home-07.csv",
    "home-half-hourly/ausgrid-12.csv", "home-half-hourly-heater/ausgrid-01.csv",
  ]

  @Test(
    "A day's report takes at most 480 bytes, and PQ1 is the source's to the watt-hour",
    .enabled(if: isPresent, "shared/data is not beside the checkout: skipped"), arguments: files)
  func days(_ file: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8)
    var largest = 0
    for day in stride(from: 0, to: 120, by: 11) {
      let trace = try EnergyTrace.parse(
        text, name: file, offset: .japan, skippingDays: day, days: 1)
      var home = try ReadHouse(trace: trace)
      home.poll(at: 0)
      home.pollAround(0...48)
      var cutter = home.cutter()
      let draft = cutter.cut(home.book, first: Interval(containing: trace.start), length: 48)
      #expect(draft.readings.count == 48)
      let generated = draft.readings.reduce(0) { $0 + Int64($1[.generated]) }
      #expect(WattHours(generated) == trace.pv(from: trace.start, to: trace.end))
      #expect(draft.imbalance.magnitude <= WattHours(200))
      let report = try Report(
        site: SiteId(.zero), gapBefore: 0, readings: draft.readings, registers: draft.registers,
        sampleRoot: .zero, network: NetworkId(.zero), signedBy: KeyPair(seed: .zero))
      largest = max(largest, Transaction.report(report).bytes.count)
    }
    #expect(largest <= 480, "\(file): \(largest) bytes")
  }
}
