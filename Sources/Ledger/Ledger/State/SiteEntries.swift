// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

/// How far a site has reported, and where its counters stand.
/// Bytes: next interval (4) ‖ ended in a gap (flag) ‖ imbalance (signed) ‖ totals (four varints,
/// PQ1…PQ4) ‖ minted (varint) ‖ registers (varint count).
public struct SiteProgress: Hashable, Sendable, Canonical {
  /// The first interval not yet reported.
  public var next: Interval
  /// The last reported interval was a gap, so counters may go on from a later count.
  public var endedInGap: Bool
  /// Law 5's running sum.
  public var imbalance: WattHours
  /// PQ1…PQ4 since the first report, in Wh.
  public var totals: [UInt64]
  /// The part of PQ1 that was minted, in Wh.
  public var mintedWh: UInt64
  /// The site's counters as last reported, in order of flow and device; `opening` repeats `closing`.
  public var registers: [MeterRegister]

  /// A site whose first report begins at `next`.
  public init(next: Interval) {
    self.next = next
    endedInGap = false
    imbalance = .zero
    totals = [0, 0, 0, 0]
    mintedWh = 0
    registers = []
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    next = Interval(try input.readFixed(UInt32.self))
    endedInGap = try input.readFlag()
    imbalance = WattHours(try input.readSigned(in: -(1 << 40)...(1 << 40)))
    totals = []
    for _ in 0..<4 { totals.append(try input.readVarint()) }
    mintedWh = try input.readVarint()
    registers = []
    for _ in 0..<(try input.readCount(in: 0...64, itemBytes: 7)) {
      registers.append(try MeterRegister(from: &input))
    }
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(next.number)
    output.writeFlag(endedInGap)
    output.writeSigned(imbalance.value)
    for total in totals { output.writeVarint(total) }
    output.writeVarint(mintedWh)
    output.writeVarint(UInt64(registers.count))
    for register in registers { register.encode(to: &output) }
  }
}

/// What a site recorded on one day of its own clock, and what became of it.
/// Bytes: recorded, minted (each 0 for none, 1 for all, or 2 and 6 bytes, slot 0 the lowest bit) ‖
/// four series: PQ1, PQ2,
/// generation matched, consumption matched.
public struct SiteDay: Hashable, Sendable, Canonical {
  /// Slots that were reported, gaps excluded, as bits.
  public private(set) var recorded: UInt64 = 0
  /// Slots that were minted, as bits. Law 2 sets each at most once.
  public var minted: UInt64 = 0
  /// PQ1 and PQ2 of each slot, in Wh.
  public private(set) var generated = SiteDay.nothing
  public private(set) var consumed = SiteDay.nothing
  /// Law 10, in Wh: what of the slot's generation was paired with somebody's consumption, and what
  /// of its consumption was paired with somebody's generation.
  public var generationMatched = SiteDay.nothing
  public var consumptionMatched = SiteDay.nothing

  /// Shared by all days until they differ from it.
  private static let nothing = [UInt64](repeating: 0, count: 48)

  /// A day without records.
  public init() {}

  /// Whether `slot` was reported and is no gap.
  public func isRecorded(_ slot: Int) -> Bool { recorded & (1 << UInt64(slot)) != 0 }

  /// Writes a reading down.
  public mutating func record(slot: Int, generated: UInt32, consumed: UInt32) {
    recorded |= 1 << UInt64(slot)
    self.generated[slot] = UInt64(generated)
    self.consumed[slot] = UInt64(consumed)
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    recorded = try SiteDay.readBits(&input)
    minted = try SiteDay.readBits(&input)
    generated = try RiceSeries.decode(48, from: &input)
    consumed = try RiceSeries.decode(48, from: &input)
    generationMatched = try RiceSeries.decode(48, from: &input)
    consumptionMatched = try RiceSeries.decode(48, from: &input)
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    for bits in [recorded, minted] { SiteDay.write(bits, to: &output) }
    for series in [generated, consumed, generationMatched, consumptionMatched] {
      RiceSeries.encode(series, to: &output)
    }
  }

  private static let full: UInt64 = 1 << 48 - 1

  /// Most days are wholly recorded, and wholly minted or not at all: one byte each.
  private static func write(_ bits: UInt64, to output: inout ByteWriter) {
    switch bits {
    case 0: output.write(0)
    case full: output.write(1)
    default:
      output.write(2)
      output.writeFixed(UInt16(truncatingIfNeeded: bits >> 32))
      output.writeFixed(UInt32(truncatingIfNeeded: bits))
    }
  }

  private static func readBits(_ input: inout ByteReader) throws(DecodeError) -> UInt64 {
    switch try input.readUInt8() {
    case 0: return 0
    case 1: return full
    case 2:
      let start = input.offset - 1
      let high = UInt64(try input.readFixed(UInt16.self))
      let bits = high << 32 | UInt64(try input.readFixed(UInt32.self))
      guard bits != 0, bits != full else { throw input.refusal(.notCanonical, at: start) }
      return bits
    default: throw input.refusal(.unknownKind, at: input.offset - 1)
    }
  }
}
