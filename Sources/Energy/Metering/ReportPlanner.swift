// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Quantities

/// Decides what of a site is reported when: which half hours are ripe, which wait for counts that
/// may still come, what to do after a refusal, when to stand back before another box. Pure: whoever
/// reads the meters and the ledger tells it what there is, and signs what it asks for.
public struct ReportPlanner: Sendable {
  /// How many of the newest own report ids are kept, to tell them from another box's.
  static let remembered = 400

  /// How a site's reports are cut.
  public struct Settings: Sendable {
    /// Half hours in one report, 1…48; a report also ends with the site's day.
    public let reportIntervals: Int
    /// How long a half hour waits for counts that may still come, in seconds.
    public let patience: UInt64
    /// Law 5's tolerance.
    public let tolerance: WattHours

    /// Settings under the rules of a network: nothing waits for more than a day, nor for more than
    /// half of what the law lets a report be late.
    public init(reportIntervals: Int, rules: NetworkRules) {
      self.reportIntervals = reportIntervals
      patience = min(86_400, UInt64(rules.reportLateness) * Interval.seconds / 2)
      tolerance = WattHours(Int64(rules.balanceToleranceWh))
    }
  }

  /// What the ledger says of the site at one moment.
  public struct View: Sendable {
    /// The site, once the operator has registered it and while its member is in good standing.
    public let record: SiteRecord?
    public let progress: SiteProgress?
    /// The site's reports that wait for a block.
    public let pending: [(id: TransactionId, report: Report)]
    /// What the laws let the site record in a half hour.
    let limits: ReadingCutter.Limits?

    /// A view of these parts.
    public init(
      record: SiteRecord?, progress: SiteProgress?,
      pending: [(id: TransactionId, report: Report)], rules: NetworkRules
    ) {
      self.record = record
      self.progress = progress
      self.pending = pending.sorted { $0.report.first < $1.report.first }
      limits = record.map { ReadingCutter.Limits($0, rules) }
    }

    /// Own reports that wait for a block: those that join up with the chain, and those that no
    /// longer can.
    var waiting: (joined: [Report], lost: [TransactionId]) {
      guard let record else { return ([], []) }
      var reach = progress?.next ?? record.activeFrom
      var (joined, lost): ([Report], [TransactionId]) = ([], [])
      for (id, report) in pending {
        if report.first.number == reach.number + report.gapBefore {
          joined.append(report)
          reach = report.next
        } else {
          lost.append(id)
        }
      }
      return (joined, lost)
    }
  }

  /// What to do next.
  public enum Decision: Sendable {
    /// Nothing is ripe.
    case nothing
    /// The half hour, and all after it, wait for counts that may still come.
    case wait(Interval)
    /// Sign this, let it wait for a block, and say `signed` or `refused`.
    case sign(ReportDraft, ReadingCutter)
  }

  private let settings: Settings
  public private(set) var cutter: ReadingCutter
  /// The half hour after the newest report, on the chain or waiting.
  public private(set) var next: Interval?
  /// The newest reports that were signed since the start.
  private var ids: [TransactionId] = []
  /// Half hours that go in a report of their own, since the law refused a longer one.
  private var alone: Set<Interval> = []
  /// Half hours that the law refused even alone, with its reasons: they are left out.
  public private(set) var refused: [Interval: String] = [:]

  /// A planner that knows of no report.
  public init(_ settings: Settings) {
    self.settings = settings
    cutter = ReadingCutter(tolerance: settings.tolerance, progress: nil)
  }

  /// Goes on from what the ledger says, after a start or a refusal.
  public mutating func resume(from view: View) {
    next = view.progress?.next
    cutter = ReadingCutter(
      tolerance: settings.tolerance, limits: view.limits, progress: view.progress)
    for report in view.waiting.joined { goOn(after: report) }
  }

  /// Goes on after a report of this site that is signed.
  public mutating func goOn(after report: Report) {
    cutter.resume(after: report)
    next = report.next
    remember(EncodedTransaction(.report(report)).id)
  }

  /// Whether a signed report goes on from where the ledger and what waits have come.
  public func joins(_ report: Report, to record: SiteRecord) -> Bool {
    report.first.number == (next ?? record.activeFrom).number + report.gapBefore
  }

  /// Remembers a report as this box's own.
  public mutating func remember(_ id: TransactionId) {
    guard !ids.contains(id) else { return }
    ids = (ids + [id]).suffix(ReportPlanner.remembered)
  }

  /// Whether a report is this box's own, signed since the start.
  public func isOwn(_ id: TransactionId) -> Bool { ids.contains(id) }

  /// This box's newest report.
  public var newest: TransactionId? { ids.last }

  /// Own reports that can no longer join the chain and have to be withdrawn, and whether to go back
  /// to what the chain holds: a report was refused, and must not stand in the way of later ones.
  public func withdrawals(_ view: View) -> (ids: [TransactionId], goesBack: Bool) {
    guard next != nil else { return ([], false) }
    let (joined, lost) = view.waiting
    return (lost, (joined.last?.next ?? view.progress?.next) != next)
  }

