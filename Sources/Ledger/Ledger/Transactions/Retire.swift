// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
public import Quantities

/// A member ends the value of a lot, or a part of it, for a purpose and a beneficiary. The retired
/// part is lot 0 of the transaction and stays in the state.
/// Bytes: kind 7 ‖ owner (32) ‖ lot (32) ‖ part ‖ purpose (text) ‖ beneficiary (text) ‖
/// consumption: 0 | 1 ‖ site (32) ‖ matches (varint count; interval (4), Wh (varint)) ‖ signature.
public struct Retire: SignedTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.retire
  /// Lengths of purpose and beneficiary in UTF-8 bytes.
  public static let textLimit: ClosedRange<UInt64> = 1...128
  /// A day of matches.
  public static let matchLimit: UInt64 = 48

  /// The energy of one interval that is paired on both sides.
  public struct Match: Hashable, Sendable {
    public let interval: Interval
    public let energyWh: UInt32

    /// A pairing of `energyWh` in `interval`.
    public init(interval: Interval, energyWh: UInt32) {
      self.interval = interval
      self.energyWh = energyWh
    }
  }

  /// Consumption of a site of the owner, interval by interval.
  public struct Consumption: Hashable, Sendable {
    public let site: SiteId
    /// In order of intervals, each once, none of nothing.
    public let matches: [Match]

    /// Consumption of `site` in the intervals of `matches`.
    public init(site: SiteId, matches: [Match]) {
      self.site = site
      self.matches = matches
    }
  }

  public let owner: MemberId
  public let lot: LotId
  public let part: LotPart
  /// Why, for example `RE100 2026`.
  public let purpose: String
  /// In whose name.
  public let beneficiary: String
  /// What it is matched with, where it is.
  public let consumption: Consumption?
  /// The signature over network and body.
  public private(set) var signature: Signature

  /// Signs a retirement.
  public init(
    owner: MemberId, lot: LotId, part: LotPart, purpose: String, beneficiary: String,
    consumption: Consumption? = nil, network: NetworkId, signedBy key: KeyPair
  ) {
    self.owner = owner
    self.lot = lot
    self.part = part
    self.purpose = purpose
    self.beneficiary = beneficiary
    self.consumption = consumption
    signature = .empty
    signature = sign(in: network, with: key)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    owner = try MemberId(from: &input)
    lot = try LotId(from: &input)
    part = try LotPart(from: &input)
    purpose = try input.readText(in: Retire.textLimit)
    beneficiary = try input.readText(in: Retire.textLimit)
    if try input.readFlag() {
      let site = try SiteId(from: &input)
      var matches: [Match] = []
      for _ in 0..<(try input.readCount(in: 1...Retire.matchLimit, itemBytes: 5)) {
        let start = input.offset
        let interval = Interval(try input.readFixed(UInt32.self))
        let energy = UInt32(try input.readVarint(in: 1...UInt64(UInt32.max)))
        if let last = matches.last, last.interval >= interval {
          throw input.refusal(.notCanonical, at: start)
        }
        matches.append(Match(interval: interval, energyWh: energy))
      }
      consumption = Consumption(site: site, matches: matches)
    } else {
      consumption = nil
    }
    signature = try Signature(from: &input)
  }

  /// Appends the body without the signature.
  public func encodeBody(to output: inout ByteWriter) {
    owner.encode(to: &output)
    lot.encode(to: &output)
    part.encode(to: &output)
    output.writeText(purpose)
    output.writeText(beneficiary)
    output.writeFlag(consumption != nil)
    guard let consumption else { return }
    consumption.site.encode(to: &output)
    output.writeVarint(UInt64(consumption.matches.count))
    for match in consumption.matches {
      output.writeFixed(match.interval.number)
      output.writeVarint(UInt64(match.energyWh))
    }
  }

  /// The key that has to sign this.
  public func signer(in state: StateView) throws(ApplyError) -> PublicKey {
    try state.signingKey(of: owner)
  }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    let taken = try transition.take(part, of: lot, owner: owner)
    if let consumption { try match(consumption, with: taken, in: &transition) }
    transition.keep(
      taken.moved(to: owner, ended: Interval(containing: transition.time)), as: 0)
    var (coins, supply) = try transition.read { s throws(StateSourceError) in
      (try s.coins(owner), try s.supply())
    }
    coins.retired = coins.retired + taken.amount
    supply.retired = supply.retired + taken.amount
    try Transition.obey(LawViolation.conservation) { () throws(ConservationLaw.Violation) in
      guard let rest = supply.balance.subtracting(taken.amount) else {
        throw .exceedsLot(supplied: taken.amount, held: supply.balance)
      }
      supply.balance = rest
      try ConservationLaw.check(supply)
      try ConservationLaw.check(coins, of: owner)
    }
    transition.state.set(.coins(owner), .coins(coins))
    transition.state.set(.supply, .supply(supply))
  }

  /// Law 10 on both sides of each pairing.
  private func match(
    _ consumption: Consumption, with lot: Lot, in transition: inout Transition
  ) throws(ApplyError) {
    let (consumer, producer) = try transition.read { s throws(StateSourceError) in
      (try s.site(consumption.site), try s.site(lot.site))
    }
    guard let consumer else { throw .law(.keys(.unknownSite(consumption.site))) }
    guard let producer else { throw .law(.keys(.unknownSite(lot.site))) }
    guard consumer.member == owner else {
      throw .law(.keys(.notOwnSite(owner, owner: consumer.member)))
    }
    var matched: Int64 = 0
    let end = lot.first.advanced(by: lot.length)
    for match in consumption.matches {
      guard match.interval >= lot.first, match.interval < end else {
        throw .law(.matchedOnce(.outsideLot(match.interval)))
      }
      try pair(match, consumption.site, consumer, lot.site, producer, in: &transition)
      matched += Int64(match.energyWh)
    }
    let worth = NoCoinWithoutEnergyLaw.worth(
      of: WattHours(matched), rate: transition.rules.milliCoinsPerKilowattHour)
    guard worth == lot.amount else {
      throw .law(.matchedOnce(.sum(matched: worth, retired: lot.amount)))
    }
  }

  private func pair(
    _ match: Match, _ consumerId: SiteId, _ consumer: SiteRecord, _ producerId: SiteId,
    _ producer: SiteRecord, in transition: inout Transition
  ) throws(ApplyError) {
    let energy = UInt64(match.energyWh)
    for (id, record, isConsumer) in [
      (consumerId, consumer, true), (producerId, producer, false),
    ] {
      let (number, slot) = record.day(of: match.interval)
      guard var day = try transition.read({ s throws(StateSourceError) in try s.day(id, number) }),
        day.isRecorded(slot)
      else { throw .law(.matchedOnce(.notRecorded(id, match.interval))) }
      let recorded =
        isConsumer
        ? day.supplied[slot]
        : NoCoinWithoutEnergyLaw.creditable(slot, of: day, under: record.support)
      let before = isConsumer ? day.consumptionMatched[slot] : day.generationMatched[slot]
      guard let after = MatchedOnceLaw.matched(before, adding: energy, of: recorded) else {
        let supplied = WattHours(Int64(energy))
        let left = WattHours(Int64(recorded) - Int64(before))
        throw .law(
          .matchedOnce(
            isConsumer
              ? .consumption(match.interval, supplied: supplied, left: left)
              : .generation(match.interval, supplied: supplied, left: left)))
      }
      if isConsumer {
        day.consumptionMatched[slot] = after
      } else {
        day.generationMatched[slot] = after
      }
      transition.state.set(.day(id, number), .day(day))
    }
  }
}
