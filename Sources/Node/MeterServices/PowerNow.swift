// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetControl
import EchonetLite
import Metering
import RouteBSerial

/// The power that flows just now, in W; nil where no meter tells.
public struct PowerNow: Sendable {
  /// From the grid: positive when it is bought, negative when it is sold.
  public var grid: Int?
  /// Of the panels.
  public var generated: Int?
  /// Into the battery: negative when it gives.
  public var battery: Int?

  /// The property that tells a class's power. Source: Docs/echonet.md §4.
  static func code(_ classCode: UInt16) -> UInt8? {
    [0x0288: 0xE7, 0x0279: 0xE0, 0x027D: 0xD3][classCode]
  }

  /// Takes in what a device of a class said; over- and underflow say nothing.
  mutating func take(_ data: [UInt8], of classCode: UInt16) {
    switch (classCode, data.count) {
    case (0x0288, 4), (0x027D, 4):
      let watts = Int(Int32(bitPattern: UInt32(truncatingIfNeeded: data.unsigned)))
      guard abs(watts) <= 999_999_999 else { return }
      if classCode == 0x0288 {
        grid = (grid ?? 0) + watts
      } else {
        battery = (battery ?? 0) + watts
      }
    case (0x0279, 2):
      guard data.unsigned <= 65_533 else { return }
      generated = (generated ?? 0) + Int(data.unsigned)
    default: break
    }
  }
}

extension MeterReadingService {
  /// Asks the meters for the power that flows now; nothing is kept.
  public func powerNow() async -> PowerNow {
    var power = PowerNow()
    await withTaskGroup(of: (UInt16, [UInt8]).self) { group in
      for device in devices {
        let kind = device.object.classCode
        guard let code = PowerNow.code(kind), device.codes.contains(code) else { continue }
        group.addTask { [controller] in
          let answer = await controller.ask(device.address, device.object, get: [code])
          return (kind, answer.values[code] ?? [])
        }
      }
      for await (kind, data) in group { power.take(data, of: kind) }
    }
    return power
  }
}
