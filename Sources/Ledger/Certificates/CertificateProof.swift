// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
import LedgerCrypto
public import Proofs
import Quantities

/// Everything that is needed to derive a certificate: the retired lot under the state root of a
/// block that counts, and what the lot names. Its site and members need no path of their own, since
/// their ids are hashes of their records; mint and retirement are named by the lot and its id.
///
/// Bytes: version (1) ‖ basis ‖ lot (entry proof) ‖ days (varint count; entry proofs) ‖ site record
/// ‖ members (varint count; records) ‖ mint (varint length, bytes) ‖ retirement (varint length,
/// bytes). Source: Docs/finality.md §12.
public struct CertificateProof: Hashable, Sendable, Canonical {
  /// The only version so far.
  static let version: UInt8 = 3
  /// Producer, owner and exchange, of which some may be one.
  static let memberCount: ClosedRange<UInt64> = 1...3
  /// A mint covers at most 31 days, which touch one day more of the site's clock.
  static let dayCount: ClosedRange<UInt64> = 1...32

  public let basis: ProofBasis
  public let lot: EntryProof
  /// What the state holds of the days in which the lot was generated, or that it holds nothing.
  public let days: [EntryProof]
  public let site: SiteRecord
  /// Producer, owner and exchange, each once.
  public let members: [MemberRecord]
  public let mint: EncodedTransaction
  public let retirement: EncodedTransaction

  /// A proof of these parts; nothing is checked yet.
  public init(
    basis: ProofBasis, lot: EntryProof, days: [EntryProof], site: SiteRecord,
    members: [MemberRecord], mint: EncodedTransaction, retirement: EncodedTransaction
  ) {
    self.basis = basis
    self.lot = lot
    self.days = days
    self.site = site
    self.members = members
    self.mint = mint
    self.retirement = retirement
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    guard try input.readUInt8() == CertificateProof.version else {
      throw input.refusal(.unknownKind, at: input.offset - 1)
    }
    basis = try ProofBasis(from: &input)
    lot = try EntryProof(from: &input)
    var days: [EntryProof] = []
    for _ in 0..<(try input.readCount(in: CertificateProof.dayCount, itemBytes: 40)) {
      days.append(try EntryProof(from: &input))
    }
    self.days = days
    site = try SiteRecord(from: &input)
    var members: [MemberRecord] = []
    for _ in 0..<(try input.readCount(in: CertificateProof.memberCount, itemBytes: 35)) {
      members.append(try MemberRecord(from: &input))
    }
    self.members = members
    func transaction(_ input: inout ByteReader) throws(DecodeError) -> EncodedTransaction {
      let length = try input.readCount(in: 65...EncodedTransaction.limit)
      return try EncodedTransaction(exactly: Array(try input.readBytes(length)))
    }
    mint = try transaction(&input)
    retirement = try transaction(&input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.write(CertificateProof.version)
    basis.encode(to: &output)
    lot.encode(to: &output)
    output.writeVarint(UInt64(days.count))
    for day in days { day.encode(to: &output) }
    site.encode(to: &output)
    output.writeVarint(UInt64(members.count))
    for member in members { member.encode(to: &output) }
    for transaction in [mint, retirement] {
      output.writeVarint(UInt64(transaction.bytes.count))
      output.writeBytes(transaction.bytes)
    }
  }

  /// The bytes of its own, without what makes its block final.
  public var ownByteCount: Int { bytes.count - basis.bytes.count }

  /// The proof of a retired lot, with the records that a state has of its site and members.
  /// - Parameters:
  ///   - entries: of the lot and of the days in which it was generated, as `keys(of:_:at:)` names
  ///     them, under the block of `basis`.
  ///   - mint, retirement: that made the lot and that ended it.
  /// - Returns: nil where the block's state has no such lot yet, or a record is missing.
  public init?(
    basis: ProofBasis, entries: [EntryProof], in state: some StateReading, mint: EncodedTransaction,
    retirement: EncodedTransaction
  ) throws {
    guard let proof = entries.first else { return nil }
    guard let bytes = proof.entry, let lot = try? Lot(exactly: bytes),
      let site = try state.site(lot.site)
    else { return nil }
    var members: [MemberRecord] = []
    for id in [site.member, lot.owner, lot.exchange] {
      guard let record = try state.member(id)?.record else { return nil }
      if !members.contains(record) { members.append(record) }
    }
    self.init(
      basis: basis, lot: proof, days: Array(entries.dropFirst()), site: site, members: members,
      mint: mint, retirement: retirement)
  }

  /// What of the state a certificate's proof shows: the lot, and its site's days that its period
  /// touches.
  public static func keys(of id: LotId, _ lot: Lot, at site: SiteRecord) -> [StateKey] {
    let last = lot.first.advanced(by: lot.length.subtractingDownToZero(1))
    return [.lot(id)]
      + (site.day(of: lot.first).day...site.day(of: last).day).map { .day(lot.site, $0) }
  }
}

/// Why a certificate does not hold.
public enum CertificateFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The block that the proof stands on does not count.
  case basis(BasisFault)
  /// Nothing but work stands behind the block, and the reader accepts none, or more.
  case onlyWorked(confirmations: UInt64, work: String)
  /// The transaction does not stand in the block.
  case notInBlock(TransactionId)
  /// The transaction is no retirement.
  case noRetirement(TransactionId)
  /// The transaction is no mint of the lot.
  case noMint(TransactionId)
  /// An entry does not stand in the state.
  case notInState(StateKey.Kind)
  /// A record that is needed is not in the proof.
  case missing(StateKey.Kind)
  /// The lot is still valid, or gone: nothing was retired.
  case notRetired(LotId)
  /// The signature is not that of the member who has to give it.
  case signature(TransactionId)
  /// What the certificate states is not what the proof gives.
  case altered(field: String, stated: String, proven: String)
  /// The proof does not show just the days in which the lot was generated.
  case otherDays(LotId)
  /// A statement's lot was generated outside of its period.
  case otherPeriod(LotId)
  /// A statement's lots are not of one owner and beneficiary.
  case otherBeneficiary(LotId)
  /// A statement's parts do not ascend, or one is not needed.
  case notInOrder
  /// The bytes are no file or page of this format.
  case notAFile(format: String)
  /// The proof in the file cannot be decoded.
  case malformedProof(DecodeError)
  /// Headers cannot be decoded.
  case malformedHeaders(DecodeError)
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
  /// The desk has honoured the lot already.
  case honouredBefore(LotId)

