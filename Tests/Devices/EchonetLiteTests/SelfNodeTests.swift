// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import Testing

@Suite("This program as a node")
struct SelfNodeTests {
  private let asker = EchonetObject(0x05FF, instance: 2)

  private func message(
    _ service: EchonetService, _ object: EchonetObject, _ properties: [EchonetProperty],
    second: [UInt8] = []
  ) -> EchonetFrame.Message {
    .init(
      source: asker, destination: object, service: service, properties: properties,
      second: second.map { EchonetProperty($0) })
  }

  private func get(_ codes: [UInt8], _ object: EchonetObject = .nodeProfile) -> EchonetFrame.Message
  { message(.get, object, codes.map { EchonetProperty($0) }) }

  @Test("Every mandatory property of node profile and controller is answered within its type")
  func mandatory() throws {
    var node = SelfNode(unique: [1, 2, 3])
    for (object, definition) in [
      (EchonetObject.nodeProfile, DeviceClass.nodeProfile), (.controller, .controller),
    ] {
      let tables = object == .controller ? [definition, .superClass] : [definition]
      let codes = tables.flatMap { $0.properties.values }.filter { $0.get == .required }.map(\.code)
      #expect(codes.count >= 7)
      for code in codes {
        let reply = try #require(node.answer(get([code], object), at: 0).first)
        #expect(reply.message.service == .getRes && !reply.toGroup)
        #expect(reply.message.source == object && reply.message.destination == asker)
        let data = reply.message.properties[0].data
        #expect(definition[code]?.type.fits(data.count) == true, "\(code)")
      }
      let maps = node.answer(get([0x9F, 0x9E, 0x9D], object), at: 0)[0].message.properties
      let readable = try #require(PropertyMap(data: maps[0].data))
      #expect(Set(codes).isSubset(of: readable.codes))
      for code in readable.codes {
        #expect(node.answer(get([code], object), at: 0)[0].message.service == .getRes)
      }
      let announced = try #require(PropertyMap(data: maps[2].data))
      let wanted = tables.flatMap { $0.properties.values }.filter { $0.announce == .required }
      #expect(wanted.allSatisfy { announced.contains($0.code) })
    }
  }

  @Test("What it has not is refused with SNA; what is for others is not answered")
  func refusals() {
    var node = SelfNode(unique: [])
    let mixed = node.answer(get([0x80, 0xD5, 0xE0]), at: 0)[0].message
    #expect(mixed.service == .getSNA)
    #expect(mixed.properties.map(\.data.count) == [1, 0, 0])
    #expect(node.answer(get([0x80], EchonetObject(0x0288)), at: 0).isEmpty)
    #expect(node.answer(get([0x80], EchonetObject(0x05FF, instance: 2)), at: 0).isEmpty)
    #expect(node.answer(get([0x80], EchonetObject(0x05FF, instance: 0)), at: 0).count == 1)
    let wrong = EchonetProperty(0x81, [1, 2])
    let set = node.answer(message(.setC, .controller, [wrong]), at: 0)[0].message
    #expect(set.service == .setCSNA && set.properties == [wrong])
    let silent = node.answer(message(.setI, .nodeProfile, [wrong]), at: 0)[0].message
    #expect(silent.service == .setISNA)
    for service in EchonetService.allCases where service.answer == nil && service != .setI {
      #expect(node.answer(message(service, .nodeProfile, []), at: 0).isEmpty)
    }
    #expect(node.answer(message(.inf, .nodeProfile, [EchonetProperty(0xD5, [0])]), at: 0).isEmpty)
  }

  @Test("The place of installation is set, kept, and announced to all; setting the same is no news")
  func place() {
    var node = SelfNode(unique: [])
    let set = message(.setGet, .controller, [EchonetProperty(0x81, [0x08])], second: [0x81])
    let replies = node.answer(set, at: 0)
    #expect(replies.map(\.message.service) == [.setGetRes, .inf])
    #expect(replies[0].message.second == [EchonetProperty(0x81, [0x08])])
    #expect(replies[1].toGroup && replies[1].message.properties == [EchonetProperty(0x81, [0x08])])
    #expect(node.answer(set, at: 0).map(\.message.service) == [.setGetRes])
    let quiet = message(.setI, .controller, [EchonetProperty(0x81, [0x10])])
    #expect(node.answer(quiet, at: 500).isEmpty, "at most one announcement a second")
    let other = message(.setI, .controller, [EchonetProperty(0x81, [0x18])])
    #expect(node.answer(other, at: 1500).map(\.message.service) == [.inf])
  }

  @Test("A flood of questions draws one announcement a second, and no long answers")
  func flood() throws {
    var node = SelfNode(unique: [])
    let wanted = message(.infReq, .nodeProfile, [EchonetProperty(0xD5)])
    let said = (0..<2500).flatMap { node.answer(wanted, at: UInt64($0)) }
    #expect(said.count == 3 && said.allSatisfy { $0.toGroup && $0.message.service == .inf })
    #expect(said[0].message.properties == node.start.properties)
    let long = node.answer(get([UInt8](repeating: 0x83, count: 255)), at: 0)[0].message
    #expect(long.service == .getSNA)
    #expect(EchonetFrame(1, long).bytes.count < 1100)
  }

  @Test("Start and answers are these bytes")
  func golden() {
    var node = SelfNode(unique: Array(1...13))
    #expect(EchonetFrame(7, node.start).bytes.hex == "108100070ef0010ef0017301d5040105ff01")
    let answer = node.answer(get([0xD6, 0xD7, 0xD3, 0xD4, 0x83]), at: 0)[0].message
    #expect(
      EchonetFrame(8, answer).bytes.hex
        == "108100080ef00105ff027205d6040105ff01d7030105ffd303000001d402000283"
        + "11feffffff0102030405060708090a0b0c0d")
  }
}
