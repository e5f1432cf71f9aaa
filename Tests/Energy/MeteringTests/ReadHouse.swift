// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import HouseModel
import Ledger
import LedgerCrypto
import Metering
import Quantities
import Testing

/// A house read by hand: what a meter reader would have sampled, into readings.
struct ReadHouse {
  var house: EmulatedHouse
  var samples: [Sample] = []
  var book: MeterBook
  let devices: [MeteredDevice]
  let start: NetworkTime

  enum HouseStart {
    static let time =
      UTCOffset.japan.time(on: CalendarDate(dayNumber: 17_000), secondsOfDay: 0)
      ?? NetworkTime(seconds: 0)
  }

  init(
    _ settings: EmulatedHouse.Settings = .init(), days: Int = 2, pv: Int64 = 37, load: Int64 = 29
  )
    throws
  {
    let steps = (0..<(48 * days)).map { slot -> EnergyTrace.Step in
      let isDay = (12..<36).contains(slot % 48)
      return .init(pv: isDay ? pv * Int64(slot % 48 - 11) : 0, load: 200 + load * Int64(slot % 7))
    }
    try self.init(
      trace: EnergyTrace(start: HouseStart.time, stepSeconds: 1800, steps: steps), settings)
  }

  /// A house that lives a trace.
  init(trace: EnergyTrace, _ settings: EmulatedHouse.Settings = .init()) throws {
    start = trace.start
    house = EmulatedHouse(
      HouseFlows(trace, equipment: HouseEquipment(), offset: .japan), settings)
    devices = house.objects.enumerated().map { index, object in
      MeteredDevice(
        number: UInt8(index + 1), address: "a", object: object,
        codes: [0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xEA, 0xEB, 0xD3, 0xD7, 0xC0, 0xC2])
    }
    var plan = FlowPlan(devices)
    for device in devices where device.role?.scale != nil {
      var values: [UInt8: [UInt8]] = [:]
      for code in device.role?.onceCodes ?? [] {
        values[code] = ReadHouse.get(&house, device.object, code, at: HouseStart.time)
      }
      plan.take(
        try MeterScale.of(device.object, values: values, codes: device.codes), of: device)
    }
    book = MeterBook(plan, offset: .japan)
  }

  static func get(
    _ house: inout EmulatedHouse, _ object: EchonetObject, _ code: UInt8, at time: NetworkTime
  ) -> [UInt8]? {
    let message = EchonetFrame.Message(
      source: .controller, destination: object, service: .get,
      properties: [EchonetProperty(code)])
    guard let reply = house.respond(to: EchonetFrame(1, message), at: time).first,
      let frame = try? EchonetFrame(exactly: reply.bytes),
      case .message(let answer) = frame.content, answer.service == .getRes
    else { return nil }
    return answer.properties[0].data
  }

  /// Reads all counters `seconds` after the start.
  mutating func poll(at seconds: UInt64, only classes: Set<UInt16>? = nil) {
    let time = start.advanced(by: seconds)
    for source in book.sources + [book.plan.consumption].compactMap({ $0 }) {
      guard classes?.contains(source.object.classCode) ?? true else { continue }
      for code in source.polled {
        guard let data = ReadHouse.get(&house, source.object, code, at: time) else { continue }
        let sample = Sample(
          time: time, device: source.device, object: source.object, property: code, data: data)
        samples.append(sample)
        book.record(sample)
      }
    }
  }

  /// Asks the smart meter for its history of the first day, `seconds` after the start.
  mutating func askHistory(at seconds: UInt64) throws {
    let meter = try #require(devices.first { $0.object.classCode == 0x0288 })
    let time = start.advanced(by: seconds)
    for code: UInt8 in [0xE2, 0xE4] {
      let data = try #require(ReadHouse.get(&house, meter.object, code, at: time))
      book.record(
        Sample(time: time, device: meter.number, object: meter.object, property: code, data: data),
        historyDay: CalendarDate(dayNumber: 17_000))
    }
  }

  /// Reads around every half hour of `slots`, a minute before and half a minute after.
  mutating func pollAround(_ slots: ClosedRange<Int>, only classes: Set<UInt16>? = nil) {
    for slot in slots {
      if slot > 0 { poll(at: UInt64(slot) * 1800 - 60, only: classes) }
      poll(at: UInt64(slot) * 1800 + 30, only: classes)
    }
  }

  func interval(_ slot: Int) -> Interval {
    Interval(containing: start).advanced(by: UInt32(slot))
  }

  func cutter(_ progress: SiteProgress? = nil) -> ReadingCutter {
    ReadingCutter(tolerance: WattHours(500), progress: progress)
  }
}
