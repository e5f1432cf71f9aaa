// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger
import LedgerCrypto
import Proofs
public import Quantities

/// What one owner retired for one beneficiary of a period's generation, with the half hours in
/// which it was used beside it: derived from its proof and from nothing else. That it is all of it
/// is not said: a lot that is left out claims less, and the use is that of the named sites alone.
/// Source: EnergyTag Granular Certificate Scheme Standard v2, cancellation statements.
public struct Statement: Hashable, Sendable {
  /// A half hour of a site that uses.
  public struct Use: Hashable, Sendable {
    public let interval: Interval
    /// What grid and generators gave, in Wh; nil where the state does not know it.
    public let suppliedWh: UInt64?
    /// What of it this statement's retirements are matched with, in Wh.
    public let matchedWh: UInt64
  }

  /// A site of the owner, half hour by half hour.
  public struct User: Hashable, Sendable {
    public let site: SiteRecord
    public let uses: [Use]

    /// Sums over the half hours of which it is known what was used, in Wh: only of them can be said
    /// what share was matched.
    public var suppliedWh: UInt64 { uses.reduce(0) { $0.addingUpToMax($1.suppliedWh ?? 0) } }
    public var matchedWh: UInt64 {
      uses.reduce(0) { $1.suppliedWh == nil ? $0 : $0.addingUpToMax($1.matchedWh) }
    }
    /// Half hours of which nobody knows what was used.
    public var unknown: Int { uses.count { $0.suppliedWh == nil } }
  }

  /// A hash of period and lots.
  public let id: Bytes32
  public let network: NetworkId
  public let networkName: String
  public let owner: MemberRecord
  public let beneficiary: String
  public let first: Interval
  public let end: Interval
  /// One for each lot, by when it was generated.
  public let certificates: [Certificate]
  public let users: [User]

  /// Sums over all lots.
  public var energyWh: UInt64 { certificates.reduce(0) { $0.addingUpToMax($1.energyWh) } }
  public var amount: MilliCoins {
    MilliCoins(certificates.reduce(0) { $0.addingUpToMax($1.amount.value) })
  }
  public var matchedWh: UInt64 { users.reduce(0) { $0.addingUpToMax($1.matchedWh) } }
  public var suppliedWh: UInt64 { users.reduce(0) { $0.addingUpToMax($1.suppliedWh) } }

  /// What each site gave, the most first, in Wh.
  public var sources: [(site: SiteRecord, producer: MemberRecord, energyWh: UInt64)] {
    Dictionary(grouping: certificates) { $0.site.id }.values.compactMap { lots in
      lots.first.map {
        ($0.site, $0.producer, lots.reduce(UInt64(0)) { $0.addingUpToMax($1.energyWh) })
      }
    }.sorted { ($1.energyWh, $0.site.id) < ($0.energyWh, $1.site.id) }
  }

  /// Derives the statement that `proof` proves in the network of `genesis`. That its block counts
  /// is for `ProofJudge` to say.
  public init(_ proof: StatementProof, genesis: Genesis) throws(CertificateFault) {
    let parts = try StatementParts(proof)
    var found: [Certificate] = []
    for entry in proof.lots {
      let certificate = try Certificate(try parts.certificate(entry), genesis: genesis)
      guard certificate.first >= proof.first,
        certificate.first.advanced(by: certificate.length) <= proof.end
      else { throw .otherPeriod(certificate.id) }
      found.append(certificate)
    }
    guard let one = found.first else { throw .missing(.lot) }
    for certificate in found
    where certificate.owner.id != one.owner.id || certificate.beneficiary != one.beneficiary {
      throw .otherBeneficiary(certificate.id)
    }
    try parts.checkNothingElse(found)
    owner = one.owner
    beneficiary = one.beneficiary
    users = try parts.users(found, of: one.owner.id)
    network = genesis.network
    networkName = genesis.rules.name
    (first, end) = (proof.first, proof.end)
    certificates = found.sorted { ($0.first, $0.id) < ($1.first, $1.id) }
    var named = ByteWriter()
    named.writeFixed(first.number)
    named.writeFixed(end.number)
    for entry in proof.lots { named.write(entry.key.id) }
    id = SHA256.digest(name: "hinata/statement", named.bytes)
  }
}

/// The parts of a statement's proof, by what names them.
private struct StatementParts {
  private let proof: StatementProof
  private let sites: [SiteId: SiteRecord]
  private let members: [MemberId: MemberRecord]
  private let mints: [TransactionId: EncodedTransaction]
  private let retirements: [LotId: EncodedTransaction]
  private let days: [StateKey: EntryProof]

