// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Clocks
import EchonetControl
public import EchonetLite
import Metering
import Quantities

/// A home just now: the power that flows, in W, and how full its batteries are, in percent; nil
/// where no device tells.
public struct HomeNow: Sendable {
  /// From the grid: positive when it is bought, negative when it is sold.
  public var grid: Int?
  /// Of the panels.
  public var generated: Int?
  /// Into the battery: negative when it gives.
  public var battery: Int?
  /// Into the vehicle: negative when it gives.
  public var vehicle: Int?
  /// How full the battery and the vehicle are; of several the first.
  public var batteryCharge: Int?
  public var vehicleCharge: Int?

  /// A home of which nothing is known.
  public init() {}

  /// What the house uses: what comes in less what its stores take. Nil where a part of it is
  /// unknown; of what the home does not have nothing comes.
  public func used(hasSun: Bool, hasBattery: Bool, hasVehicle: Bool) -> Int? {
    guard let grid, let sun = hasSun ? generated : generated ?? 0,
      let battery = hasBattery ? battery : battery ?? 0,
      let vehicle = hasVehicle ? vehicle : vehicle ?? 0
    else { return nil }
    return max(0, grid + sun - battery - vehicle)
  }

  /// Takes in what a device said; over- and underflow say nothing.
  mutating func take(_ data: [UInt8], of power: MeterRole.Power) {
    guard data.count == power.byteCount else { return }
    let watts: Int
    if power.byteCount == 2 {
      guard data.unsigned <= 65_533 else { return }
      watts = Int(data.unsigned)
    } else {
      watts = Int(Int32(bitPattern: UInt32(truncatingIfNeeded: data.unsigned)))
      guard abs(watts) <= 999_999_999 else { return }
    }
    switch power.part {
    case .grid: grid = (grid ?? 0) + watts
    case .generated: generated = (generated ?? 0) + watts
    case .battery: battery = (battery ?? 0) + watts
    case .vehicle: vehicle = (vehicle ?? 0) + watts
    }
  }

  /// Takes in how full a device says that it is.
  mutating func take(charge data: [UInt8], of part: MeterRole.Power.Part) {
    guard data.count == 1, data[0] <= 100 else { return }
    switch part {
    case .battery: batteryCharge = batteryCharge ?? Int(data[0])
    case .vehicle: vehicleCharge = vehicleCharge ?? Int(data[0])
    case .grid, .generated: break
    }
  }
}

extension MeterReadingService {
  /// Asks the devices how they are now, and lets the running totals go on with their counters. What
  /// they say is evidence of nothing and is not kept.
  public func lookNow() async -> HomeNow {
    var now = HomeNow()
    await withTaskGroup(of: (MeteredDevice, [UInt8: [UInt8]]).self) { group in
      for device in devices {
        let role = device.role
        let wanted = [role?.power?.code, role?.stateOfCharge].compactMap { $0 }
        let codes = Set(wanted).intersection(device.codes).union(presentCodes(of: device))
        // Whoever sleeps keeps nobody waiting for the others.
        let isSilent = health.silent.contains {
          $0.address == device.address && $0.object == "\(device.object)"
        }
        guard !codes.isEmpty, !isSilent else { continue }
        group.addTask { [controller] in
          (device, await controller.ask(device.address, device.object, get: codes.sorted()).values)
        }
      }
      for await (device, values) in group {
        takeTotals(samples(of: device, values, at: clock.now))
        guard let power = device.role?.power else { continue }
        if let data = values[power.code] { now.take(data, of: power) }
        if let code = device.role?.stateOfCharge, let data = values[code] {
          now.take(charge: data, of: power.part)
        }
      }
    }
    return now
  }

  /// Whether a device says how full a battery or a vehicle is.
  public func hasCharge(of part: MeterRole.Power.Part) -> Bool {
    devices.contains { device in
      guard let role = device.role, let code = role.stateOfCharge else { return false }
      return role.power?.part == part && device.codes.contains(code)
    }
  }
}
