// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import Ledger
import Metering
import Quantities
import Testing

/// A house whose counters are given count by count, read 15 seconds before and 5 after each half
/// hour. Source of the cases: public reports of people who read meters, by the names of those lists.
private struct OddHouse {
  let start = Interval(containing: ReadHouse.HouseStart.time)
  var devices: [MeteredDevice] = []
  var book: MeterBook

  init(_ devices: [(DeviceClass, String, Set<UInt8>)]) {
    self.devices = devices.enumerated().map { index, device in
      MeteredDevice(
        number: UInt8(index + 1), address: device.1, object: EchonetObject(device.0.code),
        codes: device.2)
    }
    var plan = FlowPlan(self.devices)
    for device in self.devices where device.role?.scale != nil {
      plan.take(
        try? MeterScale.of(
          device.object,
          values: [
            0xE1: [0x02], 0xD7: [8], 0xC2: [0x02], 0xE6: [0x02], 0xE5: [8], 0xD3: [0, 0, 0, 1],
          ],
          codes: device.codes), of: device)
    }
    book = MeterBook(plan, offset: .japan)
  }

  /// A device shows a count, seconds after the start; nil: it says "no data".
  mutating func show(_ device: Int, _ property: UInt8, _ count: UInt64?, at seconds: Int) {
    let known = devices[device]
    book.record(
      Sample(
        time: NetworkTime(seconds: UInt64(Int(start.start.seconds) + seconds)),
        device: known.number, object: known.object,
        property: property,
        data: count.map(RandomHouse.word) ?? [0xFF, 0xFF, 0xFF, 0xFE]))
  }

  /// A counter's counts at the half hours 0, 1, 2 …, each shown before and after; nil: silence.
  mutating func run(_ device: Int, _ property: UInt8, _ counts: [UInt64?]) {
    for (slot, count) in counts.enumerated() {
      guard let count else { continue }
      show(device, property, count, at: slot * 1800 - 15)
      show(device, property, count, at: slot * 1800 + 5)
    }
  }

  func readings(_ count: Int) -> [Reading] {
    var cutter = ReadingCutter(tolerance: WattHours(300), progress: nil)
    var readings: [Reading] = []
    while readings.count < count {
      readings +=
        cutter.cut(
          book, first: start.advanced(by: UInt32(readings.count)), length: count - readings.count
        ).readings
    }
    return readings
  }

  static let meter: Set<UInt8> = [0xE0, 0xE3, 0xE1, 0xD7]

  /// The grid meter's counts (10 Wh each) of a house that buys 300 Wh each half hour.
  mutating func buy(_ halfHours: Int) {
    run(0, 0xE0, (0...halfHours).map { 5_000 + 30 * UInt64($0) })
    run(0, 0xE3, (0...halfHours).map { _ in 700 })
  }
}

@Suite("Other people's odd houses, by their numbers")
struct OddHouseTests {
  @Test("c04: a battery without counters takes nothing from the grid meter; its power is added up")
  func batteryWithoutCounters() throws {
    var mute = OddHouse([
      (.smartMeter, "a", OddHouse.meter), (.storageBattery, "b", [0xA0, 0xA5, 0xE4]),
    ])
    mute.buy(4)
    for reading in mute.readings(4) {
      #expect(reading[.purchased] == 300 && reading[quality: .batteryCharged] == .unknown)
      #expect(reading[quality: .consumed] == .unknown)
    }
    var powered = OddHouse([
      (.smartMeter, "a", OddHouse.meter), (.storageBattery, "b", [0xD3, 0xE4]),
    ])
    powered.buy(4)
    for minute in 0...121 { powered.show(1, 0xD3, 200, at: minute * 60) }
    for reading in powered.readings(4) {
      #expect(reading[.batteryCharged] == 100 && reading[.consumed] == 200)
      #expect(reading[quality: .batteryCharged] == .integrated)
    }
  }

