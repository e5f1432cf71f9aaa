// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger

/// The readings of one site for one day of its own clock, slot by slot.
///
/// Bytes: runs of slots with the same qualities (varint count; length, 0 for not reported or 1 +
/// the code of the qualities) ‖ flows present (varint bit set) ‖ a Rice series of 48 for each.
public struct DayFlows: Hashable, Sendable, Canonical {
  /// How each slot is known, nil where nothing was reported.
  public private(set) var qualities = [FlowQualities?](repeating: nil, count: 48)
  private var series = [[UInt64]](
    repeating: [UInt64](repeating: 0, count: 48), count: EnergyFlow.allCases.count)

  /// A day of which nothing was reported.
  public init() {}

  /// The energy of `flow` in Wh for each of the 48 slots.
  public subscript(flow: EnergyFlow) -> [UInt64] { series[Int(flow.rawValue)] }

  /// The energy of `flow` over the day, in Wh.
  public func total(_ flow: EnergyFlow) -> UInt64 { self[flow].reduce(0, +) }

  /// Slots that were reported and are no gap.
  public var recorded: Int { qualities.count { $0.map { !$0.isGap } ?? false } }

  /// Whether nothing was reported.
  public var isEmpty: Bool { qualities.allSatisfy { $0 == nil } }

  /// The flows of which anything flowed.
  public var flows: [EnergyFlow] { EnergyFlow.allCases.filter { total($0) > 0 } }

  /// The flows of both, slot by slot, and the worse of the qualities.
  public func adding(_ other: DayFlows) -> DayFlows {
    var sum = self
    for slot in 0..<48 {
      if let more = other.qualities[slot] {
        sum.qualities[slot] = qualities[slot].map { $0.merging(more) } ?? more
      }
      for flow in series.indices { sum.series[flow][slot] += other.series[flow][slot] }
    }
    return sum
  }

  /// Sets a slot, 0…47, to what a reading says; nil for nothing reported.
  public mutating func set(_ slot: Int, to reading: Reading?) {
    qualities[slot] = reading?.qualities
    for flow in EnergyFlow.allCases {
      series[Int(flow.rawValue)][slot] = reading.map { UInt64($0[flow]) } ?? 0
    }
  }

  /// Reads a day.
  public init(from input: inout ByteReader) throws(DecodeError) {
    var slots: [FlowQualities?] = []
    for _ in 0..<(try input.readCount(in: 0...48, itemBytes: 2)) {
      let start = input.offset
      let length = Int(try input.readVarint(in: 1...48))
      let code = try input.readVarint(in: 0...(1 << 32))
      let known = code == 0 ? nil : FlowQualities(code: UInt32(truncatingIfNeeded: code - 1))
      guard slots.count + length <= 48, code == 0 || known != nil else {
        throw input.refusal(.outOfRange, at: start)
      }
      slots += [FlowQualities?](repeating: known, count: length)
    }
    for (slot, known) in slots.enumerated() { qualities[slot] = known }
    let present = try input.readVarint(in: 0...(1 << UInt64(EnergyFlow.allCases.count) - 1))
    for flow in series.indices where present & (1 << UInt64(flow)) != 0 {
      series[flow] = try RiceSeries.decode(48, from: &input)
    }
  }

  /// Appends the day.
  public func encode(to output: inout ByteWriter) {
    var runs: [(length: UInt64, code: UInt64)] = []
    for known in qualities {
      let code = known.map { UInt64($0.code) + 1 } ?? 0
      if runs.last?.code == code {
        runs[runs.count - 1].length += 1
      } else {
        runs.append((1, code))
      }
    }
    output.writeVarint(UInt64(runs.count))
    for run in runs {
      output.writeVarint(run.length)
      output.writeVarint(run.code)
    }
    var present: UInt64 = 0
    for flow in series.indices where series[flow].contains(where: { $0 != 0 }) {
      present |= 1 << UInt64(flow)
    }
    output.writeVarint(present)
    for flow in series.indices where present & (1 << UInt64(flow)) != 0 {
      RiceSeries.encode(series[flow], to: &output)
    }
  }
}
