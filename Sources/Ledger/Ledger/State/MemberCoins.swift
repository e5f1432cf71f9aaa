// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Quantities

/// A member's coins. Bytes: four varints. Source: Docs/requirements.md L7.
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

extension ByteReader {
  /// An amount of at most `MilliCoins.limit`.
  public mutating func readMilliCoins() throws(DecodeError) -> MilliCoins {
    MilliCoins(try readVarint(in: 0...MilliCoins.limit.value))
  }

  /// A running total of at most `WattHours.totalLimit`, in Wh.
  public mutating func readTotal() throws(DecodeError) -> UInt64 {
    try readVarint(in: 0...WattHours.totalLimit)
  }
}
