import Chain
import CommandLineTool
import EchonetLite
import Foundation
import HouseModel
import Ledger
import LedgerStore
import Metering
import Quantities
import Verification

/// The sums of PQ1 at every stop between meter and coin, each counted from what lies there.
struct DemoSummary: Codable {
  /// In the source, over what was reported.
  let sourceWh: Int64
  /// In the samples: the PV counter as the meter sent it.
  let sampleWh: Int64
  /// In the signed reports.
  let reportWh: Int64
  /// In the blocks.
  let chainWh: Int64
  /// In the minted coins.
  let coinWh: Int64
  let intervals: Int
  let blocks: UInt64
  let seconds: Double
  /// The verifier's word on every law.
  let lawsHold: Bool
  let finding: String?

  /// Counts everything anew from the data folder.
  init(
    trace: EnergyTrace, site: SiteId, home: String, genesis: Genesis, seconds: Double
  ) async throws {
    let store = try LedgerStore.reading(folder: home, genesis: genesis)
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
          readings += report.readings.count { $0.quality != .gap }
        case .mint(let mint): coins += mint.amount.value
        default: break
        }
      }
    }
    let first = own.first?.report.first.start ?? trace.start
    let last = own.last?.report.next.start ?? trace.start
    sourceWh = trace.pv(from: first, to: last).value
    sampleWh = DemoSummary.fromSamples(own)
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
    let samples = Set(own.flatMap(\.evidence.samples)).filter { $0.object.classCode == 0x0279 }
    let devices = Set(
      samples.map {
        MeteredDevice(number: $0.device, address: "", object: $0.object, codes: [0xE1])
      })
    let sources = SourceRules.sources(of: Array(devices)).sources
    var book = MeterBook(sources: sources, consumption: nil, offset: .japan)
    for sample in samples.sorted(by: { $0.time < $1.time }) { book.record(sample) }
    var sum: Int64 = 0
    for reading in own.flatMap(\.report.readings) where reading.quality != .gap {
      for (index, source) in sources.enumerated() {
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
  var isGood: Bool {
    lawsHold && sourceWh == sampleWh && sampleWh == reportWh && reportWh == chainWh
      && chainWh == coinWh && intervals > 0
  }

  func write(to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(self).write(to: file, options: .atomic)
  }

  /// Prints the sums.
  /// - Parameter isBounded: the demo ran to its end; otherwise the last reports may not be sealed or
  ///   minted yet.
  func show(isBounded: Bool) {
    print("\nPQ1 from the roof to the coin (PV counter in steps of 1 Wh, grid meter 100 Wh)")
    var table = Table([.left, .right])
    table.add(["source data", "\(sourceWh) Wh"])
    table.add(["meter samples", "\(sampleWh) Wh"])
    table.add(["signed reports", "\(reportWh) Wh"])
    table.add(["blocks", "\(chainWh) Wh"])
    table.add(["minted coins", "\(coinWh) Wh"])
    table.add(["half hours", "\(intervals)"])
    table.add(["blocks sealed", "\(blocks)"])
    table.add(["seconds", "\(seconds)"])
    for line in table.lines { print("  " + line) }
    print(lawsHold ? "All laws hold." : "WRONG: \(finding ?? "")")
    guard !isGood, lawsHold else { return }
    print(
      isBounded
        ? "The five sums are NOT equal."
        : "What was not yet sealed or minted when it ended is missing from the later sums.")
  }
}
