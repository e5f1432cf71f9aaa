// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
public import LedgerCrypto

/// One vote of many seats, an approval for the most part, passed on as it is: each seat's carries
/// its signature. Bytes: vote ‖ count (varint, 1…64) ‖ count × (seat (1) ‖ signature (64)), seats
/// rising.
public struct Approvals: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 29
  /// A seat each.
  public static let seatCount: ClosedRange<UInt64> = 1...UInt64(Term.seatLimit)
  /// A head and all seats.
  public static let byteLimit = Vote.byteLimit + 1 + 65 * 64

  public let vote: Vote
  /// Seats in rising order, with their signatures.
  public let signed: [Signed]

  /// A seat's signature. Bytes: seat (1) ‖ signature (64).
  public struct Signed: Hashable, Sendable, Canonical {
    public let seat: UInt8
    public let signature: Signature

    /// A seat's signature.
    public init(seat: UInt8, signature: Signature) {
      self.seat = seat
      self.signature = signature
    }

    /// Reads 65 bytes.
    public init(from input: inout ByteReader) throws(DecodeError) {
      seat = try input.readUInt8()
      guard seat < Term.seatLimit else { throw input.refusal(.outOfRange, at: input.offset - 1) }
      signature = try Signature(from: &input)
    }

    /// Appends 65 bytes.
    public func encode(to output: inout ByteWriter) {
      output.write(seat)
      signature.encode(to: &output)
    }
  }

  /// A message of 1…64 seats in rising order.
  public init(_ vote: Vote, signed: [Signed]) {
    self.vote = vote
    self.signed = signed
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    vote = try Vote(from: &input)
    signed = try input.readList(Signed.self, in: Approvals.seatCount, itemBytes: 65)
    guard zip(signed, signed.dropFirst()).allSatisfy({ $0.seat < $1.seat }) else {
      throw input.refusal(.notCanonical)
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    vote.encode(to: &output)
    output.writeList(signed)
  }
}
