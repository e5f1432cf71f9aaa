// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
public import Quantities

/// The exchange turns recorded generation of a site into coins of the site's member.
/// Bytes: kind 5 ‖ exchange (32) ‖ site (32) ‖ first (4) ‖ length (varint) ‖ amount (varint) ‖
/// claim (32) ‖ signature. Source: Docs/requirements.md L16, L17, L18, L19.
public struct Mint: SignedTransaction {
  /// The first byte of the encoding.
  public static let domain = SigningDomain.mint
  /// A mint covers at most 31 days.
  public static let lengthLimit: UInt32 = 48 * 31

  public let exchange: MemberId
  public let site: SiteId
  /// The generation period: first interval and number of intervals.
  public let first: Interval
  public let length: UInt32
  public let amount: MilliCoins
  /// The claim that the exchange answers; its decision record is kept under this id.
  public let claim: ClaimId
  /// The signature over network and body.
  public private(set) var signature: Signature

  /// Signs a mint.
  public init(
    exchange: MemberId, site: SiteId, first: Interval, length: UInt32, amount: MilliCoins,
    claim: ClaimId, network: NetworkId, signedBy key: KeyPair
  ) {
    self.exchange = exchange
    self.site = site
    self.first = first
    self.length = length
    self.amount = amount
    self.claim = claim
    signature = .empty
    signature = sign(in: network, with: key)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    exchange = try MemberId(from: &input)
    site = try SiteId(from: &input)
    first = Interval(try input.readFixed(UInt32.self))
    length = UInt32(try input.readVarint(in: 1...UInt64(Mint.lengthLimit)))
    amount = try input.readMilliCoins()
    claim = try ClaimId(from: &input)
    signature = try Signature(from: &input)
  }

  /// Appends the body without the signature.
  public func encodeBody(to output: inout ByteWriter) {
    exchange.encode(to: &output)
    site.encode(to: &output)
    output.writeFixed(first.number)
    output.writeVarint(UInt64(length))
    output.writeVarint(amount.value)
    claim.encode(to: &output)
  }

  /// The key that has to sign this.
  public func signer(in state: StateView) throws(ApplyError) -> PublicKey {
    try state.signingKey(of: exchange, as: .exchange)
  }

  /// Changes the state by this transaction, or says which law forbids it.
  public func apply(to transition: inout Transition) throws(ApplyError) {
    let (record, progress) = try transition.read { s throws(StateSourceError) in
      (try s.site(site), try s.progress(site))
    }
    guard let record else { throw .law(.keys(.unknownSite(site))) }
    let member = try transition.read { s throws(StateSourceError) in try s.member(record.member) }
    _ = try Transition.obey(LawViolation.keys) { () throws(KeysLaw.Violation) in
      try KeysLaw.standing(member, record.member)
    }
    guard record.method.isRenewable else {
      throw .law(.noCoinWithoutEnergy(.notRenewable(record.method)))
    }
    guard var progress, first.advanced(by: length) <= progress.next else {
      throw .law(.noCoinWithoutEnergy(.notRecorded(first.advanced(by: length - 1))))
    }
    let generated = try markMinted(of: record, in: &transition)
    try Transition.obey(LawViolation.noCoinWithoutEnergy) {
      () throws(NoCoinWithoutEnergyLaw.Violation) in
      try NoCoinWithoutEnergyLaw.check(
        amount: amount, generated: generated,
        rate: transition.rules.milliCoinsPerKilowattHour)
    }
    progress.mintedWh = try Transition.obey(LawViolation.conservation) {
      [minted = progress.mintedWh] () throws(ConservationLaw.Violation) in
      try ConservationLaw.total(minted, adding: UInt64(generated.value))
    }
    transition.state.set(.progress(site), .progress(progress))
    try issue(to: record.member, generated: generated, in: &transition)
  }

  /// Law 2 on every interval of the period. Gaps within it are marked as well and give nothing.
  private func markMinted(
    of record: SiteRecord, in transition: inout Transition
  ) throws(ApplyError) -> WattHours {
    var generated = WattHours.zero
    var open: (number: UInt32, entry: SiteDay)?
    for offset in 0..<length {
      let interval = first.advanced(by: offset)
      let (number, slot) = record.day(of: interval)
      if open?.number != number {
        if let open { transition.state.set(.day(site, open.number), .day(open.entry)) }
        guard
          let kept = try transition.read({ s throws(StateSourceError) in try s.day(site, number) })
        else { throw .law(.noCoinWithoutEnergy(.notKept(interval))) }
        open = (number, kept)
      }
      guard var entry = open?.entry else { continue }
      entry.minted = try Transition.obey(LawViolation.noEnergyTwice) {
        () throws(NoEnergyTwiceLaw.Violation) in
        try NoEnergyTwiceLaw.mark(slot: slot, in: entry.minted, interval: interval)
      }
      generated += WattHours(
        Int64(NoCoinWithoutEnergyLaw.creditable(slot, of: entry, under: record.support)))
      open?.entry = entry
    }
    if let open { transition.state.set(.day(site, open.number), .day(open.entry)) }
    return generated
  }

  private func issue(
    to owner: MemberId, generated: WattHours, in transition: inout Transition
  ) throws(ApplyError) {
    let lot = Lot(mint: self, id: transition.current, owner: owner, rules: transition.rules)
    transition.state.set(.lot(transition.lotId(0)), .lot(lot))
    var (coins, supply) = try transition.read { s throws(StateSourceError) in
      (try s.coins(owner), try s.supply())
    }
    coins.purchased = coins.purchased + amount
    supply.minted = supply.minted + amount
    supply.balance = supply.balance + amount
    try Transition.obey(LawViolation.conservation) { () throws(ConservationLaw.Violation) in
      supply.claimedWh = try ConservationLaw.total(
        supply.claimedWh, adding: UInt64(generated.value))
      try ConservationLaw.check(supply)
      try ConservationLaw.check(coins, of: owner)
    }
    transition.state.set(.coins(owner), .coins(coins))
    transition.state.set(.supply, .supply(supply))
  }
}
