// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

/// An amount of coins with one provenance. Retired lots stay, as the proof behind certificates.
/// Bytes: site (32) ‖ exchange (32) ‖ mint (32) ‖ owner (32) ‖ amount (varint) ‖ first (4) ‖
/// length (varint) ‖ splits (varint) ‖ flags (1 whole, 2 retired) ‖ end (4) where it is retired.
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
  /// How many further lots may come from it: its share of what its mint began with, so that nobody
  /// fills the state with crumbs, nor uses up what others may split.
  public let splits: UInt32
  /// The lot holds all that its period was minted for, so it can be split by interval.
  public let isWhole: Bool
  /// The half hour in which it was retired: of its block's time, which goes on while a nonce is
  /// searched. nil while it is of value.
  public let ended: Interval?

  /// Whether its value has ended.
  public var isRetired: Bool { ended != nil }

  /// A lot with these parts.
  public init(
    site: SiteId, exchange: MemberId, mint: TransactionId, owner: MemberId, amount: MilliCoins,
    first: Interval, length: UInt32, splits: UInt32, isWhole: Bool, ended: Interval?
  ) {
    self.site = site
    self.exchange = exchange
    self.mint = mint
    self.owner = owner
    self.amount = amount
    self.first = first
    self.length = length
    self.splits = splits
    self.isWhole = isWhole
    self.ended = ended
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
    splits = UInt32(try input.readVarint(in: 0...UInt64(UInt32.max)))
    let flags = try input.readUInt8()
    guard flags < 4 else { throw input.refusal(.outOfRange, at: input.offset - 1) }
    isWhole = flags & 1 != 0
    guard flags & 2 != 0 else {
      ended = nil
      return
    }
    ended = Interval(try input.readFixed(UInt32.self))
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
    output.writeVarint(UInt64(splits))
    output.write((isWhole ? 1 : 0) | (isRetired ? 2 : 0))
    if let ended { output.writeFixed(ended.number) }
  }

  /// The lot of a mint: it may be split twice for each of its half hours, and once for so many
  /// milli-coins as the rules say.
  public init(mint: Mint, id: TransactionId, owner: MemberId, rules: NetworkRules) {
    let splits = (mint.amount.value / UInt64(max(1, rules.milliCoinsPerSplit)))
      .addingUpToMax(2 * UInt64(mint.length))
    self.init(
      site: mint.site, exchange: mint.exchange, mint: id, owner: owner, amount: mint.amount,
      first: mint.first, length: mint.length, splits: UInt32(clamping: splits), isWhole: true,
      ended: nil)
  }

  /// The lot in other hands, or at its end.
  public func moved(to owner: MemberId, ended: Interval? = nil) -> Lot {
    Lot(
      site: site, exchange: exchange, mint: mint, owner: owner, amount: amount, first: first,
      length: length, splits: splits, isWhole: isWhole, ended: ended)
  }

  /// A part of this lot: another amount or period, the same provenance and owner.
  func piece(
    _ amount: MilliCoins, first: Interval, length: UInt32, splits: UInt32, isWhole: Bool
  ) -> Lot {
    Lot(
      site: site, exchange: exchange, mint: mint, owner: owner, amount: amount, first: first,
      length: length, splits: splits, isWhole: isWhole, ended: nil)
  }
}
