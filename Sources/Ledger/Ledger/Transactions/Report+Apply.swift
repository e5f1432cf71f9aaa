// SPDX-License-Identifier: Apache-2.0

public import LedgerCrypto
import Quantities

extension Report {
  /// The site's key.
  public func signer(in state: StateView) throws(ApplyError) -> PublicKey {
    let record: SiteRecord?
    let member: Member?
    do {
      record = try state.site(site)
      member = if let record { try state.member(record.member) } else { nil }
    } catch { throw .source(error) }
    guard let record else { throw .law(.keys(.unknownSite(site))) }
    return try Transition.obey(LawViolation.keys) { () throws(KeysLaw.Violation) in
      _ = try KeysLaw.standing(member, record.member)
      return record.key
    }
  }

  /// Laws 4, 5 and 6, then the site's progress and days.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    let (record, known) = try transition.read { s throws(StateSourceError) in
      (try s.site(site), try s.progress(site))
    }
    guard let record else { throw .law(.keys(.unknownSite(site))) }
    var progress = try joined(to: known, of: record, in: transition)
    try checkEnergy(&progress, of: record, rules: transition.rules)
    try writeDays(of: record, previous: known, to: &transition)
    transition.state.set(.progress(site), .progress(progress))
    var supply = try transition.read { s throws(StateSourceError) in try s.supply() }
    let generated = UInt64(total(.generated).value)
    supply.generatedWh = try Transition.obey(LawViolation.conservation) {
      () throws(ConservationLaw.Violation) in
      try ConservationLaw.total(supply.generatedWh, adding: generated)
    }
    transition.state.set(.supply, .supply(supply))
  }

  private func joined(
    to known: SiteProgress?, of record: SiteRecord, in transition: Transition
  ) throws(ApplyError) -> SiteProgress {
    try Transition.obey(LawViolation.reportsJoin) { () throws(ReportsJoinLaw.Violation) in
      try ReportsJoinLaw.checkPlace(
        first: first, gapBefore: gapBefore, length: UInt32(readings.count), progress: known,
        activeFrom: record.activeFrom, lateness: transition.rules.reportLateness,
        now: transition.time)
      try ReportsJoinLaw.checkSums(readings, registers)
      var progress = known ?? SiteProgress(next: first)
      let before = progress
      progress.registers = try ReportsJoinLaw.joined(registers, to: progress.registers) { flow in
        gapBefore > 0 || !before.isKnown(flow) || !readings[0][quality: flow].isCounted
      }
      progress.next = next
      for flow in EnergyFlow.allCases { progress.follow(flow, self, from: before) }
      return progress
    }
  }

  private func checkEnergy(
    _ progress: inout SiteProgress, of record: SiteRecord, rules: NetworkRules
  ) throws(ApplyError) {
    let roof = rules.halfHourLimit(of: record.capacityW)
    let connection = rules.halfHourLimit(of: record.connectionW)
    let tolerance = WattHours(Int64(rules.balanceToleranceWh))
    var imbalance = progress.imbalance
    for reading in readings {
      imbalance = try Transition.obey(LawViolation.energyBalance) {
        [imbalance] () throws(EnergyBalanceLaw.Violation) in
        try EnergyBalanceLaw.checkConnection(reading, limit: connection)
        guard reading.isBalanced else { return imbalance }
        return try EnergyBalanceLaw.imbalance(
          after: reading, from: imbalance, tolerance: tolerance)
      }
      try Transition.obey(LawViolation.roof) { () throws(RoofLaw.Violation) in
        try RoofLaw.check(reading, limit: roof)
      }
    }
    progress.imbalance = imbalance
    let flows: [EnergyFlow] = [.generated, .consumed, .sold, .purchased]
    progress.totals = try Transition.obey(LawViolation.conservation) {
      [totals = progress.totals] () throws(ConservationLaw.Violation) in
      var sums = totals
      for (index, flow) in flows.enumerated() {
        sums[index] = try ConservationLaw.total(sums[index], adding: UInt64(total(flow).value))
      }
      return sums
    }
  }

  private func writeDays(
    of record: SiteRecord, previous: SiteProgress?, to transition: inout Transition
  ) throws(ApplyError) {
    let newest = record.day(of: readings[readings.count - 1].interval).day
    var open: UInt32?
    var entry = SiteDay()
    for reading in readings where !reading.isGap {
      let (day, slot) = record.day(of: reading.interval)
      if open != day {
        if let open { transition.state.set(.day(site, open), .day(entry)) }
        let kept = try transition.read { s throws(StateSourceError) in try s.day(site, day) }
        entry = kept ?? SiteDay()
        open = day
      }
      entry.record(reading, slot: slot)
    }
    if let open { transition.state.set(.day(site, open), .day(entry)) }
    guard let previous, previous.next > record.activeFrom else { return }
    let last = record.day(of: Interval(previous.next.number - 1)).day
    let window = transition.rules.claimDays
    guard newest > last, newest >= window else { return }
    // Days leave the state when they can no longer be claimed, so that it stays bounded.
    let from = max(last, window) - window
    for expired in from..<min(newest - window, from + window) {
      transition.state.set(.day(site, expired), nil)
    }
  }
}
