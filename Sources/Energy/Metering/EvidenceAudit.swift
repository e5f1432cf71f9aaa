// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
public import Ledger
public import Quantities

/// Holds the samples under a foreign report against what the report says. Source: Docs/requirements.md L6.2.
public enum EvidenceAudit {
  /// What part of a flow's energy, in thousandths, and how many steps of its counter the samples may
  /// differ by: boundaries between samples are interpolated.
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
    for sample in samples {
      codes[Device(number: sample.device, object: sample.object), default: []]
        .insert(sample.property)
    }
    let devices = codes.map {
      MeteredDevice(
        number: $0.key.number, address: "", object: $0.key.object, codes: $0.value)
    }.sorted { $0.number < $1.number }
    // Units and digits are asked once, not in each report's samples: the report's registers state them.
    let sources = SourceRules.sources(of: devices).sources.compactMap { source -> CounterSource? in
      guard
        let register = report.registers.first(where: {
          $0.flow == source.flow && $0.device == source.device && !$0.isIntegrated
        })
      else { return nil }
      var source = source
      source.step = register.step
      source.digits = register.digits
      return source
    }
    let counted = Set(report.registers.filter { !$0.isIntegrated }.map(\.flow))
    var book = MeterBook(sources: sources, consumption: nil, offset: offset)
    for sample in samples.sorted(by: { $0.time < $1.time }) { book.record(sample) }
    for flow in EnergyFlow.allCases where counted.contains(flow) {
      guard agrees(flow, report, sources, book) else { return false }
    }
    return true
  }

  private struct Device: Hashable {
    let number: UInt8
    let object: EchonetObject
  }

  /// Whether the counters of a flow went on by what the readings say, over all intervals for which
  /// the samples tell.
  private static func agrees(
    _ flow: EnergyFlow, _ report: Report, _ sources: [CounterSource], _ book: MeterBook
  ) -> Bool {
    var said: Int64 = 0
    var counted: Int64 = 0
    var step: Int64 = 1
    var isKnown = false
    for reading in report.readings where reading.quality != .gap {
      var energy: Int64 = 0
      var isComplete = true
      for (index, source) in sources.enumerated() where source.flow == flow {
        guard let open = book.boundary(index, at: reading.interval.start),
          let close = book.boundary(index, at: reading.interval.end)
        else {
          isComplete = false
          continue
        }
        step = max(step, Int64(source.step) / 10)
        energy +=
          MeterRegister.energy(
            from: open.count, to: close.count, step: source.step, digits: source.digits
          ).value
        isKnown = true
      }
      guard isComplete else { continue }
      said += Int64(reading[flow])
      counted += energy
    }
    // Energy that no counter of the evidence speaks of cannot be borne out.
    guard isKnown else { return said == 0 }
    let tolerance = counted * tolerancePerMille / 1000 + toleranceSteps * step
    return (said - counted).magnitude <= UInt64(tolerance)
  }
}
