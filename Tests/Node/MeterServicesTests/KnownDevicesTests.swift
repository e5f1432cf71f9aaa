// SPDX-License-Identifier: Apache-2.0

import EchonetLite
import Foundation
import Metering
import Testing

@testable import MeterServices

@Suite("Devices as they were found")
struct KnownDevicesTests {
  private static let meter = ConfiguredDevice(
    address: "192.168.1.20", object: EchonetObject(0x0288))

  private static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-devices-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  @Test("A device keeps its number, codes and scale over a restart")
  func restart() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    var known = try KnownDevices(folder: folder)
    let number = try #require(known.number(of: Self.meter, identification: [0xFE, 1]))
    known.keep(
      MeteredDevice(
        number: number, address: Self.meter.address, object: Self.meter.object,
        codes: [0xE0, 0xE1, 0xE3]), identification: [0xFE, 1])
    known.keep(scale: [0xE1: [0x01]], of: number)
    try known.save()
    let later = try KnownDevices(folder: folder)
    #expect(later.device(at: Self.meter)?.codes == [0xE0, 0xE1, 0xE3])
    #expect(later.scale(of: number) == [0xE1: [0x01]])
    #expect(later.places == [Self.meter])
  }

  @Test("A device that moved keeps its number; an identification alone gives nobody another's")
  func moved() throws {
    var known = try KnownDevices(folder: nil)
    let first = try #require(known.number(of: Self.meter, identification: [1]))
    known.keep(
      MeteredDevice(
        number: first, address: Self.meter.address, object: Self.meter.object, codes: [0xE0]),
      identification: [1])
    let elsewhere = ConfiguredDevice(address: "192.168.1.99", object: Self.meter.object)
    #expect(!known.knows(elsewhere) && known.place(of: Self.meter.object, [1]) == Self.meter)
    #expect(known.number(of: elsewhere, identification: [1]) != first, "two places, two devices")
    #expect(known.place(of: Self.meter.object, [2]) == nil)
    #expect(known.place(of: Self.meter.object, nil) == nil, "it has an identification")
    known.move(Self.meter, to: elsewhere.address)
    #expect(known.number(of: elsewhere, identification: [1]) == first)
    let board = ConfiguredDevice(address: elsewhere.address, object: EchonetObject(0x0287))
    #expect(known.number(of: board, identification: [1]) != first)
  }

  @Test("A device without an identification is known by its object, where it is the only one")
  func movedWithoutIdentification() throws {
    var known = try KnownDevices(folder: nil)
    for (address, number) in [("a", 1), ("b", 2)] as [(String, UInt8)] {
      known.keep(
        MeteredDevice(
          number: number, address: address, object: EchonetObject(0x0279), codes: [0xE1]),
        identification: nil)
      let place = known.place(of: EchonetObject(0x0279), nil)
      #expect(place?.address == (number == 1 ? "a" : nil))
    }
  }

  @Test("A damaged file is said, not begun anew: numbers are kept for good")
  func damaged() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("[{".utf8).write(to: folder.appendingPathComponent(KnownDevices.fileName))
    #expect(throws: (any Error).self) { try KnownDevices(folder: folder) }
  }

  @Test("A device by hand is an address and an object, and nothing else is one")
  func byHand() {
    #expect(ConfiguredDevice("192.168.1.20 028801") == Self.meter)
    #expect(ConfiguredDevice("route-b 028801")?.address == "route-b")
    for text in ["", "192.168.1.20", "192.168.1.20 0288", "a b c", "192.168.1.20 0288zz"] {
      #expect(ConfiguredDevice(text) == nil, "\(text)")
    }
  }

  @Test("Power now takes both signs of the meter, and says nothing of over- and underflow")
  func power() throws {
    func role(_ known: DeviceClass) throws -> MeterRole.Power {
      try #require(known.meter?.power)
    }
    var power = HomeNow()
    power.take(charge: [101], of: .battery)
    #expect(power.batteryCharge == nil, "more than full is nothing")
    power.take(charge: [77], of: .battery)
    #expect(power.batteryCharge == 77 && power.vehicleCharge == nil)
    power.take([0xFF, 0xFF, 0xFF, 0x00], of: try role(.smartMeter))
    #expect(power.grid == -256)
    power.take([0x7F, 0xFF, 0xFF, 0xFF], of: try role(.smartMeter))
    #expect(power.grid == -256)
    power.take([0x01, 0x00], of: try role(.photovoltaic))
    power.take([0xFF, 0xFF], of: try role(.photovoltaic))
    #expect(power.generated == 256 && power.battery == nil)
    power.take([1], of: try role(.photovoltaic))
    #expect(power.generated == 256, "an answer of another length says nothing")
  }
}
