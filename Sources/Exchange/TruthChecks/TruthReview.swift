// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Asks all checks of a site's days. It is a function of what it is given: no clock, no chance.
///
/// Thresholds come from measured homes (`Docs/truth.md`); a day is doubted for giving too much,
/// never for giving too little.
public struct TruthReview {
  private var site: SiteRecordings
  private var neighbours: [SiteRecordings]
  /// Skies that were computed: a month of days looks back on the same.
  private var skies: [Int: ClearSky] = [:]

  /// A review of `site`; `neighbours` are sites under the same sky, on the same clock.
  public init(_ site: SiteRecordings, neighbours: [SiteRecordings]) {
    self.site = site
    self.neighbours = neighbours
  }

  /// What the checks find on a day; those with nothing to say are left out.
  public mutating func findings(on day: Int) -> [TruthFinding] {
    guard let known = site[day], known.total > 0 || known.sold > 0 else { return [] }
    for day in (day - 67)...day where skies[day] == nil {
      let sky = makeSky(day)
      skies[day] = sky
      site.settle(day, sky.isNight)
      for index in neighbours.indices { neighbours[index].settle(day, sky.isNight) }
    }
    let recorded = site[day] ?? known
    var findings = [reverse(recorded), battery(day), incomplete(day, recorded)].compactMap { $0 }
    findings += site.isSolar ? underTheSun(day, recorded) : anywhere(recorded)
    return findings.filter { $0.score > 0 }
  }

  /// What the checks of the sun find on a day: the half hours that are missing are left out of what
  /// is expected as well.
  private func underTheSun(_ day: Int, _ recorded: SiteRecordings.Day) -> [TruthFinding] {
    var findings = physical(recorded, sky(day))
    let references = site.references((day - 67)...(day - 8))
    let reference = NeighbourReference(
      site, neighbours, reference: references, halfLife: 20, day: day)
    var excess: Double?
    if let reference, let expected = reference.expected(day).map(recorded.within) {
      excess = (recorded.total - expected.reduce(0, +)) / reference.meanDay
      findings += beside(day, recorded, reference, expected)
    }
    findings += envelope(day, recorded, references, reference, excess)
    return findings + [replay(day, recorded)].compactMap { $0 }
  }

  /// Wind, water, heat and fuel may give all day what the plant can, and not more.
  private func anywhere(_ day: SiteRecordings.Day) -> [TruthFinding] {
    let most = site.capacityW * 0.5 * Double(day.recorded.nonzeroBitCount)
    guard most > 0 else { return [] }
    return [
      TruthFinding(
        check: .capacity, score: TruthFinding.score(day.total / most - 0.9, 0.1),
        sentence: "the day gave \(percent(day.total / most)) of the most that the plant can")
    ]
  }

  /// Days that lack half hours of daylight are compared by what is there; many of them are held,
  /// or whoever leaves one out each day would have no week, no season and no reference.
  private func incomplete(_ day: Int, _ recorded: SiteRecordings.Day) -> TruthFinding? {
    guard !recorded.isComplete else { return nil }
    let count = ((day - 29)...day).count { site[$0]?.isComplete == false }
    return TruthFinding(
      check: .incomplete, score: count > TruthReview.incompleteDays ? 0.6 : 0.4,
      sentence: "half hours of daylight are missing, on \(count) of 30 days")
  }

  /// So many days of thirty may lack half hours of daylight.
  private static let incompleteDays = 6

  private func sky(_ day: Int) -> ClearSky { skies[day] ?? makeSky(day) }

  private func makeSky(_ day: Int) -> ClearSky {
    ClearSky(
      day: day, latitude: site.latitude, longitude: site.longitude, utcOffset: site.utcOffset)
  }

  private func wh(_ value: Double) -> String { "\(Int(value.rounded())) Wh" }

  private func percent(_ value: Double) -> String { "\(Int((value * 100).rounded())) %" }

  // MARK: What no roof can give

  private func physical(_ day: SiteRecordings.Day, _ sky: ClearSky) -> [TruthFinding] {
    let limit = max(20, 0.01 * site.capacityW)
    let ceiling = sky.ceiling
    var (night, above) = (0.0, 0.0)
    for (slot, energy) in day.generated.enumerated() {
      if sky.isNight[slot] {
        night += energy
      } else {
        above += max(0, energy - 1.10 * ceiling[slot] * site.capacityW - 10)
      }
    }
    let best = sky.yields.map { $0.reduce(0, +) }.max() ?? 0
    let part = best > 0 ? day.total / (site.capacityW * best) : 0
    return [
      TruthFinding(
        check: .night, score: TruthFinding.score(night, limit),
        sentence: "\(wh(night)) were generated while the sun was down"),
      TruthFinding(
        check: .ceiling, score: TruthFinding.score(above, limit),
        sentence: "\(wh(above)) are more than a clear sky gives \(Int(site.capacityW)) W there"),
      TruthFinding(
        check: .capacity, score: TruthFinding.score(part - 0.9, 0.1),
        sentence: "the day gave \(percent(part)) of the most that a roof of that capacity can"),
    ]
  }

