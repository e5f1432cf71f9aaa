// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

/// How far a site has reported, and where its counters stand.
/// Bytes: next interval (4) ‖ ended (flag) ‖ known flows (varint bit set) ‖ imbalance (signed) ‖
/// totals (four varints, PQ1…PQ4) ‖ minted (varint) ‖ unknown and unplaced (nine varints each, by
/// flow) ‖ registers (varint count).
public struct SiteProgress: Hashable, Sendable, Canonical {
  /// The first interval not yet reported.
  public var next: Interval
  /// Another site has its device: it reports no more.
  public var isEnded = false
  /// The flows that the last reported interval knew, as bits: the counters of all others may go on
  /// from a later count.
  private var knownFlows: UInt64
  /// Law 5's running sum.
  public var imbalance: WattHours
  /// PQ1…PQ4 since the first report, in Wh.
  public var totals: [UInt64]
  /// The part of PQ1 that was minted, in Wh.
  public var mintedWh: UInt64
  /// In how many reported half hours each flow was unknown, by its code.
  public private(set) var unknownIntervals: [UInt64]
  /// What each flow's counters saw while its half hours were unknown, by its code, in Wh: known as
  /// a sum alone, and never worth anything.
  public private(set) var unplacedWh: [UInt64]
  /// The site's counters as last reported, in order of flow and device; `opening` repeats
  /// `closing`.
  public var registers: [MeterRegister]

  /// A site whose first report begins at `next`.
  public init(next: Interval) {
    self.next = next
    knownFlows = SiteProgress.allFlows
    imbalance = .zero
    totals = [0, 0, 0, 0]
    mintedWh = 0
    unknownIntervals = SiteProgress.noFlow
    unplacedWh = SiteProgress.noFlow
    registers = []
  }

  private static let allFlows: UInt64 = 1 << UInt64(EnergyFlow.allCases.count) - 1
  private static let noFlow = [UInt64](repeating: 0, count: EnergyFlow.allCases.count)

  /// Whether the last reported interval knew a flow. Before the first report all of them pass for
  /// known: a counter has nothing to go on from.
  public func isKnown(_ flow: EnergyFlow) -> Bool { knownFlows & (1 << UInt64(flow.rawValue)) != 0 }

  /// Follows what one flow's reports leave unknown.
  mutating func follow(_ flow: EnergyFlow, _ report: Report, from before: SiteProgress) {
    let (code, bit) = (Int(flow.rawValue), 1 << UInt64(flow.rawValue) as UInt64)
    let last = report.readings[report.readings.count - 1][quality: flow]
    knownFlows = last.isCounted ? knownFlows | bit : knownFlows & ~bit
    unknownIntervals[code] += UInt64(report.readings.count { $0[quality: flow] == .unknown })
    guard flow != .consumed, !report.readings.contains(where: { $0[quality: flow] == .derived })
    else { return }
    var counted = WattHours.zero
    for register in report.registers where register.flow == flow {
      counted += register.energy
      guard !register.isRestarted,
        let old = before.registers.first(where: {
          $0.flow == flow && $0.device == register.device
        })
      else { continue }
      counted += MeterRegister.energy(
        from: old.closing, to: register.opening, step: register.step, digits: register.digits)
    }
    let unplaced = UInt64(max(0, (counted - report.total(flow)).value))
    unplacedWh[code] = min(unplacedWh[code].addingUpToMax(unplaced), WattHours.totalLimit)
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    next = Interval(try input.readFixed(UInt32.self))
    isEnded = try input.readFlag()
    knownFlows = try input.readVarint(in: 0...SiteProgress.allFlows)
    imbalance = WattHours(try input.readSigned(in: -(1 << 40)...(1 << 40)))
    totals = []
    for _ in 0..<4 { totals.append(try input.readTotal()) }
    mintedWh = try input.readTotal()
    unknownIntervals = SiteProgress.noFlow
    unplacedWh = SiteProgress.noFlow
    for code in unknownIntervals.indices {
      unknownIntervals[code] = try input.readVarint(in: 0...UInt64(UInt32.max))
    }
    for code in unplacedWh.indices { unplacedWh[code] = try input.readTotal() }
    registers = []
    for _ in 0..<(try input.readCount(in: 0...64, itemBytes: 7)) {
      registers.append(try MeterRegister(from: &input))
    }
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(next.number)
    output.writeFlag(isEnded)
    output.writeVarint(knownFlows)
    output.writeSigned(imbalance.value)
    for total in totals { output.writeVarint(total) }
    output.writeVarint(mintedWh)
    for count in unknownIntervals + unplacedWh { output.writeVarint(count) }
    output.writeVarint(UInt64(registers.count))
    for register in registers { register.encode(to: &output) }
  }
}

