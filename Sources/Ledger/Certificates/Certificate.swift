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
  /// The chain position of the retirement.
  public let height: UInt64
  public let index: UInt64
  public let block: BlockHash
  /// When its block was sealed: the date of issue.
  public let issued: NetworkTime
  public let amount: MilliCoins
  /// Whole Wh, rounded down.
  public let energyWh: UInt64
  /// The generation period.
  public let first: Interval
  public let length: UInt32
  /// Whether the lot is all that its period was minted for, or a share of it.
  public let isWholePeriod: Bool
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
  /// That the blocks are of the chain is for `HeaderChain` to say.
  public init(_ proof: CertificateProof, genesis: Genesis) throws(CertificateFault) {
    let expected = NetworkTag(genesis.network)
    let (header, later) = (proof.block.header, proof.stateBlock.header)
    for header in [header, later] where header.network != expected { throw .otherNetwork }
    let transaction = proof.retirement.transaction
    guard proof.retirement.isValid(under: header) else { throw .notInBlock(transaction.id) }
    guard case .retire(let retire) = transaction.transaction else {
      throw .noRetirement(transaction.id)
    }
    guard later.height >= header.height else { throw .stateTooOld }
    for entry in proof.entries where !entry.isValid(under: later) {
      throw .notInState(entry.key.kind)
    }
    let lotId = transaction.lotId(0)
    guard case .lot(let lot) = try proof.find(.lot(lotId)), lot.isRetired else {
      throw .notRetired(lotId)
    }
    id = lotId
    guard case .site(let site) = try proof.find(.site(lot.site)) else { throw .missing(.site) }
    self.site = site
    producer = try proof.member(site.member)
    owner = try proof.member(lot.owner)
    exchange = try proof.member(lot.exchange)
    network = genesis.network
    networkName = genesis.rules.name
    retirement = transaction.id
    mint = lot.mint
    height = header.height
    index = proof.retirement.path.index
    block = header.hash
    issued = header.time
    amount = lot.amount
    energyWh = lot.amount.value * 1000 / UInt64(genesis.rules.milliCoinsPerKilowattHour)
    first = lot.first
    length = lot.length
    isWholePeriod = lot.isWhole
    purpose = retire.purpose
    beneficiary = retire.beneficiary
    consumption = retire.consumption
  }

  /// Holds the blocks of a proof against a chain of headers.
  /// - Returns: how many blocks are on top of the retirement's.
  public static func confirmations(
    of proof: CertificateProof, in chain: HeaderChain
  ) throws(CertificateFault) -> UInt64 {
    for header in [proof.stateBlock.header, proof.block.header]
    where chain.confirmations(of: header.hash) == nil {
      throw .notOnChain(height: header.height, header.hash)
    }
    return chain.confirmations(of: proof.block.header.hash) ?? 0
  }
}

extension CertificateProof {
  func find(_ key: StateKey) throws(CertificateFault) -> StateEntry {
    guard let bytes = entries.first(where: { $0.key == key })?.entry,
      let entry = try? StateEntry(key.kind, exactly: bytes)
    else { throw .missing(key.kind) }
    return entry
  }

  func member(_ id: MemberId) throws(CertificateFault) -> MemberRecord {
    guard case .member(let member) = try find(.member(id)) else { throw .missing(.member) }
    return member.record
  }
}
