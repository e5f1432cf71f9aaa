// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// A seat's word that a block by which the operator restarted its term is to be final, since more
/// than a third of the seats are gone. Bytes: term (4) ‖ block (32). Source: Docs/finality.md §7.
public struct RestartVote: Hashable, Sendable, Canonical {
  /// The length in bytes.
  public static let byteCount = 36

  /// The term that comes to its end by it.
  public let term: UInt32
  /// The block that holds the restart: the root of the next term.
  public let block: BlockHash

  /// A vote of a seat of `term`.
  public init(term: UInt32, block: BlockHash) {
    self.term = term
    self.block = block
  }

  /// Reads 36 bytes.
  public init(from input: inout ByteReader) throws(DecodeError) {
    term = try input.readFixed(UInt32.self)
    block = try BlockHash(from: &input)
  }

  /// Appends 36 bytes.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(term)
    block.encode(to: &output)
  }
}

/// What a seat signs. Bytes: 0 ‖ approval (76), or 1 ‖ restart (36). Source: Docs/finality.md §10.
public enum Vote: Hashable, Sendable, Canonical {
  case approval(Approval)
  case restart(RestartVote)

  /// The least length in bytes.
  public static let byteMinimum = 37
  /// The most bytes of one.
  public static let byteLimit = 1 + Approval.byteCount

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    switch try input.readUInt8() {
    case 0: self = .approval(try Approval(from: &input))
    case 1: self = .restart(try RestartVote(from: &input))
    default: throw input.refusal(.unknownKind, at: input.offset - 1)
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    switch self {
    case .approval(let approval):
      output.write(0)
      approval.encode(to: &output)
    case .restart(let restart):
      output.write(1)
      restart.encode(to: &output)
    }
  }

  /// The term whose seats may give it.
  public var term: UInt32 {
    switch self {
    case .approval(let approval): approval.term
    case .restart(let restart): restart.term
    }
  }

  /// What is to be final.
  public var block: BlockHash {
    switch self {
    case .approval(let approval): approval.target.block
    case .restart(let restart): restart.block
    }
  }

  /// What a seat signs: the content alone, in a domain of its own.
  public func message(in network: NetworkId) -> [UInt8] {
    switch self {
    case .approval(let approval): SignedMessage.bytes(.approval, approval.bytes, in: network)
    case .restart(let restart): SignedMessage.bytes(.restartVote, restart.bytes, in: network)
    }
  }

  /// Whether a seat that signs both breaks its word: two approvals that cannot both be given, or
  /// two restarts of one term. Source: Docs/finality.md §8.
  public func contradicts(_ other: Vote) -> Bool {
    switch (self, other) {
    case (.approval(let some), .approval(let other)): some.contradicts(other)
    case (.restart(let some), .restart(let other)): some.term == other.term && some != other
    default: false
    }
  }
}

/// A vote with the signature of a seat. Bytes: vote ‖ seat (1) ‖ signature (64).
public struct SignedVote: Hashable, Sendable, Canonical {
  /// The least length in bytes.
  public static let byteMinimum = Vote.byteMinimum + 1 + 64

  public let vote: Vote
  /// The place in the term's list, 0…63.
  public let seat: UInt8
  public let signature: Signature

  /// A vote that somebody signed.
  public init(_ vote: Vote, seat: UInt8, signature: Signature) {
    self.vote = vote
    self.seat = seat
    self.signature = signature
  }

  /// Signs a vote.
  public init(_ vote: Vote, seat: UInt8, network: NetworkId, signedBy key: KeyPair) {
    self.init(vote, seat: seat, signature: key.sign(vote.message(in: network)))
  }

  /// Signs an approval.
  public init(_ approval: Approval, seat: UInt8, network: NetworkId, signedBy key: KeyPair) {
    self.init(.approval(approval), seat: seat, network: network, signedBy: key)
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    vote = try Vote(from: &input)
    seat = try input.readUInt8()
    guard seat < Term.seatLimit else { throw input.refusal(.outOfRange, at: input.offset - 1) }
    signature = try Signature(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    vote.encode(to: &output)
    output.write(seat)
    signature.encode(to: &output)
  }

  /// Whether the seat's key signed it.
  public func isSigned(in network: NetworkId, by key: PublicKey) -> Bool {
    signature.isValid(for: vote.message(in: network), by: key)
  }
}
