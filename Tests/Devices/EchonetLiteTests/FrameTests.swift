// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import CheckoutFixtures
import EchonetLite
import Foundation
import Testing

@Suite("Frames and properties")
struct FrameTests {
  /// Source: Docs/echonet.md §10.
  static let fieldFrames: [(name: String, hex: String)] = [
    (
      "Toshiba meter without E1",
      "1081 0023 028801 05ff01 52 06 80 01 30 e0 04 0000123c e3 04 000020dd e7 04 00000001 e8 04 "
        + "000affec d3 04 00000001"
    ),
    (
      "OMRON battery, instance 1F",
      "1081 000b 027d1f 05ff01 72 0a a0 04 000023c7 a1 04 00002092 e2 04 0000221b 80 01 30 e4 01 64 "
        + "e5 01 63 e6 01 04 a8 04 001989d7 a9 04 001609b4 cf 01 44"
    ),
  ]

  @Test("Frames of real meters come back byte for byte", arguments: fieldFrames)
  func field(_ frame: (name: String, hex: String)) throws {
    let bytes = try #require([UInt8](hex: frame.hex))
    #expect(try EchonetFrame(exactly: bytes).bytes == bytes)
    for cut in bytes.indices {
      #expect(throws: DecodeError.self) { try EchonetFrame(exactly: Array(bytes[..<cut])) }
    }
  }

  @Test("What the Toshiba meter said is read as its owner's log has it")
  func toshiba() throws {
    let bytes = try #require([UInt8](hex: FrameTests.fieldFrames[0].hex))
    guard case .message(let message) = try EchonetFrame(exactly: bytes).content else {
      Issue.record("no message")
      return
    }
    #expect(message.service == .getSNA && message.source == EchonetObject(0x0288))
    let values = Dictionary(
      uniqueKeysWithValues: message.properties.map { property in
        (
          property.code,
          DeviceClass.smartMeter[property.code]?.type.decode(property.data).description
        )
      })
    #expect(values[0xE0] == "4668 × D3 × E1 kWh" && values[0xE3] == "8413 × D3 × E1 kWh")
    #expect(values[0xE8] == "{rPhase: 1.0 A, tPhase: -2.0 A}")
    #expect(values[0x80] == "true")
  }

  @Test("Every service with one and two lists has one encoding", arguments: EchonetService.allCases)
  func services(_ service: EchonetService) throws {
    let message = EchonetFrame.Message(
      source: .controller, destination: EchonetObject(0x0279, instance: 0x1F), service: service,
      properties: [EchonetProperty(0xE0), EchonetProperty(0xE1, [1, 2, 3, 4])],
      second: service.hasSecondList ? [EchonetProperty(0x80, [0x30])] : [])
    let frame = EchonetFrame(0xABCD, message)
    #expect(try EchonetFrame(exactly: frame.bytes) == frame)
  }

  @Test("Format 2 passes through; other formats, services and headers are refused")
  func formats() throws {
    let arbitrary = EchonetFrame(7, arbitrary: [1, 2, 3])
    #expect(try EchonetFrame(exactly: arbitrary.bytes) == arbitrary)
    for (hex, refusal) in [
      ("1181 0001", "unknown-kind@0"), ("1083 0001", "unknown-kind@1"),
      ("1081 0001 05ff01 0ef001 99 00", "unknown-kind@10"),
      ("1081 0001 05ff01 0ef001 62 01 d6 00 00", "trailing-bytes@14"),
    ] {
      let bytes = try #require([UInt8](hex: hex))
      let error = #expect(throws: DecodeError.self) { try EchonetFrame(exactly: bytes) }
      #expect(error?.description == refusal)
    }
  }

