// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// What a member is. Source: Docs/requirements.md L1.
public enum MemberKind: UInt8, CaseIterable, Sendable, Canonical {
  /// A home: with PV and battery, with PV only, or with a battery only.
  case consumer = 1
  /// A first consumer: school, government building, station, hospital, municipality.
  case publicConsumer = 2
  /// A second consumer: a company taking 6.6 kV.
  case businessConsumer = 3
  /// A power generator: low-voltage, high-voltage or special-high-voltage plant.
  case generator = 4
  /// The electricity retailer that runs the network: admits and suspends.
  case `operator` = 5
  /// The wholesale market, for example JEPX.
  case wholesaleMarket = 6
  /// The exchange: mints coins.
  case exchange = 7

  /// Reads one byte.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard let kind = MemberKind(rawValue: try input.readUInt8()) else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    self = kind
  }

  /// Appends one byte.
  public func encode(to output: inout ByteWriter) { output.write(rawValue) }
}

/// Who a member is, as the operator admits it.
/// Bytes: kind ‖ name (text, 1…64 bytes) ‖ public key (32).
public struct MemberRecord: Hashable, Sendable, Canonical {
  /// Lengths of names in UTF-8 bytes.
  public static let nameLimit: ClosedRange<UInt64> = 1...64

  /// What the member is.
  public let kind: MemberKind
  /// The name shown on coins and certificates.
  public let name: String
  /// The key that signs for the member.
  public let key: PublicKey

  /// A record with these parts; `name` is 1…64 bytes of UTF-8 without control characters.
  public init(kind: MemberKind, name: String, key: PublicKey) {
    self.kind = kind
    self.name = name
    self.key = key
  }

  /// Reads a record.
  public init(from input: inout ByteReader) throws(DecodeError) {
    kind = try MemberKind(from: &input)
    name = try input.readText(in: MemberRecord.nameLimit)
    key = try PublicKey(from: &input)
  }

  /// Appends the record.
  public func encode(to output: inout ByteWriter) {
    kind.encode(to: &output)
    output.writeText(name)
    key.encode(to: &output)
  }

  /// The member's id: the hash of this record.
  public var id: MemberId { MemberId(SHA256.digest(name: "hinata/member", bytes)) }
}
