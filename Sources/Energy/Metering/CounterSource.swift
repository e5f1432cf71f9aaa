// SPDX-License-Identifier: Apache-2.0

public import EchonetLite
public import Ledger

/// A device of a site: where it is and what can be got from it.
public struct MeteredDevice: Hashable, Sendable {
  /// Its number at this site, kept for good.
  public let number: UInt8
  /// The address of its node.
  public let address: String
  public let object: EchonetObject
  /// The codes of its Get map (9F).
  public let codes: Set<UInt8>

  /// A device with these parts.
  public init(number: UInt8, address: String, object: EchonetObject, codes: Set<UInt8>) {
    self.number = number
    self.address = address
    self.object = object
    self.codes = codes
  }
}

/// One cumulative counter that contributes to the readings of a site.
public struct CounterSource: Hashable, Sendable {
  /// How the counter is read.
  public enum Method: Hashable, Sendable {
    /// A smart meter: `fixed` (EA, EB) gives the count at the half hour with the meter's own time,
    /// `history` (E2, E4) the counts of a day, `present` (E0, E3) the count now.
    case smartMeter(fixed: UInt8, history: UInt8, present: UInt8)
    /// A high-voltage meter: E3 and E7, E2.
    case highVoltageMeter
    /// A counter without history: read on both sides of each half hour and interpolated.
    case counter(UInt8)
    /// No counter: the power of this property is integrated by the node.
    case power(UInt8)
  }

  public let device: UInt8
  public let object: EchonetObject
  public let flow: EnergyFlow
  public let method: Method
  /// Energy of one count in tenths of a Wh; 0 while the meter's unit is not yet known.
  public var step: UInt32
  /// Decimal digits at which the counter wraps.
  public var digits: UInt8

  /// The flow and device number as they stand in a report's register.
  var order: (EnergyFlow, UInt8) { (flow, device) }

  /// Whether the count at a half hour is the meter's own.
  public var hasOwnHalfHours: Bool {
    switch method {
    case .smartMeter, .highVoltageMeter: true
    case .counter, .power: false
    }
  }

  /// The properties to read at a half hour.
  public var polled: [UInt8] {
    switch method {
    case .smartMeter(let fixed, _, let present): [fixed, present]
    case .highVoltageMeter: [0xE3, 0xE2]
    case .counter(let code), .power(let code): [code]
    }
  }

  /// Takes over step and digits that a device told, where this counter is the device's.
  public mutating func take(_ scale: MeterScale, of device: MeteredDevice) {
    guard self.device == device.number else { return }
    (step, digits) = (scale.step, scale.digits)
  }
}

/// Which counter gives which flow. Source: Docs/echonet.md §4; Docs/requirements.md L3, L4, L5.
public enum SourceRules {
  /// The sources of a site, in order of flow and device, and the counter of the distribution board
  /// that PQ2 is checked against where there is one.
  public static func sources(
    of devices: [MeteredDevice]
  ) -> (sources: [CounterSource], consumption: CounterSource?) {
    var sources: [CounterSource] = []
    let classes = Set(devices.map(\.object.classCode))
    for device in devices {
      sources += contributions(of: device, classes: classes)
    }
    let board = devices.first { $0.object.classCode == 0x0287 }
    return (
      sources.sorted { $0.order < $1.order },
      board.map { counter($0, .consumed, 0xC0, step: 0, digits: 8) }
    )
  }

  /// What one device gives, beside devices of these classes.
  public static func contributions(
    of device: MeteredDevice, classes: Set<UInt16>
  ) -> [CounterSource] {
    switch device.object.classCode {
    case 0x0288:
      var sources = [
        smartMeter(device, .purchased, fixed: 0xEA, history: 0xE2, present: 0xE0)
      ]
      if device.codes.contains(0xE3) || device.codes.contains(0xEB) {
        sources.append(smartMeter(device, .sold, fixed: 0xEB, history: 0xE4, present: 0xE3))
      }
      return sources
    case 0x028A where !classes.contains(0x0288):
      return [
        CounterSource(
          device: device.number, object: device.object, flow: .purchased,
          method: .highVoltageMeter, step: 0, digits: 8)
      ]
    case 0x0279: return [counter(device, .generated, 0xE1)]
    case 0x02A5 where !classes.contains(0x0279): return [counter(device, .generated, 0xE3)]
    case 0x027D:
      let isAC = device.codes.contains(0xA8)
      return [
        counter(device, .batteryCharged, isAC ? 0xA8 : 0xD8),
        counter(device, .batteryDischarged, isAC ? 0xA9 : 0xD6),
      ]
    case 0x027E: return vehicle(device, discharges: true)
    case 0x02A1: return vehicle(device, discharges: false)
    case 0x027C: return [counter(device, .otherGenerated, 0xC5)]
    default: return []
    }
  }

  private static func vehicle(_ device: MeteredDevice, discharges: Bool) -> [CounterSource] {
    let flows: [(EnergyFlow, UInt8)] =
      discharges
      ? [(.vehicleCharged, 0xD8), (.vehicleDischarged, 0xD6)] : [(.vehicleCharged, 0xD8)]
    return flows.map { flow, code in
      guard device.codes.contains(code) else {
        return CounterSource(
          device: device.number, object: device.object, flow: flow, method: .power(0xD3),
          step: 10, digits: 10)
      }
      return counter(device, flow, code)
    }
  }

  private static func smartMeter(
    _ device: MeteredDevice, _ flow: EnergyFlow, fixed: UInt8, history: UInt8, present: UInt8
  ) -> CounterSource {
    CounterSource(
      device: device.number, object: device.object, flow: flow,
      method: .smartMeter(fixed: fixed, history: history, present: present), step: 0, digits: 8)
  }

  /// Counters of 0.001 kWh wrap at 10⁹ (Docs/echonet.md §4).
  private static func counter(
    _ device: MeteredDevice, _ flow: EnergyFlow, _ code: UInt8, step: UInt32 = 10,
    digits: UInt8 = 9
  ) -> CounterSource {
    CounterSource(
      device: device.number, object: device.object, flow: flow, method: .counter(code),
      step: step, digits: digits)
  }

  /// The properties that give a class its step and digits, to be read once.
  public static func scaleCodes(_ classCode: UInt16) -> [UInt8] {
    switch classCode {
    case 0x0288: [0xE1, 0xD3, 0xD7]
    case 0x028A: [0xE6, 0xD3, 0xD4, 0xE5]
    case 0x0287: [0xC2]
    default: []
    }
  }
}
