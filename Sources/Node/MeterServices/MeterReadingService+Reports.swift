// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Clocks
import Foundation
import Ledger
import LedgerCrypto
import LedgerStore
import Logging
import Metering
import NodeServices
import Quantities

/// What was read becomes signed reports, as the pure `ReportPlanner` decides.
extension MeterReadingService {
  /// From when on samples are needed: three days, and longer while half hours wait to be reported,
  /// for as long as the law takes them.
  var samplesFrom: NetworkTime {
    let now = clock.now.seconds
    let lateness = UInt64(keeper.store.genesis.rules.reportLateness) * Interval.seconds
    let unreported = planner.next.map {
      $0.start.seconds.subtractingDownToZero(CounterTimeline.reach)
    }
    let wanted = min(now.subtractingDownToZero(MeterReadingService.horizon), unreported ?? now)
    return NetworkTime(seconds: max(wanted, now.subtractingDownToZero(lateness)))
  }

  /// The ledger at one moment: read bit by bit while blocks come, what it says would not fit
  /// together.
  private func view(_ frozen: LedgerStore? = nil) throws -> ReportPlanner.View {
    let store = try frozen ?? keeper.store.frozen()
    let rules = store.genesis.rules
    guard let site, let record = try store.site(site) else {
      return .init(record: nil, progress: nil, pending: [], rules: rules)
    }
    let isSuspended = try store.member(record.member)?.isSuspended ?? true
    let pending = try store.pending().compactMap { pending -> (TransactionId, Report)? in
      guard case .report(let report) = pending.transaction, report.site == site else { return nil }
      return (pending.id, report)
    }
    return .init(
      record: isSuspended ? nil : record, progress: try store.progress(site), pending: pending,
      rules: rules)
  }

  /// Goes on from what was sampled and reported before a restart.
  /// - Parameter afterRefusal: a report was refused, so those that were signed are not sent again.
  func resume(afterRefusal: Bool = false) throws {
    site = try keeper.store.site(of: settings.key.publicKey)
    let view = try view()
    planner.resume(from: view)
    if !afterRefusal { try goOnFromUnsent(view.record) }
    // Counters that this node sums up itself begin anew with the samples: a book is never played to twice.
    book = MeterBook(book.plan, offset: settings.offset)
    replay()
  }

  /// Goes on from the newest signed report where a full disk or a power cut kept it from waiting
  /// for a block: another one of the same half hours would speak against it.
  private func goOnFromUnsent(_ record: SiteRecord?) throws {
    guard let site, let record else { return }
    let end = Interval(containing: clock.now).number
    let recent = try samples.store.signedReports(
      of: site, from: Interval(end.subtractingDownToZero(192)))
    for report in recent { planner.remember(EncodedTransaction(.report(report)).id) }
    guard let report = recent.last, planner.joins(report, to: record) else { return }
    unsent = EncodedTransaction(.report(report))
    planner.goOn(after: report)
  }

  /// Goes back to what the chain holds when a report of ours was refused.
  private func returnToChain() async throws {
    guard unsent == nil else { return }
    let (lost, goesBack) = planner.withdrawals(try view())
    if !lost.isEmpty { await keeper.withdraw(lost) }
    guard goesBack else { return }
    logger.error(
      "a report was refused; going on from the chain",
      metadata: ["next": "\(planner.next?.description ?? "none")"])
    try resume(afterRefusal: true)
  }

  /// Stands back when another box's reports are the newest of what came after the start, two of
  /// them confirmed: of two boxes with one key that look at one chain, only one can see that.
  private func lookForOtherBox() throws {
    guard let site, !health.otherBox else { return }
    let store = try keeper.store.frozen()
    // Usually the newest report on the chain is this box's own.
    if let last = planner.newest, try store.progress(site)?.next == planner.next,
      try store.place(of: last) != nil
    {
      return
    }
    guard let window = ReportPlanner.otherBoxWindow(started: started, now: clock.now) else {
      return
    }
    let settled = try store.settledHeight()
    let reports = try store.reports(of: site, in: window).map {
      (id: $0.id, isConfirmed: $0.height <= settled)
    }
    guard planner.isAnotherBox(reports) else { return }
    health.otherBox = true
    logger.error(
      "another box reports with this site's key, so this one no longer does: stop one of the two, then start the other again"
    )
  }

