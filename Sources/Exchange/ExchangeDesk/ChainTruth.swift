// SPDX-License-Identifier: Apache-2.0

import Ledger
import LedgerCrypto
import LedgerStore
import Quantities
import TruthChecks

/// What the chain recorded of a site and its neighbours, as the truth checks see it.
struct ChainTruth {
  /// Neighbours that are looked at, and how far they may be in tenths of a degree (about 10 km
  /// each).
  static let neighbourCount = 12
  static let neighbourDistance = 3
  /// So many neighbours with a whole day make the checks by sky speak of it.
  static let neighboursThatSpeak = 3
  /// Days that the checks look back on.
  static let history: UInt32 = 68

  let store: LedgerStore
  /// The key by which this exchange's own node signs what it found under others' reports.
  let auditor: PublicKey

  /// What the truth checks say of the days of a claim, by what the chain recorded of the site and
  /// of its neighbours: for each check what it says of the worst day.
  /// - Parameter doubted: days of the site on which claims were held or refused.
  func review(_ claim: Claim, doubted: Set<UInt32>) throws -> [TruthFinding] {
    guard let record = try store.site(claim.site) else { return [] }
    let last = record.day(of: claim.first.advanced(by: claim.length - 1)).day
    let first = record.day(of: claim.first).day
    let from = first.subtractingDownToZero(ChainTruth.history)
    // Meters and battery are asked of the claimed days, the battery over a month.
    let since = record.batteryWh > 0 ? max(from, first.subtractingDownToZero(30)) : first
    let flows = try flows(of: claim.site, record, since...last)
    let site = try recordings(of: claim.site, record, from...last, doubted, flows)
    let around = try around(claim.site, record)
    let neighbours = try around.filter { $0.record.member != record.member }
      .prefix(ChainTruth.neighbourCount).map {
        try recordings(of: $0.id, $0.record, from...last, [], [:])
      }
    var review = TruthReview(site, neighbours: neighbours)
    var worst: [TruthCheck: TruthFinding] = [:]
    for day in first...last {
      for finding in review.findings(on: Int(day))
      where finding.score > worst[finding.check]?.score ?? 0 {
        worst[finding.check] = finding
      }
    }
    if let finding = try evidence(claim) { worst[.evidence] = finding }
    if let finding = try twin(claim, record, around) { worst[.twin] = finding }
    if let finding = try unmetered(claim, record, neighbours) { worst[.unmetered] = finding }
    return TruthCheck.allCases.compactMap { worst[$0] }
  }

  /// Generation of the claim without the grid meter's counts beside it: it is held, unless the sky
  /// over enough neighbours lets the other checks speak of it.
  private func unmetered(
    _ claim: Claim, _ record: SiteRecord, _ neighbours: [SiteRecordings]
  ) throws -> TruthFinding? {
    var days: [UInt32: SiteDay] = [:]
    var lacking: Set<UInt32> = []
    var count = 0
    for offset in 0..<claim.length {
      let (number, slot) = record.day(of: claim.first.advanced(by: offset))
      if days[number] == nil { days[number] = try store.day(claim.site, number) ?? SiteDay() }
      guard let day = days[number], day.generated[slot] > 0, !day.hasGridCounts(slot) else {
        continue
      }
      count += 1
      lacking.insert(number)
    }
    guard count > 0 else { return nil }
    let isSeen = lacking.allSatisfy { day in
      neighbours.count { $0[Int(day)]?.isComplete ?? false } >= ChainTruth.neighboursThatSpeak
    }
    return TruthFinding(
      check: .unmetered, score: isSeen ? 0.3 : 0.6,
      sentence: "\(count) half hours have no counts of the grid meter beside what was generated")
  }

