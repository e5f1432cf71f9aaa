import CanonicalCoding
import Foundation
import Ledger
import LedgerCrypto
import LedgerStore
import Logging
import Metering
import Quantities

/// What was read becomes signed reports.
extension MeterReadingService {
  /// Goes on from what was sampled and reported before a restart.
  /// - Parameter afterRefusal: a report was refused, so those that were signed are not sent again.
  func resume(afterRefusal: Bool = false) throws {
    let now = clock.now
    let from = NetworkTime(
      seconds: now.seconds - min(now.seconds, MeterReadingService.horizon))
    for (sample, day) in try samples.samples(since: from) { book.record(sample, historyDay: day) }
    var progress: SiteProgress?
    site = try keeper.store.site(of: settings.key.publicKey)
    if let site, case .progress(let known)? = try keeper.store.entry(.progress(site)) {
      progress = known
    }
    let tolerance = keeper.store.genesis.rules.balanceToleranceWh
    cutter = ReadingCutter(tolerance: WattHours(Int64(tolerance)), progress: progress)
    next = progress?.next
    hasReported = progress != nil
    for pending in try keeper.store.pending() {
      guard case .report(let report) = pending.transaction, report.site == site else {
        continue
      }
      cutter.resume(after: report)
      next = report.next
      hasReported = true
    }
    if !afterRefusal { try goOnFromUnsent() }
    if let next { book.goOn(from: cutter, at: next.start) }
  }

  /// Goes on from the newest signed report where a full disk or a power cut kept it from waiting for a block: another
  /// one of the same half hours would speak against it.
  private func goOnFromUnsent() throws {
    guard let site, case .site(let record)? = try keeper.store.entry(.site(site)),
      let report = try samples.store.newestReport(of: site),
      report.first.number == (next ?? record.activeFrom).number + report.gapBefore
    else { return }
    unsent = EncodedTransaction(.report(report))
    cutter.resume(after: report)
    next = report.next
    hasReported = true
  }

  /// Goes back to what the chain holds when a report of ours was refused, so that one bad report does
  /// not stand in the way of all later ones.
  private func returnToChain() throws {
    guard hasReported, unsent == nil else { return }
    let waits = try keeper.store.pending().contains {
      if case .report(let report) = $0.transaction { report.site == site } else { false }
    }
    guard !waits else { return }
    var kept: Interval?
    if let site, case .progress(let progress)? = try keeper.store.entry(.progress(site)) {
      kept = progress.next
    }
    guard kept != next else { return }
    logger.error(
      "a report was refused; going on from the chain",
      metadata: ["next": "\(kept?.description ?? "none")"])
    try resume(afterRefusal: true)
  }

  /// Stands back when the two newest confirmed reports of what came after the start were signed by another box: of
  /// two boxes with one key that look at one chain, only one can see that.
  private func lookForOtherBox() throws {
    guard let site, !health.otherBox else { return }
    let (end, height) = (Interval(containing: clock.now), try keeper.store.height())
    let first = max(
      Interval(containing: started).advanced(by: 2), Interval(end.number - min(end.number, 96)))
    guard first < end else { return }
    let depth = UInt64(keeper.store.genesis.rules.confirmations)
    let newest = try keeper.store.reports(of: site, in: first..<end)
      .filter { $0.height + depth <= height }.suffix(2)
    guard newest.count == 2, newest.allSatisfy({ !signed.contains($0.id) }) else { return }
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
      try await keeper.submit(signed)
      unsent = nil
    }
    try lookForOtherBox()
    guard !health.otherBox else { return }
    try returnToChain()
    var end = Interval(containing: boundary)
    guard let site, case .site(let record)? = try keeper.store.entry(.site(site)),
      case .member(let member)? = try keeper.store.entry(.member(record.member)),
      !member.isSuspended
    else { return }
    var expected = max(next ?? record.activeFrom, record.activeFrom)
    let from = max(next ?? firstComplete(before: end) ?? end, expected)
    let oldest = Interval(
      containing: NetworkTime(
        seconds: boundary.seconds - min(boundary.seconds, MeterReadingService.patience)))
    if from <= end, let hole = book.firstFillable(in: max(from, min(oldest, end))...end) {
      end = Interval(hole.number - min(hole.number, 1))
    }
    while let start = firstComplete(from: max(from, expected), before: end) {
      let slot = record.day(of: start).slot
      let dayLeft = 48 - slot
      let toMark = settings.reportIntervals - slot % settings.reportIntervals
      let length = min(toMark, dayLeft)
      guard start.advanced(by: UInt32(length)) <= end else { return }
      let gap = start.number - expected.number
      var next = cutter
      let draft = next.cut(book, first: start, length: length, gapBefore: gap)
      try await sign(draft, of: site, cutter: next)
      expected = draft.next
    }
  }

  /// The first interval with counters known at both ends.
  private func firstComplete(from: Interval? = nil, before end: Interval) -> Interval? {
    let start = from ?? Interval(end.number - min(end.number, 48))
    return (start.number..<max(start.number, end.number)).lazy.map(Interval.init).first {
      book.isComplete(at: $0.start) && book.isComplete(at: $0.end)
    }
  }

  /// Peers look at samples when a report is new, an exchange when it is claimed: nobody after the days in which it
  /// can be, and a month for whoever wants to see them after that.
  private func oldestEvidence(_ first: Interval) -> Interval {
    let days = keeper.store.genesis.rules.claimDays + 31
    return Interval(first.number - min(first.number, days * 48))
  }

  /// - Parameter cutter: what cut the draft, and goes on after it.
  private func sign(_ draft: ReportDraft, of site: SiteId, cutter: ReadingCutter) async throws {
    let first = draft.readings[0].interval
    let window = first.start.seconds - min(first.start.seconds, CounterTimeline.reach)
    let evidence = Evidence(
      try samples.samples(since: NetworkTime(seconds: window)).map(\.sample))
    let report = try Report(
      site: site, gapBefore: draft.gapBefore, readings: draft.readings,
      registers: draft.registers, sampleRoot: evidence.root, network: keeper.store.network,
      signedBy: settings.key)
    let horizon = clock.now.seconds - min(clock.now.seconds, MeterReadingService.horizon)
    try samples.store.keep(
      evidence, of: report, horizon: NetworkTime(seconds: horizon), oldest: oldestEvidence(first))
    let transaction = EncodedTransaction(.report(report))
    unsent = transaction
    signed = (signed + [transaction.id]).suffix(MeterReadingService.remembered)
    self.cutter = cutter
    next = draft.next
    hasReported = true
    book.goOn(from: cutter, at: draft.next.start)
    book.prune(before: NetworkTime(seconds: horizon))
    health.reports += 1
    health.gaps += draft.readings.count { $0.quality == .gap } + Int(draft.gapBefore)
    health.boardDisagreements += draft.boardDisagrees.count
    try await keeper.submit(transaction)
    unsent = nil
  }
}
