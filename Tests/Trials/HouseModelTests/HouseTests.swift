// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import HouseModel
import Quantities
import Testing

@Suite("The emulated house")
struct HouseTests {
  static let start =
    UTCOffset.japan.time(
      on: CalendarDate(dayNumber: 17_000), secondsOfDay: 0) ?? NetworkTime(seconds: 0)
  static let allClasses: [UInt16] = [
    0x0288, 0x028A, 0x0279, 0x02A5, 0x027D, 0x027E, 0x02A1, 0x0287, 0x026B, 0x027C,
  ]

  private func house(
    _ settings: EmulatedHouse.Settings = .init(), classes: [UInt16] = allClasses
  ) -> EmulatedHouse {
    let steps = (0..<96).map { EnergyTrace.Step(pv: Int64($0 % 48 * 20), load: 300) }
    let trace = EnergyTrace(start: HouseTests.start, stepSeconds: 1800, steps: steps)
    var settings = settings
    settings.classes = classes
    var equipment = HouseEquipment()
    equipment.batteryWh = 5000
    equipment.hasVehicle = true
    equipment.hasFuelCell = true
    return EmulatedHouse(
      HouseFlows(trace, equipment: equipment, offset: .japan), settings)
  }

  private func ask(
    _ house: inout EmulatedHouse, _ object: EchonetObject, _ codes: [UInt8], at time: NetworkTime
  ) throws -> EchonetFrame.Message {
    let message = EchonetFrame.Message(
      source: .controller, destination: object, service: .get,
      properties: codes.map { EchonetProperty($0) })
    let reply = try #require(house.respond(to: EchonetFrame(5, message), at: time).first)
    let frame = try EchonetFrame(exactly: reply.bytes)
    #expect(frame.transaction == 5)
    guard case .message(let answer) = frame.content else { throw NoMessage() }
    return answer
  }

  private struct NoMessage: Error {}

  @Test(
    "Every device has all required properties, and each value fits its type", arguments: allClasses)
  func specification(_ code: UInt16) throws {
    var house = house()
    let object = EchonetObject(code)
    let time = HouseTests.start.advanced(by: 40_000)
    let maps = try ask(&house, object, [0x9D, 0x9E, 0x9F], at: time)
    let gettable = try #require(PropertyMap(data: maps.properties[2].data))
    let definition = try #require(DeviceClass.known(code))
    for property in definition.properties.values where property.get == .required {
      #expect(gettable.contains(property.code), "\(property.name) is required")
    }
    for epc in gettable.codes {
      let answer = try ask(&house, object, [epc], at: time)
      #expect(answer.service == .getRes)
      let type = try #require(definition[epc], "\(epc) is not of this class").type
      let value = type.decode(answer.properties[0].data)
      if case .unexpected = value { Issue.record("\(object) \([epc].hex): \(value)") }
    }
    let settable = try #require(PropertyMap(data: maps.properties[1].data))
    for epc in settable.codes { #expect(definition[epc]?.set != .notAllowed) }
  }

  @Test("The history of a day has 48 counters from midnight on, and no data for what is to come")
  func history() throws {
    var house = house()
    let meter = EchonetObject(0x0288)
    let time = HouseTests.start.advanced(by: 6 * 3600 + 60)
    let set = EchonetFrame.Message(
      source: .controller, destination: meter, service: .setC,
      properties: [EchonetProperty(0xE5, [0])])
    _ = house.respond(to: EchonetFrame(1, set), at: time)
    let data = try ask(&house, meter, [0xE2], at: time).properties[0].data
    #expect(data.count == 194 && data[0] == 0 && data[1] == 0)
    let known = (0..<48).filter {
      Array(data[(2 + $0 * 4)..<(6 + $0 * 4)]) != [255, 255, 255, 254]
    }
    #expect(known == Array(0...12))
    #expect(Array(data[2..<6]).unsigned == 12_345)
  }

  @Test("An unknown object is not answered, a refused property comes back empty, instance 0 is all")
  func refusals() throws {
    var house = house(classes: [0x0288, 0x0279])
    let time = HouseTests.start
    let message = EchonetFrame.Message(
      source: .controller, destination: EchonetObject(0x0130), service: .get,
      properties: [EchonetProperty(0x80)])
    #expect(house.respond(to: EchonetFrame(1, message), at: time).isEmpty)
    let answer = try ask(&house, EchonetObject(0x0279), [0xE1, 0xE9], at: time)
    #expect(answer.service == .getSNA && answer.properties[1].data.isEmpty)
    #expect(
      try ask(&house, EchonetObject(0x0279, instance: 0), [0x80], at: time).service == .getRes)
  }

  @Test("Faults happen in their time: silence, strange transactions, cut frames, late answers")
  func faults() throws {
    var settings = EmulatedHouse.Settings()
    let from = HouseTests.start.advanced(by: 100)
    settings.faults = [
      HouseFault(.silence, from: from, until: from.advanced(by: 10)),
      HouseFault(.wrongTransaction, from: from.advanced(by: 10), until: from.advanced(by: 20)),
      HouseFault(.truncated, from: from.advanced(by: 20), until: from.advanced(by: 30)),
      HouseFault(
        .late(milliseconds: 70), from: from.advanced(by: 30), until: from.advanced(by: 40)),
    ]
    var house = house(settings, classes: [0x0288])
    let message = EchonetFrame.Message(
      source: .controller, destination: EchonetObject(0x0288), service: .get,
      properties: [EchonetProperty(0x80)])
    let replies = (0..<5).map {
      house.respond(to: EchonetFrame(1, message), at: from.advanced(by: UInt64($0 * 10)))
    }
    #expect(replies[0].isEmpty)
    #expect(try EchonetFrame(exactly: replies[1][0].bytes).transaction != 1)
    #expect(throws: DecodeError.self) { try EchonetFrame(exactly: replies[2][0].bytes) }
    #expect(replies[3][0].delay == 70 && replies[4][0].delay == 0)
  }

