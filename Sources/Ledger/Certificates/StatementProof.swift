// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger
import LedgerCrypto
public import Proofs
public import Quantities

/// Everything that is needed to derive a statement: retired lots of one owner under the state root
/// of one block that counts, with the days in which they were generated and those of the sites that
/// used them. What many lots share (records, transactions, days, the block's finality) is there
/// once.
///
/// Bytes: version (1) ‖ basis ‖ first (4) ‖ end (4) ‖ users (varint count; site ids) ‖ members,
/// sites (varint counts; records) ‖ transactions (varint count; varint length, bytes each) ‖ lots,
/// days (varint counts; entry proofs). Users, lots and days ascend; nothing is there that the lots
/// do not need. Source: Docs/protocol.md §23.5.
public struct StatementProof: Hashable, Sendable, Canonical {
  static let version: UInt8 = 1
  /// Lots that a statement may have: a roof's half hours of half a year, by day.
  public static let lotCount: ClosedRange<UInt64> = 1...10_000
  /// Sites whose use it may show.
  public static let userCount: ClosedRange<UInt64> = 0...16
  /// A leap year, in half hours.
  public static let lengthLimit: UInt32 = 366 * 48
  static let recordCount: ClosedRange<UInt64> = 1...10_000
  static let siteCount: ClosedRange<UInt64> = 1...10_000
  static let transactionCount: ClosedRange<UInt64> = 2...20_000
  static let dayCount: ClosedRange<UInt64> = 1...100_000

  public let basis: ProofBasis
  /// The period of generation and use: its first half hour, and the one after its last.
  public let first: Interval
  public let end: Interval
  /// Sites of the owner whose use is shown for the whole period.
  public let users: [SiteId]
  public let members: [MemberRecord]
  public let sites: [SiteRecord]
  /// Mints and retirements.
  public let transactions: [EncodedTransaction]
  public let lots: [EntryProof]
  public let days: [EntryProof]

  /// A proof of these parts; nothing is checked yet.
  public init(
    basis: ProofBasis, period: Range<Interval>, users: [SiteId], members: [MemberRecord],
    sites: [SiteRecord], transactions: [EncodedTransaction], lots: [EntryProof],
    days: [EntryProof]
  ) {
    self.basis = basis
    (first, end) = (period.lowerBound, period.upperBound)
    self.users = users
    self.members = members
    self.sites = sites
    self.transactions = transactions
    self.lots = lots
    self.days = days
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard try input.readUInt8() == StatementProof.version else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    func list<Item>(
      _ input: inout ByteReader, _ counts: ClosedRange<UInt64>, bytes: Int,
      _ read: (inout ByteReader) throws(DecodeError) -> Item
    ) throws(DecodeError) -> [Item] {
      var items: [Item] = []
      for _ in 0..<(try input.readCount(in: counts, itemBytes: bytes)) {
        items.append(try read(&input))
      }
      return items
    }
    basis = try ProofBasis(from: &input)
    first = Interval(try input.readFixed(UInt32.self))
    end = Interval(try input.readFixed(UInt32.self))
    guard first < end, end.number - first.number <= StatementProof.lengthLimit else {
      throw input.refusal(.outOfRange, at: input.offset - 4)
    }
    users = try list(&input, StatementProof.userCount, bytes: 32) {
      input throws(DecodeError) in try SiteId(from: &input)
    }
    members = try list(&input, StatementProof.recordCount, bytes: 35) {
      input throws(DecodeError) in try MemberRecord(from: &input)
    }
    sites = try list(&input, StatementProof.siteCount, bytes: 80) {
      input throws(DecodeError) in try SiteRecord(from: &input)
    }
    transactions = try list(&input, StatementProof.transactionCount, bytes: 66) {
      input throws(DecodeError) in
      let length = try input.readCount(in: 65...EncodedTransaction.limit)
      return try EncodedTransaction(exactly: Array(try input.readBytes(length)))
    }
    lots = try list(&input, StatementProof.lotCount, bytes: 40) {
      input throws(DecodeError) in try EntryProof(from: &input)
    }
    days = try list(&input, StatementProof.dayCount, bytes: 40) {
      input throws(DecodeError) in try EntryProof(from: &input)
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.write(StatementProof.version)
    basis.encode(to: &output)
    output.writeFixed(first.number)
    output.writeFixed(end.number)
    output.writeVarint(UInt64(users.count))
    for user in users { user.encode(to: &output) }
    output.writeVarint(UInt64(members.count))
    for member in members { member.encode(to: &output) }
    output.writeVarint(UInt64(sites.count))
    for site in sites { site.encode(to: &output) }
    output.writeVarint(UInt64(transactions.count))
    for transaction in transactions {
      output.writeVarint(UInt64(transaction.bytes.count))
      output.writeBytes(transaction.bytes)
    }
    for entries in [lots, days] {
      output.writeVarint(UInt64(entries.count))
      for entry in entries { entry.encode(to: &output) }
    }
  }

  /// The bytes of its own, without what makes its block final.
  public var ownByteCount: Int { bytes.count - basis.bytes.count }

  /// The days of a user's own clock that a period touches, as the state names them.
  public static func days(of user: SiteRecord, in period: Range<Interval>) -> [StateKey] {
    let last = Interval(period.upperBound.number.subtractingDownToZero(1))
    return (user.day(of: period.lowerBound).day...user.day(of: last).day).map {
      .day(user.id, $0)
    }
  }
}

/// The lots and users of a statement before anything is proven of them.
public struct StatementPlan: Sendable {
  /// A retired lot with the transactions that made and ended it.
  public struct Item: Sendable {
    public let id: LotId
    public let lot: Lot
    public let mint: EncodedTransaction
    public let retirement: EncodedTransaction

