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

/// What was read becomes signed reports.
extension MeterReadingService {
  /// From when on samples are needed: three days, and longer while half hours wait to be reported, for as long as the
  /// law takes them.
  private var samplesFrom: NetworkTime {
    let now = clock.now.seconds
    let lateness = UInt64(keeper.store.genesis.rules.reportLateness) * Interval.seconds
    let unreported = next.map { $0.start.seconds.subtractingDownToZero(CounterTimeline.reach) }
    let wanted = min(now.subtractingDownToZero(MeterReadingService.horizon), unreported ?? now)
    return NetworkTime(seconds: max(wanted, now.subtractingDownToZero(lateness)))
  }

  /// The ledger at one moment: read bit by bit while blocks come, what it says would not fit together.
  private struct View {
    let store: LedgerStore
    var record: SiteRecord?
    var progress: SiteProgress?

    init(_ store: LedgerStore, _ site: SiteId?) throws {
      self.store = try store.frozen()
      guard let site else { return }
      if let known = try self.store.site(site) { record = known }
      if let known = try self.store.progress(site) { progress = known }
    }
  }

  private var view: View { get throws { try View(keeper.store, site) } }

  /// Goes on from what was sampled and reported before a restart.
  /// - Parameter afterRefusal: a report was refused, so those that were signed are not sent again.
  func resume(afterRefusal: Bool = false) throws {
    site = try keeper.store.site(of: settings.key.publicKey)
    let view = try view
    next = view.progress?.next
    hasReported = view.progress != nil
    let tolerance = keeper.store.genesis.rules.balanceToleranceWh
    cutter = ReadingCutter(tolerance: WattHours(Int64(tolerance)), progress: view.progress)
    for report in try waiting(in: view).joined { goOn(after: report) }
    if !afterRefusal { try goOnFromUnsent(view.record) }
    // Counters that this node sums up itself begin anew with the samples: a book is never played to twice.
    book = MeterBook(
      sources: book.sources, consumption: book.consumption, offset: settings.offset)
    for (sample, day) in try samples.samples(since: samplesFrom) {
      book.record(sample, historyDay: day)
    }
    if let next { book.goOn(from: cutter, at: next.start) }
  }

  private func goOn(after report: Report) {
    cutter.resume(after: report)
    next = report.next
    hasReported = true
    remember(EncodedTransaction(.report(report)).id)
  }

  private func remember(_ id: TransactionId) {
    guard !signed.contains(id) else { return }
    signed = (signed + [id]).suffix(MeterReadingService.remembered)
  }

  /// Own reports that wait for a block: those that join up with the chain, and those that no longer can.
  private func waiting(in view: View) throws -> (joined: [Report], lost: [TransactionId]) {
    guard let record = view.record else { return ([], []) }
    var reach = view.progress?.next ?? record.activeFrom
    var (joined, lost): ([Report], [TransactionId]) = ([], [])
    let reports = try view.store.pending().compactMap { pending -> (TransactionId, Report)? in
      guard case .report(let report) = pending.transaction, report.site == site else { return nil }
      return (pending.id, report)
    }
    for (id, report) in reports.sorted(by: { $0.1.first < $1.1.first }) {
      if report.first.number == reach.number + report.gapBefore {
        joined.append(report)
        reach = report.next
      } else {
        lost.append(id)
      }
    }
    return (joined, lost)
  }

  /// Goes on from the newest signed report where a full disk or a power cut kept it from waiting for a block: another
  /// one of the same half hours would speak against it.
  private func goOnFromUnsent(_ record: SiteRecord?) throws {
    guard let site, let record else { return }
    let end = Interval(containing: clock.now).number
    let recent = try samples.store.signedReports(
      of: site, from: Interval(end.subtractingDownToZero(192)))
    for report in recent { remember(EncodedTransaction(.report(report)).id) }
    guard let report = recent.last,
      report.first.number == (next ?? record.activeFrom).number + report.gapBefore
    else { return }
    unsent = EncodedTransaction(.report(report))
    goOn(after: report)
  }

  /// Goes back to what the chain holds when a report of ours was refused, so that one bad report does
  /// not stand in the way of all later ones.
  private func returnToChain() async throws {
    guard hasReported, unsent == nil else { return }
    let view = try view
    let (joined, lost) = try waiting(in: view)
    if !lost.isEmpty { await keeper.withdraw(lost) }
    let reach = joined.last?.next ?? view.progress?.next
    guard reach != next else { return }
    logger.error(
      "a report was refused; going on from the chain",
      metadata: ["next": "\(reach?.description ?? "none")"])
    try resume(afterRefusal: true)
  }

  /// Stands back when another box's reports are the newest of what came after the start, two of them confirmed: of two
  /// boxes with one key that look at one chain, only one can see that.
  private func lookForOtherBox() throws {
    guard let site, !health.otherBox else { return }
    // Usually the newest report on the chain is this box's own.
    let (view, end) = (try view, Interval(containing: clock.now))
    if let last = signed.last, view.progress?.next == next, try view.store.place(of: last) != nil {
      return
    }
    let first = max(
      Interval(containing: started).advanced(by: 2), Interval(end.number.subtractingDownToZero(96)))
    guard first < end else { return }
    let depth = UInt64(keeper.store.genesis.rules.confirmations)
    let height = try view.store.height()
    let reports = try view.store.reports(of: site, in: first..<end)
    let confirmed = reports.indices.filter { reports[$0].height + depth <= height }.suffix(2)
    guard confirmed.count == 2, let since = confirmed.first,
      reports[since...].allSatisfy({ !signed.contains($0.id) })
    else { return }
    health.otherBox = true
    logger.error(
      "another box reports with this site's key, so this one no longer does: stop one of the two, then start the other again"
    )
  }

