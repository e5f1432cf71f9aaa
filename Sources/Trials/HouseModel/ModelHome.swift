// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Quantities

/// A home made up: the clear sun of its place and date, seeded clouds, a household's day. It stands
/// beside measured data, for machines that have none.
public struct ModelHome: Sendable {
  /// Degrees north and east.
  public var latitude = 35.7
  public var longitude = 139.7
  /// PV in W, tilted to the south.
  public var pvWatts = 5000.0
  /// Mean consumption of a day in Wh.
  public var dailyWh = 12_000.0
  /// Decides the clouds and the household's whims.
  public var seed: UInt64 = 1

  /// The model of a usual Japanese home.
  public init() {}

  /// Half-hourly steps of `days` days from `firstDay` on, by the home's clock.
  public func trace(firstDay: CalendarDate, days: Int, offset: UTCOffset) -> EnergyTrace {
    var chance = SeededGenerator(seed: seed)
    var steps: [EnergyTrace.Step] = []
    for day in 0..<days {
      let date = CalendarDate(dayNumber: firstDay.dayNumber + Int64(day))
      let overcast = chance.unit() * chance.unit()
      var cloud = 1.0
      for slot in 0..<48 {
        cloud += (chance.unit() - 0.5) * 0.4
        cloud = min(1, max(0.25, cloud))
        let hour = Double(slot) / 2 + 0.25
        let sky = (1 - 0.75 * overcast) * cloud
        let height = sunHeight(date, solarHour: hour - Double(offset.minutes) / 60 + longitude / 15)
        let pv = height <= 0 ? 0 : pvWatts * 0.8 * pow(height, 1.15) * sky / 2
        let load = dailyWh * share(hour) * (0.6 + 0.8 * chance.unit())
        steps.append(.init(pv: Int64(pv), load: Int64(load)))
      }
    }
    let start = offset.time(on: firstDay, secondsOfDay: 0) ?? NetworkTime(seconds: 0)
    return EnergyTrace(start: start, stepSeconds: 1800, steps: steps)
  }

  /// Sine of the sun's height; declination by Cooper (1969).
  private func sunHeight(_ date: CalendarDate, solarHour: Double) -> Double {
    let declination = 23.45 * sin(2 * .pi * Double(284 + date.dayOfYear) / 365) * .pi / 180
    let angle = (solarHour - 12) * 15 * .pi / 180
    let place = latitude * .pi / 180
    return sin(place) * sin(declination) + cos(place) * cos(declination) * cos(angle)
  }

  /// The share of a day's consumption in the half hour around `hour`: little by night, most in the
  /// evening, some in the morning.
  private func share(_ hour: Double) -> Double {
    let morning = exp(-pow((hour - 7.5) / 1.5, 2))
    let evening = 1.6 * exp(-pow((hour - 19.5) / 2.5, 2))
    return (0.35 + morning + evening) / 27.2
  }
}

extension SeededGenerator {
  /// A number from 0 up to 1.
  mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }
}
