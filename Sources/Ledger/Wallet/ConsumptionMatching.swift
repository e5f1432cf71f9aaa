// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import LedgerCrypto
public import Quantities

/// What is left to be paired in a site's intervals, in Wh.
public struct UnmatchedEnergy: Sendable {
  private var left: [SiteId: [Interval: UInt64]] = [:]

  /// Nothing left anywhere.
  public init() {}

  /// Says what is left in an interval of a site.
  public mutating func set(_ site: SiteId, _ interval: Interval, _ energyWh: UInt64) {
    left[site, default: [:]][interval] = energyWh
  }

  /// What is left in an interval of a site.
  public func energy(_ site: SiteId, _ interval: Interval) -> UInt64 { left[site]?[interval] ?? 0 }

  mutating func take(_ site: SiteId, _ interval: Interval, _ energyWh: UInt64) {
    let before = energy(site, interval)
    left[site]?[interval] = before.subtractingDownToZero(energyWh)
  }
}

/// Pairs coins with a consumer's own consumption, interval by interval: value and energy strictly
/// paired, both matched once (law 10; Docs/requirements.md L0.1).
public enum ConsumptionMatching {
  /// A part of a lot to be retired, with what it is paired with.
  public struct Pairing: Hashable, Sendable {
    public let lot: HeldLot
    public let amount: MilliCoins
    public let matches: [Retire.Match]
  }

  /// The pairings that use `lots`, in their order, against the consumption of `site`.
  ///
  /// - Parameters:
  ///   - consumed: what is left of the consumer's consumption.
  ///   - generated: what is left of the generation of the lots' sites.
  ///   - range: the intervals to match.
  ///   - rate: milli-coins a kWh; only whole milli-coins are paired.
  public static func pairings(
    of lots: [HeldLot], with site: SiteId, consumed: UnmatchedEnergy, generated: UnmatchedEnergy,
    in range: Range<Interval>, rate: UInt32
  ) -> [Pairing] {
    var (consumed, generated) = (consumed, generated)
    var pairings: [Pairing] = []
    for held in lots where !held.lot.isRetired {
      var lot = Optional(held.lot)
      let end = held.lot.first.advanced(by: held.lot.length)
      var start = max(held.lot.first, range.lowerBound)
      // A retirement holds so many matches at most; a lot of a month takes several.
      while start < min(end, range.upperBound), let from = lot {
        let stop = min(
          end, range.upperBound, start.advanced(by: UInt32(Retire.matchLimit)))
        let matches = matches(
          from.site, site, start..<stop, atMost: from.amount, rate, consumed, generated)
        // What may be split no further, and has no partner as a whole, stays as it is.
        if let (amount, rest) = take(worth(of: matches, rate), of: from) {
          pairings.append(Pairing(lot: held, amount: amount, matches: matches))
          for match in matches {
            consumed.take(site, match.interval, UInt64(match.energyWh))
            generated.take(from.site, match.interval, UInt64(match.energyWh))
          }
          lot = rest
        }
        start = stop
      }
    }
    return pairings
  }

  private static func take(
    _ amount: MilliCoins, of lot: Lot
  ) -> (amount: MilliCoins, rest: Lot?)? {
    guard amount > .zero,
      let parts = try? lot.split(by: .amount(amount), rate: 0, generated: { _, _ in .zero })
    else { return nil }
    return (amount, parts.rest.first?.lot)
  }

  private static func worth(of matches: [Retire.Match], _ rate: UInt32) -> MilliCoins {
    let energy = matches.reduce(Int64(0)) { $0 + Int64($1.energyWh) }
    return NoCoinWithoutEnergyLaw.worth(of: WattHours(energy), rate: rate)
  }

  private static func matches(
    _ producer: SiteId, _ consumer: SiteId, _ range: Range<Interval>, atMost limit: MilliCoins,
    _ rate: UInt32, _ consumed: UnmatchedEnergy, _ generated: UnmatchedEnergy
  ) -> [Retire.Match] {
    // Whole Wh that the rest of the lot is worth, rounded down.
    var budget = NoCoinWithoutEnergyLaw.energyWh(worth: limit, rate: rate)
    var matches: [Retire.Match] = []
    for number in range.lowerBound.number..<range.upperBound.number {
      let interval = Interval(number)
      let energy = min(
        consumed.energy(consumer, interval), generated.energy(producer, interval), budget,
        UInt64(UInt32.max))
      guard energy > 0 else { continue }
      matches.append(Retire.Match(interval: interval, energyWh: UInt32(energy)))
      budget -= energy
    }
    return matches
  }

  /// The signed retirements of pairings. Several of one lot follow each other: each takes its part
  /// of what the one before it left.
  public static func retirements(
    _ pairings: [Pairing], owner: MemberId, site: SiteId, purpose: String, beneficiary: String,
    network: NetworkId, signedBy key: KeyPair
  ) -> [EncodedTransaction] {
    var rests: [LotId: (id: LotId, amount: MilliCoins)] = [:]
    return pairings.map { pairing in
      let from = rests[pairing.lot.id] ?? (pairing.lot.id, pairing.lot.lot.amount)
      let isAll = from.amount == pairing.amount
      let retirement = EncodedTransaction(
        .retire(
          Retire(
            owner: owner, lot: from.id, part: isAll ? .all : .amount(pairing.amount),
            purpose: purpose, beneficiary: beneficiary,
            consumption: Retire.Consumption(site: site, matches: pairing.matches),
            network: network, signedBy: key)))
      rests[pairing.lot.id] = (
        retirement.lotId(1), from.amount.subtracting(pairing.amount) ?? .zero
      )
      return retirement
    }
  }
}
