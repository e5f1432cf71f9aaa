// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// Where a node listens and whose key it must show there.
/// Bytes: host (16, IPv4 mapped into IPv6) ‖ port (2) ‖ key (32).
public struct PeerAddress: Hashable, Sendable, Canonical {
  /// An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d.
  public let host: HostAddress
  /// The TCP port, not 0.
  public let port: UInt16
  /// The node's identity.
  public let key: PublicKey

  /// An address with these parts.
  public init(host: HostAddress, port: UInt16, key: PublicKey) {
    self.host = host
    self.port = port
    self.key = key
  }

  /// Reads 50 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    host = try HostAddress(from: &input)
    port = try input.readFixed(UInt16.self)
    guard port > 0 else { throw input.refusal(.outOfRange, at: input.offset - 2) }
    key = try PublicKey(from: &input)
  }

  /// Appends 50 bytes.
  public func encode(to output: inout ByteWriter) {
    host.encode(to: &output)
    output.writeFixed(port)
    key.encode(to: &output)
  }
}

extension PeerAddress: CustomStringConvertible {
  /// `host:port`, with brackets around IPv6.
  public var description: String { host.isIPv4 ? "\(host):\(port)" : "[\(host)]:\(port)" }
}

/// An IP address. Bytes: 16, IPv4 as ::ffff:a.b.c.d.
public struct HostAddress: Hashable, Comparable, Sendable, Canonical {
  /// The first and the second half.
  public let high: UInt64
  public let low: UInt64

  /// An address of these halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// An IPv4 address.
  public init(ipv4: UInt32) {
    high = 0
    low = 0xFFFF_0000_0000 | UInt64(ipv4)
  }

  /// The address of 16 bytes as they stand in packets; nil for another count.
  public init?(_ bytes: [UInt8]) {
    guard let address = try? HostAddress(exactly: bytes) else { return nil }
    self = address
  }

  /// Reads 16 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    high = try input.readFixed(UInt64.self)
    low = try input.readFixed(UInt64.self)
  }

  /// Appends 16 bytes.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(high)
    output.writeFixed(low)
  }

  /// Whether it is an IPv4 address.
  public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

  /// Loopback, link-local or private: a neighbour in the same house or block of flats.
  /// Source: RFC 1918, RFC 3927, RFC 4193, RFC 4291.
  public var isLocal: Bool {
    if isIPv4 {
      let address = UInt32(truncatingIfNeeded: low)
      return address >> 24 == 127 || address >> 24 == 10 || address >> 20 == 0xAC1
        || address >> 16 == 0xC0A8 || address >> 16 == 0xA9FE
    }
    return (high == 0 && low == 1) || high >> 54 == 0x3FA || high >> 57 == 0x7E
  }

  /// The part of the internet that one owner easily holds many addresses of: /16 of IPv4, /32 of
  /// IPv6; local addresses each stand for themselves. Source: Bitcoin Core (netgroups).
  public var group: HostAddress {
    if isLocal { return self }
    return isIPv4
      ? HostAddress(high: 0, low: low & 0xFFFF_FFFF_0000)
      : HostAddress(high: high & 0xFFFF_FFFF_0000_0000, low: 0)
  }

  /// Orders by bytes.
  public static func < (left: HostAddress, right: HostAddress) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

extension HostAddress: CustomStringConvertible {
  /// Dotted IPv4, or all eight groups of IPv6 in hexadecimal.
  public var description: String {
    if isIPv4 {
      return [24, 16, 8, 0].map { "\(low >> UInt64($0) & 255)" }.joined(separator: ".")
    }
    return [high, low].flatMap { half in
      [48, 32, 16, 0].map { String(half >> UInt64($0) & 0xFFFF, radix: 16) }
    }.joined(separator: ":")
  }

  /// The address that `a.b.c.d` writes, or nil.
  public init?(dotted text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var address: UInt32 = 0
    for part in parts {
      guard part.count <= 3, let byte = UInt8(part) else { return nil }
      address = address << 8 | UInt32(byte)
    }
    self.init(ipv4: address)
  }
}
