// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
public import Quantities

/// The readings of one site for consecutive intervals, with its counters at both ends and the root
/// of the samples behind them, signed by the site's key.
///
/// Bytes: kind 4 ‖ site (32) ‖ first (4) ‖ gap before (varint) ‖ quality runs (varint count;
/// three bits a flow (4), length) ‖ registers (varint count) ‖ channels (varint bit set) ‖ a series
/// for each channel ‖ sample root (32) ‖ signature (64). PQ2 is coded as its difference from the
/// balance of the other flows, and flows of one counter in whole steps of it, so a usual day takes
/// under 350 bytes. Source: Docs/design.md §6.3; Docs/decisions/0004-report-coding.md.
public struct Report: SignedTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.report
  /// A report covers one interval up to a day.
  public static let lengthLimit = 48
  /// A site's node follows at most this many counters in one report.
  public static let registerLimit: UInt64 = 16

  public let site: SiteId
  /// Intervals since the last report for which there is nothing to report.
  public let gapBefore: UInt32
  /// The readings, 1…48, of consecutive intervals.
  public let readings: [Reading]
  /// The counters in order of flow and device.
  public let registers: [MeterRegister]
  /// The Merkle root of the samples under the readings.
  public let sampleRoot: Bytes32
  /// The signature over network and body.
  public private(set) var signature: Signature

  /// Why readings and registers are no report.
  public enum Malformed: Error, Hashable, Sendable {
    /// Not 1…48 readings.
    case length(Int)
    /// The readings are not of consecutive intervals.
    case notConsecutive(Interval)
    /// The registers are more than 16, not in order or name one counter twice.
    case registers
    /// A flow of a counter is no whole number of its steps, or leaves its range.
    case amount(EnergyFlow, Interval)
    /// A flow has energy though it is unknown or not there.
    case uncounted(EnergyFlow, Interval)
  }

  /// Signs a report.
  /// - Throws: `Malformed` when the parts do not fit together.
  public init(
    site: SiteId, gapBefore: UInt32, readings: [Reading], registers: [MeterRegister],
    sampleRoot: Bytes32, network: NetworkId, signedBy key: KeyPair
  ) throws(Malformed) {
    guard (1...Report.lengthLimit).contains(readings.count) else {
      throw .length(readings.count)
    }
    for (index, reading) in readings.enumerated()
    where reading.interval != readings[0].interval.advanced(by: UInt32(index)) {
      throw .notConsecutive(reading.interval)
    }
    for reading in readings {
      if let flow = reading.uncounted { throw .uncounted(flow, reading.interval) }
    }
    guard registers.count <= Report.registerLimit, Report.areInOrder(registers) else {
      throw .registers
    }
    for channel in ReadingChannel.allCases {
      let step = channel.stepWh(registers)
      for reading in readings where channel.code(reading, stepWh: step) == nil {
        throw .amount(channel.flow, reading.interval)
      }
    }
    self.site = site
    self.gapBefore = gapBefore
    self.readings = readings
    self.registers = registers
    self.sampleRoot = sampleRoot
    signature = .empty
    signature = sign(in: network, with: key)
  }

  private static func areInOrder(_ registers: [MeterRegister]) -> Bool {
    zip(registers, registers.dropFirst()).allSatisfy {
      ($0.flow, $0.device) < ($1.flow, $1.device)
    }
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    site = try SiteId(from: &input)
    let first = Interval(try input.readFixed(UInt32.self))
    gapBefore = UInt32(try input.readVarint(in: 0...UInt64(UInt32.max)))
    var readings = try Report.readQualities(from: &input, first: first)
    let registersStart = input.offset
    var registers: [MeterRegister] = []
    for _ in 0..<(try input.readCount(in: 0...Report.registerLimit, itemBytes: 7)) {
      registers.append(try MeterRegister(from: &input))
    }
    guard Report.areInOrder(registers) else {
      throw input.refusal(.notCanonical, at: registersStart)
    }
    self.registers = registers
    let channels = try input.readVarint(in: 0...(1 << UInt64(ReadingChannel.allCases.count) - 1))
    for channel in ReadingChannel.allCases where channels & channel.bit != 0 {
      let start = input.offset
      let step = channel.stepWh(registers)
      let codes = try RiceSeries.decode(readings.count, from: &input)
      guard codes.contains(where: { $0 != 0 }) else {
        throw input.refusal(.notCanonical, at: start)
      }
      for slot in readings.indices
      where !channel.decode(codes[slot], into: &readings[slot], stepWh: step) {
        throw input.refusal(.outOfRange, at: start)
      }
    }
    if channels & ReadingChannel.consumed.bit == 0 {
      for slot in readings.indices
      where !ReadingChannel.consumed.decode(0, into: &readings[slot], stepWh: 1) {
        throw input.refusal(.outOfRange, at: registersStart)
      }
    }
    guard readings.allSatisfy({ $0.uncounted == nil }) else {
      throw input.refusal(.outOfRange, at: registersStart)
    }
    self.readings = readings
    sampleRoot = try input.readBytes32()
    signature = try Signature(from: &input)
  }

  private static func readQualities(
    from input: inout ByteReader, first: Interval
  ) throws(DecodeError) -> [Reading] {
    var readings: [Reading] = []
    readings.reserveCapacity(lengthLimit)
    var previous: FlowQualities?
    for _ in 0..<(try input.readCount(in: 1...UInt64(lengthLimit), itemBytes: 5)) {
      let start = input.offset
      guard let qualities = FlowQualities(code: try input.readFixed(UInt32.self)) else {
        throw input.refusal(.unknownKind, at: start)
      }
      let length = Int(try input.readVarint(in: 1...UInt64(lengthLimit)))
      guard qualities != previous else { throw input.refusal(.notCanonical, at: start) }
      guard readings.count + length <= lengthLimit,
        UInt64(first.number) + UInt64(readings.count + length) < UInt64(UInt32.max)
      else { throw input.refusal(.outOfRange, at: start) }
      previous = qualities
      for _ in 0..<length {
        readings.append(
          Reading(
            interval: first.advanced(by: UInt32(readings.count)), qualities: qualities))
      }
    }
    return readings
  }

  /// Appends the body without the signature.
  public func encodeBody(to output: inout ByteWriter) {
    site.encode(to: &output)
    output.writeFixed(first.number)
    output.writeVarint(UInt64(gapBefore))
    var runs: [(code: UInt32, length: UInt64)] = []
    for reading in readings {
      let code = reading.qualities.code
      if runs.last?.code == code {
        runs[runs.count - 1].length += 1
      } else {
        runs.append((code, 1))
      }
    }
    output.writeVarint(UInt64(runs.count))
    for run in runs {
      output.writeFixed(run.code)
      output.writeVarint(run.length)
    }
    output.writeVarint(UInt64(registers.count))
    for register in registers { register.encode(to: &output) }
    var present: UInt64 = 0
    var series = ByteWriter()
    for channel in ReadingChannel.allCases {
      let step = channel.stepWh(registers)
      let codes = readings.map { channel.code($0, stepWh: step) ?? 0 }
      guard codes.contains(where: { $0 != 0 }) else { continue }
      present |= channel.bit
      RiceSeries.encode(codes, to: &series)
    }
    output.writeVarint(present)
    output.writeBytes(series.bytes)
    output.write(sampleRoot)
  }

  /// The first interval.
  public var first: Interval { readings[0].interval }

  /// The interval after the last.
  public var next: Interval { first.advanced(by: UInt32(readings.count)) }

  /// The energy of `flow` over the report.
  public func total(_ flow: EnergyFlow) -> WattHours {
    WattHours(readings.reduce(0) { $0 + Int64($1[flow]) })
  }
}

