// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
public import Ledger
import LedgerCrypto
import Proofs
public import Quantities

/// A green power certificate: what a retired lot was, derived from its proof and from nothing else.
/// It states every attribute that EnergyTag's Granular Certificate Scheme Standard v2 makes
/// mandatory, and what the source document asks for (Docs/requirements.md L19, L24).
public struct Certificate: Hashable, Sendable {
  /// The certificate's unique id: the id of the retired lot. Each part of a split lot has its own.
  public let id: LotId
  public let network: NetworkId
  public let networkName: String
  public let retirement: TransactionId
  public let mint: TransactionId
  /// When the half hour began in which the retirement's block was sealed: the date of issue.
  public let issued: NetworkTime
  public let amount: MilliCoins
  /// Whole Wh, rounded down.
  public let energyWh: UInt64
  /// The generation period.
  public let first: Interval
  public let length: UInt32
  /// Whether the lot is all that its period was minted for, or a share of it.
  public let isWholePeriod: Bool
  /// What the site generated in the period, and what of it went into the grid in the same half
  /// hours, in Wh; nil where the state does not know it, or no more.
  public let generatedWh: UInt64?
  public let fedInWh: UInt64?
  public let site: SiteRecord
  /// Who generated, who retired, who issued.
  public let producer: MemberRecord
  public let owner: MemberRecord
  public let exchange: MemberRecord
  public let purpose: String
  public let beneficiary: String
  /// The consumption that it is paired with, interval by interval, where it is.
  public let consumption: Retire.Consumption?

  /// Derives the certificate that `proof` proves in the network of `genesis`.
  ///
  /// That the block which it stands on counts is for `ProofJudge` to say; that the signers stood
  /// well when they signed is the law, which those who approve checked.
  public init(_ proof: CertificateProof, genesis: Genesis) throws(CertificateFault) {
    let header = proof.basis.header
    guard header.network == NetworkTag(genesis.network) else { throw .basis(.otherNetwork) }
    let retire = try proof.checkedRetirement(in: genesis.network)
    let lotId = proof.retirement.lotId(0)
    guard proof.lot.key == .lot(lotId) else { throw .missing(.lot) }
    guard proof.lot.isValid(under: header) else { throw .notInState(.lot) }
    guard let bytes = proof.lot.entry, let lot = try? Lot(exactly: bytes),
      let ended = lot.ended, lot.owner == retire.owner
    else { throw .notRetired(lotId) }
    guard proof.site.id == lot.site else { throw .missing(.site) }
    try proof.checkMint(of: lot, in: genesis.network)
    (generatedWh, fedInWh) = try proof.checkedEnergy(of: lotId, lot)
    id = lotId
    site = proof.site
    producer = try proof.member(site.member)
    owner = try proof.member(lot.owner)
    exchange = try proof.member(lot.exchange)
    network = genesis.network
    networkName = genesis.rules.name
    retirement = proof.retirement.id
    mint = lot.mint
    issued = ended.start
    amount = lot.amount
    energyWh = NoCoinWithoutEnergyLaw.energyWh(
      worth: lot.amount, rate: genesis.rules.milliCoinsPerKilowattHour)
    first = lot.first
    length = lot.length
    isWholePeriod = lot.isWhole
    purpose = retire.purpose
    beneficiary = retire.beneficiary
    consumption = retire.consumption
  }
}

extension CertificateProof {
  func member(_ id: MemberId) throws(CertificateFault) -> MemberRecord {
    guard let record = members.first(where: { $0.id == id }) else { throw .missing(.member) }
    return record
  }

  /// The retirement, signed by the owner whom it names.
  func checkedRetirement(in network: NetworkId) throws(CertificateFault) -> Retire {
    guard case .retire(let retire) = retirement.transaction else {
      throw .noRetirement(retirement.id)
    }
    guard retirement.isSigned(by: try member(retire.owner).key, in: network) else {
      throw .signature(retirement.id)
    }
    return retire
  }

  /// What the days of the lot's period say of its half hours.
  func checkedEnergy(
    of id: LotId, _ lot: Lot
  ) throws(CertificateFault) -> (generatedWh: UInt64?, fedInWh: UInt64?) {
    guard days.map(\.key) == Array(CertificateProof.keys(of: id, lot, at: site).dropFirst()) else {
      throw .otherDays(id)
    }
    var known: [UInt32: SiteDay] = [:]
    for day in days {
      guard day.isValid(under: basis.header) else { throw .notInState(.day) }
      if let bytes = day.entry, let entry = try? SiteDay(exactly: bytes) {
        known[day.key.number] = entry
      }
    }
    var (generated, fedIn): (UInt64?, UInt64?) = (0, 0)
    for offset in 0..<lot.length {
      let (number, slot) = site.day(of: lot.first.advanced(by: offset))
      guard let day = known[number], day.isRecorded(slot) else { return (nil, nil) }
      generated = generated?.addingUpToMax(day.generated[slot])
      fedIn = day.fedIn(slot).flatMap { fedIn?.addingUpToMax($0) }
    }
    return (generated, fedIn)
  }

  /// Checks that an exchange signed the mint, for the lot's site, and no less than the lot.
  func checkMint(of lot: Lot, in network: NetworkId) throws(CertificateFault) {
    guard case .mint(let mint) = self.mint.transaction, self.mint.id == lot.mint,
      mint.exchange == lot.exchange, mint.site == lot.site, mint.amount >= lot.amount,
      lot.first >= mint.first,
      lot.first.advanced(by: lot.length) <= mint.first.advanced(by: mint.length)
    else { throw .noMint(self.mint.id) }
    let exchange = try member(mint.exchange)
    guard exchange.kind == .exchange, self.mint.isSigned(by: exchange.key, in: network) else {
      throw .signature(self.mint.id)
    }
  }
}
