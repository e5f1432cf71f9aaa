// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

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
    generatedWh = try input.readTotal()
    claimedWh = try input.readTotal()
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