/// What a site recorded on one day of its own clock, and what became of it.
/// Bytes: recorded, metered, balanced, minted (each 0 for none, 1 for all, or 2 and 6 bytes, slot 0
/// the lowest bit) ‖ six series: PQ1, PQ3, charged, what grid and generators gave, generation
/// matched, consumption matched.
public struct SiteDay: Hashable, Sendable, Canonical {
  /// Slots whose PQ1 is known, as bits.
  public private(set) var recorded: UInt64 = 0
  /// Slots for which the grid meter's counts are known, as bits.
  private var metered: UInt64 = 0
  /// Slots of which every flow is known, as bits: only their consumption can be matched.
  private var balanced: UInt64 = 0
  /// Slots that were minted, as bits. Law 2 sets each at most once.
  public var minted: UInt64 = 0
  /// PQ1 of each slot, in Wh.
  public private(set) var generated = SiteDay.nothing
  /// PQ3 of each slot, in Wh: what was fed into the grid.
  public private(set) var sold = SiteDay.nothing
  /// What batteries and vehicles were charged with in each slot, in Wh: it may be fed in later.
  public private(set) var charged = SiteDay.nothing
  /// What grid and generators gave to the site in each slot, in Wh: what can be matched.
  public private(set) var supplied = SiteDay.nothing
  /// Law 10, in Wh: what of the slot's generation was paired with somebody's consumption, and what
  /// of its consumption was paired with somebody's generation.
  public var generationMatched = SiteDay.nothing
  public var consumptionMatched = SiteDay.nothing

  /// Shared by all days until they differ from it.
  private static let nothing = [UInt64](repeating: 0, count: 48)

  /// A day without records.
  public init() {}

  /// Whether PQ1 of `slot` is known.
  public func isRecorded(_ slot: Int) -> Bool { recorded & (1 << UInt64(slot)) != 0 }

  /// Whether the grid meter's counts of `slot` are known: what was generated has them beside it.
  public func hasGridCounts(_ slot: Int) -> Bool { metered & (1 << UInt64(slot)) != 0 }

  /// Whether every flow of `slot` is known, so that its consumption can be matched.
  public func isBalanced(_ slot: Int) -> Bool { balanced & (1 << UInt64(slot)) != 0 }

  /// What of the slot's generation is known to have been fed into the grid, in Wh; nil where the
  /// grid meter's counts are not known.
  public func fedIn(_ slot: Int) -> UInt64? {
    hasGridCounts(slot) ? min(sold[slot], generated[slot]) : nil
  }

  /// Writes down what a reading knows.
  public mutating func record(_ reading: Reading, slot: Int) {
    let bit: UInt64 = 1 << UInt64(slot)
    if reading[quality: .generated] != .unknown {
      recorded |= bit
      generated[slot] = UInt64(reading[.generated])
    }
    if reading.qualities.hasGridCounts {
      metered |= bit
      sold[slot] = UInt64(reading[.sold])
    }
    if reading.isBalanced {
      balanced |= bit
      supplied[slot] = reading.supplied
      charged[slot] = UInt64(reading[.batteryCharged]) + UInt64(reading[.vehicleCharged])
    }
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    recorded = try SiteDay.readBits(&input)
    metered = try SiteDay.readBits(&input)
    balanced = try SiteDay.readBits(&input)
    minted = try SiteDay.readBits(&input)
    generated = try RiceSeries.decode(48, from: &input)
    sold = try RiceSeries.decode(48, from: &input)
    charged = try RiceSeries.decode(48, from: &input)
    supplied = try RiceSeries.decode(48, from: &input)
    generationMatched = try RiceSeries.decode(48, from: &input)
    consumptionMatched = try RiceSeries.decode(48, from: &input)
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    for bits in [recorded, metered, balanced, minted] { SiteDay.write(bits, to: &output) }
    for series in [generated, sold, charged, supplied, generationMatched, consumptionMatched] {
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
