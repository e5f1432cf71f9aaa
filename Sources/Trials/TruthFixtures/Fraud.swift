// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Quantities
public import TruthChecks

/// Ways of claiming more sun than there was, to try the checks on.
public enum Fraud: String, CaseIterable, Sendable {
  case scaled = "all intervals scaled from a day on"
  case added = "the same Wh added to each daylight interval"
  case night = "generation at night"
  case replay = "sunny days replayed on cloudy ones"
  case noisyReplay = "the same with 2 % of noise"
  case scaledReplay = "earlier days replayed, scaled"
  case copied = "a neighbour's days copied, scaled"
  case battery = "a battery charged from the grid, sold as sun in the evening"
  case filled = "gaps between clouds filled"
  case random = "random intervals inflated"
  case peak = "the best hours of each day inflated"
  case fewDays = "a few days times one and a half"
  case typical = "a mean day invented for some days"
  case overCapacity = "days above the registered capacity"

  /// `site` with the days of `month` changed so that they add up to about `strength` more.
  /// - Returns: nil where the kind cannot reach that on these days.
  public func commit(
    on site: SiteRecordings, neighbours: [SiteRecordings], month: Range<Int>, strength: Double,
    chance: inout SeededGenerator
  ) -> SiteRecordings? {
    var series = month.map { day in generated(site, day) }
    let honest = series.flatMap { $0 }.reduce(0, +)
    guard honest > 0 else { return nil }
    let wanted = strength * honest
    switch self {
    case .scaled: scale(&series) { _, _ in 1 + strength }
    case .added: add(wanted, to: &series) { day, slot in day[slot] > 0 }
    case .night: add(wanted, to: &series) { _, slot in slot < 6 || slot >= 44 }
    case .battery: add(wanted, to: &series) { _, slot in (38..<46).contains(slot) }
    case .replay, .noisyReplay: replay(site, month, wanted, &series, &chance)
    case .scaledReplay:
      for index in series.indices {
        let past = generated(site, month.lowerBound - 1 - Int(chance.below(40)))
        let total = past.reduce(0, +)
        guard total > 0 else { continue }
        let factor = (1 + strength) * honest / Double(series.count) / total
        series[index] = past.map { ($0 * factor).rounded() }
      }
    case .copied:
      guard let other = chance.pick(neighbours) else { return nil }
      let copies = month.map { generated(other, $0) }
      let total = copies.flatMap { $0 }.reduce(0, +)
      guard total > 0 else { return nil }
      series = copies.map { $0.map { ($0 * (honest + wanted) / total).rounded() } }
    case .filled: fill(wanted, &series)
    case .random:
      var factors: [Double] = []
      for _ in 0..<48 * series.count {
        factors.append(chance.happens(3, of: 10) ? 0.5 + Double(chance.below(1000)) / 1000 : 0)
      }
      scaleBy(wanted, &series) { index, slot in factors[48 * index + slot] }
    case .peak:
      let limits = series.map { $0.sorted(by: >)[6] }
      let days = series
      scaleBy(wanted, &series) { index, slot in days[index][slot] > limits[index] ? 1 : 0 }
    case .fewDays: multiply(1.5, wanted, &series, &chance)
    case .typical: invent(site, month, strength, &series, &chance)
    case .overCapacity: exceed(site, wanted, &series, &chance)
    }
    guard series.flatMap({ $0 }).reduce(0, +) >= honest + 0.5 * wanted else { return nil }
    var changed = site
    for (index, day) in month.enumerated() {
      changed.days[day - site.firstDay] = SiteRecordings.Day(generated: series[index])
    }
    return changed
  }

  private func generated(_ site: SiteRecordings, _ day: Int) -> [Double] {
    guard site.days.indices.contains(day - site.firstDay),
      let known = site.days[day - site.firstDay]
    else { return [Double](repeating: 0, count: 48) }
    return known.generated
  }

  private func scale(_ series: inout [[Double]], _ factor: (Int, Int) -> Double) {
    for index in series.indices {
      for slot in 0..<48 {
        series[index][slot] = (series[index][slot] * factor(index, slot)).rounded()
      }
    }
  }

  /// Multiplies by 1 + k × weight, k so that `wanted` is added in all.
  private func scaleBy(
    _ wanted: Double, _ series: inout [[Double]], _ weight: (Int, Int) -> Double
  ) {
    var base = 0.0
    for (index, day) in series.enumerated() {
      for slot in 0..<48 { base += day[slot] * weight(index, slot) }
    }
    let factor = base > 0 ? wanted / base : 0
    scale(&series) { 1 + factor * weight($0, $1) }
  }

