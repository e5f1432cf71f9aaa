// SPDX-License-Identifier: Apache-2.0

import Foundation
import Quantities
import Testing
import TruthFixtures

@testable import TruthChecks

@Suite("Truth checks")
struct TruthTests {
  /// A clear day of a roof of 4 kW in Tokyo, by the clear sky itself.
  private static func clearDay(_ day: Int) -> [Double] {
    let sky = ClearSky(day: day, latitude: 35.7, longitude: 139.7, utcOffset: 9)
    return sky.yields[20].map { ($0 * 3_000).rounded() }
  }

  /// Seventy days of changing weather over one sky, and on the last day `generated`.
  private static func site(
    _ seed: UInt64, last generated: [Double]? = nil, factor: Double = 1, sold: Double = 0
  ) -> SiteRecordings {
    var weather = SeededGenerator(seed: 5)
    var own = SeededGenerator(seed: seed)
    let days = (0..<70).map { index -> SiteRecordings.Day? in
      let clear = Self.clearDay(20_600 + index)
      var day: [Double] = []
      for energy in clear {
        let cloud = 0.3 + Double(weather.below(700)) / 1000
        day.append((energy * factor * cloud * (0.99 + Double(own.below(20)) / 1000)).rounded())
      }
      if index == 69, let generated { day = generated }
      return SiteRecordings.Day(generated: day, sold: index == 69 ? sold : 0)
    }
    return SiteRecordings(
      capacityW: 4_000, latitude: 35.7, longitude: 139.7, utcOffset: 9, firstDay: 20_600,
      days: days)
  }

  private func held(_ site: SiteRecordings, _ neighbours: [SiteRecordings] = []) -> [TruthCheck] {
    var review = TruthReview(site, neighbours: neighbours)
    return review.findings(on: 20_669).filter { $0.score >= 0.5 }.map(\.check)
  }

  private static let neighbours = [site(2, factor: 0.8), site(3), site(4, factor: 1.1)]

  @Test("The sun of a known day: noon, length and declination by the almanac")
  func sun() {
    // 2026-06-21 in Tokyo: sunrise 4:25, sunset 19:00, noon 11:43 at 77.7°.
    let sky = ClearSky(day: 20_625, latitude: 35.7, longitude: 139.7, utcOffset: 9)
    #expect(ClearSky.dayOfYear(20_625) == 172)
    #expect(ClearSky.dayOfYear(0) == 1 && ClearSky.dayOfYear(20_453) == 365)
    let lit = (0..<48).filter { sky.global[$0] > 0 }
    #expect(lit.first == 9 && lit.last == 37)
    let most = sky.global.max() ?? 0
    #expect(sky.global.firstIndex(of: most) == 23)
    #expect((950...1_080).contains(most))
    #expect((0..<7).allSatisfy { sky.isNight[$0] } && (40..<48).allSatisfy { sky.isNight[$0] })
  }

  @Test("An honest day is not held, alone or beside neighbours")
  func honest() {
    #expect(held(Self.site(1)).isEmpty)
    #expect(held(Self.site(1), Self.neighbours).isEmpty)
    var review = TruthReview(Self.site(1), neighbours: [])
    #expect(review.findings(on: 20_000).isEmpty, "nothing was recorded then")
  }

  @Test("Generation at night, above the clear sky and above the capacity is held")
  func physical() {
    var night = Self.clearDay(20_669).map { $0 / 2 }
    night[2] += 60
    #expect(held(Self.site(1, last: night)).contains(.night))
    var spike = Self.clearDay(20_669).map { $0 / 2 }
    spike[24] = 2_600
    #expect(held(Self.site(1, last: spike)).contains(.ceiling))
    let much = Self.clearDay(20_669).map { $0 * 1.45 }
    #expect(held(Self.site(1, last: much)).contains(.capacity))
  }

  @Test("A day replayed, even scaled, is held; so is one with its middle elsewhere")
  func replayed() throws {
    let honest = Self.site(1)
    let earlier = try #require(honest.days[40]).generated
    #expect(held(Self.site(1, last: earlier)).contains(.replay))
    #expect(held(Self.site(1, last: earlier.map { ($0 * 1.2).rounded() })).contains(.replay))
    let today = try #require(honest.days[69]).generated
    let shifted = Array(today.suffix(6)) + today.dropLast(6)
    #expect(held(Self.site(1, last: shifted), Self.neighbours).contains(.clock))
  }

