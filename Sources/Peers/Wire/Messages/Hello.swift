// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger
import LedgerCrypto
public import Quantities

/// The first message on a link, from both sides: which network, which version, what the node has.
/// Bytes: version (4) ‖ network name (text) ‖ network (32) ‖ offers (varint) ‖ lowest body height
/// (varint) ‖ port (2) ‖ tip height (varint) ‖ tip (32) ‖ work (32) ‖ time (8) ‖ agent (text).
public struct Hello: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 1
  /// The parts of fixed size and three short texts and numbers.
  public static let byteLimit = 256

  /// What a node offers to its peers.
  public struct Offers: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    /// Offers of these bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// It takes part in gossip: blocks and transactions are announced to it.
    public static let relay = Offers(rawValue: 1)
    /// It answers for state and proofs.
    public static let proofs = Offers(rawValue: 2)
    /// It answers for the samples under its own readings.
    public static let evidence = Offers(rawValue: 4)
    /// It serves snapshots of its state.
    public static let snapshots = Offers(rawValue: 8)
  }

  public let version: ProtocolVersion
  public let networkName: String
  public let network: NetworkId
  public let offers: Offers
  /// From which height on it has block bodies; 0 in an archive.
  public let lowestBody: UInt64
  /// Where it listens, 0 when nowhere.
  public let port: UInt16
  public let height: UInt64
  public let tip: BlockHash
  /// The work accumulated up to its tip, big endian.
  public let work: Bytes32
  /// Its clock.
  public let time: NetworkTime
  /// Program and version, for people: at most 32 bytes.
  public let agent: String
  private static let agentLimit: UInt64 = 32

  /// A greeting with these parts.
  public init(
    version: ProtocolVersion = .current, networkName: String, network: NetworkId, offers: Offers,
    lowestBody: UInt64, port: UInt16, height: UInt64, tip: BlockHash, work: Bytes32,
    time: NetworkTime, agent: String
  ) {
    self.version = version
    self.networkName = networkName
    self.network = network
    self.offers = offers
    self.lowestBody = lowestBody
    self.port = port
    self.height = height
    self.tip = tip
    self.work = work
    self.time = time
    // A longer one would get this node banned for its own greeting.
    var agent = agent
    while agent.utf8.count > Hello.agentLimit { agent.removeLast() }
    self.agent = agent
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    version = try ProtocolVersion(from: &input)
    networkName = try input.readText(in: 1...32)
    network = try NetworkId(from: &input)
    offers = Offers(rawValue: UInt8(try input.readVarint(in: 0...255)))
    lowestBody = try input.readVarint(in: 0...(1 << 53))
    port = try input.readFixed(UInt16.self)
    height = try input.readVarint(in: 0...(1 << 53))
    tip = try BlockHash(from: &input)
    work = try input.readBytes32()
    time = NetworkTime(seconds: try input.readFixed(UInt64.self))
    guard time.seconds < 1 << 40 else { throw input.refusal(.outOfRange, at: input.offset - 8) }
    agent = try input.readText(in: 0...Hello.agentLimit)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    version.encode(to: &output)
    output.writeText(networkName)
    network.encode(to: &output)
    output.writeVarint(UInt64(offers.rawValue))
    output.writeVarint(lowestBody)
    output.writeFixed(port)
    output.writeVarint(height)
    tip.encode(to: &output)
    output.write(work)
    output.writeFixed(time.seconds)
    output.writeText(agent)
  }
}