    /// A retired lot with its transactions.
    public init(
      id: LotId, lot: Lot, mint: EncodedTransaction, retirement: EncodedTransaction
    ) {
      self.id = id
      self.lot = lot
      self.mint = mint
      self.retirement = retirement
    }
  }

  private let period: Range<Interval>
  private let items: [Item]
  private let sites: [SiteRecord]
  private let users: [SiteRecord]
  private let members: [MemberRecord]

  /// A statement of `items`, which are of one owner and beneficiary.
  /// - Parameters:
  ///   - period: in which all of them were generated.
  ///   - users: sites of the owner whose use is shown, up to 16 with those that a retirement names.
  /// - Returns: nil where a record is not in the state, or nothing is to be stated.
  /// - Throws: `StatementTooLarge`, and what reading the state throws.
  public init?(
    _ items: [Item], period: Range<Interval>, users: [SiteId], in state: some StateReading
  ) throws {
    var (sites, members): ([SiteId: SiteRecord], [MemberId: MemberRecord]) = ([:], [:])
    func add(_ id: SiteId) throws -> Bool {
      if sites[id] == nil { sites[id] = try state.site(id) }
      return sites[id] != nil
    }
    var using: Set<SiteId> = []
    for item in items {
      guard try add(item.lot.site), let site = sites[item.lot.site] else { return nil }
      for id in [site.member, item.lot.owner, item.lot.exchange] where members[id] == nil {
        guard let record = try state.member(id)?.record else { return nil }
        members[id] = record
      }
      guard case .retire(let retire) = item.retirement.transaction else { return nil }
      if let consumption = retire.consumption { using.insert(consumption.site) }
    }
    let most = Int(StatementProof.userCount.upperBound)
    for user in users where using.count < most { using.insert(user) }
    for user in using { guard try add(user) else { return nil } }
    guard !items.isEmpty else { return nil }
    guard using.count <= most, items.count <= StatementProof.lotCount.upperBound else {
      throw StatementTooLarge(lots: items.count, sites: using.count)
    }
    self.period = period
    self.items = items.sorted { $0.id < $1.id }
    self.users = using.sorted().compactMap { sites[$0] }
    self.sites = sites.sorted { $0.key < $1.key }.map(\.value)
    self.members = members.sorted { $0.key < $1.key }.map(\.value)
  }

  /// What of the state has to be proven: the lots, then the days, both ascending.
  public var keys: [StateKey] { items.map { .lot($0.id) } + days }

  private var days: [StateKey] {
    let records = Dictionary(uniqueKeysWithValues: sites.map { ($0.id, $0) })
    var days = Set(users.flatMap { StatementProof.days(of: $0, in: period) })
    for item in items {
      guard let site = records[item.lot.site] else { continue }
      days.formUnion(CertificateProof.keys(of: item.id, item.lot, at: site).dropFirst())
    }
    return days.sorted()
  }

  /// The proof, from what the state under the block of `basis` holds for `keys`.
  public func proof(on basis: ProofBasis, _ entries: [EntryProof]) -> StatementProof {
    var transactions: [TransactionId: EncodedTransaction] = [:]
    for item in items {
      transactions[item.mint.id] = item.mint
      transactions[item.retirement.id] = item.retirement
    }
    return StatementProof(
      basis: basis, period: period, users: users.map(\.id), members: members, sites: sites,
      transactions: transactions.sorted { $0.key < $1.key }.map(\.value),
      lots: Array(entries.prefix(items.count)), days: Array(entries.dropFirst(items.count)))
  }
}

/// More than one statement can hold: a part of the period is stated alone.
public struct StatementTooLarge: Error, CustomStringConvertible {
  public let lots: Int
  /// Sites whose use is matched.
  public let sites: Int

  /// The text for people.
  public var description: String {
    "\(lots) lots matched with \(sites) sites: a statement has at most "
      + "\(StatementProof.lotCount.upperBound) and \(StatementProof.userCount.upperBound); state fewer days"
  }
}