  @Test("A fifth more than the neighbours let expect is held, a fifth less is not")
  func neighbours() throws {
    let today = try #require(Self.site(1).days[69]).generated
    #expect(
      held(Self.site(1, last: today.map { ($0 * 1.2).rounded() }), Self.neighbours)
        .contains(.neighbours))
    #expect(
      held(Self.site(1, last: today.map { ($0 * 0.8).rounded() }), Self.neighbours).isEmpty)
  }

  @Test("More sold than generated is held")
  func sold() {
    #expect(held(Self.site(1, sold: 40_000)).contains(.reverse))
  }

  /// A site whose days from `first` on lack a half hour.
  private static func lacking(
    _ slot: Int, of site: SiteRecordings, from first: Int = 69
  ) -> SiteRecordings {
    var site = site
    for index in first..<70 {
      guard var generated = site.days[index]?.generated else { continue }
      generated[slot] = 0
      site.days[index] = SiteRecordings.Day(
        generated: generated, recorded: SiteRecordings.Day.allSlots & ~(1 << UInt64(slot)))
    }
    return site
  }

  private func incomplete(_ site: SiteRecordings) -> Double? {
    var review = TruthReview(site, neighbours: Self.neighbours)
    return review.findings(on: 20_669).first { $0.check == .incomplete }?.score
  }

  @Test("A half hour that is left out hides no fraud; at night it is not missed at all")
  func holes() throws {
    let more = try #require(Self.site(1).days[69]).generated.map { ($0 * 1.2).rounded() }
    let cheat = Self.site(1, last: more)
    for slot in [2, 15, 24] {
      #expect(held(Self.lacking(slot, of: cheat), Self.neighbours).contains(.neighbours), "\(slot)")
      #expect(held(Self.lacking(slot, of: Self.site(1)), Self.neighbours).isEmpty, "\(slot)")
    }
    #expect(incomplete(Self.lacking(2, of: cheat)) == nil)
    #expect(incomplete(Self.lacking(24, of: cheat)) == 0.4)
  }

  @Test("Whoever leaves out a half hour of daylight on many days is held for it")
  func manyHoles() {
    #expect(incomplete(Self.lacking(24, of: Self.site(1), from: 64)) == 0.4)
    #expect(incomplete(Self.lacking(24, of: Self.site(1), from: 63)) == 0.6)
    #expect(incomplete(Self.lacking(2, of: Self.site(1), from: 0)) == nil)
  }

  @Test("Wind and water may give by night, and no more than the plant can")
  func otherPlants() {
    func plant(_ energy: Double, isSolar: Bool) -> SiteRecordings {
      let days = (0..<70).map { _ in
        SiteRecordings.Day(generated: [Double](repeating: energy, count: 48))
      }
      return SiteRecordings(
        capacityW: 4_000, isSolar: isSolar, latitude: 35.7, longitude: 139.7, utcOffset: 9,
        firstDay: 20_600, days: days)
    }
    #expect(held(plant(1_900, isSolar: false)).isEmpty)
    #expect(held(plant(2_100, isSolar: false)) == [.capacity])
    #expect(held(plant(1_900, isSolar: true)).contains(.night))
  }

  @Test("A battery that gives more than it took, or far less, is held")
  func battery() {
    func site(charged: Double, discharged: Double) -> SiteRecordings {
      let days = Self.site(1).days.map { day in
        day.map {
          SiteRecordings.Day(
            generated: $0.generated, discharged: discharged, charged: charged)
        }
      }
      return SiteRecordings(
        capacityW: 4_000, batteryWh: 5_000, latitude: 35.7, longitude: 139.7, utcOffset: 9,
        firstDay: 20_600, days: days)
    }
    #expect(!held(site(charged: 4_000, discharged: 3_500)).contains(.battery))
    #expect(held(site(charged: 4_000, discharged: 4_500)).contains(.battery))
    #expect(held(site(charged: 4_000, discharged: 1_000)).contains(.battery))
  }

  @Test(
    "On measured homes: a month inflated by a fifth is found, a month of honest days is hardly held",
    .enabled(if: MeasuredHomes.fontana.count == 8, "../shared/data is not there"))
  func measured() {
    let homes = MeasuredHomes.fontana
    let others = Array(homes.dropFirst(2))
    let month = homes[1].firstDay + 120..<homes[1].firstDay + 129
    #expect(Trial.review(homes[1], neighbours: others, month: month).held <= 1)
    var chance = SeededGenerator(seed: 1)
    for fraud in Fraud.allCases {
      guard
        let cheat = fraud.commit(
          on: homes[1], neighbours: others, month: month, strength: 0.2, chance: &chance)
      else { continue }
      #expect(
        Trial.review(cheat, neighbours: others, month: month).held > 0, "\(fraud.rawValue)")
    }
  }
}
