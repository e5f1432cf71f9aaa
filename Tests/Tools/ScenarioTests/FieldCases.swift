// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ledger
import Quantities
import Testing

/// Houses whose counters are odd. Source: public reports of people who read meters.
extension Stories {
  static func meter(
    _ start: UInt64, sun: Int = 800, given: Int = 0, late: UInt64 = 0
  ) -> ScriptedDevice {
    let net = sun + given - 300
    return .smartMeter(
      bought: ScriptedDevice.energy(start) { _ in max(0, -net) },
      sold: ScriptedDevice.energy(start) { _ in max(0, net) }, late: late)
  }

  static func roof(
    _ start: UInt64,
    _ change: @escaping @Sendable (UInt64, UInt64) -> UInt64 = { count, _ in count }
  ) -> ScriptedDevice {
    let sun = ScriptedDevice.energy(start) { _ in 800 }
    return ScriptedDevice(
      0x0279,
      [
        0xE0: { _ in [0x06, 0x40] },
        0xE1: { ScriptedDevice.word(change(3_456_789 + sun($0), $0)) },
      ])
  }

  /// Readings in which a flow is known are right within a step; so many of all have to be known.
  static func expect(
    _ readings: [Reading], _ flow: EnergyFlow, _ wattHours: UInt32, within: UInt32 = 20,
    known: Int, _ name: String
  ) {
    let counted = readings.filter { $0[quality: flow].isCounted }
    #expect(counted.count >= known, "\(name): \(flow) is known of \(counted.count)")
    for reading in counted {
      let apart = max(reading[flow], wattHours) - min(reading[flow], wattHours)
      #expect(apart <= within, "\(name): \(flow) \(reading[flow]) Wh in \(reading.interval)")
    }
  }

  static var fieldCases: [FieldCase] {
    [
      FieldCase(
        name: "c04",
        nodes: { start, odd in
          // A battery that answers but lists no counter: D3 alone, 200 W into it.
          let mute = ScriptedDevice(
            0x027D, [0xD3: { _ in ScriptedDevice.word(200) }, 0xE4: { _ in [50] }])
          return [FieldNode(devices: [meter(start, given: -100), roof(start), mute])]
        },
        judge: { readings in
          expect(readings, .generated, 800, known: readings.count - 1, "c04")
          expect(readings, .sold, 400, within: 100, known: readings.count - 1, "c04")
          expect(readings, .batteryCharged, 100, known: readings.count / 2, "c04")
        }),
      FieldCase(
        name: "c09b",
        nodes: { start, odd in
          // A9 reads 0 around one half hour, then 40 kWh as before.
          let given = ScriptedDevice.energy(start) { _ in 100 }
          let battery = ScriptedDevice(
            0x027D,
            [
              0xA8: { _ in ScriptedDevice.word(50_000) },
              0xA9: { time in
                ScriptedDevice.word(
                  time + 150 > odd.seconds && time < odd.seconds + 150 ? 0 : 40_000 + given(time))
              },
            ])
          return [FieldNode(devices: [meter(start, given: 100), roof(start), battery])]
        },
        judge: { readings in
          expect(readings, .batteryDischarged, 100, known: readings.count - 3, "c09b")
          expect(readings, .generated, 800, known: readings.count - 1, "c09b")
        }),
      FieldCase(
        name: "c11",
        nodes: { start, odd in
          // E1 shows 2000 kWh too much for a moment.
          let leaping = roof(start) { count, time in
            time + 150 > odd.seconds && time < odd.seconds + 150 ? count + 2_000_000 : count
          }
          return [FieldNode(devices: [meter(start), leaping])]
        },
        judge: { expect($0, .generated, 800, known: $0.count - 3, "c11") }),
      FieldCase(
        name: "c17",
        nodes: { start, odd in [FieldNode(devices: [meter(start, late: 240), roof(start)])] },
        judge: { readings in
          expect(readings, .sold, 500, within: 100, known: readings.count - 1, "c17")
        }),
      FieldCase(
        name: "c23",
        nodes: { start, odd in [FieldNode(devices: [meter(start), roof(start)])] },
        // A V2H that nobody has switched on.
        listed: ["028801", "027901", "027E01"],
        judge: { readings in
          expect(readings, .generated, 800, known: readings.count - 1, "c23")
          expect(readings, .sold, 500, within: 100, known: readings.count - 1, "c23")
        }),
      FieldCase(
        name: "c29",
        nodes: { start, odd in
          // The total is 0 while the inverter's adapter sleeps, then as before; nothing is generated.
          let given = { @Sendable (slot: Int) in
            let begin = start + UInt64(slot) * 1800
            return begin + 3600 < odd.seconds || begin > odd.seconds ? 800 : 0
          }
          let sun = ScriptedDevice.energy(start, given)
          let net = { @Sendable (slot: Int) in given(slot) - 300 }
          let meter = ScriptedDevice.smartMeter(
            bought: ScriptedDevice.energy(start) { max(0, -net($0)) },
            sold: ScriptedDevice.energy(start) { max(0, net($0)) })
          let sleeping = ScriptedDevice(
            0x0279,
            [
              0xE1: { time in
                let isAsleep = time + 2700 > odd.seconds && time < odd.seconds + 900
                return ScriptedDevice.word(isAsleep ? 0 : 12_000 + sun(time))
              }
            ])
          return [FieldNode(devices: [meter, sleeping])]
        },
        judge: { readings in
          for reading in readings {
            #expect(reading[.generated] <= 820, "c29: \(reading.interval)")
          }
          let bought = readings.filter { $0[quality: .purchased].isCounted }
          #expect(bought.count >= readings.count - 1, "c29: the grid's meter is reported")
        }),
      FieldCase(
        name: "c38",
        nodes: { start, odd in
          // A V2H that begins anew with each session, in the middle of a half hour.
          let charged = ScriptedDevice.energy(start) { _ in 100 }
          let car = ScriptedDevice(
            0x027E,
            [
              0xD6: { _ in ScriptedDevice.word(0) },
              0xD8: { time in
                let begin = odd.seconds + 900
                return ScriptedDevice.word(
                  time < begin ? 6000 + charged(time) : charged(time) - charged(begin))
              },
            ])
          return [FieldNode(devices: [meter(start, given: -100), roof(start), car])]
        },
        judge: { readings in
          expect(readings, .vehicleCharged, 100, known: readings.count - 4, "c38")
          expect(readings, .generated, 800, known: readings.count - 1, "c38")
          expect(readings, .sold, 400, within: 100, known: readings.count - 1, "c38")
        }),
      FieldCase(
        name: "c41",
        nodes: { start, odd in
          // Power without a count: 3000 W for the first ten minutes of each half hour.
          let car = ScriptedDevice(
            0x027E, [0xD3: { ScriptedDevice.word($0 % 1800 < 600 ? 3000 : 0) }])
          return [FieldNode(devices: [meter(start, given: -500), roof(start), car])]
        },
        judge: { readings in
          expect(readings, .vehicleCharged, 500, within: 120, known: readings.count / 2, "c41")
          expect(readings, .generated, 800, known: readings.count - 1, "c41")
        }),
    ]
  }
}
