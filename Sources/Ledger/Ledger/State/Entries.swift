public import CanonicalCoding
import LedgerCrypto
public import Quantities

/// A member as the state keeps it. Bytes: record ‖ suspended (flag) ‖ changes (varint).
public struct Member: Hashable, Sendable, Canonical {
  public let record: MemberRecord
  /// Suspended members may neither sign nor build blocks; their coins stay theirs.
  public var isSuspended: Bool
  /// How often the operator changed the standing: the next change carries this number.
  public var standingChanges: UInt64

  /// A member in good standing.
  public init(record: MemberRecord) {
    self.record = record
    isSuspended = false
    standingChanges = 0
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    record = try MemberRecord(from: &input)
    isSuspended = try input.readFlag()
    standingChanges = try input.readVarint()
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    record.encode(to: &output)
    output.writeFlag(isSuspended)
    output.writeVarint(standingChanges)
  }
}

/// Whose key a public key is: a member's own or that of one of its sites.
/// Bytes: member (32) ‖ is a site's (flag) ‖ site (32, where it is).
public struct KeyHolder: Hashable, Sendable, Canonical {
  public let member: MemberId
  public let site: SiteId?

  /// The holder of a member's key, or of a site's key.
  public init(member: MemberId, site: SiteId? = nil) {
    self.member = member
    self.site = site
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    member = try MemberId(from: &input)
    site = try input.readFlag() ? try SiteId(from: &input) : nil
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    member.encode(to: &output)
    output.writeFlag(site != nil)
    site?.encode(to: &output)
  }
}

/// A member's coins. Bytes: four varints. Source: seed 004 (requirements L7).
public struct MemberCoins: Hashable, Sendable, Canonical {
  /// Minted at the exchange for PQ1.
  public var purchased = MilliCoins.zero
  /// Received from other members.
  public var received = MilliCoins.zero
  /// Sent to other members.
  public var used = MilliCoins.zero
  /// Amortised: their value ended.
  public var retired = MilliCoins.zero

  /// A member without coins.
  public init() {}

  /// What is still valid. Law 3 keeps it from going below zero.
  public var balance: MilliCoins {
    (purchased + received).subtracting(used + retired) ?? .zero
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    purchased = try input.readMilliCoins()
    received = try input.readMilliCoins()
    used = try input.readMilliCoins()
    retired = try input.readMilliCoins()
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    for amount in [purchased, received, used, retired] { output.writeVarint(amount.value) }
  }
}

/// The totals of the chain. Bytes: five varints.
public struct Supply: Hashable, Sendable, Canonical {
  /// All PQ1 on the chain, in Wh.
  public var generatedWh: UInt64 = 0
  /// The part of it that was minted from, in Wh.
  public var claimedWh: UInt64 = 0
  public var minted = MilliCoins.zero
  public var balance = MilliCoins.zero
  public var retired = MilliCoins.zero

  /// A chain without coins.
  public init() {}

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    generatedWh = try input.readVarint()
    claimedWh = try input.readVarint()
    minted = try input.readMilliCoins()
    balance = try input.readMilliCoins()
    retired = try input.readMilliCoins()
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    output.writeVarint(generatedWh)
    output.writeVarint(claimedWh)
    for amount in [minted, balance, retired] { output.writeVarint(amount.value) }
  }
}

/// An amount of coins with one provenance. Retired lots stay, as the proof behind certificates.
/// Bytes: site (32) ‖ exchange (32) ‖ mint (32) ‖ owner (32) ‖ amount (varint) ‖ first (4) ‖
/// length (varint) ‖ flags (1 whole, 2 retired).
public struct Lot: Hashable, Sendable, Canonical {
  /// Where it was generated; the site names member, method and device.
  public let site: SiteId
  /// Who minted it.
  public let exchange: MemberId
  /// The mint that it comes from.
  public let mint: TransactionId
  public let owner: MemberId
  public let amount: MilliCoins
  /// The generation period: first interval and number of intervals.
  public let first: Interval
  public let length: UInt32
  /// The lot holds all that its period was minted for, so it can be split by interval.
  public let isWhole: Bool
  public let isRetired: Bool

  /// A lot with these parts.
  public init(
    site: SiteId, exchange: MemberId, mint: TransactionId, owner: MemberId, amount: MilliCoins,
    first: Interval, length: UInt32, isWhole: Bool, isRetired: Bool
  ) {
    self.site = site
    self.exchange = exchange
    self.mint = mint
    self.owner = owner
    self.amount = amount
    self.first = first
    self.length = length
    self.isWhole = isWhole
    self.isRetired = isRetired
  }

  /// Reads an entry.
  public init(from input: inout ByteReader) throws(DecodeError) {
    site = try SiteId(from: &input)
    exchange = try MemberId(from: &input)
    mint = try TransactionId(from: &input)
    owner = try MemberId(from: &input)
    amount = try input.readMilliCoins()
    first = Interval(try input.readFixed(UInt32.self))
    length = UInt32(try input.readVarint(in: 1...UInt64(Mint.lengthLimit)))
    let flags = try input.readUInt8()
    guard flags < 4 else { throw input.refusal(.outOfRange, at: input.offset - 1) }
    isWhole = flags & 1 != 0
    isRetired = flags & 2 != 0
  }

  /// Appends the entry.
  public func encode(to output: inout ByteWriter) {
    site.encode(to: &output)
    exchange.encode(to: &output)
    mint.encode(to: &output)
    owner.encode(to: &output)
    output.writeVarint(amount.value)
    output.writeFixed(first.number)
    output.writeVarint(UInt64(length))
    output.write((isWhole ? 1 : 0) | (isRetired ? 2 : 0))
  }

  /// A part of this lot: another amount, period or owner, the same provenance.
  public func part(
    owner: MemberId, amount: MilliCoins, first: Interval, length: UInt32, isWhole: Bool,
    isRetired: Bool = false
  ) -> Lot {
    Lot(
      site: site, exchange: exchange, mint: mint, owner: owner, amount: amount, first: first,
      length: length, isWhole: isWhole, isRetired: isRetired)
  }
}

extension ByteReader {
  /// An amount of at most `MilliCoins.limit`.
  public mutating func readMilliCoins() throws(DecodeError) -> MilliCoins {
    MilliCoins(try readVarint(in: 0...MilliCoins.limit.value))
  }
}
