// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import HouseModel
import Ledger
import LedgerCrypto
import Metering
import Quantities
import Testing

@Suite("What a meter's history fills, and what it cannot")
struct HistoryTests {
  @Test(
    "A node that was off fills PQ3 and PQ4 from the meter's history; PV without counts is unknown")
  func outage() throws {
    var home = try ReadHouse()
    home.poll(at: 0)
    home.pollAround(0...10)
    home.pollAround(20...30)
    let missing = home.book.missingHistory(in: home.interval(0)..<home.interval(30))
    #expect(missing.map(\.day) == [CalendarDate(dayNumber: 17_000)])
    try home.askHistory(at: 30 * 1800 + 60)
    #expect(home.book.disagreements.isEmpty, "history and live counts agree")
    #expect(home.book.missingHistory(in: home.interval(0)..<home.interval(30)).isEmpty)
    var cutter = home.cutter()
    let draft = cutter.cut(home.book, first: home.interval(0), length: 30)
    let unknown = draft.readings.indices.filter {
      draft.readings[$0][quality: .generated] == .unknown
    }
    #expect(unknown == Array(10..<20))
    #expect(draft.readings.allSatisfy { $0.qualities.hasGridCounts })
    #expect(draft.readings[12..<20].allSatisfy { $0[quality: .consumed] == .unknown })
    #expect(draft.readings[15][quality: .purchased] == .backfilled)
  }

  @Test("A half hour waits for what may still come, for as long as is said, and for nothing else")
  func waiting() throws {
    let patience: UInt64 = 7200
    var home = try ReadHouse()
    home.poll(at: 0)
    home.pollAround(0...10)
    home.pollAround(11...20, only: [0x0279])
    func waits(_ slot: Int, until end: Int) -> Bool {
      home.book.mayComplete(
        home.interval(slot), now: home.interval(end).start, patience: patience)
    }
    #expect(!waits(5, until: 11), "nothing is missing")
    #expect(
      waits(11, until: 12) && home.book.missing(in: home.interval(11)) == [.sold, .purchased])
    #expect(!waits(11, until: 17), "patience has an end")
    home.pollAround(24...30)
    try home.askHistory(at: 30 * 1800 + 60)
    #expect(!waits(11, until: 30))
  }

  @Test(
    "A report that ends in a gap fixes no counts for the next one: the meter's history is believed")
  func goingOnAfterGap() throws {
    var home = try ReadHouse()
    home.poll(at: 0)
    home.pollAround(0...10)
    home.pollAround(20...30)
    var cutter = home.cutter()
    let draft = cutter.cut(home.book, first: home.interval(0), length: 15)
    #expect(!cutter.isKnown(.purchased))
    home.book.goOn(from: cutter, at: draft.next.start)
    for index in home.book.plan.indices(of: .purchased) {
      #expect(home.book.boundary(index, at: draft.next.start) == nil)
    }
  }

  @Test("history-day-unchanged: a history of another day than asked is not believed")
  func wrongDay() throws {
    var home = try ReadHouse()
    let meter = try #require(home.devices.first { $0.object.classCode == 0x0288 })
    let time = home.start.advanced(by: 90_000)
    let data = try #require(ReadHouse.get(&home.house, meter.object, 0xE2, at: time))
    home.book.record(
      Sample(time: time, device: meter.number, object: meter.object, property: 0xE2, data: data),
      historyDay: CalendarDate(dayNumber: 17_000))
    #expect(home.book.findings[meter.object]?[.historyDayUnchanged] == 1)
    #expect(!home.book.missingHistory(in: home.interval(0)..<home.interval(5)).isEmpty)
  }

  @Test("no-data values are no counts")
  func noData() throws {
    var home = try ReadHouse()
    let pv = try #require(home.devices.first { $0.object.classCode == 0x0279 })
    for word: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFE], [0xFF, 0xFF, 0xFF, 0xFF]] {
      home.book.record(
        Sample(time: home.start, device: pv.number, object: pv.object, property: 0xE1, data: word))
    }
    #expect(home.book.findings[pv.object]?[.noData] == 2)
    #expect(home.book.boundary(0, at: home.start) == nil)
  }
}
