// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Ledger
public import LedgerCrypto
import LedgerStore
public import Logging
import Quantities
public import ServiceLifecycle

/// Claims everything that a site generated as soon as it is on the chain, and again until an
/// exchange has decided: for each report with generation a signed claim.
public struct StandingClaimService: Service {
  private let keeper: LedgerKeeper
  private let key: KeyPair
  private let again: Duration
  private let logger: Logger

  /// Standing claims of the site whose reports `key` signs.
  /// - Parameter again: how long to wait for a decision before a claim is sent once more.
  public init(
    keeper: LedgerKeeper, key: KeyPair, again: Duration, logger: Logger
  ) {
    self.keeper = keeper
    self.key = key
    self.again = again
    self.logger = logger
  }

  /// A claim on which nobody has decided yet.
  private struct Open {
    let claim: Claim
    var sentAt: ContinuousClock.Instant
  }

  /// Claims whenever the chain moves, until shutdown.
  public func run() async throws {
    let changes = await keeper.changes()
    await cancelWhenGracefulShutdown {
      var open: [ClaimId: Open] = [:]
      var next: Interval?
      for await _ in changes {
        do {
          next = try await claim(from: next, &open)
          try await remind(&open)
          keeper.figures.show(claimsWaiting: open.count)
        } catch { logger.error("no claim made", metadata: ["error": "\(error)"]) }
      }
    }
  }

  /// Claims the reports from `next` on; after a start, those of the last weeks that were not
  /// minted.
  /// - Returns: the first interval that is not yet claimed.
  private func claim(from next: Interval?, _ open: inout [ClaimId: Open]) async throws -> Interval?
  {
    // At one moment: a report that a reorganisation took back between two readings would never be claimed.
    let store = try keeper.store.frozen()
    guard let site = try store.site(of: key.publicKey),
      let record = try store.site(site),
      let progress = try store.progress(site)
    else { return next }
    let window = min(progress.next.number, min(store.genesis.rules.claimDays, 40) * 48)
    let from = next ?? max(record.activeFrom, Interval(progress.next.number - window))
    // A reorganisation may have taken reports back: they come again, under the same claims.
    guard from < progress.next else { return progress.next }
    var periods: [(first: Interval, length: UInt32)] = []
    for (report, _, _) in try store.reports(of: site, in: from..<progress.next)
    where report.total(.generated) > .zero {
      periods.append((report.first, UInt32(report.readings.count)))
    }
    if next == nil { periods += try unreported(in: from..<progress.next, record, store) }
    for period in periods where try !isMinted(period.first, record, store) {
      let claim = Claim(
        site: site, first: period.first, length: period.length, network: store.network,
        signedBy: key)
      guard try store.decisions(on: claim.id).isEmpty else { continue }
      open[claim.id] = Open(claim: claim, sentAt: .now)
      await keeper.claim(claim)
    }
    return progress.next
  }

  /// Half hours with generation whose reports this store does not hold: it began from a snapshot,
  /// or was made anew. Each is claimed by itself, so that a claim from before cannot overlap more
  /// than one.
  private func unreported(
    in range: Range<Interval>, _ record: SiteRecord, _ store: LedgerStore
  ) throws -> [(first: Interval, length: UInt32)] {
    var held: Set<Interval> = []
    for (report, _, _) in try store.reports(of: record.id, in: range) {
      held.formUnion(report.readings.map(\.interval))
    }
    var days: [UInt32: SiteDay] = [:]
    return try (range.lowerBound.number..<range.upperBound.number).compactMap { number in
      let interval = Interval(number)
      let (date, slot) = record.day(of: interval)
      if days[date] == nil, let day = try store.day(record.id, date) {
        days[date] = day
      }
      guard let day = days[date], day.isRecorded(slot), day.generated[slot] > 0 else { return nil }
      return held.contains(interval) ? nil : (interval, 1)
    }
  }

  /// Sends claims again on which no decision came; an exchange may have been away.
  private func remind(_ open: inout [ClaimId: Open]) async throws {
    guard let site = try keeper.store.site(of: key.publicKey),
      let record = try keeper.store.site(site)
    else { return }
    for (id, waiting) in open where ContinuousClock.now - waiting.sentAt >= again {
      if try isMinted(waiting.claim.first, record, keeper.store)
        || !keeper.store.decisions(on: id).isEmpty
      {
        open[id] = nil
      } else {
        open[id]?.sentAt = .now
        await keeper.claim(waiting.claim)
      }
    }
  }

  private func isMinted(
    _ interval: Interval, _ record: SiteRecord, _ store: LedgerStore
  ) throws -> Bool {
    let (number, slot) = record.day(of: interval)
    guard let day = try store.day(record.id, number) else {
      return false
    }
    return day.minted & (1 << UInt64(slot)) != 0
  }
}
