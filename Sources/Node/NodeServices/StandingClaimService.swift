// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Ledger
public import LedgerCrypto
import LedgerStore
public import Logging
import Quantities
public import ServiceLifecycle

/// Claims everything that a site generated, day by day of its own clock once the day is over and on
/// the chain, and again until an exchange has decided. An exchange judges whole days alone.
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
      var next: UInt32?
      for await _ in changes {
        do {
          next = try await claim(from: next, &open)
          try await remind(&open)
          keeper.figures.show(claimsWaiting: open.count)
        } catch { logger.error("no claim made", metadata: ["error": "\(error)"]) }
      }
    }
  }

  /// Claims the days from `next` on; after a start, those of the last weeks that were not minted.
  /// - Returns: the first day that is not yet claimed.
  private func claim(from next: UInt32?, _ open: inout [ClaimId: Open]) async throws -> UInt32? {
    // At one moment: what a reorganisation took back between two readings would never be claimed.
    let store = try keeper.store.frozen()
    guard let site = try store.site(of: key.publicKey),
      let record = try store.site(site),
      let progress = try store.progress(site)
    else { return next }
    var over = record.day(of: progress.next).day
    // Of a site that ended, or that fell silent for good, the last day will not become whole.
    let whole = record.interval(day: over.addingUpToMax(1), slot: 0)
    let isClosed = ReportsJoinLaw.isClosed(
      whole, lateness: store.genesis.rules.reportLateness, now: try store.newestTime())
    if progress.isEnded || isClosed { over += 1 }
    let weeks = over.subtractingDownToZero(min(store.genesis.rules.claimDays, 40))
    let from = next ?? max(record.day(of: record.activeFrom).day, weeks)
    // A reorganisation may have taken reports back: they come again, under the same claims.
    guard from < over else { return over }
    for number in from..<over {
      guard let day = try store.day(site, number) else { continue }
      for period in StandingClaimService.periods(of: day, under: record.support) {
        let claim = Claim(
          site: site, first: record.interval(day: number, slot: period.lowerBound),
          length: UInt32(period.count), network: store.network, signedBy: key)
        guard try store.decisions(on: claim.id).isEmpty else { continue }
        open[claim.id] = Open(claim: claim, sentAt: .now)
        await keeper.claim(claim)
      }
    }
    return over
  }

  /// The runs of recorded half hours of a day that were not minted and gave something.
  static func periods(
    of day: SiteDay, under support: PublicSupport
  ) -> [Range<Int>] {
    var periods: [Range<Int>] = []
    var begin: Int?
    for slot in 0...48 {
      let isOpen = slot < 48 && day.isRecorded(slot) && day.minted & (1 << UInt64(slot)) == 0
      if isOpen { begin = begin ?? slot }
      guard !isOpen, let from = begin else { continue }
      if (from..<slot).contains(where: {
        NoCoinWithoutEnergyLaw.creditable($0, of: day, under: support) > 0
      }) {
        periods.append(from..<slot)
      }
      begin = nil
    }
    return periods
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