  /// All flows of a site's days, in Wh, of the half hours in which all meters spoke.
  private func flows(
    of id: SiteId, _ record: SiteRecord, _ days: ClosedRange<UInt32>
  ) throws -> [UInt32: [EnergyFlow: Double]] {
    var flows: [UInt32: [EnergyFlow: Double]] = [:]
    let range =
      record.interval(
        day: days.lowerBound, slot: 0)..<record.interval(
        day: days.upperBound + 1, slot: 0)
    let early = Interval(range.lowerBound.number.subtractingDownToZero(48))
    for (report, _, _) in try store.reports(of: id, in: early..<range.upperBound) {
      for reading in report.readings
      where range.contains(reading.interval)
        && reading.qualities.unknown.allSatisfy({ $0 == .consumed })
      {
        let day = record.day(of: reading.interval).day
        for flow in EnergyFlow.allCases {
          flows[day, default: [:]][flow, default: 0] += Double(reading[flow])
        }
      }
    }
    return flows
  }

  private func recordings(
    of id: SiteId, _ record: SiteRecord, _ days: ClosedRange<UInt32>,
    _ doubted: Set<UInt32>, _ flows: [UInt32: [EnergyFlow: Double]]
  ) throws -> SiteRecordings {
    let series = try days.map { number -> SiteRecordings.Day? in
      guard let day = try store.day(id, number) else { return nil }
      let flow = flows[number] ?? [:]
      return SiteRecordings.Day(
        generated: day.generated.map { Double($0) }, sold: flow[.sold] ?? 0,
        otherSupply: (flow[.vehicleDischarged] ?? 0) + (flow[.otherGenerated] ?? 0),
        discharged: flow[.batteryDischarged] ?? 0, charged: flow[.batteryCharged] ?? 0,
        recorded: day.recorded, isAccepted: !doubted.contains(number))
    }
    return SiteRecordings(
      capacityW: Double(record.capacityW), isSolar: try isSolar(record),
      batteryWh: Double(record.batteryWh),
      latitude: Double(record.position.latitudeTenths) / 10,
      longitude: Double(record.position.longitudeTenths) / 10,
      utcOffset: Double(record.utcOffset.minutes) / 60, firstDay: Int(days.lowerBound),
      days: series)
  }

  /// Whether the checks of the sun are put to a site: to all but a generator's other plants. What a
  /// home calls a water mill has to look like one to a person.
  private func isSolar(_ record: SiteRecord) throws -> Bool {
    guard record.method != .photovoltaic else { return true }
    return try store.member(record.member)?.record.kind != .generator
  }

  /// Other sites with the same kind of generation under the same sky, the nearest first.
  private func around(
    _ site: SiteId, _ record: SiteRecord
  ) throws -> [(id: SiteId, record: SiteRecord)] {
    var found: [(id: SiteId, record: SiteRecord, distance: Int)] = []
    try store.visitEntries(of: .site) { key, bytes in
      guard case .site(let other)? = try? StateEntry(.site, exactly: bytes),
        SiteId(key.id) != site, other.method == record.method, other.capacityW > 0,
        other.utcOffset == record.utcOffset
      else { return }
      let distance = max(
        (other.position.latitudeTenths - record.position.latitudeTenths).magnitude,
        (other.position.longitudeTenths - record.position.longitudeTenths).magnitude)
      if distance <= ChainTruth.neighbourDistance {
        found.append((SiteId(key.id), other, Int(distance)))
      }
    }
    return found.sorted { ($0.distance, $0.id) < ($1.distance, $1.id) }
      .map { ($0.id, $0.record) }
  }

  /// What this node found itself under the reports of a claim. Another's word that samples are
  /// wrong proves nothing: it makes this node look itself.
  private func evidence(_ claim: Claim) throws -> TruthFinding? {
    let end = claim.first.advanced(by: claim.length)
    let early = Interval(claim.first.number.subtractingDownToZero(48))
    var (wrong, missing) = (0, 0)
    for (report, id, _) in try store.reports(of: claim.site, in: early..<end)
    where report.next > claim.first {
      for note in try store.auditNotes(on: id) where note.auditor == auditor {
        switch note.finding {
        case .agrees: continue
        case .noEvidence: missing += 1
        case .otherRoot, .otherEnergy: wrong += 1
        }
      }
    }
    if wrong > 0 {
      return TruthFinding(
        check: .evidence, score: 0.9,
        sentence: "the samples of \(wrong) reports do not bear them out")
    }
    guard missing > 0 else { return nil }
    return TruthFinding(
      check: .evidence, score: 0.3, sentence: "no samples were given of \(missing) reports")
  }
}
