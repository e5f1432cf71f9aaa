// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

/// One cumulative counter of one device over the intervals of a report: where it stood at both
/// ends. Bytes: flow ‖ device ‖ flags (1 restarted, 2 integrated) ‖ step (varint) ‖ digits ‖
/// opening (varint) ‖ advance (varint, closing − opening modulo the digits).
public struct MeterRegister: Hashable, Sendable, Canonical {
  /// Steps of counters: 0.1 Wh … 10 MWh, in tenths of a Wh.
  public static let stepLimit: ClosedRange<UInt64> = 1...100_000_000
  /// Decimal digits before a counter wraps.
  public static let digitLimit: ClosedRange<UInt8> = 1...10

  public let flow: EnergyFlow
  /// Which of the site's devices, numbered by its node.
  public let device: UInt8
  /// The energy of one count in tenths of a Wh.
  public let step: UInt32
  /// The counter wraps to zero at 10^digits.
  public let digits: UInt8
  /// The counter at the start of the first and at the end of the last known interval, in steps.
  public let opening: UInt64
  public let closing: UInt64
  /// The counter was replaced or reset since the last report; only after a gap.
  public let isRestarted: Bool
  /// The node integrated the device's power, since it has no counter.
  public let isIntegrated: Bool

  /// A register with these parts; `opening` and `closing` are below 10^digits.
  public init(
    flow: EnergyFlow, device: UInt8, step: UInt32, digits: UInt8, opening: UInt64, closing: UInt64,
    isRestarted: Bool = false, isIntegrated: Bool = false
  ) {
    self.flow = flow
    self.device = device
    self.step = step
    self.digits = digits
    self.opening = opening
    self.closing = closing
    self.isRestarted = isRestarted
    self.isIntegrated = isIntegrated
  }

  /// Reads a register.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard let flow = EnergyFlow(rawValue: try input.readUInt8()), flow != .consumed else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    self.flow = flow
    device = try input.readUInt8()
    let flags = try input.readUInt8()
    guard flags < 4 else { throw input.refusal(.outOfRange, at: input.offset - 1) }
    isRestarted = flags & 1 != 0
    isIntegrated = flags & 2 != 0
    step = UInt32(try input.readVarint(in: MeterRegister.stepLimit))
    digits = try input.readUInt8()
    guard MeterRegister.digitLimit.contains(digits) else {
      throw input.refusal(.outOfRange, at: input.offset - 1)
    }
    let modulus = MeterRegister.modulus(digits: digits)
    opening = try input.readVarint(in: 0...(modulus - 1))
    closing = (opening + (try input.readVarint(in: 0...(modulus - 1)))) % modulus
  }

  /// Appends the register.
  public func encode(to output: inout ByteWriter) {
    output.write(flow.rawValue)
    output.write(device)
    output.write((isRestarted ? 1 : 0) | (isIntegrated ? 2 : 0))
    output.writeVarint(UInt64(step))
    output.write(digits)
    output.writeVarint(opening)
    output.writeVarint(advance)
  }

  /// 10^digits, at most 10^10.
  public static func modulus(digits: UInt8) -> UInt64 {
    var value: UInt64 = 1
    for _ in 0..<min(digits, digitLimit.upperBound) { value *= 10 }
    return value
  }

  /// 10^digits of this counter.
  public var modulus: UInt64 { MeterRegister.modulus(digits: digits) }

  /// How many steps the counter went on, roll-over counted.
  public var advance: UInt64 { MeterRegister.advance(from: opening, to: closing, digits: digits) }

  /// Steps from `from` to `to`, roll-over at 10^digits counted.
  public static func advance(from: UInt64, to: UInt64, digits: UInt8) -> UInt64 {
    to >= from ? to - from : to + modulus(digits: digits) - from
  }

  /// The energy between two counts of a counter in whole Wh. Each count is rounded down alone, so
  /// that the energies of successive intervals add up to the energy over all of them.
  /// - Parameters: `from` and `to` below 10^digits; roll-over is counted once.
  public static func energy(from: UInt64, to: UInt64, step: UInt32, digits: UInt8) -> WattHours {
    let unrolled = from + advance(from: from, to: to, digits: digits)
    return WattHours(Int64(unrolled * UInt64(step) / 10 - from * UInt64(step) / 10))
  }

  /// The energy that the counter saw over the report.
  public var energy: WattHours {
    MeterRegister.energy(from: opening, to: closing, step: step, digits: digits)
  }
}
