// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Clocks
import EchonetLite
import Foundation
public import Ledger
import LedgerCrypto
import LedgerStore
import Logging
import Metering
import NodeServices
import Quantities

/// Running totals of a home, kept in a file of the data folder.
extension MeterReadingService {
  /// What flowed since the node began, in Wh; nil where nobody counts it.
  public func total(of flow: EnergyFlow) -> UInt64? { totals?.wattHours(of: flow) }

  /// The properties that say how a device's counters stand now.
  func presentCodes(of device: MeteredDevice) -> Set<UInt8> {
    Set(
      book.sources.filter { $0.device == device.number }.map { $0.present(of: device.codes) }
        .filter(device.codes.contains))
  }

  func samples(
    of device: MeteredDevice, _ values: [UInt8: [UInt8]], at time: NetworkTime
  ) -> [Sample] {
    values.sorted { $0.key < $1.key }.map {
      Sample(
        time: time, device: device.number, object: device.object, property: $0.key, data: $0.value)
    }
  }

  /// Lets the totals go on with what devices said of their counters.
  func takeTotals(_ new: [Sample]) {
    guard health.clockProblem == nil else { return }
    let present = new.filter { sample in
      devices.first { $0.number == sample.device }.map {
        presentCodes(of: $0).contains(sample.property)
      } ?? false
    }
    guard !present.isEmpty else { return }
    totals?.take(present)
  }

  /// The file of the running totals in the data folder.
  private var totalsFile: URL { folder.appendingPathComponent("totals.json") }

  /// Goes on with the counters of a plan, and at first from what was kept, else from the ledger.
  func followTotals(_ plan: FlowPlan) {
    if totals == nil {
      let data = try? Data(contentsOf: totalsFile)
      let kept = data.flatMap { try? JSONDecoder().decode(RunningTotals.Kept.self, from: $0) }
      let site = try? keeper.store.site(of: settings.key.publicKey)
      let progress = site.flatMap { try? keeper.store.progress($0) }
      totals = RunningTotals(
        kept ?? .init(startingAt: progress?.totals ?? []), offset: settings.offset)
    }
    totals?.follow(plan, at: clock.now)
  }

  /// Keeps the totals; a crash loses none of them, since counters go on by themselves.
  func keepTotals() {
    guard let totals else { return }
    do { try JSONEncoder().encode(totals.kept).write(to: totalsFile, options: .atomic) } catch {
      logger.warning("the running totals are not kept", metadata: ["error": "\(error)"])
    }
  }
}
