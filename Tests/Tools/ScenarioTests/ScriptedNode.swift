// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetControl
import EchonetLite
import Foundation
import Glibc
import MulticastUDP
import Quantities

/// A device whose properties are functions of the time, in network seconds: what other people's
/// meters were seen to say, byte for byte.
struct ScriptedDevice: Sendable {
  typealias Value = @Sendable (UInt64) -> [UInt8]?
  let object: EchonetObject
  var values: [UInt8: Value]

  init(_ code: UInt16, instance: UInt8 = 1, _ values: [UInt8: Value]) {
    object = EchonetObject(code, instance: instance)
    self.values = values
    let common: [UInt8: [UInt8]] = [
      0x80: [0x30], 0x81: [0x00], 0x82: [0, 0, 0x52, 1], 0x88: [0x42], 0x8A: [0, 0, 0x77],
      0x9D: [3, 0x80, 0x81, 0x88], 0x9E: [1, 0x81],
    ]
    for (code, data) in common where values[code] == nil { self.values[code] = { _ in data } }
    let map = PropertyMap(Array(self.values.keys) + [0x9F]).data
    if values[0x9F] == nil { self.values[0x9F] = { _ in map } }
  }

  static func word(_ value: UInt64) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// What flows in each half hour since `start`, as a running total in Wh.
  static func energy(
    _ start: UInt64, _ wattHours: @escaping @Sendable (Int) -> Int
  ) -> @Sendable (UInt64) -> UInt64 {
    { time in
      let elapsed = time.subtractingDownToZero(start)
      let slot = Int(elapsed / 1800)
      let whole = (0..<slot).reduce(0) { $0 + wattHours($1) }
      return UInt64(whole) + UInt64(wattHours(slot)) * (elapsed % 1800) / 1800
    }
  }

  /// The low-voltage meter of 0.1 kWh, six digits, with its half hours and histories.
  /// - Parameter late: by how many seconds its half hours come late.
  static func smartMeter(
    bought: @escaping @Sendable (UInt64) -> UInt64, sold: @escaping @Sendable (UInt64) -> UInt64,
    late: UInt64 = 0
  ) -> ScriptedDevice {
    @Sendable func stamped(_ count: (UInt64) -> UInt64, _ time: UInt64) -> [UInt8] {
      let boundary = time / 1800 * 1800
      let (date, second) = UTCOffset.japan.clock(at: NetworkTime(seconds: boundary))
      return [
        UInt8(date.year >> 8), UInt8(date.year & 255), UInt8(date.month), UInt8(date.day),
        UInt8(second / 3600), UInt8(second / 60 % 60), 0,
      ] + word(count(boundary))
    }
    let purchase = { @Sendable (time: UInt64) in 12_345 + bought(time) / 100 }
    let sale = { @Sendable (time: UInt64) in 23_456 + sold(time) / 100 }
    return ScriptedDevice(
      0x0288,
      [
        0xD3: { _ in word(1) }, 0xD7: { _ in [6] }, 0xE1: { _ in [1] },
        0xE0: { word(purchase($0)) }, 0xE3: { word(sale($0)) },
        0xE7: { _ in word(0) }, 0xEA: { stamped(purchase, $0 - late) },
        0xEB: { stamped(sale, $0 - late) },
      ])
  }
}

/// A node of scripted devices on real UDP, answering Get and refusing Set as the specification
/// says.
struct ScriptedNode: Sendable {
  let address: String
  let devices: [ScriptedDevice]
  /// When nobody answers there.
  var isSilent: @Sendable (UInt64) -> Bool = { _ in false }
  /// Each answer comes from another port, and one of several properties in two frames.
  var isScattered = false
  /// When it tells a box what it has.
  var announcement: (at: @Sendable () -> UInt64, to: String)?

  /// Answers until the task is cancelled.
  func run(_ now: @escaping @Sendable () -> NetworkTime) async throws {
    let endpoint = try await EchonetEndpoint.bind(address, withMulticast: false)
    let announcer = Task { try await announce(endpoint, now) }
    defer { announcer.cancel() }
    await withTaskCancellationHandler {
      for await datagram in endpoint.incoming {
        let time = now().seconds
        guard !isSilent(time), let frame = try? EchonetFrame(exactly: datagram.bytes),
          case .message(let asked) = frame.content, [.get, .setC].contains(asked.service)
        else { continue }
        for answer in asked.service == .get ? answers(asked, time) : refusals(asked) {
          let bytes = EchonetFrame(frame.transaction, answer).bytes
          if isScattered {
            Self.send(bytes, from: address, to: datagram.sender)
          } else {
            endpoint.send(bytes, to: datagram.sender)
          }
        }
      }
    } onCancel: {
      Task { await endpoint.close() }
    }
  }

  /// Says what it has, once.
  private func announce(
    _ endpoint: EchonetEndpoint, _ now: @escaping @Sendable () -> NetworkTime
  ) async throws {
    guard let announcement else { return }
    while now().seconds < announcement.at() { try await Task.sleep(for: .milliseconds(50)) }
    let list = EchonetFrame.Message(
      source: .nodeProfile, destination: .nodeProfile, service: .inf,
      properties: [EchonetProperty(0xD5, InstanceList.encode(devices.map(\.object)))])
    endpoint.send(EchonetFrame(0x4000, list).bytes, to: announcement.to)
  }

  /// Sends from a port that the system chooses.
  private static func send(_ bytes: [UInt8], from own: String, to address: String) {
    func place(_ address: String, _ port: Int) -> sockaddr_in {
      var place = sockaddr_in()
      place.sin_family = sa_family_t(AF_INET)
      place.sin_port = in_port_t(port).bigEndian
      inet_pton(AF_INET, address, &place.sin_addr)
      return place
    }
    let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { Glibc.close(socket) }
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    var (from, to) = (place(own, 0), place(address, EchonetEndpoint.port))
    func pointed<T>(_ place: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>) -> T) -> T {
      withUnsafePointer(to: &place) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
      }
    }
    _ = pointed(&from) { bind(socket, $0, length) }
    _ = pointed(&to) { sendto(socket, bytes, bytes.count, 0, $0, length) }
  }

  /// Nothing of it can be set, and it says so.
  private func refusals(_ asked: EchonetFrame.Message) -> [EchonetFrame.Message] {
    guard devices.contains(where: { $0.object == asked.destination }) else { return [] }
    return [
      EchonetFrame.Message(
        source: asked.destination, destination: asked.source, service: .setCSNA,
        properties: asked.properties)
    ]
  }

  private func answers(
    _ asked: EchonetFrame.Message, _ time: UInt64
  ) -> [EchonetFrame.Message] {
    let list = InstanceList.encode(devices.map(\.object))
    let profile = ScriptedDevice(0x0EF0, [0xD6: { _ in list }])
    return ([profile] + devices).filter { $0.object == asked.destination }.flatMap { device in
      let properties = asked.properties.map {
        EchonetProperty($0.code, device.values[$0.code]?(time) ?? [])
      }
      let half = isScattered && properties.count > 2 ? properties.count / 2 : properties.count
      return [properties.prefix(half), properties.dropFirst(half)].filter { !$0.isEmpty }.map {
        EchonetFrame.Message(
          source: device.object, destination: asked.source,
          service: $0.allSatisfy { !$0.data.isEmpty } ? .getRes : .getSNA, properties: Array($0))
      }
    }
  }
}