  @Test(
    "Property maps are read in both forms, with 16 codes as a bit map, wrong counts believed less")
  func maps() throws {
    for count in [1, 15, 16, 17, 60] {
      let codes = (0..<count).map { UInt8(0x80 + ($0 * 37) % 128) }
      let map = PropertyMap(codes)
      #expect(map.data.count == (Set(codes).count < 16 ? Set(codes).count + 1 : 17))
      #expect(PropertyMap(data: map.data)?.codes == Set(codes).sorted())
    }
    let air = try #require([UInt8](hex: "0d 80 82 83 89 8a 9d 9e 9f bf d3 d4 d6 d7"))
    #expect(PropertyMap(data: air)?.contains(0xD6) == true)
    #expect(PropertyMap(data: air)?.contains(0xD5) == false)
    let wrong = try #require(PropertyMap(data: [5, 0x80, 0x81]))
    #expect(wrong.hadWrongCount && wrong.codes == [0x80, 0x81])
    #expect(PropertyMap(data: []) == nil && PropertyMap(data: [2, 0x10, 0x80]) == nil)
  }

  @Test("Instance lists hold strange instances and survive a count that promises too much")
  func instances() {
    let objects = [EchonetObject(0x0279, instance: 0x1F), EchonetObject(0x0288)]
    #expect(InstanceList.decode(InstanceList.encode(objects)) == objects)
    #expect(InstanceList.decode([9, 0x02, 0x88, 0x01, 0x02]) == [EchonetObject(0x0288)])
    #expect(InstanceList.decode([]) == [])
  }

  @Test("Special values are states, not numbers")
  func specialValues() {
    let meter = DeviceClass.smartMeter
    #expect(meter[0xE0]?.type.decode([0xFF, 0xFF, 0xFF, 0xFE]) == .state("noData"))
    #expect(meter[0xE0]?.type.decode([0xFF, 0xFF, 0xFF, 0xFF]).count == nil)
    #expect(meter[0xE7]?.type.decode([0xFF, 0xFF, 0xFF, 0x9C]).count == -100)
    #expect(meter[0xE1]?.type.decode([0x01]) == .factor(exponent: -1))
    #expect(meter[0xE1]?.type.decode([0x77]) == .unexpected([0x77]))
    let history = meter[0xE2]?.type.decode([0, 1] + [UInt8](repeating: 0xFF, count: 192))
    #expect(history?["day"]?.count == 1)
  }
}

@Suite("Device classes as data")
struct DeviceClassTests {
  static let appendix = Checkout.measured.appendingPathComponent("echonet-mra")

  static var isPresent: Bool { FileManager.default.fileExists(atPath: appendix.path) }

  @Test("Every line of every table is read")
  func tables() {
    for definition in DeviceClass.all + [.superClass] {
      #expect(definition.unreadLines.isEmpty, "\(definition.name): \(definition.unreadLines)")
      #expect(!definition.properties.isEmpty)
    }
  }

  @Test(
    "Classes agree with the machine-readable appendix, property by property",
    .enabled(if: isPresent, "shared/data/echonet-mra is not beside the checkout"),
    arguments: DeviceClass.all.map(\.code) + [0x0000])
  func appendix(_ code: UInt16) throws {
    let digits = String(code, radix: 16, uppercase: true)
    let name = "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    let data = try Data(
      contentsOf: DeviceClassTests.appendix.appendingPathComponent("\(name).json"))
    let form = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let list = try #require(form["elProperties"] as? [[String: Any]])
    let definition = try #require(code == 0 ? DeviceClass.superClass : DeviceClass.known(code))
    let rules = [
      "required": "R", "required_c": "C", "required_o": "Q", "optional": "o", "notApplicable": "-",
    ]
    var compared = 0
    for outer in list {
      let newest = (outer["oneOf"] as? [[String: Any]])?.last ?? outer
      guard let text = outer["epc"] as? String, let epc = UInt8(text.dropFirst(2), radix: 16),
        let access = newest["accessRule"] as? [String: String],
        (newest["validRelease"] as? [String: String])?["to"] == "latest"
      else { continue }
      let own = try #require(definition.properties[epc], "\(name) \(text) is missing")
      #expect(own.name == newest["shortName"] as? String)
      let stated = ["get", "set", "inf"].map { rules[access[$0] ?? ""] ?? "?" }.joined()
      let known = String([own.get.rawValue, own.set.rawValue, own.announce.rawValue])
      #expect(known == stated, "\(name) \(text)")
      compared += 1
    }
    #expect(compared == definition.properties.count)
  }
}
