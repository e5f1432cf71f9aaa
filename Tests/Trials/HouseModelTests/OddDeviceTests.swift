// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import HouseModel
import Quantities
import Testing

@Suite("Odd devices of the emulated house")
struct OddDeviceTests {
  private static let start = HouseTests.start
  private static let car = EchonetObject(0x027E)
  private static let meter = EchonetObject(0x0288)

  /// Sun from 6 to 18 o'clock, a steady load.
  private func house(
    _ classes: [UInt16], equipment: HouseEquipment = HouseEquipment(),
    _ change: (inout EmulatedHouse.Settings) -> Void
  ) -> EmulatedHouse {
    let steps = (0..<96).map { slot in
      EnergyTrace.Step(pv: (12..<36).contains(slot % 48) ? 1500 : 0, load: 300)
    }
    let trace = EnergyTrace(start: Self.start, stepSeconds: 1800, steps: steps)
    var settings = EmulatedHouse.Settings()
    settings.classes = classes
    settings.unitCode = 0x03
    change(&settings)
    return EmulatedHouse(HouseFlows(trace, equipment: equipment, offset: .japan), settings)
  }

  private func send(
    _ house: inout EmulatedHouse, _ service: EchonetService, _ object: EchonetObject,
    _ properties: [EchonetProperty], at hour: Double
  ) -> [EchonetFrame.Message] {
    let message = EchonetFrame.Message(
      source: .controller, destination: object, service: service, properties: properties)
    let time = Self.start.advanced(by: UInt64(hour * 3600))
    return house.respond(to: EchonetFrame(1, message), at: time).compactMap { reply in
      guard let frame = try? EchonetFrame(exactly: reply.bytes),
        case .message(let answer) = frame.content
      else { return nil }
      return answer
    }
  }

