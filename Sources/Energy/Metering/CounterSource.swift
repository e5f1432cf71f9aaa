// SPDX-License-Identifier: Apache-2.0

public import EchonetLite
public import Ledger

/// One cumulative counter that contributes to the readings of a site.
public struct CounterSource: Hashable, Sendable {
  public let device: UInt8
  public let object: EchonetObject
  public let flow: EnergyFlow
  /// How the counter is read.
  public let method: MeterRole.Count
  /// Energy of one count in tenths of a Wh; 0 while the meter's unit is not yet known.
  public var step: UInt32
  /// Decimal digits at which the counter wraps.
  public var digits: UInt8
  /// The most that can flow through it, in W: what seems to be more is a fault of the count.
  public var limitW: UInt32

  init(
    _ device: MeteredDevice, _ flow: EnergyFlow, _ method: MeterRole.Count, limitW: UInt32,
    hasScale: Bool
  ) {
    self.device = device.number
    object = device.object
    self.flow = flow
    self.method = method
    self.limitW = limitW
    switch method {
    case .power: (step, digits) = (10, 10)
    // Counters of 0.001 kWh wrap at 10⁹ (Docs/echonet.md §4).
    case .running where !hasScale: (step, digits) = (10, 9)
    case .running, .halfHours: (step, digits) = (0, 8)
    }
  }

  /// The flow and device number as they stand in a report's register.
  var order: (EnergyFlow, UInt8) { (flow, device) }

  /// Whether the count at a half hour is the meter's own, and its history has it later.
  public var hasOwnHalfHours: Bool { if case .halfHours = method { true } else { false } }

  /// Whether this node sums up the device's power, which it has to look at each minute.
  public var isIntegrated: Bool { if case .power = method { true } else { false } }

  /// The properties to read at a half hour.
  public var polled: [UInt8] {
    switch method {
    case .halfHours(let fixed, _, let present, _): [fixed, present]
    case .running(let code), .power(let code, _): [code]
    }
  }

  /// The property that says how the counter stands just now.
  /// - Parameter codes: what the device can be asked for.
  public func present(of codes: Set<UInt8>) -> UInt8 {
    switch method {
    case .halfHours(let fixed, _, let present, _): codes.contains(present) ? present : fixed
    case .running(let code), .power(let code, _): code
    }
  }

  /// The most that a half hour can hold, in Wh.
  public var limitWh: Int64 { Int64(limitW) / 2 }

  /// Takes over step and digits that a device told, where this counter is the device's.
  public mutating func take(_ scale: MeterScale, of device: MeteredDevice) {
    guard self.device == device.number, !isIntegrated else { return }
    (step, digits) = (scale.step, scale.digits)
  }

  /// Takes over the most that a device said it can give, with a tenth on top for what it gives for
  /// a moment; nothing and nonsense say nothing.
  /// - Parameter values: what the device answered to `MeterRole.onceCodes`.
  public mutating func takeLimit(_ values: [UInt8: [UInt8]], of device: MeteredDevice) {
    guard self.device == device.number,
      let rated = device.role?.counters.first(where: { EnergyFlow($0.flow) == flow })?.rated,
      let data = values[rated], [2, 4, 8].contains(data.count)
    else { return }
    let watts = Array(data.suffix(4)).unsigned
    guard (1...65_533).contains(watts) else { return }
    limitW = UInt32(watts + watts / 10)
  }
}

extension EnergyFlow {
  /// The flow of the ledger for one of the specification.
  public init(_ flow: MeterRole.Flow) {
    self =
      switch flow {
      case .generated: .generated
      case .consumed: .consumed
      case .sold: .sold
      case .purchased: .purchased
      case .batteryCharged: .batteryCharged
      case .batteryDischarged: .batteryDischarged
      case .vehicleCharged: .vehicleCharged
      case .vehicleDischarged: .vehicleDischarged
      case .otherGenerated: .otherGenerated
      }
  }

  /// Whether something gives it that could also be sold.
  var isSource: Bool {
    switch self {
    case .generated, .batteryDischarged, .vehicleDischarged, .otherGenerated: true
    case .consumed, .sold, .purchased, .batteryCharged, .vehicleCharged: false
    }
  }
}
