// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto
import Quantities

/// What every kind of transaction can do. Its bytes are kind ‖ body ‖ signature (64), where it has
/// one: what proves itself needs none.
public protocol LedgerTransaction: Hashable, Sendable {
  /// What its signature is for, if it has one; its byte is the first of the encoding.
  static var domain: SigningDomain { get }
  /// Reads the body and, where there is one, the signature.
  init(from input: inout ByteReader) throws(DecodeError)
  /// Appends the body without the signature.
  func encodeBody(to output: inout ByteWriter)
  /// The signature over network and body, nil where the body proves itself.
  var seal: Signature? { get }
  /// The key that has to sign, by the state before the transaction; nil where nobody has to. Laws
  /// of standing are checked here.
  func author(in state: StateView) throws(ApplyError) -> PublicKey?
  /// Changes the state, or says which law forbids it. The signature was checked before.
  func apply(to transition: inout Transition) throws(ApplyError)
  /// The key or the member that may seal blocks from then on; nil where it lets nobody in.
  var admitted: Bytes32? { get }
}

/// A transaction that a member or a site signs.
public protocol SignedTransaction: LedgerTransaction {
  /// The signature over network and body.
  var signature: Signature { get }
  /// The key that has to sign, by the state before the transaction.
  func signer(in state: StateView) throws(ApplyError) -> PublicKey
}

extension SignedTransaction {
  /// The signature.
  public var seal: Signature? { signature }

  /// The key that has to sign.
  public func author(in state: StateView) throws(ApplyError) -> PublicKey? {
    try signer(in: state)
  }
}

extension LedgerTransaction {
  /// Nobody.
  public var admitted: Bytes32? { nil }

  /// The first byte of its encoding.
  public static var kind: UInt8 { domain.rawValue }

  /// The bytes before the signature.
  public var unsignedBytes: [UInt8] {
    var output = ByteWriter()
    output.write(Self.kind)
    encodeBody(to: &output)
    return output.bytes
  }
}

/// Any transaction. A new kind is a new file in this folder and a line in each list here.
public enum Transaction: Hashable, Sendable, Canonical {
  case admitMember(AdmitMember)
  case setStanding(SetStanding)
  case registerSite(RegisterSite)
  case report(Report)
  case mint(Mint)
  case transfer(Transfer)
  case retire(Retire)
  case recordFinal(RecordFinal)
  case contradiction(Contradiction)
  case restart(Restart)
  case setNodeKey(SetNodeKey)
  case moveEdition(MoveEdition)
  case honour(Honour)

  /// The transaction as what all kinds share.
  public var content: any LedgerTransaction {
    switch self {
    case .admitMember(let content): content
    case .setStanding(let content): content
    case .registerSite(let content): content
    case .report(let content): content
    case .mint(let content): content
    case .transfer(let content): content
    case .retire(let content): content
    case .recordFinal(let content): content
    case .contradiction(let content): content
    case .restart(let content): content
    case .setNodeKey(let content): content
    case .moveEdition(let content): content
    case .honour(let content): content
    }
  }

  /// Reads a transaction of any kind.
  public init(from input: inout ByteReader) throws(DecodeError) {
    switch try input.readUInt8() {
    case AdmitMember.kind: self = .admitMember(try AdmitMember(from: &input))
    case SetStanding.kind: self = .setStanding(try SetStanding(from: &input))
    case RegisterSite.kind: self = .registerSite(try RegisterSite(from: &input))
    case Report.kind: self = .report(try Report(from: &input))
    case Mint.kind: self = .mint(try Mint(from: &input))
    case Transfer.kind: self = .transfer(try Transfer(from: &input))
    case Retire.kind: self = .retire(try Retire(from: &input))
    case RecordFinal.kind: self = .recordFinal(try RecordFinal(from: &input))
    case Contradiction.kind: self = .contradiction(try Contradiction(from: &input))
    case Restart.kind: self = .restart(try Restart(from: &input))
    case SetNodeKey.kind: self = .setNodeKey(try SetNodeKey(from: &input))
    case MoveEdition.kind: self = .moveEdition(try MoveEdition(from: &input))
    case Honour.kind: self = .honour(try Honour(from: &input))
    default: throw input.refusal(.unknownKind, at: input.offset - 1)
    }
  }

  /// Appends kind, body and signature.
  public func encode(to output: inout ByteWriter) {
    output.writeBytes(content.unsignedBytes)
    content.seal?.encode(to: &output)
  }
}

/// A transaction with its bytes, encoded once. The bytes decide the id.
public struct EncodedTransaction: Hashable, Sendable {
  /// The most bytes of one transaction.
  public static let limit: UInt64 = 16_384

  public let transaction: Transaction
  public let bytes: [UInt8]
  public let id: TransactionId

  /// Encodes a transaction.
  public init(_ transaction: Transaction) {
    self.transaction = transaction
    bytes = transaction.bytes
    id = TransactionId(SHA256.digest(bytes))
  }

  /// Decodes a transaction.
  public init(exactly bytes: [UInt8]) throws(DecodeError) {
    transaction = try Transaction(exactly: bytes)
    self.bytes = bytes
    id = TransactionId(SHA256.digest(bytes))
  }

  /// Whether nodes pass it on and keep it to wait for a block. Records of finality are made by
  /// whoever seals one: any choice of signatures would be another transaction.
  public var isPassedOn: Bool { transaction.kind != .recordFinal }

  /// What the signer signs: the network's name of itself, then kind and body.
  /// - Precondition: it is signed.
  public func signedMessage(in network: NetworkId) -> [UInt8] {
    SignedMessage.bytes(of: bytes.dropLast(64), in: network)
  }

  /// Whether the holder of a key signed it.
  public func isSigned(by key: PublicKey, in network: NetworkId) -> Bool {
    transaction.content.seal?.isValid(for: signedMessage(in: network), by: key) ?? false
  }
}