  private func add(
    _ wanted: Double, to series: inout [[Double]], where fits: ([Double], Int) -> Bool
  ) {
    let each = wanted / Double(series.count)
    for index in series.indices {
      let slots = (0..<48).filter { fits(series[index], $0) }
      for slot in slots { series[index][slot] += (each / Double(slots.count)).rounded() }
    }
  }

  private func replay(
    _ site: SiteRecordings, _ month: Range<Int>, _ wanted: Double, _ series: inout [[Double]],
    _ chance: inout SeededGenerator
  ) {
    let past = ((month.lowerBound - 45)..<month.lowerBound).map { generated(site, $0) }
      .sorted { $0.reduce(0, +) > $1.reduce(0, +) }.prefix(8)
    var gained = 0.0
    for index in series.indices.sorted(by: { series[$0].reduce(0, +) < series[$1].reduce(0, +) }) {
      guard gained < wanted, let sunny = chance.pick(Array(past)) else { break }
      var copy = sunny
      if self == .noisyReplay {
        // The sum of three even chances is close enough to a bell.
        copy = copy.map { energy in
          let bell = (0..<3).reduce(0.0) { sum, _ in sum + Double(chance.below(2001)) / 1000 - 1 }
          return (energy * (1 + 0.02 * bell)).rounded()
        }
      }
      let gain = copy.reduce(0, +) - series[index].reduce(0, +)
      guard gain > 0 else { continue }
      series[index] = copy
      gained += gain
    }
  }

  private func fill(_ wanted: Double, _ series: inout [[Double]]) {
    // Up to nearly the best that any day of the month gave in that half hour.
    let best = (0..<48).map { slot in 0.97 * (series.map { $0[slot] }.max() ?? 0) }
    let gap = series.reduce(0) { sum, day in
      sum + (0..<48).reduce(0) { $0 + max(0, best[$1] - day[$1]) }
    }
    let part = gap > 0 ? min(1, wanted / gap) : 0
    for index in series.indices {
      for slot in 0..<48 {
        series[index][slot] =
          (series[index][slot] + part * max(0, best[slot] - series[index][slot])).rounded()
      }
    }
  }

  private func multiply(
    _ factor: Double, _ wanted: Double, _ series: inout [[Double]],
    _ chance: inout SeededGenerator
  ) {
    var gained = 0.0
    var left = Array(series.indices)
    while gained < wanted, !left.isEmpty {
      let index = left.remove(at: Int(chance.below(UInt64(left.count))))
      gained += (factor - 1) * series[index].reduce(0, +)
      series[index] = series[index].map { ($0 * factor).rounded() }
    }
  }

  private func invent(
    _ site: SiteRecordings, _ month: Range<Int>, _ strength: Double, _ series: inout [[Double]],
    _ chance: inout SeededGenerator
  ) {
    // A mean day in place of as many dark ones as it takes.
    let past = ((month.lowerBound - 60)..<month.lowerBound).map { generated(site, $0) }
    let mean = (0..<48).map { slot in
      (1.3 * past.reduce(0) { $0 + $1[slot] } / Double(past.count)).rounded()
    }
    let total = mean.reduce(0, +)
    let honest = series.flatMap { $0 }.reduce(0, +)
    var gained = 0.0
    for index in series.indices.sorted(by: { series[$0].reduce(0, +) < series[$1].reduce(0, +) }) {
      let gain = total - series[index].reduce(0, +)
      guard gained < strength * honest, gain > 0 else { break }
      series[index] = mean
      gained += gain
    }
  }

  private func exceed(
    _ site: SiteRecordings, _ wanted: Double, _ series: inout [[Double]],
    _ chance: inout SeededGenerator
  ) {
    var gained = 0.0
    var left = Array(series.indices)
    while gained < wanted, !left.isEmpty {
      let index = left.remove(at: Int(chance.below(UInt64(left.count))))
      let most = series[index].max() ?? 0
      guard most > 0.2 * site.capacityW / 2 else { continue }
      let factor = 1.25 * 0.5 * site.capacityW / most
      gained += (factor - 1) * series[index].reduce(0, +)
      series[index] = series[index].map { ($0 * factor).rounded() }
    }
  }
}
