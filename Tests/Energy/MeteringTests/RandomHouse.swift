// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import Ledger
import Metering
import Quantities

/// Numbers of a seed (SplitMix64).
struct Dice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ limit: UInt64) -> UInt64 { next() % limit }
  mutating func chance(_ percent: UInt64) -> Bool { below(100) < percent }
}

/// A house of random devices, faults and times with its own account of the true energy: it knows
/// nothing of how meters are read.
struct RandomHouse {
  static let start = UTCOffset.japan.time(
    on: CalendarDate(dayNumber: 17_000), secondsOfDay: 0)
  static let intervals = 12
  static let blockSeconds: UInt64 = 600
  static var seconds: UInt64 { UInt64(intervals) * 1800 }

  enum Kind: CaseIterable {
    case meter, photovoltaic, battery, batteryPowerOnly, batteryMute, vehicle, vehiclePowerOnly
    case hybrid, fuelCell, board
  }

  /// One counter of a device: what truly flows, and what its count makes of it.
  struct Counter {
    var flow: EnergyFlow
    var property: UInt8
    /// True energy is the sum of these account lines.
    var lines: [Line]
    var step: UInt64
    var modulus: UInt64
    var first: UInt64
    /// When the count begins anew, in seconds.
    var resets: [UInt64] = []
    /// While it shows something that is no count of it.
    var blips: [(range: Range<UInt64>, count: UInt64)] = []
  }

  /// What truly flows in the house.
  enum Line: Int, CaseIterable {
    case sun, load, sold, purchased, charged, discharged, carIn, carOut, fuel, output, input
  }

  struct Device {
    var device: MeteredDevice
    var counters: [Counter]
    var power: (code: UInt8, plus: Line, minus: Line)?
    /// While it does not answer.
    var silences: [Range<UInt64>] = []
  }

  var dice: Dice
  var devices: [Device] = []
  /// Watts of each line in each block.
  private var watts: [[UInt64]]
  private(set) var kinds: Set<Kind> = [.meter]

  init(seed: UInt64) {
    dice = Dice(state: seed &* 0x1234_5678_9ABC_DEF1)
    let blocks = Int(RandomHouse.seconds / RandomHouse.blockSeconds)
    watts = [[UInt64]](
      repeating: [UInt64](repeating: 0, count: blocks), count: Line.allCases.count)
    choose()
    live()
    equip()
    spoil()
  }

  private mutating func choose() {
    for kind in Kind.allCases where dice.chance(35) { kinds.insert(kind) }
    if kinds.contains(.batteryPowerOnly) || kinds.contains(.batteryMute) { kinds.remove(.battery) }
    if kinds.contains(.batteryPowerOnly) { kinds.remove(.batteryMute) }
    if kinds.contains(.hybrid) {
      kinds.subtract([.photovoltaic, .batteryPowerOnly, .batteryMute, .vehicle, .vehiclePowerOnly])
      kinds.insert(.battery)
    }
    if kinds.contains(.vehicle) { kinds.remove(.vehiclePowerOnly) }
  }

  var hasBattery: Bool {
    !kinds.isDisjoint(with: [.battery, .batteryPowerOnly, .batteryMute])
  }
  var hasCar: Bool { !kinds.isDisjoint(with: [.vehicle, .vehiclePowerOnly]) }

  /// What truly flows, block by block: the grid takes and gives what is left.
  private mutating func live() {
    let hasSun = kinds.contains(.photovoltaic) || (kinds.contains(.hybrid) && dice.chance(60))
    let isDark = dice.chance(30)
    for block in watts[0].indices {
      let sun = hasSun && !isDark && dice.chance(80) ? dice.below(4_000) : 0
      let load = 100 + dice.below(2_500)
      let fuel = kinds.contains(.fuelCell) && dice.chance(50) ? dice.below(700) : 0
      var (charged, discharged, carIn, carOut) = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
      if hasBattery, dice.chance(70) {
        if dice.chance(50) { charged = dice.below(2_500) } else { discharged = dice.below(2_500) }
      }
      if hasCar, dice.chance(40) {
        if dice.chance(60) { carIn = dice.below(5_000) } else { carOut = dice.below(5_000) }
      }
      // Behind a hybrid inverter the sun charges first, and the grid gives the rest.
      let fromSun = kinds.contains(.hybrid) ? min(sun, charged) : 0
      let (output, input) = (sun - fromSun + discharged, charged - fromSun)
      let give = kinds.contains(.hybrid) ? output + fuel : sun + discharged + carOut + fuel
      let take = kinds.contains(.hybrid) ? input + load : charged + carIn + load
      for (line, value) in [
        (.sun, sun), (.load, load), (.sold, give > take ? give - take : 0),
        (.purchased, take > give ? take - give : 0), (.charged, charged),
        (.discharged, discharged), (.carIn, carIn), (.carOut, carOut), (.fuel, fuel),
        (.output, output), (.input, input),
      ] as [(Line, UInt64)] {
        watts[line.rawValue][block] = value
      }
    }
  }