  /// One line for people.
  public var description: String {
    switch self {
    case .basis(let fault): fault.description
    case .onlyWorked(let confirmations, let work):
      "worked for, not approved: \(confirmations) blocks, about \(work) hashes; whoever hashes more "
        + "can undo or forge it. --accept-work says how many hashes are enough for you"
    case .notInBlock(let id): "transaction \(id.hex) does not stand in the block that is named"
    case .noRetirement(let id): "transaction \(id.hex) is no retirement"
    case .noMint(let id): "transaction \(id.hex) is not what the lot was minted by"
    case .notInState(let kind): "the \(kind) in the proof is not what the state of the block holds"
    case .missing(let kind): "the proof has no \(kind)"
    case .notRetired(let id): "lot \(id.hex) is not retired"
    case .signature(let id):
      "the signature of transaction \(id.hex) is not that of the member who has to give it"
    case .otherDays(let id):
      "the proof does not show just the days in which lot \(id.hex) was generated"
    case .otherPeriod(let id): "lot \(id.hex) was generated outside of the statement's period"
    case .otherBeneficiary(let id):
      "lot \(id.hex) is of another owner or beneficiary than the statement's first"
    case .notInOrder: "the statement's parts are not in order, or one of them is not needed"
    case .altered(let field, let stated, let proven):
      "\(field) was altered: \"\(stated)\" is stated, \"\(proven)\" is proven"
    case .notAFile(let format): "this is no file or page of the format \(format)"
    case .malformedProof(let reason): "the proof is malformed (\(reason))"
    case .malformedHeaders(let reason): "the headers are malformed (\(reason))"
    case .unsigned: "the page has no signature at its end"
    case .signedByStranger: "the page is signed by neither its owner nor its issuer"
    case .pageAltered: "the page was altered: its signature does not hold"
    case .ownNetwork: "the certificate is of this very network: its coins were spent here"
    case .notForMember(let beneficiary):
      "the value was retired for \"\(beneficiary)\", not for a member of this network"
    case .honouredBefore(let lot): "lot \(lot.hex) was honoured before"
    }
  }
}
