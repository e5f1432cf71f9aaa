import EchonetLite
import Chain
import Foundation
import HouseModel
import Ledger
import LedgerStore
import Metering
import NetworkFiles
import Quantities
import Terminal
import Verification

/// The sums of PQ1 at every stop between meter and coin, each counted from what lies there.
struct DemoSummary: Codable {
  /// In the source, over what was reported.
  let source_wh: Int64
  /// In the samples: the PV counter as the meter sent it.
  let sample_wh: Int64
  /// In the signed reports.
  let report_wh: Int64
  /// In the blocks.
  let chain_wh: Int64
  /// In the minted coins.
  let coin_wh: Int64
  let intervals: Int
  let blocks: UInt64
  let seconds: Double
  /// The verifier's word on every law.
  let laws_hold: Bool
  let finding: String?

  /// Counts everything anew from the data folder.
  init(
    trace: EnergyTrace, site: SiteId, home: String, genesis: Genesis, seconds: Double
  ) throws {
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
    source_wh = trace.pv(from: first, to: last).value
    sample_wh = DemoSummary.fromSamples(own)
    report_wh = own.reduce(0) { $0 + $1.report.total(.generated).value }
    chain_wh = chain
    coin_wh = Int64(coins * 1000 / UInt64(genesis.rules.milliCoinsPerKilowattHour))
    intervals = readings
    self.seconds = (seconds * 10).rounded() / 10
    let verdict = ChainVerdict(checking: store) { _, _ in }
    laws_hold = verdict.finding == nil
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
    laws_hold && source_wh == sample_wh && sample_wh == report_wh && report_wh == chain_wh
      && chain_wh == coin_wh && intervals > 0
  }

  func write(to file: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(self).write(to: file, options: .atomic)
  }

  func show() {
    print("\nPQ1 from the roof to the coin (PV counter in steps of 1 Wh, grid meter 100 Wh)")
    var table = Table([.left, .right])
    table.add(["source data", "\(source_wh) Wh"])
    table.add(["meter samples", "\(sample_wh) Wh"])
    table.add(["signed reports", "\(report_wh) Wh"])
    table.add(["blocks", "\(chain_wh) Wh"])
    table.add(["minted coins", "\(coin_wh) Wh"])
    table.add(["half hours", "\(intervals)"])
    table.add(["blocks sealed", "\(blocks)"])
    table.add(["seconds", "\(seconds)"])
    for line in table.lines { print("  " + line) }
    print(laws_hold ? "All laws hold." : "WRONG: \(finding ?? "")")
    if !isGood, laws_hold { print("The five sums are NOT equal.") }
  }
}
