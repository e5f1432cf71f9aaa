// SPDX-License-Identifier: Apache-2.0

import EchonetLite
import Quantities

/// A device of the emulated house: what it answers for each property at a time.
struct EmulatedDevice {
  /// The step and place of the smart meter's counters: the field's default is 0.1 kWh and 6 digits.
  struct MeterSettings {
    var unitCode: UInt8 = 0x01
    var digits: UInt8 = 6
    /// Counts at the start of the trace, in steps of the counter.
    var purchasedStart: Int64 = 12_345
    var soldStart: Int64 = 23_456
    /// The PV counter at the start of the trace, in Wh.
    var generatedStart: Int64 = 3_456_789
    /// EPCs that the smart meter leaves out of its answers, as some in the field do.
    var omitted: Set<UInt8> = []
    /// When another meter took its place, whose counters began at 0.
    var replaced: NetworkTime?
    /// Sun and battery meet behind the converter.
    var isHybrid = false
  }

  let object: EchonetObject
  let definition: DeviceClass
  let flows: HouseFlows
  let settings: MeterSettings
  /// What Set put there: the day of a history, a range of channels.
  var written: [UInt8: [UInt8]] = [:]
  /// The car as it stands now, where it has states.
  var vehicle: EmulatedVehicle?

  init?(_ object: EchonetObject, flows: HouseFlows, settings: MeterSettings) {
    guard let definition = DeviceClass.known(object.classCode) else { return nil }
    self.object = object
    self.definition = definition
    self.flows = flows
    self.settings = settings
  }

  /// The codes that can be got: all required ones and those with a value of their own.
  var getCodes: [UInt8] {
    let own = EmulatedDevice.ownCodes[object.classCode] ?? []
    let required = { (table: DeviceClass) in
      table.properties.values.filter { $0.get == .required }.map(\.code)
    }
    return (required(definition) + required(.superClass) + own).filter {
      definition[$0]?.get != .notAllowed && !settings.omitted.contains($0)
    }
  }

  /// The codes that can be set.
  var setCodes: [UInt8] {
    (definition.properties.values.filter { $0.set == .required }.map(\.code) + [0x81])
      + (object.classCode == 0x0288 ? [0xED] : []) + (object.classCode == 0x0287 ? [0xB2] : [])
  }

  /// The codes that are announced by the specification's rule.
  var announceCodes: [UInt8] {
    definition.properties.values.filter { $0.announce == .required }.map(\.code) + [
      0x80, 0x81, 0x88,
    ]
  }

  /// Optional properties that the house fills with its energy.
  static let ownCodes: [UInt16: [UInt8]] = [
    0x0288: [0xD3, 0xE3, 0xE4, 0xEB, 0xEC, 0xED, 0x97, 0x98],
    0x0279: [0x97, 0x98],
    0x027D: [0xD3, 0xD6, 0xD8, 0xE2, 0xE4],
    0x027E: [0xD3, 0xD6, 0xD8, 0xE1],
    0x02A1: [0xD3, 0xD8],
    0x0287: [0xB1, 0xB2, 0xB3, 0xC6],
    0x026B: [0xE1, 0xE2, 0x84, 0x85],
  ]

  /// The data of `code` at `time`, or nil where the device refuses it.
  func get(_ code: UInt8, at time: NetworkTime) -> [UInt8]? {
    guard !settings.omitted.contains(code) else { return nil }
    if let common = common(code, at: time) { return common }
    guard getCodes.contains(code) else { return nil }
    if object.classCode == 0x027E, let said = vehicle?.get(code) { return said }
    if let energy = energy(code, at: time) { return energy }
    if let written = written[code] { return written }
    return definition[code].map { EmulatedDevice.standard($0.type) }
  }

  /// Whether `code` is one of the energy counters that readings are made of.
  func isCounter(_ code: UInt8) -> Bool {
    switch object.classCode {
    case 0x0288: [0xE0, 0xE3, 0xEA, 0xEB].contains(code)
    case 0x0279: code == 0xE1
    default: false
    }
  }

  /// Takes a Set; false where the device refuses it.
  mutating func set(_ code: UInt8, _ data: [UInt8]) -> Bool {
    guard setCodes.contains(code), definition[code]?.type.fits(data.count) ?? (data.count == 1)
    else { return false }
    // A meter keeps the history of a hundred days.
    if (object.classCode, code) == (0x0288, 0xE5), data[0] > 99 { return false }
    if object.classCode == 0x027E, let taken = vehicle?.set(code, data) { return taken }
    written[code] = data
    return true
  }

  private func common(_ code: UInt8, at time: NetworkTime) -> [UInt8]? {
    switch code {
    case 0x80: return [0x30]
    case 0x81: return written[0x81] ?? [0x00]
    case 0x82: return [0x00, 0x00, UInt8(ascii: "R"), 0x01]
    case 0x83: return [0xFE, 0x00, 0x00, 0x77] + [UInt8](repeating: 0, count: 10) + object.bytes
    case 0x88: return [0x42]
    case 0x8A: return [0x00, 0x00, 0x77]
    case 0x8C: return Array("HINATA-HOUSE".utf8)
    case 0x97 where getCodes.contains(0x97):
      let second = flows.offset.clock(at: time).secondsOfDay
      return [UInt8(second / 3600), UInt8(second / 60 % 60)]
    case 0x98 where getCodes.contains(0x98):
      return Array(EmulatedDevice.stamp(time, flows.offset).prefix(4))
    case 0x9D: return PropertyMap(announceCodes).data
    case 0x9E: return PropertyMap(setCodes).data
    case 0x9F:
      return PropertyMap(getCodes + [0x80, 0x81, 0x82, 0x83, 0x88, 0x8A, 0x8C, 0x9D, 0x9E, 0x9F])
        .data
    default: return nil
    }
  }