  // MARK: Meters and battery

  private func reverse(_ day: SiteRecordings.Day) -> TruthFinding? {
    let excess = day.sold - day.total - day.otherSupply - day.discharged
    guard excess > 0 else { return nil }
    return TruthFinding(
      check: .reverse, score: TruthFinding.score(excess, max(50, 0.02 * day.sold)),
      sentence: "\(wh(excess)) more were sold than generated and discharged")
  }

  private func battery(_ day: Int) -> TruthFinding? {
    guard site.batteryWh > 0 else { return nil }
    let days = ((day - 29)...day).compactMap { site[$0] }
    guard days.count == 30, days.allSatisfy({ $0.recorded == SiteRecordings.Day.allSlots }) else {
      return nil
    }
    let (charged, given) = (
      days.reduce(0) { $0 + $1.charged }, days.reduce(0) { $0 + $1.discharged }
    )
    if given > charged + site.batteryWh {
      return TruthFinding(
        check: .battery, score: 0.8,
        sentence: "in 30 days the battery gave \(wh(given)) and took \(wh(charged))")
    }
    guard charged >= 5 * site.batteryWh, (given + site.batteryWh) / charged < 0.65 else {
      return nil
    }
    return TruthFinding(
      check: .battery, score: 0.6,
      sentence:
        "in 30 days the battery took \(wh(charged)) and gave \(wh(given)) back: the rest may "
        + "have been sold as sun")
  }

  // MARK: Beside the neighbours

  private func beside(
    _ day: Int, _ recorded: SiteRecordings.Day, _ reference: NeighbourReference,
    _ expected: [Double]
  ) -> [TruthFinding] {
    let isFew = reference.count < 3
    let excess = (recorded.total - expected.reduce(0, +)) / reference.meanDay
    let dayLimit = max(isFew ? 0.17 : 0.08, 2.5 * reference.spread)
    let weekLimit = max(isFew ? 0.09 : 0.035, 1.5 * reference.spread)
    var findings = [
      TruthFinding(
        check: .neighbours, score: TruthFinding.score(excess, dayLimit),
        sentence: "\(percent(excess)) of a mean day more than \(reference.count) neighbours let "
          + "expect")
    ]
    if excess > 0.5 * weekLimit {
      var sum = 0.0
      for at in (day - 6)...day {
        guard let series = site.series(at), let expected = reference.expected(at) else { continue }
        let excess = (series.reduce(0, +) - expected.reduce(0, +)) / reference.meanDay
        sum += max(-0.15, min(0.15, excess))
      }
      findings.append(
        TruthFinding(
          check: .week, score: TruthFinding.score(sum / 7, weekLimit),
          sentence: "over a week \(percent(sum / 7)) more than neighbours let expect"))
    }
    if excess > 0.01, let finding = trend(day) { findings.append(finding) }
    if recorded.total > 0.5 * reference.meanDay,
      let own = Statistics.centroid(recorded.generated),
      let middle = Statistics.centroid(expected)
    {
      findings.append(clock(abs(own - middle), limit: isFew ? 1 : 0.7))
    }
    return findings
  }

  private func clock(_ hours: Double, limit: Double) -> TruthFinding {
    TruthFinding(
      check: .clock, score: TruthFinding.score(hours, limit),
      sentence: "the middle of the day's generation is \(Int((hours * 60).rounded())) minutes off")
  }

  private func trend(_ day: Int) -> TruthFinding? {
    let references = site.references((day - 67)...(day - 30))
    func middle(_ site: SiteRecordings) -> Double? {
      var sum = [Double](repeating: 0, count: 48)
      for day in references {
        guard let series = site.series(day) else { continue }
        for slot in 0..<48 { sum[slot] += series[slot] }
      }
      return Statistics.centroid(sum)
    }
    guard references.count >= 14, let own = middle(site) else { return nil }
    // Roofs to another side see the season differently.
    let alike = neighbours.filter { neighbour in
      middle(neighbour).map { abs($0 - own) <= 0.3 } ?? false
    }
    guard
      let reference = NeighbourReference(
        site, alike, reference: references, halfLife: nil, day: day), reference.count >= 2
    else { return nil }
    var (sum, expectedSum) = (0.0, 0.0)
    for at in (day - 13)...day {
      guard let series = site.series(at), let expected = reference.expected(at) else { continue }
      sum += series.reduce(0, +)
      expectedSum += expected.reduce(0, +)
    }
    guard expectedSum > 0 else { return nil }
    let rise = sum / expectedSum - 1
    return TruthFinding(
      check: .trend, score: TruthFinding.score(rise, max(0.05, 2 * reference.spread)),
      sentence: "two weeks are \(percent(rise)) above what held a month ago beside the neighbours")
  }

