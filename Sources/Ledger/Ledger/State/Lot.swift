// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

/// An amount of coins with one provenance. Retired lots stay, as the proof behind certificates.
/// Bytes: site (32) ‖ exchange (32) ‖ mint (32) ‖ owner (32) ‖ amount (varint) ‖ first (4) ‖
/// length (varint) ‖ flags (1 whole, 2 retired) ‖ end (8) where it is retired.
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
  /// When it was retired: its block's time. nil while it is of value.
  public let ended: NetworkTime?

  /// Whether its value has ended.
  public var isRetired: Bool { ended != nil }

  /// A lot with these parts.
  public init(
    site: SiteId, exchange: MemberId, mint: TransactionId, owner: MemberId, amount: MilliCoins,
    first: Interval, length: UInt32, isWhole: Bool, ended: NetworkTime?
  ) {
    self.site = site
    self.exchange = exchange
    self.mint = mint
    self.owner = owner
    self.amount = amount
    self.first = first
    self.length = length
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
    let flags = try input.readUInt8()
    guard flags < 4 else { throw input.refusal(.outOfRange, at: input.offset - 1) }
    isWhole = flags & 1 != 0
    guard flags & 2 != 0 else {
      ended = nil
      return
    }
    let time = try input.readFixed(UInt64.self)
    guard time < 1 << 40 else { throw input.refusal(.outOfRange, at: input.offset - 8) }
    ended = NetworkTime(seconds: time)
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
    if let ended { output.writeFixed(ended.seconds) }
  }

  /// A part of this lot: another amount, period or owner, the same provenance.
  public func part(
    owner: MemberId, amount: MilliCoins, first: Interval, length: UInt32, isWhole: Bool,
    ended: NetworkTime? = nil
  ) -> Lot {
    Lot(
      site: site, exchange: exchange, mint: mint, owner: owner, amount: amount, first: first,
      length: length, isWhole: isWhole, ended: ended)
  }
}
