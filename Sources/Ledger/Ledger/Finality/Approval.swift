// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// What a seat approves: that the chain may be built on from `source`, which is agreed, to
/// `target`. Bytes: term (4) ‖ source (36) ‖ target (36). Source: Docs/finality.md §4, §10.
public struct Approval: Hashable, Sendable, Canonical {
  /// The length in bytes.
  public static let byteCount = 76

  /// The term whose seats may approve it.
  public let term: UInt32
  public let source: Checkpoint
  /// Always of a later epoch than the source.
  public let target: Checkpoint

  /// An approval of the way from `source` to `target`, whose epoch is the later one.
  public init(term: UInt32, source: Checkpoint, target: Checkpoint) {
    self.term = term
    self.source = source
    self.target = target
  }

  /// Reads 76 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    term = try input.readFixed(UInt32.self)
    source = try Checkpoint(from: &input)
    target = try Checkpoint(from: &input)
    guard source.epoch < target.epoch else { throw input.refusal(.outOfRange) }
  }

  /// Appends 76 bytes.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(term)
    source.encode(to: &output)
    target.encode(to: &output)
  }

  /// What a seat signs.
  public func message(in network: NetworkId) -> [UInt8] {
    SignedMessage.bytes(.approval, bytes, in: network)
  }

  /// Whether a seat that signs both breaks its word: two targets of one epoch, or one approval that
  /// goes around the other. Source: Docs/finality.md §8.
  public func contradicts(_ other: Approval) -> Bool {
    guard term == other.term, self != other else { return false }
    return target.epoch == other.target.epoch || surrounds(other) || other.surrounds(self)
  }

  private func surrounds(_ other: Approval) -> Bool {
    source.epoch < other.source.epoch && other.target.epoch < target.epoch
  }
}

/// An approval with the signature of a seat. Bytes: approval (76) ‖ seat (1) ‖ signature (64).
public struct SignedApproval: Hashable, Sendable, Canonical {
  /// The length in bytes.
  public static let byteCount = Approval.byteCount + 1 + 64

  public let approval: Approval
  /// The place in the term's list, 0…63.
  public let seat: UInt8
  public let signature: Signature

  /// An approval that somebody signed.
  public init(_ approval: Approval, seat: UInt8, signature: Signature) {
    self.approval = approval
    self.seat = seat
    self.signature = signature
  }

  /// Signs an approval.
  public init(_ approval: Approval, seat: UInt8, network: NetworkId, signedBy key: KeyPair) {
    self.init(approval, seat: seat, signature: key.sign(approval.message(in: network)))
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    approval = try Approval(from: &input)
    seat = try input.readUInt8()
    guard seat < Term.seatLimit else { throw input.refusal(.outOfRange, at: input.offset - 1) }
    signature = try Signature(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    approval.encode(to: &output)
    output.write(seat)
    signature.encode(to: &output)
  }

  /// Whether the seat's key signed it.
  public func isSigned(in network: NetworkId, by key: PublicKey) -> Bool {
    signature.isValid(for: approval.message(in: network), by: key)
  }
}
