// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import Ledger
import Quantities
import Testing

/// Houses whose devices stand, move or answer oddly. Source: public reports of people who read
/// meters.
extension Stories {
  private static func word(
    _ base: UInt64, _ count: @escaping @Sendable (UInt64) -> UInt64
  ) -> ScriptedDevice.Value {
    { ScriptedDevice.word(base + count($0)) }
  }

  private static func named(
    _ device: ScriptedDevice, _ identification: String
  ) -> ScriptedDevice {
    var values = device.values
    values[0x9F] = nil
    let id = [UInt8](hex: identification) ?? []
    values[0x83] = { _ in id }
    return ScriptedDevice(
      device.object.classCode, instance: device.object.instance, values)
  }

  static var deviceCases: [FieldCase] {
    [
      FieldCase(
        name: "c01",
        nodes: { start, odd in
          // Battery and panels in one node under one identification, and a map of 32 properties of
          // which a few answer.
          let into = ScriptedDevice.energy(start) { _ in 200 }
          let id = "fe00013100000000000000000000000000"
          let map = [UInt8](hex: "2005155545440440021714252400020212") ?? []
          let battery = named(
            ScriptedDevice(
              0x027D,
              [
                0xA8: word(100_000, into), 0xA9: { _ in ScriptedDevice.word(100_000) },
                0xCF: { _ in [0x42] }, 0xE4: { _ in [0x32] },
              ]), id)
          var mapped = battery
          mapped.values[0x9F] = { _ in map }
          return [
            FieldNode(devices: [meter(start, given: -200)]),
            FieldNode(devices: [mapped, named(roof(start), id)]),
          ]
        },
        judge: { readings in
          expect(readings, .generated, 800, known: readings.count - 1, "c01")
          expect(readings, .batteryCharged, 200, known: readings.count - 1, "c01")
        }),
      FieldCase(
        name: "c05",
        nodes: { start, odd in
          // A board that shows the panels as its own, and their gateway.
          let sun = ScriptedDevice.energy(start) { _ in 800 }
          let board = ScriptedDevice(
            0x0287, [0xC0: { _ in ScriptedDevice.word(500_000) }, 0xC2: { _ in [2] }])
          return [
            FieldNode(devices: [board, ScriptedDevice(0x0279, [0xE1: word(1_111_000, sun)])]),
            FieldNode(devices: [
              meter(start), ScriptedDevice(0x0279, instance: 31, [0xE1: word(1_111_222, sun)]),
            ]),
          ]
        },
        judge: { readings in
          expect(readings, .generated, 800, known: 0, "c05")
          expect(readings, .sold, 500, within: 100, known: readings.count - 1, "c05")
        }),
      FieldCase(
        name: "c07",
        nodes: { start, odd in
          // A hybrid inverter by night: what its counter shows is the battery's.
          let given = ScriptedDevice.energy(start) { _ in 300 }
          let battery = ScriptedDevice(
            0x027D, [0xA8: { _ in ScriptedDevice.word(90_000) }, 0xA9: word(100_000, given)])
          let inverter = ScriptedDevice(
            0x02A5,
            [0xE0: { _ in ScriptedDevice.word(90_000) }, 0xE3: word(7_000_000, given)])
          return [
            FieldNode(devices: [meter(start, sun: 0, given: 300)]),
            FieldNode(devices: [battery, inverter]),
          ]
        },
        judge: { readings in
          expect(readings, .generated, 0, within: 0, known: readings.count - 1, "c07")
          expect(readings, .batteryDischarged, 300, known: readings.count - 1, "c07")
        }),
      FieldCase(
        name: "c10",
        nodes: { start, odd in
          // A count of 100 Wh, one less for two minutes after a half hour.
          let back = roof(start) { count, time in
            let whole = count / 100 * 100
            return time > odd.seconds && time < odd.seconds + 120 ? whole - 100 : whole
          }
          return [FieldNode(devices: [meter(start), back])]
        },
        judge: { readings in
          expect(readings, .generated, 800, within: 100, known: readings.count, "c10")
        }),
      FieldCase(
        name: "c13",
        nodes: { start, odd in
          // The router gives the panels' adapter another address, which it announces.
          let id = "fe00007701020304050607080910111213"
          let cut = { @Sendable in odd.seconds + 600 }
          return [
            FieldNode(devices: [meter(start)]),
            FieldNode(devices: [named(roof(start), id)], isSilent: { $0 > cut() }),
            FieldNode(
              devices: [named(roof(start), id)], isSilent: { $0 < cut() }, announces: cut),
          ]
        }, told: 2,
        judge: { readings in
          // It is found within minutes of the clock on the wall, and its counter was going on.
          expect(readings, .generated, 800, within: 60, known: readings.count - 3, "c13")
          #expect(readings.last?[quality: .generated].isCounted ?? false, "c13: found again")
          expect(readings, .sold, 500, within: 100, known: readings.count - 1, "c13")
        }),
      FieldCase(
        name: "c14",
        nodes: { start, odd in
          [FieldNode(devices: [meter(start), roof(start)], isScattered: true)]
        },
        judge: { readings in
          expect(readings, .generated, 800, known: readings.count - 1, "c14")
          expect(readings, .sold, 500, within: 100, known: readings.count - 1, "c14")
        }),
      FieldCase(
        name: "c16",
        nodes: { start, odd in
          // The home sells more than the panels that somebody sees can give.
          let sun = ScriptedDevice.energy(start) { _ in 300 }
          let seen = ScriptedDevice(0x0279, [0xE1: word(3_000_000, sun)])
          return [FieldNode(devices: [meter(start, sun: 1100), seen])]
        },
        judge: { readings in
          expect(readings, .generated, 300, known: readings.count - 1, "c16")
          expect(readings, .sold, 800, within: 100, known: readings.count - 1, "c16")
          // 500 Wh too many, the network's tolerance: what the meter rounds down fits in once.
          let counted = readings.count { $0[quality: .consumed].isCounted }
          #expect(counted <= 1, "c16: PQ2 is what nobody knows")
        }),
    ]
  }
}
