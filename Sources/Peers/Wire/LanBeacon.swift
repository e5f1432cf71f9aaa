// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
public import LedgerCrypto

/// What a node calls out on the home's network, so that neighbours in the same house or block of
/// flats find it: who it is and where it listens; its address is the datagram's sender. It proves
/// nothing: the link's handshake does.
/// Bytes: "HNTB" (4) ‖ network (32) ‖ key (32) ‖ port (2): 70.
public struct LanBeacon: Hashable, Sendable, Canonical {
  /// The group (RFC 2365, local scope) and port that beacons go to.
  public static let group = "239.255.72.78"
  public static let groupPort = 7712
  private static let magic: UInt32 = 0x484E_5442

  public let network: NetworkId
  public let key: PublicKey
  /// Where the node listens, not 0.
  public let port: UInt16

  /// A beacon.
  public init(network: NetworkId, key: PublicKey, port: UInt16) {
    self.network = network
    self.key = key
    self.port = port
  }

  /// Reads 70 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard try input.readFixed(UInt32.self) == LanBeacon.magic else {
      throw input.refusal(.unknownKind, at: input.offset - 4)
    }
    network = try NetworkId(from: &input)
    key = try PublicKey(from: &input)
    port = try input.readFixed(UInt16.self)
    guard port > 0 else { throw input.refusal(.outOfRange, at: input.offset - 2) }
  }

  /// Appends 70 bytes.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(LanBeacon.magic)
    network.encode(to: &output)
    key.encode(to: &output)
    output.writeFixed(port)
  }
}