  @Test("A restart forgets the day that was set, and counters can have no data for a while")
  func restartAndNoData() throws {
    var settings = EmulatedHouse.Settings()
    let from = HouseTests.start.advanced(by: 7200)
    settings.faults = [
      HouseFault(.restart, from: from, until: from.advanced(by: 1)),
      HouseFault(.noData, from: from.advanced(by: 60), until: from.advanced(by: 120)),
    ]
    var house = house(settings, classes: [0x0288])
    let meter = EchonetObject(0x0288)
    let set = EchonetFrame.Message(
      source: .controller, destination: meter, service: .setC,
      properties: [EchonetProperty(0xE5, [3])])
    _ = house.respond(to: EchonetFrame(1, set), at: HouseTests.start)
    func value(_ code: UInt8, _ seconds: UInt64) throws -> [UInt8] {
      try ask(&house, meter, [code], at: from.advanced(by: seconds)).properties[0].data
    }
    #expect(try ask(&house, meter, [0xE5], at: HouseTests.start).properties[0].data == [3])
    #expect(try value(0xE5, 0) == [0xFF])
    #expect(try value(0xE0, 90) == [0xFF, 0xFF, 0xFF, 0xFE])
    #expect(try value(0xE0, 120) != [0xFF, 0xFF, 0xFF, 0xFE])
  }

  @Test("Counters wrap at their digits")
  func wrap() throws {
    var settings = EmulatedHouse.Settings()
    settings.digits = 4
    settings.purchasedStart = 9_999
    settings.generatedStart = 999_999_999
    var house = house(settings, classes: [0x0288, 0x0279])
    let late = HouseTests.start.advanced(by: 86_400)
    let count = try ask(&house, EchonetObject(0x0288), [0xE0], at: late).properties[0].data.unsigned
    #expect(count < 9_999)
    let pv = try ask(&house, EchonetObject(0x0279), [0xE1], at: late).properties[0].data.unsigned
    #expect(pv < 999_999_999)
  }
}

@Suite("Measured data to replay")
struct TraceTests {
  private func error(_ text: String, days: Int? = nil) -> String {
    do {
      _ = try EnergyTrace.parse(text, name: "x.csv", offset: .japan, days: days)
      return "no error"
    } catch { return error.description }
  }

  @Test("A cut-off, misordered or foreign file is refused with its line")
  func refusals() {
    let header = "half_hour_start,pv_wh,load_wh\n"
    #expect(error("") == "x.csv is empty")
    #expect(error("time,a,b\n1,2,3\n").contains("expected hour_start or half_hour_start"))
    #expect(error("hour_start,pv\n").contains("pv_wh and load_wh"))
    let cut = header + "2016-08-01T00:00,1,2\n2016-08-01T00:30,1"
    #expect(error(cut).contains("line 3") && error(cut).contains("cut off"))
    let skipped = header + "2016-08-01T00:00,1,2\n2016-08-01T01:30,1,2"
    #expect(error(skipped).contains("does not follow the row before"))
    #expect(error(header + "2016-08-01T00:00,1,2\n", days: 1).contains("may be cut off"))
    #expect(error(header + "2016-08-01T00:00,-1,2\n").contains("line 2"))
  }

  @Test("Zones with summer time, odd minutes and names are no offsets")
  func zones() {
    #expect(UTCOffset("+09:00") == .japan && UTCOffset("Z")?.minutes == 0)
    #expect(UTCOffset("-03:30")?.minutes == -210)
    for text in ["America/Los_Angeles", "+05:45", "+15:00", "9", "JST", "+09:0x"] {
      #expect(UTCOffset(text) == nil)
    }
  }

  @Test("Flows of a house balance in every step, whatever its equipment", arguments: [false, true])
  func balance(_ isEquipped: Bool) {
    var equipment = HouseEquipment()
    if isEquipped {
      equipment.batteryWh = 6000
      equipment.hasVehicle = true
      equipment.hasFuelCell = true
    }
    let trace = ModelHome().trace(
      firstDay: CalendarDate(dayNumber: 20_000), days: 5, offset: .japan)
    let flows = HouseFlows(trace, equipment: equipment, offset: .japan)
    var last: Int64 = 0
    for step in 0...trace.steps.count {
      let time = trace.start.advanced(by: UInt64(step) * 1800)
      let total = { flows.total($0, at: time) }
      let inflow =
        total(.generated) + total(.purchased) + total(.batteryDischarged)
        + total(.vehicleDischarged) + total(.fuelCell)
      let outflow =
        total(.consumed) + total(.sold) + total(.batteryCharged) + total(.vehicleCharged)
      #expect(inflow == outflow)
      #expect(total(.purchased) >= last)
      last = total(.purchased)
    }
    #expect(flows.total(.generated, at: trace.end) > 10_000)
  }
}
