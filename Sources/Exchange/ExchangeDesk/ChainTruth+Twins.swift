// SPDX-License-Identifier: Apache-2.0

import Ledger
import LedgerStore
import Quantities
import TruthChecks

/// One meter at two sites mints each kilowatt-hour twice. Neighbours are alike, and never to the
/// watt-hour: Docs/truth.md.
extension ChainTruth {
  /// So many half hours with generation tell twins from chance, and so many of ten are the same.
  private static let twinSlots = 8
  private static let twinTenths = 9

  /// Whether another site under the same sky, of this member or another, recorded the same as this
  /// one on the best day of a claim. Reports are public: the one that came first to the chain is
  /// told of, the later one held, both where one block has them.
  /// - Parameter around: the sites that are looked at.
  func twin(
    _ claim: Claim, _ record: SiteRecord, _ around: [(id: SiteId, record: SiteRecord)]
  ) throws -> TruthFinding? {
    guard let (number, own) = try bestDay(of: claim, record) else { return nil }
    let slots = (0..<48).filter { own.generated[$0] > 0 }
    guard slots.count >= ChainTruth.twinSlots else { return nil }
    for (id, other) in around {
      guard let day = try store.day(id, number) else { continue }
      let same = slots.count { slot in
        let (one, two) = (day.generated[slot], own.generated[slot])
        return max(one, two) - min(one, two) <= 1
      }
      guard same * 10 >= slots.count * ChainTruth.twinTenths else { continue }
      let (here, there) = (
        try height(of: claim.site, record, number), try height(of: id, other, number)
      )
      return TruthFinding(
        check: .twin, score: here < there ? 0.3 : here == there ? 0.5 : 0.9,
        sentence: "site \(other.name) recorded the same in \(same) of \(slots.count) half hours")
    }
    return nil
  }

  /// The height at which the last report of a day lies.
  private func height(
    of site: SiteId, _ record: SiteRecord, _ day: UInt32
  ) throws -> UInt64 {
    let range = record.interval(day: day, slot: 0)..<record.interval(day: day, slot: 47)
    let early = Interval(range.lowerBound.number.subtractingDownToZero(48))
    return try store.reports(of: site, in: early..<range.upperBound)
      .filter { $0.report.next > range.lowerBound }.map(\.height).max() ?? 0
  }

  private func bestDay(
    of claim: Claim, _ record: SiteRecord
  ) throws -> (number: UInt32, day: SiteDay)? {
    let first = record.day(of: claim.first).day
    let last = record.day(of: claim.first.advanced(by: claim.length - 1)).day
    var best: (number: UInt32, day: SiteDay)?
    for number in first...last {
      guard let day = try store.day(claim.site, number) else { continue }
      if day.generated.reduce(0, +) > best?.day.generated.reduce(0, +) ?? 0 {
        best = (number, day)
      }
    }
    return best
  }
}