  /// Cuts and signs reports of all that is complete up to `boundary`.
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
    let view = try view
    guard let record = view.record,
      let member = try view.store.member(record.member),
      !member.isSuspended
    else { return }
    try await report(record, until: boundary)
  }

  private func report(_ record: SiteRecord, until boundary: NetworkTime) async throws {
    var end = Interval(containing: boundary)
    var expected = max(next ?? record.activeFrom, record.activeFrom)
    let known = Interval(containing: samplesFrom)
    let from = max(next ?? firstComplete(from: known, before: end) ?? end, expected)
    let oldest = Interval(
      containing: NetworkTime(
        seconds: boundary.seconds.subtractingDownToZero(MeterReadingService.patience)))
    if from <= end, let hole = book.firstFillable(in: max(from, min(oldest, end))...end) {
      end = Interval(hole.number.subtractingDownToZero(1))
    }
    while let start = firstComplete(from: max(from, expected), before: end) {
      let slot = record.day(of: start).slot
      let toMark = settings.reportIntervals - slot % settings.reportIntervals
      let length = alone.contains(start) ? 1 : min(toMark, 48 - slot)
      guard start.advanced(by: UInt32(length)) <= end else { return }
      var cutter = cutter
      let draft = cutter.cut(
        book, first: start, length: length, gapBefore: start.number - expected.number)
      switch try await sign(draft, of: record.id, cutter: cutter) {
      case nil: expected = draft.next
      case .otherReport: return
      case .law(let reason):
        // Only what the law refuses of an unchanged chain is wrong in itself.
        let view = try view
        let reach = try waiting(in: view).joined.last?.next ?? view.progress?.next
        guard expected == max(reach ?? expected, expected) else { return }
        leaveOut(draft, reason)
      }
    }
  }

  /// The law takes none of a report that holds one half hour against it, for example more than the registered panels can
  /// give: its half hours go alone, and the one that is refused then is left out as a gap.
  private func leaveOut(_ draft: ReportDraft, _ reason: String) {
    let intervals = draft.readings.map(\.interval)
    if intervals.count > 1 { return alone.formUnion(intervals) }
    refused.formUnion(intervals)
    logger.error(
      "the law refuses a half hour: it is left out",
      metadata: ["interval": "\(intervals[0])", "reason": "\(reason)"])
  }

  /// The first interval with counters known at both ends that the law does not refuse.
  private func firstComplete(from start: Interval, before end: Interval) -> Interval? {
    (start.number..<max(start.number, end.number)).lazy.map(Interval.init).first {
      book.isComplete(at: $0.start) && book.isComplete(at: $0.end) && !refused.contains($0)
    }
  }

  /// The samples that an auditor needs for the half hours of a draft: those around them, and what the meter said later
  /// of their days.
  private func evidence(under draft: ReportDraft) throws -> Evidence {
    let (first, next) = (draft.readings[0].interval.start, draft.next.start)
    let from = NetworkTime(seconds: first.seconds.subtractingDownToZero(CounterTimeline.reach))
    let days = settings.offset.clock(at: first).date...settings.offset.clock(at: next).date
    return Evidence(
      try samples.samples(
        from: from, until: next.advanced(by: CounterTimeline.reach), historyOf: days))
  }

  /// Signs a draft and lets it wait for a block.
  /// - Parameter cutter: what cut the draft, and goes on after it.
  /// - Returns: why it may not wait; then nothing has changed.
  private func sign(
    _ draft: ReportDraft, of site: SiteId, cutter: ReadingCutter
  ) async throws -> LedgerKeeper.Refusal? {
    let evidence = try evidence(under: draft)
    let report = try Report(
      site: site, gapBefore: draft.gapBefore, readings: draft.readings,
      registers: draft.registers, sampleRoot: evidence.root, network: keeper.store.network,
      signedBy: settings.key)
    try samples.store.keep(evidence, of: report)
    let transaction = EncodedTransaction(.report(report))
    let before = (cutter: self.cutter, next: next, hasReported: hasReported)
    unsent = transaction
    remember(transaction.id)
    (self.cutter, next, hasReported) = (cutter, draft.next, true)
    let refusal = try await keeper.offer(transaction)
    unsent = nil
    if let refusal {
      (self.cutter, next, hasReported) = before
      return refusal
    }
    book.goOn(from: cutter, at: draft.next.start)
    health.reports += 1
    health.gaps += draft.readings.count { $0.quality == .gap } + Int(draft.gapBefore)
    health.boardDisagreements += draft.boardDisagrees.count
    return nil
  }

  /// Forgets what nobody can ask for any more. Peers look at the samples under a report when it is new, an exchange when
  /// it is claimed: nobody after the days in which it can be, and a month for whoever wants to see them after that.
  func forget() throws {
    let from = samplesFrom
    try samples.store.forgetSamples(before: from)
    book.prune(before: from)
    let kept = Interval(containing: from)
    alone = alone.filter { $0 >= kept }
    refused = refused.filter { $0 >= kept }
    guard let site else { return }
    let now = Interval(containing: clock.now).number
    let days = keeper.store.genesis.rules.claimDays + 31
    try samples.store.forgetEvidence(
      of: site, before: Interval(now.subtractingDownToZero(days * 48)))
  }
}
