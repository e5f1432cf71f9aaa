// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import Ledger
import Metering
import Quantities
import Testing

/// What a device may say instead of a count: no data, over- and underflow, not settable, and counts
/// beyond its digits, by the specification and by the field. Source: Docs/echonet.md §4.
@Suite("Special values of every counter")
struct SpecialValueTests {
  private static let start = ReadHouse.HouseStart.time
  private static let specials: [[UInt8]] = [
    [0xFF, 0xFF, 0xFF, 0xFE], [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFD],
    [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0x00, 0x00, 0x00], [0x3B, 0x9A, 0xCA, 0x00], [], [0x00],
    [0x00, 0x01], [0x00, 0x00, 0x00, 0x00, 0x01],
  ]

  /// A device of a class with every counter, by one of the ways in which each can be read.
  private static func devices() -> [(device: MeteredDevice, role: MeterRole)] {
    DeviceClass.all.compactMap { definition in
      guard let role = definition.meter else { return nil }
      let codes = role.counters.flatMap { $0.ways }.flatMap { way -> [UInt8] in
        switch way {
        case .halfHours(let fixed, let history, let present, _): [fixed, history, present]
        case .running(let code): [code]
        case .power: []
        }
      }
      let device = MeteredDevice(
        number: 1, address: "a", object: EchonetObject(definition.code),
        codes: Set(codes + role.onceCodes))
      return (device, role)
    }
  }

  private func plan(_ device: MeteredDevice) throws -> FlowPlan {
    var plan = FlowPlan([device])
    guard let scale = device.role?.scale else { return plan }
    var values: [UInt8: [UInt8]] = [scale.unit: [0x01]]
    if let digits = scale.digits { values[digits] = [6] }
    if let coefficient = scale.coefficient { values[coefficient] = [0, 0, 0, 1] }
    plan.take(
      try MeterScale.of(device.object, values: values, codes: device.codes), of: device)
    return plan
  }

  private func stamp(_ time: NetworkTime) -> [UInt8] {
    let (date, second) = UTCOffset.japan.clock(at: time)
    return [
      UInt8(date.year >> 8), UInt8(date.year & 0xFF), UInt8(date.month), UInt8(date.day),
      UInt8(second / 3600), UInt8(second / 60 % 60), UInt8(second % 60),
    ]
  }

  @Test("No special value and no other length is a count, of any counter of any class, nor a trap")
  func everywhere() throws {
    for (device, role) in Self.devices() {
      let plan = try plan(device)
      #expect(!plan.sources.isEmpty || role.countsLoads, "\(device.object) has counters")
      for source in plan.sources {
        for special in Self.specials {
          // Beyond six digits only where the counter has no more.
          guard
            special.count != 4 || special.unsigned >= MeterRegister.modulus(digits: source.digits)
          else { continue }
          var book = MeterBook(plan, offset: .japan)
          for slot in 0..<4 {
            let time = Self.start.advanced(by: UInt64(slot) * 1800)
            for code in source.polled {
              for data in [special, stamp(time) + special] {
                book.record(
                  Sample(
                    time: time.advanced(by: 5), device: 1, object: device.object, property: code,
                    data: data))
              }
            }
          }
          let first = Interval(containing: Self.start)
          let known = (0..<4).filter { book.knowsAnything(of: first.advanced(by: UInt32($0))) }
          #expect(known.isEmpty, "\(device.object) \(source.flow): \(special.hex) is no count")
        }
      }
    }
  }

  @Test("Between good counts a special value takes nothing away")
  func between() throws {
    for (device, _) in Self.devices() {
      let plan = try plan(device)
      for (index, source) in plan.sources.enumerated() {
        guard case .running(let code) = source.method else { continue }
        for special in Self.specials {
          var book = MeterBook(plan, offset: .japan)
          for slot in 0..<4 {
            let time = Self.start.advanced(by: UInt64(slot) * 1800)
            let count = UInt32(1000 + 100 * slot)
            let good = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
            for (seconds, data) in [(UInt64(0), good), (600, special)]
            where data.count != 4 || data == good
              || data.unsigned >= MeterRegister.modulus(digits: source.digits)
            {
              book.record(
                Sample(
                  time: time.advanced(by: seconds), device: 1, object: device.object,
                  property: code, data: data))
            }
          }
          let end = Self.start.advanced(by: 3 * 1800)
          #expect(book.boundary(index, at: end)?.count == 1300, "\(device.object) \(special.hex)")
        }
      }
    }
  }

  @Test("What another object, another device or a clock of another day says counts for nobody")
  func others() throws {
    let roof = MeteredDevice(
      number: 1, address: "a", object: EchonetObject(0x0279), codes: [0xE1])
    var book = MeterBook(FlowPlan([roof]), offset: .japan)
    for slot in 0..<4 {
      let time = Self.start.advanced(by: UInt64(slot) * 1800)
      for (device, object) in [(UInt8(1), EchonetObject(0x0288)), (2, roof.object)] {
        book.record(
          Sample(
            time: time, device: device, object: object, property: 0xE1,
            data: [0, 0, 0, UInt8(slot)]))
      }
    }
    #expect(!book.knowsAnything(of: Interval(containing: Self.start)))
  }
}
