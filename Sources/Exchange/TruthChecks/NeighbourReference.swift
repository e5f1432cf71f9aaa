// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What neighbours under the same sky let expect of a site, learnt from days before.
struct NeighbourReference {
  /// A neighbour and how many Wh of the site stand for one of its, by the half hour.
  private struct Fit {
    let neighbour: SiteRecordings
    let ratios: [Double]
  }

  private let fits: [Fit]
  /// The site's mean day over the reference.
  let meanDay: Double
  /// 90 % of the reference's days were predicted within this part of the mean day.
  let spread: Double
  /// How many neighbours speak.
  var count: Int { fits.count }

  /// Learns from the days of `reference`.
  /// - Parameters:
  ///   - halfLife: days after which a day counts half; nil for all alike.
  ///   - day: the day that is judged.
  init?(
    _ site: SiteRecordings, _ neighbours: [SiteRecordings], reference: [Int], halfLife: Double?,
    day: Int
  ) {
    guard reference.count >= 14 else { return nil }
    let own = reference.compactMap { site.series($0) }
    let mean = own.reduce(0) { $0 + $1.reduce(0, +) } / Double(own.count)
    let candidates = neighbours.compactMap {
      NeighbourReference.fit(site, $0, reference, halfLife, day)
    }
    guard !candidates.isEmpty, mean > 0 else { return nil }
    let ranked = candidates.map { fit -> (fit: Fit, miss: Double) in
      let misses = reference.compactMap { day -> Double? in
        guard let own = site.series(day), let expected = NeighbourReference.expected(fit, day)
        else { return nil }
        return abs(own.reduce(0, +) - expected.reduce(0, +)) / mean
      }
      return (fit, Statistics.median(misses))
    }
    // Stable: equals stay in the order in which the neighbours were named.
    fits = ranked.enumerated()
      .sorted { ($0.element.miss, $0.offset) < ($1.element.miss, $1.offset) }
      .prefix(3).map(\.element.fit)
    meanDay = mean
    let kept = fits
    spread = Statistics.quantile(
      0.9,
      of: reference.compactMap { day -> Double? in
        guard let own = site.series(day),
          let expected = NeighbourReference.combined(kept, day)
        else { return nil }
        return abs(own.reduce(0, +) - expected.reduce(0, +)) / mean
      })
  }

  private static func fit(
    _ site: SiteRecordings, _ neighbour: SiteRecordings, _ reference: [Int], _ halfLife: Double?,
    _ day: Int
  ) -> Fit? {
    var pairs: [(day: Int, own: [Double], other: [Double], ratio: Double)] = []
    for day in reference {
      guard let own = site.series(day), let other = neighbour.series(day) else { continue }
      let total = other.reduce(0, +)
      if total > 0 { pairs.append((day, own, other, own.reduce(0, +) / total)) }
    }
    let median = Statistics.median(pairs.map(\.ratio))
    guard median > 0 else { return nil }
    // Days on which only one of both had snow, shade or a fault teach nothing.
    pairs.removeAll { $0.ratio <= 0.85 * median || $0.ratio >= 1.2 * median }
    guard pairs.count >= 10 else { return nil }
    var (own, other) = ([Double](repeating: 0, count: 48), [Double](repeating: 0, count: 48))
    for pair in pairs {
      let weight = halfLife.map { pow(0.5, Double(day - pair.day) / $0) } ?? 1
      for slot in 0..<48 {
        own[slot] += weight * pair.own[slot]
        other[slot] += weight * pair.other[slot]
      }
    }
    (own, other) = (Statistics.smoothed(own), Statistics.smoothed(other))
    let total = other.reduce(0, +)
    let ratios = (0..<48).map { slot in
      other[slot] > 0.002 * total ? min(4 * median, own[slot] / other[slot]) : median
    }
    return Fit(neighbour: neighbour, ratios: ratios)
  }

  private static func expected(_ fit: Fit, _ day: Int) -> [Double]? {
    guard let other = fit.neighbour.series(day) else { return nil }
    return zip(other, fit.ratios).map { $0 * $1 }
  }

  private static func combined(_ fits: [Fit], _ day: Int) -> [Double]? {
    let expected = fits.compactMap { NeighbourReference.expected($0, day) }
    switch expected.count {
    case 0: return nil
    case 1: return expected[0]
    case 2:
      // Of two, the one that lets expect more: the doubt is for the site.
      return expected[0].reduce(0, +) >= expected[1].reduce(0, +) ? expected[0] : expected[1]
    default: return (0..<48).map { slot in Statistics.median(expected.map { $0[slot] }) }
    }
  }

  /// What is expected of a day, or nil where no neighbour recorded all of it.
  func expected(_ day: Int) -> [Double]? { NeighbourReference.combined(fits, day) }
}
