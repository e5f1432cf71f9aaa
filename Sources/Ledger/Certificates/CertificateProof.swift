// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
public import Ledger
import LedgerCrypto
public import Proofs

/// Everything that is needed to derive a certificate, under two headers: the retirement in its
/// block, and what the state says of the retired lot, its site and the members named.
///
/// Bytes: version (1) ‖ header of the retirement's block (242) ‖ retirement (transaction proof) ‖
/// header of a later block (242) ‖ entries (varint count; entry proofs).
public struct CertificateProof: Hashable, Sendable, Canonical {
  /// The only version so far.
  static let version: UInt8 = 1
  /// Lot, site, producer, owner, exchange.
  static let entryCount: ClosedRange<UInt64> = 1...8

  /// The block that the retirement stands in.
  public let block: SealedHeader
  public let retirement: TransactionProof
  /// The block whose state the entries are of: the same or a later one.
  public let stateBlock: SealedHeader
  public let entries: [EntryProof]

  /// A proof of these parts; nothing is checked yet.
  public init(
    block: SealedHeader, retirement: TransactionProof, stateBlock: SealedHeader,
    entries: [EntryProof]
  ) {
    self.block = block
    self.retirement = retirement
    self.stateBlock = stateBlock
    self.entries = entries
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard try input.readUInt8() == CertificateProof.version else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    block = try SealedHeader(from: &input)
    retirement = try TransactionProof(from: &input)
    stateBlock = try SealedHeader(from: &input)
    var entries: [EntryProof] = []
    for _ in 0..<(try input.readCount(in: CertificateProof.entryCount, itemBytes: 40)) {
      entries.append(try EntryProof(from: &input))
    }
    self.entries = entries
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.write(CertificateProof.version)
    block.encode(to: &output)
    retirement.encode(to: &output)
    stateBlock.encode(to: &output)
    output.writeVarint(UInt64(entries.count))
    for entry in entries { entry.encode(to: &output) }
  }

  /// The keys of the state that a certificate of `lot` needs.
  /// - Parameter site: the lot's site, whose member generated.
  public static func keys(_ id: LotId, _ lot: Lot, _ site: SiteRecord) -> [StateKey] {
    var keys: [StateKey] = [.lot(id), .site(lot.site), .member(site.member)]
    for member in [lot.owner, lot.exchange] where !keys.contains(.member(member)) {
      keys.append(.member(member))
    }
    return keys
  }
}

/// Why a certificate does not hold.
public enum CertificateFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// A header of the proof is of another network.
  case otherNetwork
  /// The transaction does not stand in the block.
  case notInBlock(TransactionId)
  /// The transaction is no retirement.
  case noRetirement(TransactionId)
  /// An entry does not stand in the state.
  case notInState(StateKey.Kind)
  /// An entry that is needed is not in the proof.
  case missing(StateKey.Kind)
  /// The lot is still valid, or gone: nothing was retired.
  case notRetired(LotId)
  /// The state is of a block before the retirement.
  case stateTooOld
  /// A block of the proof is not of the chain that the headers give.
  case notOnChain(height: UInt64, BlockHash)
  /// What the certificate states is not what the proof gives.
  case altered(field: String, stated: String, proven: String)
  /// The bytes are no file or page of this format.
  case notAFile(format: String)
  /// The proof in the file cannot be decoded.
  case malformedProof(DecodeError)
  /// Headers cannot be decoded.
  case malformedHeaders(DecodeError)
  /// No headers are in the file, and none were given.
  case noHeaders
  /// The page does not end with a signature.
  case unsigned
  /// The page's key is neither the owner's nor the issuer's.
  case signedByStranger
  /// The page's bytes are not those that were signed.
  case pageAltered
  /// The certificate is of the network into which it shall be taken.
  case ownNetwork
  /// The value was retired for somebody who is not a member of the network.
  case notForMember(beneficiary: String)
  /// Too few blocks on top of the retirement.
  case unconfirmed(blocks: UInt64, needed: UInt64)
  /// The desk has honoured the lot already.
  case honouredBefore(LotId)

  /// One line for people.
  public var description: String {
    switch self {
    case .otherNetwork: "the proof is of another network"
    case .notInBlock(let id): "transaction \(id.hex) does not stand in the block that is named"
    case .noRetirement(let id): "transaction \(id.hex) is no retirement"
    case .notInState(let kind): "the \(kind) in the proof is not what the state of the block holds"
    case .missing(let kind): "the proof has no \(kind)"
    case .notRetired(let id): "lot \(id.hex) is not retired"
    case .stateTooOld: "the state in the proof is older than the retirement"
    case .notOnChain(let height, let hash):
      "block \(height) (\(hash.hex)) is not of the chain that the headers give"
    case .altered(let field, let stated, let proven):
      "\(field) was altered: \"\(stated)\" is stated, \"\(proven)\" is proven"
    case .notAFile(let format): "this is no file or page of the format \(format)"
    case .malformedProof(let reason): "the proof is malformed (\(reason))"
    case .malformedHeaders(let reason): "the headers are malformed (\(reason))"
    case .noHeaders: "there are no headers: name some with --headers"
    case .unsigned: "the page has no signature at its end"
    case .signedByStranger: "the page is signed by neither its owner nor its issuer"
    case .pageAltered: "the page was altered: its signature does not hold"
    case .ownNetwork: "the certificate is of this very network: its coins were spent here"
    case .notForMember(let beneficiary):
      "the value was retired for \"\(beneficiary)\", not for a member of this network"
    case .unconfirmed(let blocks, let needed):
      "\(blocks) blocks are on top of the retirement, \(needed) are wanted"
    case .honouredBefore(let lot): "lot \(lot.hex) was honoured before"
    }
  }
}
