// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
public import LedgerCrypto
public import Quantities

/// The first 16 bytes of a network's id, by which a header names its network.
public struct NetworkTag: Hashable, Sendable, Canonical {
  private let high: UInt64
  private let low: UInt64

  /// The tag of a network.
  public init(_ network: NetworkId) { (high, low, _, _) = network.value.words }

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
}

/// What a block binds: 178 bytes of fixed layout, so that the nonce lies in a last part of 50 bytes
/// and each try costs one compression. Source: Docs/design.md §2, §6.1.
///
/// Bytes: version (2) ‖ network (16, the first of its id) ‖ height (8) ‖ previous (32) ‖ time (8) ‖
/// transaction root (32) ‖ state root (32) ‖ producer (32) ‖ target (4) ‖ search seconds (4) ‖
/// nonce (8). Numbers are big endian.
public struct BlockHeader: Hashable, Sendable, Canonical {
  /// The only version so far.
  public static let version: UInt16 = 1
  /// The length in bytes.
  public static let byteCount = 178

  public let network: NetworkTag
  public let height: UInt64
  public let previous: BlockHash
  public let time: NetworkTime
  public let transactionRoot: Bytes32
  /// The root of the state after the block.
  public let stateRoot: Bytes32
  /// The key of who built the block.
  public let producer: PublicKey
  /// The network's target in compact form; a producer's own share may make its own harder.
  public let target: UInt32
  /// How long the producer searched, in network seconds: what the target is set by.
  public let searchSeconds: UInt32
  public var nonce: UInt64

  /// A header with these parts.
  public init(
    network: NetworkTag, height: UInt64, previous: BlockHash, time: NetworkTime,
    transactionRoot: Bytes32, stateRoot: Bytes32, producer: PublicKey, target: UInt32,
    searchSeconds: UInt32, nonce: UInt64
  ) {
    self.network = network
    self.height = height
    self.previous = previous
    self.time = time
    self.transactionRoot = transactionRoot
    self.stateRoot = stateRoot
    self.producer = producer
    self.target = target
    self.searchSeconds = searchSeconds
    self.nonce = nonce
  }

  /// Reads 178 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard try input.readFixed(UInt16.self) == BlockHeader.version else {
      throw input.refusal(.unknownKind, at: input.offset - 2)
    }
    network = try NetworkTag(from: &input)
    height = try input.readFixed(UInt64.self)
    previous = try BlockHash(from: &input)
    time = NetworkTime(seconds: try input.readFixed(UInt64.self))
    transactionRoot = try input.readBytes32()
    stateRoot = try input.readBytes32()
    producer = try PublicKey(from: &input)
    target = try input.readFixed(UInt32.self)
    searchSeconds = try input.readFixed(UInt32.self)
    nonce = try input.readFixed(UInt64.self)
    guard height < 1 << 53, time.seconds < 1 << 40, CompactTarget.expand(target) != nil else {
      throw input.refusal(.outOfRange)
    }
  }

  /// Appends 178 bytes.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(BlockHeader.version)
    network.encode(to: &output)
    output.writeFixed(height)
    previous.encode(to: &output)
    output.writeFixed(time.seconds)
    output.write(transactionRoot)
    output.write(stateRoot)
    producer.encode(to: &output)
    output.writeFixed(target)
    output.writeFixed(searchSeconds)
    output.writeFixed(nonce)
  }

  /// The block's name.
  public var hash: BlockHash { BlockHash(SHA256.digest(bytes)) }
}

/// A header and, in a closed network, the producer's signature over its hash.
/// Bytes: header (178) ‖ signature (64; zeros in an open network).
public struct SealedHeader: Hashable, Sendable, Canonical {
  public let header: BlockHeader
  /// The producer's signature over the header's hash.
  public let signature: Signature

  /// The signature of headers that need none.
  public static let noSignature = Signature(r: .zero, s: .zero)

  /// A header with its signature.
  public init(header: BlockHeader, signature: Signature) {
    self.header = header
    self.signature = signature
  }

  /// Seals a header: signs its hash.
  public init(header: BlockHeader, network: NetworkId, signedBy key: KeyPair) {
    self.header = header
    signature = key.sign(SealedHeader.message(header.hash, in: network))
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    header = try BlockHeader(from: &input)
    signature = try Signature(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    header.encode(to: &output)
    signature.encode(to: &output)
  }

  /// What the producer signs.
  static func message(_ hash: BlockHash, in network: NetworkId) -> [UInt8] {
    SignedMessage.bytes(.header, hash.value.bytes, in: network)
  }

  /// Whether the producer signed this header.
  public func isSigned(in network: NetworkId) -> Bool {
    signature.isValid(for: SealedHeader.message(header.hash, in: network), by: header.producer)
  }
}