  /// True energy of a line from the start, in Ws.
  func truth(_ line: Line, until seconds: UInt64) -> UInt64 {
    var sum: UInt64 = 0
    for (block, power) in watts[line.rawValue].enumerated() {
      let from = UInt64(block) * RandomHouse.blockSeconds
      guard seconds > from else { break }
      sum += power * min(RandomHouse.blockSeconds, seconds - from)
    }
    return sum
  }

  func power(_ line: Line, at seconds: UInt64) -> UInt64 {
    let block = min(Int(seconds / RandomHouse.blockSeconds), watts[0].count - 1)
    return watts[line.rawValue][block]
  }

  private mutating func equip() {
    var number: UInt8 = 0
    for kind in Kind.allCases where kinds.contains(kind) {
      number += 1
      devices.append(device(kind, number))
    }
  }

  private mutating func counter(
    _ flow: EnergyFlow, _ property: UInt8, _ line: Line, step: UInt64 = 10,
    modulus: UInt64 = 1_000_000_000
  ) -> Counter {
    // One in ten is about to roll over.
    let first = dice.chance(10) ? modulus - 1 - dice.below(300) : dice.below(modulus / 2)
    return Counter(
      flow: flow, property: property, lines: [line], step: step, modulus: modulus, first: first)
  }

  private mutating func device(_ kind: Kind, _ number: UInt8) -> Device {
    func made(
      _ known: DeviceClass, _ codes: Set<UInt8>, _ counters: [Counter], address: String = "a",
      power: (UInt8, Line, Line)? = nil
    ) -> Device {
      Device(
        device: MeteredDevice(
          number: number, address: address, object: EchonetObject(known.code), codes: codes),
        counters: counters, power: power.map { (code: $0.0, plus: $0.1, minus: $0.2) })
    }
    switch kind {
    case .meter:
      let step: UInt64 = [100, 1000][Int(dice.below(2))]
      let counters = [
        counter(.purchased, 0xE0, .purchased, step: step, modulus: 100_000_000),
        counter(.sold, 0xE3, .sold, step: step, modulus: 100_000_000),
      ]
      return made(.smartMeter, [0xE0, 0xE3, 0xEA, 0xEB, 0xE1, 0xD7], counters)
    case .photovoltaic:
      return made(.photovoltaic, [0xE1], [counter(.generated, 0xE1, .sun)])
    case .battery:
      let codes: (UInt8, UInt8) = dice.chance(50) ? (0xA8, 0xA9) : (0xD8, 0xD6)
      return made(
        .storageBattery, [codes.0, codes.1, 0xD3],
        [
          counter(.batteryCharged, codes.0, .charged),
          counter(.batteryDischarged, codes.1, .discharged),
        ])
    case .batteryPowerOnly:
      return made(.storageBattery, [0xD3, 0xE4], [], power: (0xD3, .charged, .discharged))
    case .batteryMute: return made(.storageBattery, [0xE4], [])
    case .vehicle:
      return made(
        .vehicleChargerDischarger, [0xD8, 0xD6],
        [counter(.vehicleCharged, 0xD8, .carIn), counter(.vehicleDischarged, 0xD6, .carOut)])
    case .vehiclePowerOnly:
      return made(.vehicleChargerDischarger, [0xD3], [], power: (0xD3, .carIn, .carOut))
    case .hybrid:
      return made(
        .multipleInputPCS, [0xE0, 0xE3],
        [counter(.generated, 0xE3, .output), counter(.batteryCharged, 0xE0, .input)])
    case .fuelCell: return made(.fuelCell, [0xC5], [counter(.otherGenerated, 0xC5, .fuel)])
    case .board:
      return made(
        .distributionBoard, [0xC0, 0xC2],
        [counter(.consumed, 0xC0, .load, step: 100, modulus: 100_000_000)])
    }
  }

