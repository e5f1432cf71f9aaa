// SPDX-License-Identifier: Apache-2.0

import Quantities
import TruthChecks
import TruthFixtures

/// How often the truth checks hold honest days, and how often they find frauds within a month: the
/// table of Docs/truth.md, on the measured homes of ../shared/data.
func truth() throws -> [Figure] {
  let homes = MeasuredHomes.fontana
  guard homes.count == 8 else { throw BenchError(description: "../shared/data is not there") }
  var figures: [Figure] = []
  for (name, hasNeighbours) in [("neighbours", true), ("alone", false)] {
    figures += honest(homes, name, hasNeighbours)
    for fraud in Fraud.allCases {
      for strength in [0.05, 0.1, 0.2, 0.5] {
        figures += detection(fraud, strength, homes, name, hasNeighbours)
      }
    }
  }
  return figures
}

private func others(_ index: Int, _ homes: [SiteRecordings], _ hasNeighbours: Bool)
  -> [SiteRecordings]
{
  hasNeighbours ? homes.indices.filter { $0 != index }.map { homes[$0] } : []
}

private func honest(
  _ homes: [SiteRecordings], _ name: String, _ hasNeighbours: Bool
) -> [Figure] {
  var sum = Trial.Outcome()
  for (index, home) in homes.enumerated() {
    let outcome = Trial.review(
      home, neighbours: others(index, homes, hasNeighbours),
      month: home.firstDay + 21..<home.firstDay + home.days.count)
    sum.days += outcome.days
    sum.held += outcome.held
    for (check, count) in outcome.checks { sum.checks[check, default: 0] += count }
  }
  let by = sum.checks.sorted { $0.key.rawValue < $1.key.rawValue }
    .map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")
  return [
    Figure(
      name: "honest_days_held_\(name)", value: Double(sum.held),
      unit: "of \(sum.days) days (\(by))", ratio: Double(sum.held) / Double(sum.days) / 0.01,
      to: "1 % of days")
  ]
}

private func detection(
  _ fraud: Fraud, _ strength: Double, _ homes: [SiteRecordings], _ name: String,
  _ hasNeighbours: Bool
) -> [Figure] {
  var chance = SeededGenerator(seed: 17)
  var (months, found, days, held) = (0, 0, 0, 0)
  for (index, home) in homes.enumerated() {
    let room = UInt64(home.days.count - 30 - 75)
    let first = home.firstDay + 75 + Int(chance.below(room))
    let month = first..<first + 30
    let neighbours = others(index, homes, hasNeighbours)
    guard
      let cheat = fraud.commit(
        on: home, neighbours: others(index, homes, true), month: month, strength: strength,
        chance: &chance)
    else { continue }
    let outcome = Trial.review(cheat, neighbours: neighbours, month: month)
    months += 1
    found += outcome.held > 0 ? 1 : 0
    days += outcome.days
    held += outcome.held
  }
  guard months > 0 else { return [] }
  return [
    Figure(
      name: "\(fraud)_\(Int(strength * 100))_\(name)", value: Double(found),
      unit: "of \(months) months found, \(held) of \(days) days held",
      ratio: Double(found) / Double(months) / 0.95, to: "95 % of months")
  ]
}
