// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import Ledger
import Metering
import Quantities
import Testing

@Suite("When meters are asked")
struct MeterScheduleTests {
  private static let midnight = ReadHouse.HouseStart.time
  private func at(_ seconds: UInt64) -> NetworkTime { Self.midnight.advanced(by: seconds) }

  @Test("Counters are asked before and after each half hour, in order and once")
  func order() {
    var schedule = MeterSchedule(lead: 60, lag: 20, from: at(100))
    var now = at(100)
    var heard: [MeterSchedule.Moment] = []
    for _ in 0..<6 {
      let (time, moment) = schedule.next(at: now)
      #expect(time >= now)
      now = time
      heard.append(moment)
    }
    #expect(
      heard == [1800, 3600, 5400].flatMap { [.before(at($0)), .after(at($0))] })
  }

  @Test("A start just after a half hour still closes it; one within the lead asks only after it")
  func start() {
    var late = MeterSchedule(lead: 60, lag: 20, from: at(1805))
    #expect(late.next(at: at(1805)) == (at(1820), .after(at(1800))))
    var near = MeterSchedule(lead: 60, lag: 20, from: at(1770))
    #expect(near.next(at: at(1770)) == (at(1820), .after(at(1800))))
    #expect(near.next(at: at(1820)) == (at(3540), .before(at(3600))))
  }

  @Test("After hours in which nobody asked the newest half hour is closed, at once")
  func asleep() {
    var schedule = MeterSchedule(lead: 60, lag: 20, from: at(1820))
    let (time, moment) = schedule.next(at: at(20_000))
    #expect(moment == .after(at(19_800)) && time <= at(20_000))
    #expect(schedule.next(at: at(20_000)).moment == .before(at(21_600)))
    var early = MeterSchedule(lead: 60, lag: 20, from: at(1820))
    #expect(early.next(at: at(19_805)).moment == .after(at(18_000)))
    #expect(early.next(at: at(19_805)) == (at(19_820), .after(at(19_800))))
  }

  @Test("A clock that goes back, or leaps, leads to no moment twice")
  func leaps() {
    var dice = Dice(state: 7)
    var schedule = MeterSchedule(lead: 600, lag: 600, from: at(100_000))
    var closed: Set<NetworkTime> = []
    var now: UInt64 = 100_000
    for _ in 0..<500 {
      let (time, moment) = schedule.next(at: at(now))
      if case .after(let boundary) = moment {
        #expect(closed.insert(boundary).inserted)
        #expect(boundary.seconds.isMultiple(of: 1800))
      }
      now = max(now, time.seconds - Self.midnight.seconds)
      if dice.chance(20) { now = now - min(now, dice.below(4000)) + dice.below(9000) }
    }
    #expect(closed.count > 50)
  }

  @Test("A clock that was nine hours ahead and is set right leads to the next half hour of the day")
  func setRight() {
    var schedule = MeterSchedule(lead: 15, lag: 5, from: at(9 * 3600))
    _ = schedule.next(at: at(9 * 3600))
    #expect(schedule.next(at: at(100)) == (at(1785), .before(at(1800))))
  }

  @Test("What lacks is asked thrice, then the history, then what is there is reported")
  func closing() throws {
    var house = try ReadHouse()
    house.poll(at: 30, only: [0x0288])
    var closing = HalfHourClosing(
      at(1800), offset: .japan, comparedDay: CalendarDate(dayNumber: 17_000).dayNumber)
    let first = house.interval(0)
    for _ in 0..<3 {
      #expect(closing.next(house.book, unreported: first, at: at(1830)) == .askAgain)
    }
    let meter = try #require(house.devices.first { $0.object.classCode == 0x0288 })
    guard case .history(let days) = closing.next(house.book, unreported: first, at: at(1830)) else {
      Issue.record("no history is asked for")
      return
    }
    #expect(days.map(\.device) == [meter.number])
    #expect(days.map(\.day) == [CalendarDate(dayNumber: 17_000)])
    #expect(closing.next(house.book, unreported: first, at: at(1830)) == .report)
  }

  @Test("What is whole is reported at once; after five minutes nobody is asked again")
  func whole() throws {
    var house = try ReadHouse()
    house.pollAround(0...2)
    let day = CalendarDate(dayNumber: 17_000).dayNumber
    var closing = HalfHourClosing(at(3600), offset: .japan, comparedDay: day)
    #expect(closing.next(house.book, unreported: house.interval(1), at: at(3630)) == .report)
    var late = HalfHourClosing(at(7200), offset: .japan, comparedDay: day)
    guard case .history = late.next(house.book, unreported: house.interval(1), at: at(7501)) else {
      Issue.record("the meter's history is not asked for at once")
      return
    }
  }

  @Test("Once a day the history of the day before is laid beside the live counts")
  func compares() throws {
    var house = try ReadHouse()
    house.pollAround(0...2)
    let day = CalendarDate(dayNumber: 17_000).dayNumber
    var closing = HalfHourClosing(at(3600), offset: .japan, comparedDay: day - 1)
    guard
      case .history(let days) = closing.next(
        house.book, unreported: house.interval(1), at: at(3630))
    else {
      Issue.record("nothing is compared")
      return
    }
    #expect(days.map(\.day) == [CalendarDate(dayNumber: day - 1)])
    #expect(closing.day == day)
  }

  @Test("A sleeper's last words and its first are kept, and nothing between")
  func edges() {
    func said(_ minute: UInt64) -> [Sample] {
      [
        Sample(
          time: at(minute * 60), device: 2, object: EchonetObject(0x0279), property: 0xE1,
          data: [0, 0, 0, UInt8(minute)])
      ]
    }
    var edges = SilenceEdges()
    #expect(edges.silent(2).isEmpty, "of whom nothing was heard nothing is kept")
    #expect(edges.heard(2, said(1), isKept: false).isEmpty)
    #expect(edges.heard(2, said(2), isKept: false).isEmpty)
    #expect(edges.silent(2) == said(2))
    #expect(edges.silent(2).isEmpty)
    #expect(edges.heard(2, said(90), isKept: false) == said(90))
    #expect(edges.silent(2).isEmpty, "it was kept when it woke")
    #expect(edges.heard(2, said(91), isKept: true).isEmpty)
    #expect(edges.heard(2, said(92), isKept: true).isEmpty)
    #expect(edges.silent(2).isEmpty, "a half hour's answer is kept anyhow")
  }
}