  private func number(
    _ house: inout EmulatedHouse, _ object: EchonetObject, _ code: UInt8, at hour: Double
  ) throws -> Int64 {
    let answer = try #require(
      send(&house, .get, object, [EchonetProperty(code)], at: hour).first)
    return Int64(answer.properties[0].data.unsigned)
  }

  @Test("A hybrid inverter counts its grid side: sun that it stores comes out later, once")
  func hybrid() throws {
    var equipment = HouseEquipment()
    (equipment.batteryWh, equipment.chargesAtNight) = (9000, true)
    let converter = EchonetObject(0x02A5)
    var house = house([0x0288, 0x02A5, 0x027D], equipment: equipment) { $0.isHybrid = true }
    let flows = house.flows
    for hour in stride(from: 0.0, through: 47.5, by: 0.5) {
      let time = Self.start.advanced(by: UInt64(hour * 3600))
      let total = { (flow: HouseFlows.Flow) in flows.total(flow, at: time) }
      let (output, input) = (
        try number(&house, converter, 0xE3, at: hour),
        try number(&house, converter, 0xE0, at: hour) - 100_000
      )
      #expect(output - input + total(.purchased) - total(.sold) == total(.consumed))
      #expect(input == total(.gridCharged))
    }
    #expect(flows.total(.gridCharged, at: Self.start.advanced(by: 5 * 3600)) > 4000)
  }

  @Test("A sleeping PV is silent without sun and goes on with its count; the meter answers on")
  func sleeper() throws {
    var house = house([0x0288, 0x0279]) { $0.sleepsAtNight = true }
    let count = [EchonetProperty(0xE1)]
    let roof = EchonetObject(0x0279)
    #expect(send(&house, .get, roof, count, at: 3).isEmpty)
    let evening = try number(&house, roof, 0xE1, at: 17.5)
    #expect(send(&house, .get, roof, count, at: 22).isEmpty)
    #expect(send(&house, .get, Self.meter, [EchonetProperty(0xE0)], at: 22).count == 1)
    #expect(try number(&house, roof, 0xE1, at: 30) - evening == 1500)
  }

  @Test("A car does as DA says once CD has confirmed it, and the grid's meter sees it")
  func vehicle() throws {
    var house = house([0x0288, 0x027E]) { $0.hasVehicleStates = true }
    func mode(_ value: UInt8, at hour: Double) -> [EchonetService] {
      send(&house, .setC, Self.car, [EchonetProperty(0xDA, [value])], at: hour).map(\.service)
    }
    #expect(try number(&house, Self.car, 0xC7, at: 0) == 0x43)
    #expect(mode(0x42, at: 1) == [.setRes, .inf], "a change of DA is announced")
    #expect(mode(0x42, at: 1) == [.setRes])
    #expect(mode(0x46, at: 1) == [.setCSNA], "a mode that it has not")
    #expect(try number(&house, Self.car, 0xD3, at: 2) == 6000)
    #expect(mode(0x44, at: 3) == [.setRes, .inf])
    #expect(try number(&house, Self.car, 0xD8, at: 3) == 12_000)
    #expect(try number(&house, Self.car, 0xE4, at: 3) == 77)
    let bought = try number(&house, Self.meter, 0xE0, at: 3) - 12_345
    #expect(bought == 12_000 + 3 * 600)
    #expect(mode(0x43, at: 4) == [.setRes, .inf])
    #expect(mode(0x44, at: 5) == [.setRes, .inf])
    #expect(try number(&house, Self.car, 0xD6, at: 5) == 6000)
    #expect(try number(&house, Self.meter, 0xE3, at: 5) - 23_456 == 6000 - 600)
    // The meter's history has what the car did.
    _ = send(&house, .setC, Self.meter, [EchonetProperty(0xE5, [0])], at: 6)
    let history = send(&house, .get, Self.meter, [EchonetProperty(0xE2)], at: 6)[0].properties[0]
    let atThree = Int64(Array(history.data[2 + 24..<2 + 28]).unsigned)
    #expect(atThree - 12_345 == bought)
  }

  @Test("A car that is away gives nothing, and one that comes back is unknown until confirmed")
  func awayAndBack() throws {
    var house = house([0x0288, 0x027E]) { $0.hasVehicleStates = true }
    _ = send(&house, .setC, Self.car, [EchonetProperty(0xDA, [0x42])], at: 7)
    #expect(try number(&house, Self.car, 0xC7, at: 9) == 0x30)
    #expect(try number(&house, Self.car, 0xD8, at: 9) == 6000)
    let confirm = [EchonetProperty(0xCD, [0x10])]
    #expect(send(&house, .setC, Self.car, confirm, at: 10).map(\.service) == [.setCSNA])
    #expect(try number(&house, Self.car, 0xC7, at: 19) == 0xFF)
    let charge = [EchonetProperty(0xDA, [0x42])]
    #expect(send(&house, .setC, Self.car, charge, at: 19).map(\.service) == [.setCSNA])
    #expect(send(&house, .setC, Self.car, confirm, at: 19).map(\.service) == [.setRes])
    #expect(try number(&house, Self.car, 0xC7, at: 19) == 0x43)
    #expect(send(&house, .setC, Self.car, charge, at: 19).map(\.service) == [.setRes, .inf])
    #expect(try number(&house, Self.car, 0xD8, at: 20) == 12_000)
  }

  @Test("What a house with a full or empty car takes and gives ends there")
  func limits() throws {
    var house = house([0x0288, 0x027E]) { $0.hasVehicleStates = true }
    _ = send(&house, .setC, Self.car, [EchonetProperty(0xDA, [0x42])], at: 0)
    #expect(try number(&house, Self.car, 0xE4, at: 5) == 100)
    #expect(try number(&house, Self.car, 0xD3, at: 5) == 0)
    #expect(try number(&house, Self.car, 0xD8, at: 7) < 23_000)
  }

  @Test("f03: INFC is confirmed, a send-only node profile does not answer, day 100 is refused")
  func foreignFrames() throws {
    var house = house([0x0288]) { _ in }
    func answers(_ hex: String) throws -> [String] {
      let bytes = try #require([UInt8](hex: hex))
      return house.respond(to: try EchonetFrame(exactly: bytes), at: Self.start).map(\.bytes.hex)
    }
    #expect(
      try answers("1081001505ff010ef0017401d5040105ff01") == ["108100150ef00105ff017a01d500"])
    #expect(try answers("1081001a05ff010ef0026201d600").isEmpty)
    #expect(try answers("1081000f05ff010288016101e50164") == ["1081000f02880105ff015101e50164"])
  }
}
