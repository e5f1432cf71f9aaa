// SPDX-License-Identifier: Apache-2.0

import Chain
import EchonetLite
public import Foundation
import HouseModel
import Ledger
import LedgerStore
import Metering
import Quantities
import Verification

/// The sums of PQ1 at every stop between meter and coin, each counted from what lies there.
public struct DemoSums: Codable {
  /// In the source, over what was reported.
  public let sourceWh: Int64
  /// In the samples: the PV counter as the meter sent it.
  public let sampleWh: Int64
  /// In the signed reports.
  public let reportWh: Int64
  /// In the blocks.
  public let chainWh: Int64
  /// In the minted coins.
  public let coinWh: Int64
  public let intervals: Int
  public let blocks: UInt64
  public let seconds: Double
  /// The verifier's word on every law.
  public let lawsHold: Bool
  public let finding: String?

  /// Counts everything anew from the folder of a street's first home.
  /// - Parameter seconds: how long it ran, by the wall's clock.
  /// - Throws: where the ledger or the samples cannot be read.
  public init(of street: Street, seconds: Double) async throws {
    let home = street.folder(.home(1)).path
    let (site, trace, genesis) = (street.sites[0].id, street.traces[0], street.genesis)
    let store = try street.store(.home(1))
    let own = try SampleStore.reading(folder: home).reports(of: site)
    var chain: Int64 = 0
    var coins: UInt64 = 0
    var readings = 0
    blocks = try store.height()
    for height in 0...blocks {
      for encoded in try store.block(height: height)?.transactions ?? [] {
        switch encoded.transaction {
        case .report(let report):
          chain += report.total(.generated).value
          readings += report.readings.count { !$0.isGap }
        case .mint(let mint): coins += mint.amount.value
        default: break
        }
      }
    }
    let first = own.first?.report.first.start ?? trace.start
    let last = own.last?.report.next.start ?? trace.start
    sourceWh = trace.pv(from: first, to: last).value
    sampleWh = DemoSums.fromSamples(own)
    reportWh = own.reduce(0) { $0 + $1.report.total(.generated).value }
    chainWh = chain
    coinWh = Int64(coins * 1000 / UInt64(genesis.rules.milliCoinsPerKilowattHour))
    intervals = readings
    self.seconds = (seconds * 10).rounded() / 10
    let verdict = await ChainVerdict(checking: store)
    lawsHold = verdict.finding == nil
    finding = verdict.finding?.description
  }

  /// What the PV counter went on by over the reported half hours, by the raw answers alone.
  private static func fromSamples(_ own: [(report: Report, evidence: Evidence)]) -> Int64 {
    let samples = Set(own.flatMap(\.evidence.samples)).filter {
      $0.object.classCode == DeviceClass.photovoltaic.code
    }
    let devices = Set(
      samples.map {
        MeteredDevice(number: $0.device, address: "", object: $0.object, codes: [0xE1])
      })
    var plan = FlowPlan(Array(devices))
    plan.hasSeparateRoofs = true
    var book = MeterBook(plan, offset: .japan)
    for sample in samples.sorted(by: { $0.time < $1.time }) { book.record(sample) }
    var sum: Int64 = 0
    for reading in own.flatMap(\.report.readings) where reading[quality: .generated].isCounted {
      for (index, source) in book.sources.enumerated() {
        guard let open = book.boundary(index, at: reading.interval.start),
          let close = book.boundary(index, at: reading.interval.end)
        else { continue }
        sum +=
          MeterRegister.energy(
            from: open.count, to: close.count, step: source.step, digits: source.digits
          ).value
      }
    }
    return sum
  }

  /// All five sums agree and all laws hold.
  public var isGood: Bool {
    lawsHold && sourceWh == sampleWh && sampleWh == reportWh && reportWh == chainWh
      && chainWh == coinWh && intervals > 0
  }

  /// Writes the sums as JSON.
  public func write(to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(self).write(to: file, options: .atomic)
  }
}