  // MARK: Beside the site's own clear days

  private func envelope(
    _ day: Int, _ recorded: SiteRecordings.Day, _ references: [Int],
    _ reference: NeighbourReference?, _ excess: Double?
  ) -> [TruthFinding] {
    guard let envelope = ClearSkyEnvelope(site, reference: references, sky: sky) else { return [] }
    let expected = recorded.within(envelope.expected(sky(day)))
    let most = expected.reduce(0, +)
    guard most > 0 else { return [] }
    let part = recorded.total / most
    var findings = [
      TruthFinding(
        check: .clearDay, score: TruthFinding.score(part - 1, envelope.tolerance),
        sentence: "the day is \(percent(part - 1)) above the site's own clear days"),
      hours(recorded, expected, envelope, most),
    ]
    if part > 1 {
      let week = ((day - 6)...day).compactMap { at -> Double? in
        guard let series = site.series(at) else { return nil }
        return series.reduce(0, +) / max(1, envelope.expected(sky(at)).reduce(0, +))
      }
      let third = Statistics.largest(3, of: week) - 1
      findings.append(
        TruthFinding(
          check: .clearWeek, score: TruthFinding.score(third, 0.85 * envelope.tolerance),
          sentence: "three days of the week are \(percent(third)) above the site's own clear days"))
    }
    // Neighbours who fit well know better whether the air was clearer than ever.
    let isTrusted = (reference?.spread ?? 1) < 0.105
    if let excess, isTrusted {
      guard excess < 0.04 else { return findings }
      return findings.map {
        TruthFinding(check: $0.check, score: min($0.score, 0.49), sentence: $0.sentence)
      }
    }
    if part > 0.75, let own = Statistics.centroid(recorded.generated),
      let middle = Statistics.centroid(expected)
    {
      findings.append(clock(abs(own - middle), limit: 1))
    }
    return findings
  }

  private func hours(
    _ recorded: SiteRecordings.Day, _ expected: [Double], _ envelope: ClearSkyEnvelope,
    _ most: Double
  ) -> TruthFinding {
    // Four half hours around each: slots at −2, −1, 0 and 1.
    func sums(_ series: [Double]) -> [Double] {
      series.indices.map { at in
        (at - 2...at + 1).reduce(0) { $0 + (series.indices.contains($1) ? series[$1] : 0) }
      }
    }
    let factor = 1.10 + envelope.misfit
    let above =
      zip(sums(recorded.generated), sums(expected)).reduce(0) { sum, pair in
        sum + max(0, pair.0 - factor * pair.1 - 0.02 * site.capacityW)
      } / 4
    return TruthFinding(
      check: .clearHours, score: TruthFinding.score(above, 0.06 * most),
      sentence: "\(wh(above)) within hours are above the site's own clear sky")
  }

  // MARK: Days that were there before

  private func replay(_ day: Int, _ recorded: SiteRecordings.Day) -> TruthFinding? {
    let most = recorded.generated.max() ?? 0
    let slots = (0..<48).filter { recorded.generated[$0] > 0.1 * most }
    guard slots.count >= 8 else { return nil }
    let own = slots.map { recorded.generated[$0] }
    let mean = own.reduce(0, +) / Double(own.count)
    var closest = Double.infinity
    for candidate in [site] + neighbours {
      for at in (day - 60)..<day {
        guard let other = candidate[at]?.generated else { continue }
        let values = slots.map { other[$0] }
        guard values.count(where: { $0 > 0 }) >= 8 else { continue }
        let (cross, square) = zip(own, values).reduce((0, 0)) {
          ($0.0 + $1.0 * $1.1, $0.1 + $1.1 * $1.1)
        }
        let factor = cross / max(square, 1)
        guard factor > 0 else { continue }
        let error = zip(own, values).reduce(0) { $0 + pow($1.0 - factor * $1.1, 2) }
        closest = min(closest, (error / Double(own.count)).squareRoot())
      }
    }
    guard closest.isFinite else { return nil }
    let limit = max(0.7, 0.002 * mean)
    return TruthFinding(
      check: .replay, score: min(1, limit / (2 * max(closest, 1e-6))),
      sentence: "the day is the same as an earlier one, to \(wh(closest)) a half hour")
  }
}