  init(_ proof: StatementProof) throws(CertificateFault) {
    self.proof = proof
    func ascend<Key: Comparable>(_ keys: [Key]) -> Bool {
      zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }
    }
    guard ascend(proof.users), ascend(proof.lots.map(\.key)), ascend(proof.days.map(\.key)),
      ascend(proof.sites.map(\.id)), ascend(proof.members.map(\.id)),
      ascend(proof.transactions.map(\.id)), proof.lots.allSatisfy({ $0.key.kind == .lot })
    else { throw .notInOrder }
    sites = Dictionary(uniqueKeysWithValues: proof.sites.map { ($0.id, $0) })
    members = Dictionary(uniqueKeysWithValues: proof.members.map { ($0.id, $0) })
    days = Dictionary(uniqueKeysWithValues: proof.days.map { ($0.key, $0) })
    var mints: [TransactionId: EncodedTransaction] = [:]
    var retirements: [LotId: EncodedTransaction] = [:]
    for transaction in proof.transactions {
      if case .retire = transaction.transaction {
        retirements[transaction.lotId(0)] = transaction
      } else {
        mints[transaction.id] = transaction
      }
    }
    (self.mints, self.retirements) = (mints, retirements)
  }

  private func lot(_ entry: EntryProof) throws(CertificateFault) -> Lot {
    guard let bytes = entry.entry, let lot = try? Lot(exactly: bytes) else {
      throw .notRetired(LotId(entry.key.id))
    }
    return lot
  }

  /// One lot's own proof.
  func certificate(_ entry: EntryProof) throws(CertificateFault) -> CertificateProof {
    let (id, lot) = (LotId(entry.key.id), try lot(entry))
    guard let site = sites[lot.site] else { throw .missing(.site) }
    guard let mint = mints[lot.mint] else { throw .noMint(lot.mint) }
    guard let retirement = retirements[id] else { throw .notRetired(id) }
    let keys = CertificateProof.keys(of: id, lot, at: site).dropFirst()
    var wanted: [MemberRecord] = []
    for id in [site.member, lot.owner, lot.exchange] where !wanted.contains(where: { $0.id == id })
    {
      guard let record = members[id] else { throw .missing(.member) }
      wanted.append(record)
    }
    return CertificateProof(
      basis: proof.basis, lot: entry, days: keys.compactMap { days[$0] }, site: site,
      members: wanted, mint: mint, retirement: retirement)
  }

  /// Whatever the proof carries is needed: nothing unproven can ride along.
  func checkNothingElse(_ certificates: [Certificate]) throws(CertificateFault) {
    let users = Set(proof.users)
    var (usedSites, usedMembers) = (users, Set<MemberId>())
    var (usedMints, usedDays) = (Set<TransactionId>(), Set<StateKey>())
    for (entry, certificate) in zip(proof.lots, certificates) {
      usedSites.insert(certificate.site.id)
      usedMembers.formUnion([
        certificate.producer.id, certificate.owner.id, certificate.exchange.id,
      ])
      usedMints.insert(certificate.mint)
      let lot = try lot(entry)
      usedDays.formUnion(
        CertificateProof.keys(of: certificate.id, lot, at: certificate.site).dropFirst())
      if let consumption = certificate.consumption, !users.contains(consumption.site) {
        throw .missing(.site)
      }
    }
    for id in proof.users {
      guard let user = sites[id] else { throw .missing(.site) }
      usedDays.formUnion(StatementProof.days(of: user, in: proof.first..<proof.end))
    }
    guard usedSites == Set(sites.keys), usedMembers == Set(members.keys),
      usedMints == Set(mints.keys), retirements.count == certificates.count,
      usedDays == Set(days.keys)
    else { throw .notInOrder }
  }

  /// The half hours of each user, with what is matched there.
  func users(
    _ certificates: [Certificate], of owner: MemberId
  ) throws(CertificateFault) -> [Statement.User] {
    var matched: [SiteId: [Interval: UInt64]] = [:]
    for consumption in certificates.compactMap(\.consumption) {
      for match in consumption.matches {
        matched[consumption.site, default: [:]][match.interval, default: 0] += UInt64(
          match.energyWh)
      }
    }
    var users: [Statement.User] = []
    for id in proof.users {
      guard let site = sites[id], site.member == owner else { throw .missing(.site) }
      var known: [UInt32: SiteDay] = [:]
      for key in StatementProof.days(of: site, in: proof.first..<proof.end) {
        guard let entry = days[key], entry.isValid(under: proof.basis.header) else {
          throw .notInState(.day)
        }
        known[key.number] = entry.entry.flatMap { try? SiteDay(exactly: $0) }
      }
      let uses = (proof.first.number..<proof.end.number).map { number -> Statement.Use in
        let interval = Interval(number)
        let (day, slot) = site.day(of: interval)
        let supplied = known[day].flatMap { $0.isBalanced(slot) ? $0.supplied[slot] : nil }
        return Statement.Use(
          interval: interval, suppliedWh: supplied, matchedWh: matched[id]?[interval] ?? 0)
      }
      users.append(Statement.User(site: site, uses: uses))
    }
    return users
  }
}
