// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import LedgerStore
public import Quantities

/// The desk's check of a claim against the chain.
public enum ClaimCheck {
  /// What to do with a claim.
  public enum Verdict: Hashable, Sendable {
    case mint(MilliCoins)
    /// Its last day is not over, its reports are not final yet, or its member is suspended.
    case wait
    case refuse(String)
  }

  /// Judges a claim by the chain of `store`, which does not move meanwhile, on whole days: a day
  /// that is not over can be compared with nothing, and no hour of asking may evade a check.
  public static func verdict(
    on claim: Claim, in store: LedgerStore
  ) throws(StoreError) -> Verdict {
    guard let site = try store.site(claim.site) else {
      return .refuse("no such site")
    }
    guard claim.isSigned(by: site.key, in: store.network) else {
      return .refuse("the claim is not signed by the site's key")
    }
    guard try store.member(site.member)?.isSuspended == false else { return .wait }
    let day = site.day(of: claim.first.advanced(by: claim.length - 1)).day
    let end = site.interval(day: day.addingUpToMax(1), slot: 0)
    let isClosed = ReportsJoinLaw.isClosed(
      end, lateness: store.genesis.rules.reportLateness, now: try store.newestTime())
    guard let progress = try store.progress(claim.site),
      claim.first.advanced(by: claim.length) <= progress.next,
      end <= progress.next || progress.isEnded || isClosed
    else { return .wait }
    let settled = try store.settledHeight()
    let from = Interval(claim.first.number.subtractingDownToZero(48))
    for (report, _, height) in try store.reports(of: claim.site, in: from..<end)
    where report.next > claim.first {
      guard height <= settled else { return .wait }
    }
    return try worth(of: claim, site, store)
  }

  private static func worth(
    of claim: Claim, _ site: SiteRecord, _ store: LedgerStore
  ) throws(StoreError) -> Verdict {
    var generated = WattHours.zero
    for offset in 0..<claim.length {
      let interval = claim.first.advanced(by: offset)
      let (number, slot) = site.day(of: interval)
      guard let day = try store.day(claim.site, number) else {
        return .refuse("interval \(interval) is not recorded")
      }
      guard day.minted & (1 << UInt64(slot)) == 0 else {
        return .refuse("interval \(interval) was minted before")
      }
      generated += WattHours(
        Int64(NoCoinWithoutEnergyLaw.creditable(slot, of: day, under: site.support)))
    }
    let amount = NoCoinWithoutEnergyLaw.worth(
      of: generated, rate: store.genesis.rules.milliCoinsPerKilowattHour)
    return amount > .zero ? .mint(amount) : .refuse("nothing was generated")
  }
}
