// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// The hash that names a thing of one kind; ids of different kinds are different types.
/// Source: Docs/design.md §1.
public struct Identifier<Kind>: Hashable, Comparable, Sendable, Canonical, CustomStringConvertible {
  /// The 32 bytes of the hash.
  public let value: Bytes32

  /// The id with these bytes.
  public init(_ value: Bytes32) { self.value = value }

  /// The id of 64 hexadecimal digits, or nil.
  public init?(hex: String) {
    guard let value = Bytes32(hex: hex) else { return nil }
    self.value = value
  }

  /// Reads 32 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) { value = try input.readBytes32() }

  /// Appends 32 bytes.
  public func encode(to output: inout ByteWriter) { output.write(value) }

  /// All 64 hexadecimal digits.
  public var hex: String { value.hex }

  /// Orders by bytes.
  public static func < (left: Identifier, right: Identifier) -> Bool { left.value < right.value }

  /// The first eight hexadecimal digits and an ellipsis.
  public var description: String { value.description }
}

/// Marks ids of members.
public enum MemberKindTag {}
/// Marks ids of sites.
public enum SiteKindTag {}
/// Marks ids of lots.
public enum LotKindTag {}
/// Marks ids of transactions.
public enum TransactionKindTag {}
/// Marks ids of networks.
public enum NetworkKindTag {}
/// Marks ids of claims.
public enum ClaimKindTag {}
/// Marks ids of blocks.
public enum BlockKindTag {}

/// Names a member: the hash of its record as admitted.
public typealias MemberId = Identifier<MemberKindTag>
/// Names a site: the hash of its record as registered.
public typealias SiteId = Identifier<SiteKindTag>
/// Names a lot: the hash of the transaction that made it and its place there.
public typealias LotId = Identifier<LotKindTag>
/// Names a transaction: the hash of its bytes, signature included.
public typealias TransactionId = Identifier<TransactionKindTag>
/// Names a network: the hash of its genesis.
public typealias NetworkId = Identifier<NetworkKindTag>
/// Names a claim: the hash of its bytes.
public typealias ClaimId = Identifier<ClaimKindTag>
/// Names a block: the SHA-256 of its header.
public typealias BlockHash = Identifier<BlockKindTag>
