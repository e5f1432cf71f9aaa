// SPDX-License-Identifier: Apache-2.0

import Foundation
import Quantities

/// The sun and a cloudless sky over a place on one day, half hour by half hour.
///
/// Sources: Cooper 1969 (declination) with the usual short equation of time; Kasten and Young 1989
/// (air mass); Meinel 1976 (direct beam); Haurwitz 1945 (global irradiance).
struct ClearSky: Sendable {
  /// A roof's plane: tilt and azimuth in degrees, azimuth from north by east.
  struct Plane: Hashable, Sendable {
    let tilt: Double
    let azimuth: Double

    /// All planes that a roof is tried as: flat, and five tilts to twelve sides.
    static let all: [Plane] = {
      var planes = [Plane(tilt: 0, azimuth: 0)]
      for tilt in [10.0, 20, 30, 40, 55] {
        for side in 0..<12 { planes.append(Plane(tilt: tilt, azimuth: Double(30 * side))) }
      }
      return planes
    }()
  }

  /// Direct normal, diffuse and global irradiance in W/m², at the middle of each half hour.
  private(set) var direct = [Double](repeating: 0, count: 48)
  private(set) var diffuse = [Double](repeating: 0, count: 48)
  private(set) var global = [Double](repeating: 0, count: 48)
  /// The sun is below −1° from half an hour before the half hour to half an hour after it.
  private(set) var isNight = [Bool](repeating: false, count: 48)
  private var sun: [(east: Double, north: Double, up: Double)] = []
  /// Wh per W of capacity that each plane of `Plane.all` gives in each half hour.
  private(set) var yields: [[Double]] = []

  /// The sky of `day` (days since 1970) at a place whose clock is `utcOffset` hours ahead of UTC.
  init(day: Int, latitude: Double, longitude: Double, utcOffset: Double) {
    let position = SunPosition(
      dayOfYear: ClearSky.dayOfYear(day), latitude: latitude, longitude: longitude,
      utcOffset: utcOffset)
    for slot in 0..<48 {
      let hour = Double(slot) / 2
      let at = position.direction(hour + 0.25)
      sun.append(at)
      let highest = [-0.5, 0, 0.5, 1].map { position.direction(hour + $0).up }.max() ?? 0
      isNight[slot] = asin(min(1, max(-1, highest))) * 180 / .pi < -1
      guard at.up > 0.01 else { continue }
      let elevation = asin(min(1, at.up)) * 180 / .pi
      let airMass = 1 / (at.up + 0.50572 * pow(elevation + 6.07995, -1.6364))
      direct[slot] = 1361 * pow(0.7, pow(airMass, 0.678))
      global[slot] = 1098 * at.up * exp(-0.057 / at.up)
      diffuse[slot] = min(
        0.35 * global[slot], max(0.08 * global[slot], global[slot] - direct[slot] * at.up))
    }
    yields = Plane.all.map(yield)
  }

  /// Wh per W of capacity that a plane gives in each half hour, softened over its neighbours.
  private func yield(_ plane: Plane) -> [Double] {
    let (tilt, azimuth) = (plane.tilt * .pi / 180, plane.azimuth * .pi / 180)
    let (toEast, toNorth, toUp) = (
      sin(tilt) * sin(azimuth), sin(tilt) * cos(azimuth), cos(tilt)
    )
    let (skyPart, groundPart) = ((1 + toUp) / 2, 0.2 * (1 - toUp) / 2)
    var raw = [Double](repeating: 0, count: 48)
    for slot in 0..<48 {
      let (east, north, up) = sun[slot]
      let incidence = max(0, east * toEast + north * toNorth + up * toUp)
      let beam = direct[slot] * incidence
      raw[slot] = 0.0005 * (beam + diffuse[slot] * skyPart + global[slot] * groundPart)
    }
    var soft = raw
    for slot in 1..<47 { soft[slot] = 0.25 * (raw[slot - 1] + raw[slot + 1]) + 0.5 * raw[slot] }
    return soft
  }

  /// The most Wh per W that any roof could give in each half hour, its neighbours' included.
  var ceiling: [Double] {
    let own = (0..<48).map { 0.5 * min(1, (direct[$0] + diffuse[$0]) / 1000 + 0.08) }
    return (0..<48).map { slot in
      isNight[slot] ? 0 : max(own[slot], own[(slot + 47) % 48], own[(slot + 1) % 48])
    }
  }

  /// The number of a day in its year, from 1.
  static func dayOfYear(_ day: Int) -> Int {
    CalendarDate(dayNumber: Int64(day)).dayOfYear
  }
}

/// Where the sun stands on a day.
private struct SunPosition {
  private let declination: Double
  private let equationOfTime: Double
  private let latitude: Double
  private let solarOffset: Double

  init(dayOfYear: Int, latitude: Double, longitude: Double, utcOffset: Double) {
    let angle = 2 * Double.pi * Double(dayOfYear - 81) / 364
    equationOfTime = 9.87 * sin(2 * angle) - 7.53 * cos(angle) - 1.5 * sin(angle)
    declination = 23.45 * .pi / 180 * sin(2 * .pi * Double(284 + dayOfYear) / 365)
    self.latitude = latitude * .pi / 180
    solarOffset = longitude / 15 - utcOffset - 12
  }

  /// East, north and up of the direction to the sun at an hour of the site's clock.
  func direction(_ hour: Double) -> (east: Double, north: Double, up: Double) {
    let angle = 15 * (hour + equationOfTime / 60 + solarOffset) * .pi / 180
    return (
      -cos(declination) * sin(angle),
      cos(latitude) * sin(declination) - sin(latitude) * cos(declination) * cos(angle),
      sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(angle)
    )
  }
}
