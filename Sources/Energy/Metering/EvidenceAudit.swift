// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
public import Ledger
public import Quantities

/// Holds the samples under a foreign report against what the report says. Source:
/// Docs/requirements.md L6.2.
public enum EvidenceAudit {
  /// What part of a flow's energy, in thousandths, and how many steps of its counter the samples
  /// may differ by: boundaries between samples are interpolated.
  static let tolerancePerMille: Int64 = 20
  static let toleranceSteps: Int64 = 4

  /// The finding on `bytes`, the encoding of the evidence that a site's node gave for `report`.
  public static func finding(
    on report: Report, bytes: [UInt8], offset: UTCOffset
  ) -> AuditNote.Finding {
    guard let evidence = try? Evidence(exactly: bytes) else { return .otherRoot }
    guard evidence.root == report.sampleRoot else { return .otherRoot }
    return bearsOut(report, evidence.samples, offset) ? .agrees : .otherEnergy
  }

  private static func bearsOut(
    _ report: Report, _ samples: [Sample], _ offset: UTCOffset
  ) -> Bool {
    var codes: [Device: Set<UInt8>] = [:]
    // Devices that no register speaks of say nothing about the report, however many there are.
    let spokenOf = Set(report.registers.map(\.device))
    let samples = samples.filter { spokenOf.contains($0.device) }
    for sample in samples {
      codes[Device(number: sample.device, object: sample.object), default: []]
        .insert(sample.property)
    }
    let devices = codes.map {
      MeteredDevice(
        number: $0.key.number, address: "", object: $0.key.object, codes: $0.value)
    }.sorted { $0.number < $1.number }
    // Units and digits are asked once, not in each report's samples: the report's registers state them.
    var plan = FlowPlan(devices)
    plan.restrict(to: report.registers)
    let counted = Set(report.registers.filter { !$0.isIntegrated }.map(\.flow))
    var book = MeterBook(plan, offset: offset)
    book.record(samples.sorted { $0.time < $1.time }.map { ($0, nil) })
    for flow in EnergyFlow.allCases where counted.contains(flow) {
      guard agrees(flow, report, book) else { return false }
    }
    return true
  }

  private struct Device: Hashable {
    let number: UInt8
    let object: EchonetObject
  }

  /// Whether the counters of a flow went on by what the readings say, over all intervals for which
  /// the samples tell.
  private static func agrees(_ flow: EnergyFlow, _ report: Report, _ book: MeterBook) -> Bool {
    var said: Int64 = 0
    var counted: Int64 = 0
    var step: Int64 = 1
    var isKnown = false
    var isDerived = false
    for reading in report.readings where reading[quality: flow].isCounted {
      var energy: Int64 = 0
      var isComplete = true
      for index in book.plan.indices(of: flow) {
        guard let ends = book.ends(index, reading.interval) else {
          isComplete = false
          continue
        }
        step = max(step, Int64(book.sources[index].step) / 10)
        energy += ends.energyWh
        isKnown = true
      }
      guard isComplete else { continue }
      isDerived = isDerived || reading[quality: flow] == .derived
      said += Int64(reading[flow])
      counted += energy
    }
    // Energy that no counter of the evidence speaks of cannot be borne out.
    guard isKnown else { return said == 0 }
    let tolerance = counted * tolerancePerMille / 1000 + toleranceSteps * step
    // What is derived is a part of what the counters saw.
    return isDerived ? said <= counted + tolerance : abs(said - counted) <= tolerance
  }
}
