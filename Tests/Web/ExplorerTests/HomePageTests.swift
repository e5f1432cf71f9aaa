// SPDX-License-Identifier: Apache-2.0

import ExplorerIndex
import Foundation
import HomeEnergy
import Ledger
import MeterServices
import Quantities
import Testing

@testable import Explorer

@Suite("What a home's page says")
struct HomePageTests {
  private func date(_ text: String) throws -> CalendarDate {
    try #require(CalendarDate(text: text))
  }

  @Test("A week begins on Monday, a month has its days, and each leads to its neighbours")
  func periods() throws {
    let week = EnergyPeriod(.week, around: try date("2026-11-29"))
    #expect("\(week.first)" == "2026-11-23" && "\(week.last)" == "2026-11-29" && week.slots == 7)
    #expect(week.next.query == "week=2026-11-30" && week.previous.query == "week=2026-11-16")
    let month = EnergyPeriod(.month, around: try date("2024-02-11"))
    #expect(month.slots == 29 && "\(month.next.first)" == "2024-03-01")
    #expect("\(month.previous.first)" == "2024-01-01" && month.query == "month=2024-02")
    let year = EnergyPeriod(.year, around: try date("2024-02-11"))
    #expect(year.slots == 12 && year.days.count == 366 && year.previous.query == "year=2023")
    let march = UInt32(try date("2024-03-05").dayNumber)
    #expect(year.slot(day: march, halfHour: 40) == 2)
    #expect(EnergyPeriod(.day, around: try date("1970-01-01")).previous.first.dayNumber == 0)
  }

  @Test("What one flow does not tell spoils no other: the bill stands, the shares leave it out")
  func unknown() throws {
    let day = UInt32(try date("2026-06-01").dayNumber)
    func reading(_ slot: UInt32, _ bought: UInt32, knowsUse: Bool) -> Reading {
      var reading = Reading(interval: Interval(slot), quality: .measured)
      reading[.purchased] = bought
      if knowsUse { reading[.consumed] = bought } else { reading.set(.consumed, 0, .unknown) }
      return reading
    }
    var flows = DayFlows()
    flows.set(0, to: reading(0, 100, knowsUse: true))
    flows.set(1, to: reading(1, 300, knowsUse: false))
    let shown = PeriodFlows(EnergyPeriod(.day, around: try date("2026-06-01")), [day: flows])
    #expect(shown.halfHours.map(\.purchased).reduce(0, +) == 400)
    #expect(shown.whole.map(\.purchased).reduce(0, +) == 100)
    #expect(shown.halfHours.count == 48 && shown.whole.count == 48, "prices go by the hour")
    #expect(shown.known == [0] && shown.unknown == [0: [], 1: [.consumed]])
    #expect(shown.unknownHalfHours == [.consumed: 1] && shown.partialHalfHours == 1)
    #expect(shown.reportedHalfHours == 2)
    let month = PeriodFlows(
      EnergyPeriod(.month, around: try date("2026-06-30")), [day: flows, day + 29: flows])
    #expect(month.bars.count == 30 && month.bars[29].purchased == 400)
    #expect(month.known == [0, 29] && month.unknown[0] == [.consumed])
  }

  @Test("Prices are read as people type them, and what cannot be read is named")
  func prices() {
    for (text, value) in [
      ("31", 31_000), ("31.5", 31_500), ("31,5", 31_500), (" ３１．５ ", 31_500), ("0.433", 433),
    ] as [(String, UInt64)] {
      #expect(HomePrices.thousandths(text) == value, "\(text)")
    }
    for text in ["", "fifteen", "-1", "1.2.3", ".5", "1.2345", "1e9", "9999999999", "31円"] {
      #expect(HomePrices.thousandths(text) == nil, "\(text)")
    }
    var prices = HomePrices()
    #expect(
      prices.take(["bought": "31", "sold": "x", "grams": "0.43", "nightFrom": "25"]) == [
        .sold, .nightFrom,
      ])
    #expect(prices.take(["bought": "31", "boughtAtNight": "20"]) == [.nightFrom, .nightTo])
    #expect(prices.take(["bought": "5000"]) == [.bought], "five thousand yen a kWh were mistyped")
  }

  @Test("A night that passes midnight has its own price, and no other hour has it")
  func night() {
    var prices = HomePrices()
    #expect(
      prices.take(["bought": "31", "boughtAtNight": "20", "nightFrom": "23", "nightTo": "7"])
        .isEmpty)
    let cheap = (0..<48).filter { prices.bought(in: $0) == 20_000 }
    #expect(cheap == Array(0..<14) + [46, 47])
  }

  @Test("Prices are kept in the folder, and a file that was spoiled says nothing")
  func file() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-prices-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(HomePrices(folder: folder) == HomePrices())
    var prices = HomePrices()
    #expect(prices.take(["bought": "31", "source": "a contract"]).isEmpty)
    try prices.write(to: folder)
    #expect(HomePrices(folder: folder) == prices)
    let file = folder.appendingPathComponent(HomePrices.fileName)
    try Data("{\"bought\": 99999999999, \"nightFrom\": 99}".utf8).write(to: file)
    #expect(HomePrices(folder: folder) == HomePrices())
    try Data("{".utf8).write(to: file)
    #expect(HomePrices(folder: folder) == HomePrices())
  }

  @Test(
    "What the house uses is what comes in less what its stores take, and unknown where a part is")
  func used() {
    var now = HomeNow()
    func used(_ sun: Bool, _ battery: Bool, _ vehicle: Bool) -> Int? {
      now.used(hasSun: sun, hasBattery: battery, hasVehicle: vehicle)
    }
    #expect(used(false, false, false) == nil, "the smart meter does not answer")
    now.grid = -1390
    #expect(used(true, false, false) == nil, "the panels do not answer")
    now.generated = 3410
    #expect(used(true, true, false) == nil, "the battery does not answer")
    #expect(used(true, false, false) == 2020, "there is no battery")
    now.battery = 1500
    #expect(used(true, true, true) == nil, "the car does not answer")
    #expect(used(true, true, false) == 520)
    (now.grid, now.generated) = (-100, 0)
    #expect(used(true, true, false) == 0, "never below zero")
  }
}