  @Test(
    "c05: one roof that a board shows as well is counted once, and until that is seen not at all")
  func oneRoofTwice() throws {
    var house = OddHouse([
      (.smartMeter, "a", OddHouse.meter), (.photovoltaic, "a", [0xE1]),
      (.photovoltaic, "b", [0xE1]),
    ])
    house.buy(6)
    house.run(1, 0xE1, (0...6).map { 1_111_000 + 800 * $0 })
    house.run(2, 0xE1, (0...6).map { 1_111_222 + 803 * $0 })
    #expect(house.book.plan.isComparingRoofs)
    #expect(house.readings(6).allSatisfy { $0[quality: .generated] == .unknown })
    let verdict = RoofComparison(house.book, over: house.start..<house.start.advanced(by: 6))
    #expect(verdict == .alike(double: 3))
    var plan = house.book.plan
    plan.drop(double: 3)
    #expect(!plan.isComparingRoofs && plan.sources.count { $0.flow == .generated } == 1)
  }

  @Test("Two roofs that move differently are told apart by the sun, and both are counted")
  func twoRoofs() throws {
    var house = OddHouse([
      (.smartMeter, "a", OddHouse.meter), (.photovoltaic, "b", [0xE1]),
      (.photovoltaic, "c", [0xE1]),
    ])
    house.run(1, 0xE1, (0...3).map { 800 * $0 })
    house.run(2, 0xE1, (0...3).map { 500 * $0 })
    #expect(
      RoofComparison(house.book, over: house.start..<house.start.advanced(by: 3)) == .separate)
  }

  @Test(
    "c07: what a battery gives behind an inverter is not the sun's, by night and in a house without sun"
  )
  func hybrid() throws {
    var house = OddHouse([
      (.smartMeter, "a", OddHouse.meter), (.storageBattery, "b", [0xA8, 0xA9, 0xD3]),
      (.multipleInputPCS, "b", [0xE0, 0xE3]),
    ])
    house.run(0, 0xE0, [5_000, 5_030, 5_080, 5_080])
    house.run(0, 0xE3, [700, 700, 700, 700])
    // Night: 300 Wh given; then 200 Wh of grid into the battery; then sun 500 with 100 given.
    house.run(1, 0xA9, [100_000, 100_300, 100_300, 100_400])
    house.run(1, 0xA8, [50_000, 50_000, 50_190, 50_190])
    house.run(2, 0xE3, [7_000_000, 7_000_300, 7_000_300, 7_000_900])
    house.run(2, 0xE0, [40_000, 40_000, 40_200, 40_200])
    let readings = house.readings(3)
    #expect(readings.map { $0[.generated] } == [0, 0, 500])
    #expect(readings.allSatisfy { $0[quality: .generated] == .derived })
    #expect(readings.map { $0[.batteryDischarged] } == [300, 0, 100])
    #expect(readings.map { $0[.batteryCharged] } == [0, 200, 0])
    #expect(readings.map { $0[.consumed] } == [600, 300, 600])
  }

  @Test("A house without sun behind such an inverter reports its half hours, and PQ1 is nothing")
  func hybridWithoutSun() throws {
    var house = OddHouse([
      (.smartMeter, "a", OddHouse.meter), (.storageBattery, "b", [0xA8, 0xA9]),
      (.multipleInputPCS, "b", [0xE0, 0xE3]),
    ])
    house.buy(4)
    house.run(1, 0xA9, (0...4).map { 245 * $0 })
    house.run(1, 0xA8, (0...4).map { _ in 0 })
    house.run(2, 0xE3, (0...4).map { 250 * $0 })
    house.run(2, 0xE0, (0...4).map { _ in 0 })
    var cutter = ReadingCutter(
      tolerance: WattHours(300), limits: .init(roof: .zero, connection: WattHours(27_500)),
      progress: nil)
    let draft = cutter.cut(house.book, first: house.start, length: 4)
    #expect(draft.readings.allSatisfy { $0[.generated] == 0 && $0[.batteryDischarged] == 245 })
    #expect(draft.aboveRoof.isEmpty)
  }

  @Test("Such an inverter without a word of what is behind it leaves PQ1 unknown")
  func hybridAlone() throws {
    var house = OddHouse([
      (.smartMeter, "a", OddHouse.meter), (.multipleInputPCS, "b", [0xE0, 0xE3]),
    ])
    house.buy(2)
    house.run(1, 0xE3, [0, 300, 600])
    #expect(house.readings(2).allSatisfy { $0[quality: .generated] == .unknown })
  }

  @Test("c08: an inverter that sleeps at night costs nothing: it wakes with the count it had")
  func sleepingInverter() throws {
    var house = OddHouse([(.smartMeter, "a", OddHouse.meter), (.photovoltaic, "b", [0xE1])])
    house.buy(10)
    house.run(1, 0xE1, [900, 1_000, nil, nil, nil, nil, nil, nil, nil, 1_004, 1_300])
    let readings = house.readings(10)
    #expect(readings[1..<8].allSatisfy { $0[quality: .generated] == .interpolated })
    #expect(readings.reduce(0) { $0 + $1[.generated] } == 400)
    #expect(
      readings[2..<8].allSatisfy { $0[.generated] <= 1 && $0[quality: .consumed] == .derived })
  }

  @Test(
    "A counter that went on while its device was silent is unknown for that time, and no other flow is"
  )
  func wentOn() throws {
    var house = OddHouse([(.smartMeter, "a", OddHouse.meter), (.photovoltaic, "b", [0xE1])])
    house.buy(6)
    house.run(1, 0xE1, [900, 1_000, nil, nil, nil, 2_500, 2_600])
    let readings = house.readings(6)
    #expect(readings[1..<5].allSatisfy { $0[quality: .generated] == .unknown })
    #expect(readings.allSatisfy { $0[.purchased] == 300 })
    #expect(readings[0][.generated] == 100 && readings[5][.generated] == 100)
  }

  @Test("c09b, c10, c11: a count of 0, one back or far ahead for a moment is no energy")
  func blips() throws {
    for blip: UInt64 in [0, 40_131, 40_400 + 2_000_000, 999_999_999] {
      var house = OddHouse([
        (.smartMeter, "a", OddHouse.meter), (.storageBattery, "b", [0xA8, 0xA9]),
      ])
      house.buy(6)
      house.run(1, 0xA8, [0, 0, 0, 0, 0, 0, 0])
      for (slot, count) in ([40_000, 40_000, 40_132, blip, 40_264, 40_300, 40_400] as [UInt64])
        .enumerated()
      {
        house.show(1, 0xA9, count, at: slot * 1800 - 15)
        house.show(1, 0xA9, count, at: slot * 1800 + 5)
      }
      let readings = house.readings(6)
      let known = readings.filter { $0[quality: .batteryDischarged].isCounted }
      #expect(known.reduce(0) { $0 + $1[.batteryDischarged] } <= 400, "\(blip)")
      #expect(known.count >= 4, "\(blip): the half hours before and after it are known")
      #expect(readings.allSatisfy { $0[.purchased] == 300 })
    }
  }

  @Test(
    "c38: a charger that begins anew with each session loses that half hour of its own flow alone")
  func sessions() throws {
    var house = OddHouse([
      (.smartMeter, "a", OddHouse.meter), (.photovoltaic, "c", [0xE1]),
      (.vehicleChargerDischarger, "b", [0xD8, 0xD6]),
    ])
    house.buy(6)
    house.run(1, 0xE1, (0...6).map { 200 * $0 })
    house.run(2, 0xD6, (0...6).map { _ in 5 })
    house.run(2, 0xD8, [8_000, 9_000, 9_500, 1_200, 2_400, 3_600, 4_800])
    let readings = house.readings(6)
    let known = readings.map { $0[quality: .vehicleCharged].isCounted }
    #expect(known.count { !$0 } == 1 && !known[2])
    #expect(readings[0][.vehicleCharged] == 1_000 && readings[5][.vehicleCharged] == 1_200)
    #expect(readings.allSatisfy { $0[.generated] == 200 && $0[.purchased] == 300 })
  }

  @Test("c41: power that is looked at twice a half hour is unknown, each minute it is added up")
  func powerBetween() throws {
    for (seconds, isKnown) in [(1780, false), (60, true)] as [(Int, Bool)] {
      var house = OddHouse([
        (.smartMeter, "a", OddHouse.meter), (.vehicleChargerDischarger, "b", [0xD3]),
      ])
      house.buy(2)
      for look in 0...3660 / seconds {
        let time = look * seconds
        house.show(1, 0xD3, (600..<1200).contains(time % 1800) ? 6_000 : 0, at: time)
      }
      for reading in house.readings(2) {
        #expect(reading[quality: .vehicleCharged] == (isKnown ? .integrated : .unknown))
        #expect(reading[.vehicleCharged] == (isKnown ? 1_000 : 0))
      }
    }
  }

  @Test(
    "c16: a source that no device shows leaves PQ2 unknown where more is sold than came in, no more"
  )
  func hiddenSource() throws {
    var house = OddHouse([(.smartMeter, "a", OddHouse.meter), (.photovoltaic, "b", [0xE1])])
    house.run(0, 0xE0, [5_000, 5_000, 5_000, 5_030])
    house.run(0, 0xE3, [700, 790, 880, 880])
    house.run(1, 0xE1, [0, 400, 800, 810])
    var cutter = ReadingCutter(tolerance: WattHours(300), progress: nil)
    let draft = cutter.cut(house.book, first: house.start, length: 3)
    #expect(draft.readings.map { $0[.generated] } == [400, 400, 10])
    #expect(draft.readings.map { $0[.sold] } == [900, 900, 0])
    #expect(draft.unexplained == [house.start, house.start.advanced(by: 1)])
    #expect(draft.readings[2][.consumed] == 310)
  }

  @Test(
    "A high-voltage meter counts one direction: with a roof behind it PQ3 is unknown, without one nothing"
  )
  func highVoltage() throws {
    let meter: Set<UInt8> = [0xE2, 0xE3, 0xE6, 0xD3, 0xE5]
    let roof = OddHouse([(.highVoltageMeter, "a", meter), (.photovoltaic, "b", [0xE1])])
    #expect(roof.book.plan.uncounted == [.sold])
    let without = OddHouse([(.highVoltageMeter, "a", meter)])
    #expect(!without.book.plan.has(.sold))
  }

  @Test("A reverse direction that never says anything is not there in a home with nothing to sell")
  func noReverse() throws {
    for hasRoof in [false, true] {
      var house = OddHouse(
        [(.smartMeter, "a", OddHouse.meter)] + (hasRoof ? [(.photovoltaic, "b", [0xE1])] : []))
      house.run(0, 0xE0, [5_000, 5_030, 5_060])
      for seconds in [-15, 5, 1785, 1805, 3585, 3605] {
        house.show(0, 0xE3, nil, at: seconds)
      }
      if hasRoof { house.run(1, 0xE1, [0, 0, 0]) }
      house.book.dropSilentSale()
      let readings = house.readings(2)
      #expect(readings.allSatisfy { $0[quality: .sold] == (hasRoof ? .unknown : .none) })
      #expect(readings.allSatisfy { $0[.purchased] == 300 })
      #expect(readings.allSatisfy { $0.isBalanced == !hasRoof })
    }
  }

  @Test("A count stamped ahead of the clock, or long ago, counts for nothing")
  func wrongStamp() throws {
    var house = OddHouse([(.smartMeter, "a", OddHouse.meter.union([0xEA]))])
    let date = UTCOffset.japan.clock(at: house.start.start).date
    func stamped(_ day: Int, _ hour: UInt8, at seconds: UInt64) {
      let year = date.year
      house.book.record(
        Sample(
          time: house.start.start.advanced(by: seconds), device: 1,
          object: house.devices[0].object, property: 0xEA,
          data: [UInt8(year >> 8), UInt8(year & 255), UInt8(date.month), UInt8(day), hour, 0, 0]
            + RandomHouse.word(5_000)))
    }
    stamped(date.day, 5, at: 3700)
    stamped(date.day, 0, at: 30_000)
    #expect(house.book.findings[house.devices[0].object]?[.wrongTime] == 2)
    stamped(date.day, 1, at: 3610)
    #expect(house.book.boundary(1, at: house.start.start.advanced(by: 3600))?.count == 5_000)
  }
}