  /// Cuts and signs reports of all that is ripe up to `boundary`.
  func report(until boundary: NetworkTime) async throws {
    if site == nil, try keeper.store.site(of: settings.key.publicKey) != nil {
      logger.notice("the operator has registered this site: reports begin")
      try resume()
    }
    if let signed = unsent {
      let refusal = try await keeper.offer(signed)
      unsent = nil
      if refusal != nil { try resume(afterRefusal: true) }
    }
    try lookForOtherBox()
    guard !health.otherBox else { return }
    try await returnToChain()
    compareRoofs()
    book.dropSilentSale()
    followTotals(book.plan)
    health.waiting = nil
    // What waits and what is on the chain is read once: the planner itself goes on from report to report.
    let view = try view()
    while true {
      let decision = planner.decide(
        book, view, until: boundary, from: Interval(containing: samplesFrom), now: clock.now)
      switch decision {
      case .nothing: return
      case .wait(let interval):
        health.waiting = interval.start.seconds
        return
      case .sign(let draft, let cutter):
        guard let record = view.record,
          try await sign(draft, of: record.id, cutter: cutter)
        else { return }
      }
    }
  }

  /// The samples that an auditor needs for the half hours of a draft: those around them, and what
  /// the meter said later of their days.
  private func evidence(under draft: ReportDraft) throws -> Evidence {
    let (first, next) = (draft.readings[0].interval.start, draft.next.start)
    let from = NetworkTime(seconds: first.seconds.subtractingDownToZero(CounterTimeline.reach))
    let days = settings.offset.clock(at: first).date...settings.offset.clock(at: next).date
    return Evidence(
      try samples.samples(
        from: from, until: next.advanced(by: CounterTimeline.reach), historyOf: days))
  }

  /// Signs a draft and lets it wait for a block.
  /// - Returns: whether to go on.
  private func sign(
    _ draft: ReportDraft, of site: SiteId, cutter: ReadingCutter
  ) async throws -> Bool {
    let evidence = try evidence(under: draft)
    let report = try Report(
      site: site, gapBefore: draft.gapBefore, readings: draft.readings,
      registers: draft.registers, sampleRoot: evidence.root, network: keeper.store.network,
      signedBy: settings.key)
    try samples.store.keep(evidence, of: report)
    let transaction = EncodedTransaction(.report(report))
    let before = planner
    unsent = transaction
    planner.signed(draft, cutter, as: transaction.id)
    let refusal = try await keeper.offer(transaction)
    unsent = nil
    switch refusal {
    case nil:
      book.goOn(from: cutter, at: draft.next.start)
      note(draft)
      return true
    case .otherReport:
      planner = before
      return false
    case .law(let reason):
      planner = before
      planner.remember(transaction.id)
      switch planner.refuse(draft, reason, try view()) {
      case .lookAnew: return false
      case .goAlone: return true
      case .leaveOut(let interval):
        logger.error(
          "the law refuses a half hour: it is left out",
          metadata: ["interval": "\(interval)", "reason": "\(reason)"])
        return true
      }
    }
  }

  private func note(_ draft: ReportDraft) {
    health.reports += 1
    health.lastReported = draft.next.start.seconds
    health.gaps += draft.readings.count { $0.isGap } + Int(draft.gapBefore)
    health.boardDisagreements += draft.boardDisagrees.count
    health.unexplained += draft.unexplained.count
    health.aboveRoof += draft.aboveRoof.count
    health.aboveConnection += draft.aboveConnection.count
    for flow in EnergyFlow.allCases {
      let name = "\(flow)"
      for reading in draft.readings {
        if reading[quality: flow] == .unknown {
          health.unknownSince[name] = health.unknownSince[name] ?? reading.interval.start.seconds
        } else {
          health.unknownSince[name] = nil
        }
      }
    }
  }

  /// Forgets what nobody can ask for any more. Peers look at the samples under a report when it is
  /// new, an exchange when it is claimed: nobody after the days in which it can be, and a month for
  /// whoever wants to see them after that.
  func forget() throws {
    let from = samplesFrom
    try samples.store.forgetSamples(before: from)
    book.prune(before: from)
    planner.forget(before: Interval(containing: from))
    guard let site else { return }
    let now = Interval(containing: clock.now).number
    let days = keeper.store.genesis.rules.claimDays + 31
    try samples.store.forgetEvidence(
      of: site, before: Interval(now.subtractingDownToZero(days * 48)))
  }
}