  /// Whether another box reports with this site's key: the two newest confirmed reports of half
  /// hours after the start, and all after them, are not this box's.
  /// - Parameter reports: the site's reports on the chain since `otherBoxWindow`, and whether each
  ///   is confirmed.
  public func isAnotherBox(_ reports: [(id: TransactionId, isConfirmed: Bool)]) -> Bool {
    let confirmed = reports.indices.filter { reports[$0].isConfirmed }.suffix(2)
    guard confirmed.count == 2, let since = confirmed.first else { return false }
    return reports[since...].allSatisfy { !isOwn($0.id) }
  }

  /// From when on reports that are not this box's own would be another's.
  public static func otherBoxWindow(started: NetworkTime, now: NetworkTime) -> Range<Interval>? {
    let end = Interval(containing: now)
    let first = max(
      Interval(containing: started).advanced(by: 2), Interval(end.number.subtractingDownToZero(96)))
    return first < end ? first..<end : nil
  }

  /// What is to be done now.
  /// - Parameters:
  ///   - boundary: the end of the last half hour that has been read.
  ///   - known: the first half hour of which samples are at hand.
  public func decide(
    _ book: MeterBook, _ view: View, until boundary: NetworkTime, from known: Interval,
    now: NetworkTime
  ) -> Decision {
    guard let record = view.record else { return .nothing }
    let end = Interval(containing: boundary)
    let expected = max(next ?? record.activeFrom, record.activeFrom)
    var start = next.map { max($0, record.activeFrom) } ?? max(known, expected)
    while start < end, refused[start] != nil || !book.knowsAnything(of: start) {
      // Before the first report nothing is waited for: the node was not there.
      if next != nil, refused[start] == nil, mayComplete(book, start, now) { return .wait(start) }
      start = start.advanced(by: 1)
    }
    guard start < end else { return .nothing }
    let slot = record.day(of: start).slot
    let toMark = settings.reportIntervals - slot % settings.reportIntervals
    var length = alone.contains(start) ? 1 : min(toMark, 48 - slot)
    for offset in 0..<length {
      let interval = start.advanced(by: UInt32(offset))
      // A half hour that goes alone, or not at all, ends the report before it.
      if offset > 0, refused[interval] != nil || alone.contains(interval) {
        length = offset
        break
      }
      guard interval < end else { return .nothing }
      if mayComplete(book, interval, now) { return .wait(interval) }
    }
    var cutter = cutter
    cutter.limits = view.limits
    let draft = cutter.cut(
      book, first: start, length: length, gapBefore: start.number - expected.number)
    return .sign(draft, cutter)
  }

  /// The half hours after the newest report as they would be reported if nothing more came: what
  /// waits for the end of a report, or for counts, is shown meanwhile.
  /// - Parameters:
  ///   - boundary: the end of the last half hour that has been read.
  ///   - known: the first half hour of which samples are at hand.
  /// - Returns: at most two days.
  public func preview(_ book: MeterBook, until boundary: NetworkTime, from known: Interval)
    -> [Reading]
  {
    let end = Interval(containing: boundary)
    var start = max(next ?? known, Interval(end.number.subtractingDownToZero(96)))
    var cutter = cutter
    var readings: [Reading] = []
    var gap: UInt32 = 0
    while start < end {
      guard refused[start] == nil, book.knowsAnything(of: start) else {
        start = start.advanced(by: 1)
        gap += 1
        continue
      }
      let draft = cutter.cut(
        book, first: start, length: min(48, Int(end.number - start.number)), gapBefore: gap)
      guard !draft.readings.isEmpty else { break }
      readings += draft.readings
      (start, gap) = (draft.next, 0)
    }
    return readings
  }

  private func mayComplete(_ book: MeterBook, _ interval: Interval, _ now: NetworkTime) -> Bool {
    book.mayComplete(interval, now: now, patience: settings.patience)
  }

  /// A draft was signed as `report` and waits for a block.
  public mutating func signed(_ draft: ReportDraft, _ cutter: ReadingCutter, as id: TransactionId) {
    self.cutter = cutter
    next = draft.next
    remember(id)
  }

  /// What a refusal leads to.
  public enum AfterRefusal: Hashable, Sendable {
    /// The ledger has moved on meanwhile: look at it anew before anything else is signed.
    case lookAnew
    /// The half hours of the draft go alone.
    case goAlone
    /// The half hour is left out.
    case leaveOut(Interval)
  }

  /// The law takes none of a report that holds one half hour against it: its half hours go alone,
  /// and the one that is refused then is left out as a gap.
  public mutating func refuse(
    _ draft: ReportDraft, _ reason: String, _ view: View
  ) -> AfterRefusal {
    // Only what the law refuses of an unchanged chain is wrong in itself.
    let reach = view.waiting.joined.last?.next ?? view.progress?.next
    let expected = Interval(draft.readings[0].interval.number - draft.gapBefore)
    guard expected == max(reach ?? expected, expected) else { return .lookAnew }
    let intervals = draft.readings.map(\.interval)
    guard intervals.count == 1 else {
      alone.formUnion(intervals)
      return .goAlone
    }
    refused[intervals[0]] = reason
    return .leaveOut(intervals[0])
  }

  /// Forgets half hours before `interval`.
  public mutating func forget(before interval: Interval) {
    alone = alone.filter { $0 >= interval }
    refused = refused.filter { $0.key >= interval }
  }
}
