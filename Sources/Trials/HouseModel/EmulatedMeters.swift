// SPDX-License-Identifier: Apache-2.0

import EchonetLite
import Quantities

/// The meters of the emulated house: counters in steps, with their histories.
extension EmulatedDevice {
  /// The counter of a direction at `time` in steps of the meter, wrapped at its digits.
  private func counter(_ flow: HouseFlows.Flow, at time: NetworkTime) -> [UInt8] {
    let stepWh = EmulatedDevice.stepWh[settings.unitCode] ?? 100
    let modulus = (0..<settings.digits).reduce(Int64(1)) { product, _ in product * 10 }
    if let replaced = settings.replaced, time >= replaced {
      let since = total(flow, at: time) - total(flow, at: replaced)
      return EmulatedDevice.word(since / stepWh % modulus)
    }
    let start = flow == .sold ? settings.soldStart : settings.purchasedStart
    return EmulatedDevice.word((start + total(flow, at: time) / stepWh) % modulus)
  }

  /// What flowed by the house's trace, and by its car's own account.
  private func total(_ flow: HouseFlows.Flow, at time: NetworkTime) -> Int64 {
    let account = vehicle?.account(at: time)
    let more = flow == .sold ? account?.sold : account?.purchased
    return flows.total(flow, at: time) + (more ?? 0) / 3600
  }

  /// From the grid in W; negative when it is sold.
  private func gridPower(at time: NetworkTime) -> Int64 {
    flows.power(.purchased, at: time) - flows.power(.sold, at: time) + (vehicle?.power ?? 0)
  }

  /// Whether the meter that stands there at `time` was there at the earlier time too.
  private func knows(_ earlier: NetworkTime, at time: NetworkTime) -> Bool {
    guard earlier <= time, earlier >= flows.trace.start else { return false }
    guard let replaced = settings.replaced, time >= replaced else { return true }
    return earlier >= replaced
  }

  private static let stepWh: [UInt8: Int64] = [
    0x00: 1000, 0x01: 100, 0x02: 10, 0x03: 1, 0x0A: 10_000,
  ]

  /// The last full or half hour at or before `time`.
  private func lastHalfHour(_ time: NetworkTime) -> NetworkTime {
    Interval(containing: time).start
  }

  func smartMeter(_ code: UInt8, at time: NetworkTime) -> [UInt8]? {
    let boundary = lastHalfHour(time)
    switch code {
    case 0xD0:
      let minute = NetworkTime(seconds: time.seconds / 60 * 60)
      return EmulatedDevice.stamp(minute, flows.offset) + counter(.purchased, at: minute)
        + counter(.sold, at: minute)
    case 0xD3: return EmulatedDevice.word(1)
    case 0xD7: return [settings.digits]
    case 0xE0: return counter(.purchased, at: time)
    case 0xE1: return [settings.unitCode]
    case 0xE2: return history(.purchased, at: time)
    case 0xE3: return counter(.sold, at: time)
    case 0xE4: return history(.sold, at: time)
    case 0xE5: return written[0xE5] ?? [0xFF]
    case 0xE7:
      return EmulatedDevice.word(gridPower(at: time))
    case 0xE8:
      let tenths = gridPower(at: time) * 10 / 200
      return EmulatedDevice.half(tenths) + EmulatedDevice.half(tenths)
    case 0xEA:
      return EmulatedDevice.stamp(boundary, flows.offset) + counter(.purchased, at: boundary)
    case 0xEB: return EmulatedDevice.stamp(boundary, flows.offset) + counter(.sold, at: boundary)
    case 0xEC: return recent(0xED, step: 1800, most: 12, at: time)
    case 0xED: return written[0xED] ?? [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]
    case 0xEE: return recent(0xEF, step: 60, most: 10, at: time)
    case 0xEF: return written[0xEF] ?? [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]
    default: return nil
    }
  }

  /// The 48 counters of the day that E5 chose; slots to come are "no data".
  private func history(_ flow: HouseFlows.Flow, at time: NetworkTime) -> [UInt8] {
    let chosen = written[0xE5]?.first ?? 0
    let today = flows.offset.clock(at: time).date.dayNumber
    let date = CalendarDate(dayNumber: today - Int64(chosen))
    var data: [UInt8] = [0, written[0xE5]?.first ?? 0xFF]
    if data[1] == 0xFF { data = [0, 0] }
    for slot in 0..<48 {
      guard let at = flows.offset.time(on: date, secondsOfDay: slot * 1800), knows(at, at: time)
      else {
        data += EmulatedDevice.noData
        continue
      }
      data += counter(flow, at: at)
    }
    return data
  }

  /// Counters of both directions that end at the time which ED or EF chose, newest first.
  private func recent(_ code: UInt8, step: UInt64, most: Int, at time: NetworkTime) -> [UInt8] {
    guard let chosen = written[code], chosen.count == 7,
      let date = CalendarDate(
        year: Int(chosen[0]) << 8 | Int(chosen[1]), month: Int(chosen[2]), day: Int(chosen[3])),
      let end = flows.offset.time(
        on: date, secondsOfDay: Int(chosen[4]) * 3600 + Int(chosen[5]) * 60)
    else {
      return [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1] + EmulatedDevice.noData + EmulatedDevice.noData
    }
    var data = Array(chosen[..<6]) + [min(chosen[6], UInt8(most))]
    for index in 0..<UInt64(data[6]) {
      let at = NetworkTime(seconds: end.seconds.subtractingDownToZero(index * step))
      let isKnown = knows(at, at: time)
      data += isKnown ? counter(.purchased, at: at) : EmulatedDevice.noData
      data += isKnown ? counter(.sold, at: at) : EmulatedDevice.noData
    }
    return data
  }

  func highVoltageMeter(_ code: UInt8, at time: NetworkTime) -> [UInt8]? {
    let boundary = lastHalfHour(time)
    switch code {
    case 0xD3: return EmulatedDevice.word(1)
    case 0xD4: return [0x00]
    case 0xE1: return written[0xE1] ?? [0xFF]
    case 0xE2: return EmulatedDevice.stamp(time, flows.offset) + counter(.purchased, at: time)
    case 0xE3:
      return EmulatedDevice.stamp(boundary, flows.offset) + counter(.purchased, at: boundary)
    case 0xE5: return [settings.digits]
    case 0xE6: return [settings.unitCode]
    case 0xE7:
      var copy = self
      copy.written[0xE5] = written[0xE1]
      return copy.history(.purchased, at: time)
    case 0xC3:
      return EmulatedDevice.stamp(boundary, flows.offset)
        + EmulatedDevice.word(flows.power(.purchased, at: boundary) / 1000)
    default: return nil
    }
  }

  /// The board measures all loads in its normal direction, in steps of 1 Wh.
  func board(_ code: UInt8, at time: NetworkTime) -> [UInt8]? {
    let total = flows.total(.consumed, at: time)
    switch code {
    case 0xB1: return [2]
    case 0xB2: return written[0xB2] ?? [1, 2]
    case 0xB3:
      let range = written[0xB2] ?? [1, 2]
      let channels = (Int64(range[0])..<Int64(range[0]) + Int64(range[1])).filter { $0 <= 2 }
      return [range[0], UInt8(channels.count)]
        + channels.flatMap { EmulatedDevice.word(total * $0 / 3) }
    case 0xC0: return EmulatedDevice.word(total + 77_000)
    case 0xC1: return EmulatedDevice.word(0)
    case 0xC2: return [0x03]
    case 0xC6: return EmulatedDevice.word(flows.power(.consumed, at: time))
    default: return nil
    }
  }
}
