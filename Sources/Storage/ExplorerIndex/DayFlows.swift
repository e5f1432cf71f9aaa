// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger

/// The readings of one site for one day of its own clock, slot by slot.
///
/// Bytes: series present (varint bit set; bit 0 the qualities, bit 1 + n the flow of code n) ‖ a Rice
/// series of 48 for each. A quality is kept as its code + 1, so that 0 says "not reported".
public struct DayFlows: Hashable, Sendable, Canonical {
  /// The quality of each slot, nil where nothing was reported.
  public private(set) var qualities = [Quality?](repeating: nil, count: 48)
  private var series = [[UInt64]](
    repeating: [UInt64](repeating: 0, count: 48), count: EnergyFlow.allCases.count)

  /// A day of which nothing was reported.
  public init() {}

  /// The energy of `flow` in Wh for each of the 48 slots.
  public subscript(flow: EnergyFlow) -> [UInt64] { series[Int(flow.rawValue)] }

  /// The energy of `flow` over the day, in Wh.
  public func total(_ flow: EnergyFlow) -> UInt64 { self[flow].reduce(0, +) }

  /// Slots that were reported and are no gap.
  public var recorded: Int { qualities.count { $0 != nil && $0 != .gap } }

  /// Whether nothing was reported.
  public var isEmpty: Bool { qualities.allSatisfy { $0 == nil } }

  /// The flows of which anything flowed.
  public var flows: [EnergyFlow] { EnergyFlow.allCases.filter { total($0) > 0 } }

  /// The flows of both, slot by slot, and the worse of the qualities.
  public func adding(_ other: DayFlows) -> DayFlows {
    var sum = self
    for slot in 0..<48 {
      sum.qualities[slot] = [qualities[slot], other.qualities[slot]].compactMap { $0 }.max()
      for flow in series.indices { sum.series[flow][slot] += other.series[flow][slot] }
    }
    return sum
  }

  mutating func set(_ slot: Int, to reading: Reading?) {
    qualities[slot] = reading?.quality
    for flow in EnergyFlow.allCases {
      series[Int(flow.rawValue)][slot] = reading.map { UInt64($0[flow]) } ?? 0
    }
  }

  /// Reads a day.
  public init(from input: inout ByteReader) throws(DecodeError) {
    let present = try input.readVarint(in: 0...(1 << UInt64(EnergyFlow.allCases.count + 1) - 1))
    if present & 1 != 0 {
      let start = input.offset
      for (slot, code) in try RiceSeries.decode(48, from: &input).enumerated() where code != 0 {
        guard let quality = UInt8(exactly: code - 1).flatMap(Quality.init(rawValue:)) else {
          throw input.refusal(.outOfRange, at: start)
        }
        qualities[slot] = quality
      }
    }
    for flow in series.indices where present & (2 << UInt64(flow)) != 0 {
      series[flow] = try RiceSeries.decode(48, from: &input)
    }
  }

  /// Appends the day.
  public func encode(to output: inout ByteWriter) {
    let codes = qualities.map { $0.map { UInt64($0.rawValue) + 1 } ?? 0 }
    var present: UInt64 = codes.contains { $0 != 0 } ? 1 : 0
    for flow in series.indices where series[flow].contains(where: { $0 != 0 }) {
      present |= 2 << UInt64(flow)
    }
    output.writeVarint(present)
    if present & 1 != 0 { RiceSeries.encode(codes, to: &output) }
    for flow in series.indices where present & (2 << UInt64(flow)) != 0 {
      RiceSeries.encode(series[flow], to: &output)
    }
  }
}
