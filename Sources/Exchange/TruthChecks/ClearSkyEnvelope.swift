// SPDX-License-Identifier: Apache-2.0

/// The site's own clear days: what the plane that explains it best gave at most, half hour by half
/// hour.
struct ClearSkyEnvelope {
  /// Its place among all planes.
  private let plane: Int
  private let factors: [Double]
  private let level: Double
  /// How badly the best plane explains the site, as a part.
  let misfit: Double
  /// How much above a usual clear day the very best were, as a part.
  let headroom: Double

  /// By so much a clear day may differ from another: air, soot, temperature, a bad plane.
  var tolerance: Double { 0.05 + misfit + 0.5 * headroom }

  /// Learns from the days of `reference`; nil with fewer than 24.
  init?(_ site: SiteRecordings, reference: [Int], sky: (Int) -> ClearSky) {
    guard reference.count >= 24 else { return nil }
    let days = reference.suffix(60)
    let series = days.compactMap { site.series($0) }
    let skies = days.map(sky)
    var best: (misfit: Double, plane: Int, median: Double, yields: [[Double]])?
    for plane in ClearSky.Plane.all.indices {
      let yields = skies.map { $0.yields[plane] }
      guard let (misfit, median) = ClearSkyEnvelope.explain(series, by: yields) else { continue }
      if misfit < best?.misfit ?? .infinity { best = (misfit, plane, median, yields) }
    }
    guard let best else { return nil }
    plane = best.plane
    misfit = best.misfit
    let factors = (0..<48).map { slot in
      min(
        2.5 * best.median,
        Statistics.largest(
          2, of: zip(series, best.yields).map { $0[slot] / max($1[slot], 0.02) }))
    }
    self.factors = factors
    let levels = zip(series, best.yields).map { series, yield in
      series.reduce(0, +) / max(1, zip(factors, yield).reduce(0) { $0 + $1.0 * $1.1 })
    }
    let level = Statistics.largest(3, of: levels)
    guard level > 0 else { return nil }
    self.level = level
    headroom = max(
      0, (Statistics.largest(1, of: levels) - Statistics.largest(6, of: levels)) / level)
  }

  /// How badly a plane explains clear half hours in three parts of the reference, and the factor it
  /// needs; nil where it hardly ever sees the sun.
  private static func explain(
    _ series: [[Double]], by yields: [[Double]]
  ) -> (misfit: Double, median: Double)? {
    let most = yields.map { $0.max() ?? 0 }.max() ?? 0
    var cells: [(factor: Double, weight: Double)] = []
    let third = series.count / 3
    let extra = series.count % 3
    var start = 0
    for part in 0..<3 {
      let end = start + third + (part < extra ? 1 : 0)
      for slot in 0..<48 {
        var factors: [Double] = []
        var weight = 0.0
        for day in start..<end where yields[day][slot] > 0.15 * most {
          factors.append(series[day][slot] / yields[day][slot])
          weight += yields[day][slot]
        }
        guard factors.count == end - start, !factors.isEmpty else { continue }
        cells.append((Statistics.largest(2, of: factors), weight / Double(factors.count)))
      }
      start = end
    }
    guard cells.count >= 6 else { return nil }
    cells.sort { $0.factor < $1.factor }
    let total = cells.reduce(0) { $0 + $1.weight }
    var sum = 0.0
    var median = 0.0
    for cell in cells {
      sum += cell.weight
      if sum >= total / 2 {
        median = cell.factor
        break
      }
    }
    guard median > 0 else { return nil }
    let miss = cells.reduce(0) { $0 + $1.weight * abs($1.factor - median) }
    return (miss / (total * median), median)
  }

  /// The most that a day is expected to give under `sky`.
  func expected(_ sky: ClearSky) -> [Double] {
    zip(factors, sky.yields[plane]).map { level * $0 * $1 }
  }
}
