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

  @Test(
    "An identification follows its device to another address; another device gets another number")
  func moved() throws {
    var known = try KnownDevices(folder: nil)
    let first = try #require(known.number(of: Self.meter, identification: [1]))
    known.keep(
      MeteredDevice(
        number: first, address: Self.meter.address, object: Self.meter.object, codes: [0xE0]),
      identification: [1])
    let elsewhere = ConfiguredDevice(address: "192.168.1.99", object: Self.meter.object)
    #expect(known.number(of: elsewhere, identification: [1]) == first)
    #expect(known.number(of: elsewhere, identification: [2]) != first)
    let board = ConfiguredDevice(address: Self.meter.address, object: EchonetObject(0x0287))
    #expect(known.number(of: board, identification: [1]) != first)
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
  func power() {
    var power = PowerNow()
    power.take([0xFF, 0xFF, 0xFF, 0x00], of: 0x0288)
    #expect(power.grid == -256)
    power.take([0x7F, 0xFF, 0xFF, 0xFF], of: 0x0288)
    #expect(power.grid == -256)
    power.take([0x01, 0x00], of: 0x0279)
    power.take([0xFF, 0xFF], of: 0x0279)
    #expect(power.generated == 256 && power.battery == nil)
    power.take([1], of: 0x0279)
    #expect(power.generated == 256, "an answer of another length says nothing")
  }
}
