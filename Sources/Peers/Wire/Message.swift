// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding

/// What every kind of message between nodes can do. A kind is a file in `Messages/`.
public protocol WireMessage: Canonical, Hashable {
  /// The byte that names the kind in a frame; never reused.
  static var kind: UInt8 { get }
  /// The most bytes that a payload of this kind may have; nothing larger is read.
  static var byteLimit: Int { get }
  /// The kind of its answers and how many may come; nil where it asks for nothing that is large.
  var asks: (kind: UInt8, count: Int)? { get }
}

extension WireMessage {
  /// Nothing.
  public var asks: (kind: UInt8, count: Int)? { nil }
}

/// Any message. A new kind is a new file and a line in each list here.
public enum Message: Hashable, Sendable {
  case hello(Hello)
  case goodbye(Goodbye)
  case ping(Ping)
  case pong(Pong)
  case getHeaders(GetHeaders)
  case headers(Headers)
  case getBlocks(GetBlocks)
  case blockDelivery(BlockDelivery)
  case blocksMissing(BlocksMissing)
  case compactBlock(CompactBlock)
  case getBlockTransactions(GetBlockTransactions)
  case blockTransactions(BlockTransactions)
  case announceTransactions(AnnounceTransactions)
  case getTransactions(GetTransactions)
  case transactionDelivery(TransactionDelivery)
  case getAddresses(GetAddresses)
  case addresses(Addresses)
  case getProof(GetProof)
  case proofDelivery(ProofDelivery)
  case getEvidence(GetEvidence)
  case evidenceDelivery(EvidenceDelivery)
  case auditNotes(AuditNotes)
  case getSnapshot(GetSnapshot)
  case snapshotManifest(SnapshotManifest)
  case getSnapshotPart(GetSnapshotPart)
  case snapshotPart(SnapshotPart)
  case claims(Claims)
  case decisions(Decisions)
  case approvals(Approvals)
  case getApprovals(GetApprovals)
  case getFinality(GetFinality)
  case finality(Finality)
  case getAncestors(GetAncestors)
  case ancestors(Ancestors)

  /// The message as what all kinds share.
  public var content: any WireMessage {
    switch self {
    case .hello(let content): content
    case .goodbye(let content): content
    case .ping(let content): content
    case .pong(let content): content
    case .getHeaders(let content): content
    case .headers(let content): content
    case .getBlocks(let content): content
    case .blockDelivery(let content): content
    case .blocksMissing(let content): content
    case .compactBlock(let content): content
    case .getBlockTransactions(let content): content
    case .blockTransactions(let content): content
    case .announceTransactions(let content): content
    case .getTransactions(let content): content
    case .transactionDelivery(let content): content
    case .getAddresses(let content): content
    case .addresses(let content): content
    case .getProof(let content): content
    case .proofDelivery(let content): content
    case .getEvidence(let content): content
    case .evidenceDelivery(let content): content
    case .auditNotes(let content): content
    case .getSnapshot(let content): content
    case .snapshotManifest(let content): content
    case .getSnapshotPart(let content): content
    case .snapshotPart(let content): content
    case .claims(let content): content
    case .decisions(let content): content
    case .approvals(let content): content
    case .getApprovals(let content): content
    case .getFinality(let content): content
    case .finality(let content): content
    case .getAncestors(let content): content
    case .ancestors(let content): content
    }
  }

  private typealias Decoder = @Sendable ([UInt8]) throws(DecodeError) -> Message

  /// How payloads of a kind are read, by kind.
  private static let decoders: [UInt8: (limit: Int, decode: Decoder)] = [
    Hello.kind: decoder(Message.hello), Goodbye.kind: decoder(Message.goodbye),
    Ping.kind: decoder(Message.ping), Pong.kind: decoder(Message.pong),
    GetHeaders.kind: decoder(Message.getHeaders), Headers.kind: decoder(Message.headers),
    GetBlocks.kind: decoder(Message.getBlocks),
    BlockDelivery.kind: decoder(Message.blockDelivery),
    BlocksMissing.kind: decoder(Message.blocksMissing),
    CompactBlock.kind: decoder(Message.compactBlock),
    GetBlockTransactions.kind: decoder(Message.getBlockTransactions),
    BlockTransactions.kind: decoder(Message.blockTransactions),
    AnnounceTransactions.kind: decoder(Message.announceTransactions),
    GetTransactions.kind: decoder(Message.getTransactions),
    TransactionDelivery.kind: decoder(Message.transactionDelivery),
    GetAddresses.kind: decoder(Message.getAddresses), Addresses.kind: decoder(Message.addresses),
    GetProof.kind: decoder(Message.getProof), ProofDelivery.kind: decoder(Message.proofDelivery),
    GetEvidence.kind: decoder(Message.getEvidence),
    EvidenceDelivery.kind: decoder(Message.evidenceDelivery),
    AuditNotes.kind: decoder(Message.auditNotes),
    GetSnapshot.kind: decoder(Message.getSnapshot),
    SnapshotManifest.kind: decoder(Message.snapshotManifest),
    GetSnapshotPart.kind: decoder(Message.getSnapshotPart),
    SnapshotPart.kind: decoder(Message.snapshotPart), Claims.kind: decoder(Message.claims),
    Decisions.kind: decoder(Message.decisions), Approvals.kind: decoder(Message.approvals),
    GetApprovals.kind: decoder(Message.getApprovals),
    GetFinality.kind: decoder(Message.getFinality), Finality.kind: decoder(Message.finality),
    GetAncestors.kind: decoder(Message.getAncestors),
    Ancestors.kind: decoder(Message.ancestors),
  ]

  private static func decoder<Content: WireMessage>(
    _ wrap: @escaping @Sendable (Content) -> Message
  ) -> (limit: Int, decode: Decoder) {
    (
      Content.byteLimit,
      { (bytes: [UInt8]) throws(DecodeError) -> Message in wrap(try Content(exactly: bytes)) }
    )
  }

  /// Kinds that answer a question, whose payloads may be large.
  static let answers: Set<UInt8> = [
    Headers.kind, BlockDelivery.kind, BlockTransactions.kind, TransactionDelivery.kind,
    ProofDelivery.kind, EvidenceDelivery.kind, SnapshotPart.kind, Finality.kind, Ancestors.kind,
  ]

  /// All kinds by their bytes, in order: what tests and fuzzers go through.
  public static var kinds: [UInt8] { decoders.keys.sorted() }

  /// The most payload bytes of a kind, or nil for a kind that this version does not know.
  public static func byteLimit(kind: UInt8) -> Int? { decoders[kind]?.limit }

  /// The message of `kind` that `payload` encodes, all of it.
  public init(kind: UInt8, payload: [UInt8]) throws(DecodeError) {
    guard let (limit, decode) = Message.decoders[kind] else {
      throw DecodeError(.unknownKind, at: 0)
    }
    guard payload.count <= limit else { throw DecodeError(.outOfRange, at: 0) }
    self = try decode(payload)
  }

  /// Bytes of the payload.
  public var byteCount: Int { content.bytes.count }

  /// The kind's name, as in the protocol's description.
  public var name: String { "\(type(of: content))" }
}