  /// Faults: silence, blips, a count back, resets.
  private mutating func spoil() {
    for index in devices.indices {
      while dice.chance(30) {
        let from = dice.below(RandomHouse.seconds)
        devices[index].silences.append(from..<from + 60 + dice.below(3 * 3600))
      }
      for counter in devices[index].counters.indices {
        // One that is about to roll over cannot be told from one that fell: Docs/decisions/0017.
        let isLow =
          devices[index].counters[counter].first < devices[index].counters[counter].modulus / 2
        if isLow, dice.chance(15) {
          let from = dice.below(RandomHouse.seconds)
          let back = devices[index].counters[counter].first
          let count = [0, back > 0 ? back - 1 : 0, dice.below(500_000_000)][Int(dice.below(3))]
          devices[index].counters[counter].blips.append((from..<from + 1 + dice.below(900), count))
        }
        // Smart meters are replaced by people; what others count may begin anew at any time.
        if devices[index].device.object.classCode != DeviceClass.smartMeter.code, isLow,
          dice.chance(10)
        {
          devices[index].counters[counter].resets = [dice.below(RandomHouse.seconds)]
        }
      }
    }
  }

  /// What a counter shows.
  func count(_ counter: Counter, at seconds: UInt64) -> UInt64 {
    if let blip = counter.blips.first(where: { $0.range.contains(seconds) }) { return blip.count }
    let reset = counter.resets.filter { $0 <= seconds }.max()
    var energy: UInt64 = 0
    for line in counter.lines {
      energy += truth(line, until: seconds) - truth(line, until: reset ?? 0)
    }
    // Steps are tenths of a Wh: 360 Ws each.
    let steps = energy / (counter.step * 360)
    return (steps + (reset == nil ? counter.first : 0)) % counter.modulus
  }

  /// The samples of a reader that asks near each half hour and each minute for power, in time.
  mutating func samples() -> [Sample] {
    var samples: [Sample] = []
    let (lead, lag) = (10 + dice.below(50), 5 + dice.below(50))
    var times: Set<UInt64> = [0, lag]
    for slot in 1...UInt64(RandomHouse.intervals) {
      times.formUnion([slot * 1800 - lead, slot * 1800 + lag])
    }
    let start = RandomHouse.start ?? NetworkTime(seconds: 0)
    for seconds in stride(from: 0, through: RandomHouse.seconds + 60, by: 1) {
      let isMinute = seconds % 60 == 0
      guard isMinute || times.contains(seconds) else { continue }
      for device in devices where !device.silences.contains(where: { $0.contains(seconds) }) {
        func add(_ property: UInt8, _ data: [UInt8]) {
          samples.append(
            Sample(
              time: start.advanced(by: seconds), device: device.device.number,
              object: device.device.object, property: property, data: data))
        }
        if isMinute, let power = device.power {
          let net =
            Int64(self.power(power.plus, at: seconds))
            - Int64(self.power(power.minus, at: seconds))
          add(power.code, RandomHouse.word(UInt64(UInt32(bitPattern: Int32(clamping: net)))))
        }
        guard times.contains(seconds) else { continue }
        for counter in device.counters {
          add(counter.property, RandomHouse.word(count(counter, at: seconds)))
        }
      }
    }
    return samples
  }

  static func word(_ value: UInt64) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// The plan of a reader that asked every device once.
  func plan() -> FlowPlan {
    var plan = FlowPlan(devices.map(\.device))
    for device in devices {
      guard let step = device.counters.first?.step, device.device.role?.scale != nil else {
        continue
      }
      let unit: UInt8 = step == 100 ? 0x02 : 0x01
      let values: [UInt8: [UInt8]] = [0xE1: [unit], 0xD7: [8], 0xC2: [unit]]
      plan.take(
        try? MeterScale.of(device.device.object, values: values, codes: device.device.codes),
        of: device.device)
    }
    return plan
  }
}