  private func energy(_ code: UInt8, at time: NetworkTime) -> [UInt8]? {
    let total = { (flow: HouseFlows.Flow) in
      EmulatedDevice.word(flows.total(flow, at: time) + 100_000)
    }
    let power = { (flow: HouseFlows.Flow) in flows.power(flow, at: time) }
    switch (object.classCode, code) {
    case (0x0288, _): return smartMeter(code, at: time)
    case (0x028A, _): return highVoltageMeter(code, at: time)
    case (0x0287, _): return board(code, at: time)
    case (0x0279, 0xE0): return EmulatedDevice.half(power(.generated))
    case (0x0279, 0xE1):
      let count = flows.total(.generated, at: time) + settings.generatedStart
      return EmulatedDevice.word(count % 1_000_000_000)
    case (0x0279, 0xC2): return [0x41]
    case (0x02A5, 0xE0):
      return total(settings.isHybrid ? .gridCharged : .batteryCharged)
    case (0x02A5, 0xE3):
      let stored =
        settings.isHybrid
        ? flows.total(.batteryCharged, at: time) - flows.total(.gridCharged, at: time) : 0
      return EmulatedDevice.word(
        flows.total(.generated, at: time) + flows.total(.batteryDischarged, at: time) - stored)
    case (0x02A5, 0xE7) where settings.isHybrid:
      return EmulatedDevice.word(
        power(.batteryCharged) - power(.generated) - power(.batteryDischarged))
    case (0x02A5, 0xE7): return EmulatedDevice.word(-power(.generated))
    case (0x027D, 0xA8), (0x027D, 0xD8): return total(.batteryCharged)
    case (0x027D, 0xA9), (0x027D, 0xD6): return total(.batteryDischarged)
    case (0x027D, 0xD3):
      return EmulatedDevice.word(power(.batteryCharged) - power(.batteryDischarged))
    case (0x027D, 0xE2): return EmulatedDevice.word(flows.batteryContent(at: time))
    case (0x027D, 0xE4): return [50]
    case (0x027E, 0xD8), (0x02A1, 0xD8): return total(.vehicleCharged)
    case (0x027E, 0xD6): return total(.vehicleDischarged)
    case (0x027E, 0xD3):
      return EmulatedDevice.word(power(.vehicleCharged) - power(.vehicleDischarged))
    case (0x02A1, 0xD3): return EmulatedDevice.word(power(.vehicleCharged))
    case (0x027C, 0xC4): return EmulatedDevice.half(power(.fuelCell))
    case (0x027C, 0xC5): return total(.fuelCell)
    case (0x026B, 0xE1): return EmulatedDevice.half(240)
    case (0x026B, 0xE2): return EmulatedDevice.half(370)
    case (0x026B, 0x84): return EmulatedDevice.half(0)
    case (0x026B, 0x85): return EmulatedDevice.word(55_000)
    default: return nil
    }
  }

  /// A value within the type's range, for required properties that carry no energy.
  static func standard(_ type: PropertyType) -> [UInt8] {
    switch type {
    case .number(let number):
      let value = max(number.range.lowerBound, min(0, number.range.upperBound))
      return word(value).suffix(number.bytes)
    case .state(let bytes, let names): return word(Int64(names.keys.min() ?? 0)).suffix(bytes)
    case .factor(let bytes, let exponents):
      return word(Int64(exponents.keys.min() ?? 0)).suffix(bytes)
    case .raw(let range): return [UInt8](repeating: 0, count: range.lowerBound)
    case .date: return [0x07, 0xE8, 1, 1]
    case .time(let bytes), .bits(let bytes): return [UInt8](repeating: 0, count: bytes)
    case .dateTime(let bytes): return Array([0x07, 0xE8, 1, 1, 0, 0, 0].prefix(bytes))
    case .level(let base, _): return [UInt8(truncatingIfNeeded: base)]
    case .record(let fields): return fields.flatMap { standard($0.type) }
    case .list(let count, let item):
      return (0..<count.lowerBound).flatMap { _ in standard(item) }
    case .either(let types): return types.last.map(standard) ?? []
    }
  }

  /// Four bytes, big endian.
  static func word(_ value: Int64) -> [UInt8] {
    let bits = UInt32(truncatingIfNeeded: value)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: bits >> UInt32($0)) }
  }

  /// Two bytes, big endian.
  static func half(_ value: Int64) -> [UInt8] { word(value).suffix(2) }

  /// Year (2), month, day, hour, minute, second by the home's clock.
  static func stamp(_ time: NetworkTime, _ offset: UTCOffset) -> [UInt8] {
    let (date, second) = offset.clock(at: time)
    return half(Int64(date.year)) + [
      UInt8(date.month), UInt8(date.day), UInt8(second / 3600), UInt8(second / 60 % 60),
      UInt8(second % 60),
    ]
  }

  static let noData: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFE]
}
