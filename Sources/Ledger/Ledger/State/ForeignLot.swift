// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import LedgerCrypto
public import Quantities

/// Value of another network that was retired there for a member of this one: apart from coins, and
/// honoured once, by whichever desk. Bytes: exchange (32) ‖ member (32) ‖ network (32) ‖ lot (32) ‖
/// energy in Wh (varint) ‖ first (4) ‖ length (varint) ‖ certificate (32).
/// Source: Docs/protocol.md §17.5.
public struct ForeignLot: Hashable, Sendable, Canonical {
  /// The exchange that saw the certificate.
  public let exchange: MemberId
  /// Who may use the value here.
  public let member: MemberId
  /// The network that it comes from, and the retired lot there.
  public let network: NetworkId
  public let lot: LotId
  public let energyWh: UInt64
  /// When it was generated.
  public let first: Interval
  public let length: UInt32
  /// The hash of the certificate file: whoever has it can check all this.
  public let certificate: Bytes32

  /// A lot of another network.
  public init(
    exchange: MemberId, member: MemberId, network: NetworkId, lot: LotId, energyWh: UInt64,
    first: Interval, length: UInt32, certificate: Bytes32
  ) {
    self.exchange = exchange
    self.member = member
    self.network = network
    self.lot = lot
    self.energyWh = energyWh
    self.first = first
    self.length = length
    self.certificate = certificate
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    exchange = try MemberId(from: &input)
    member = try MemberId(from: &input)
    network = NetworkId(try input.readBytes32())
    lot = try LotId(from: &input)
    energyWh = try input.readVarint(in: 1...WattHours.totalLimit)
    first = Interval(try input.readFixed(UInt32.self))
    length = UInt32(try input.readVarint(in: 1...UInt64(Mint.lengthLimit)))
    certificate = try input.readBytes32()
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    exchange.encode(to: &output)
    member.encode(to: &output)
    output.write(network.value)
    lot.encode(to: &output)
    output.writeVarint(energyWh)
    output.writeFixed(first.number)
    output.writeVarint(UInt64(length))
    output.write(certificate)
  }

  /// Its name in the state: a lot of a network has one.
  public static func key(network: NetworkId, lot: LotId) -> StateKey {
    StateKey(
      .foreignLot, SHA256.digest(name: "hinata/foreign", network.value.bytes + lot.value.bytes))
  }
}