/// The series of a report, in the order of their bits. PQ2 is the last, since it is coded as the
/// difference from the balance of all others.
enum ReadingChannel: UInt8, CaseIterable {
  case generated = 0
  case sold, purchased, batteryCharged, batteryDischarged, vehicleCharged, vehicleDischarged
  case otherGenerated
  case consumed

  /// The channel's bit in the set of those present.
  var bit: UInt64 { 1 << UInt64(rawValue) }

  var flow: EnergyFlow {
    switch self {
    case .generated: .generated
    case .sold: .sold
    case .purchased: .purchased
    case .batteryCharged: .batteryCharged
    case .batteryDischarged: .batteryDischarged
    case .vehicleCharged: .vehicleCharged
    case .vehicleDischarged: .vehicleDischarged
    case .otherGenerated: .otherGenerated
    case .consumed: .consumed
    }
  }

  /// The step of the flow's amounts: that of its counter where it has just one in whole Wh.
  func stepWh(_ registers: [MeterRegister]) -> UInt32 {
    var step: UInt32?
    for register in registers where register.flow == flow {
      guard step == nil, register.step.isMultiple(of: 10) else { return 1 }
      step = register.step / 10
    }
    return step ?? 1
  }

  /// PQ2 as its difference from what the other flows leave, where all of them are known.
  private func isDifference(_ reading: Reading) -> Bool {
    self == .consumed && reading.isBalanced && reading[quality: .consumed].isCounted
  }

  /// The coded amount of a reading, or nil when it is no multiple of the step or out of range.
  func code(_ reading: Reading, stepWh: UInt32) -> UInt64? {
    guard isDifference(reading) else {
      let amount = reading[flow]
      return amount.isMultiple(of: stepWh) ? UInt64(amount / stepWh) : nil
    }
    let excess = -reading.imbalance.value
    let code = UInt64(bitPattern: excess << 1 ^ excess >> 63)
    return code < RiceSeries.bound ? code : nil
  }

  /// Puts a coded amount into a reading; false when it is out of range.
  func decode(_ code: UInt64, into reading: inout Reading, stepWh: UInt32) -> Bool {
    guard isDifference(reading) else {
      guard let amount = UInt32(exactly: code * UInt64(stepWh)) else { return false }
      reading[flow] = amount
      return true
    }
    let excess = Int64(bitPattern: code >> 1) ^ -Int64(bitPattern: code & 1)
    guard let amount = UInt32(exactly: reading.imbalance.value + excess) else { return false }
    reading[.consumed] = amount
    return true
  }
}
