// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import LedgerCrypto

/// The seats of a list that signed one thing, and their signatures.
/// Bytes: n (1) ‖ seats (⌈n/8⌉; seat 0 is the lowest bit of the first byte) ‖ signatures (64 each).
public struct SeatSignatures: Hashable, Sendable, Canonical {
  /// The most bytes of one.
  public static let byteLimit = 1 + 8 + 64 * 64

  /// How many seats the term has.
  public let seatCount: UInt8
  /// The seats that signed, lowest first.
  public let seats: [UInt8]
  public let signatures: [Signature]

  /// Signatures by seat, of a list of 1…64.
  public init(of count: Int, _ signed: [UInt8: Signature]) {
    seatCount = UInt8(clamping: count)
    seats = signed.keys.sorted()
    signatures = seats.compactMap { signed[$0] }
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    let count = try input.readUInt8()
    guard (1...Term.seatLimit).contains(count) else { throw input.refusal(.outOfRange) }
    let map = Array(try input.readBytes((Int(count) + 7) / 8))
    let seats = (0..<UInt8(clamping: map.count * 8)).filter {
      map[Int($0) / 8] >> ($0 % 8) & 1 != 0
    }
    guard !seats.isEmpty, seats.allSatisfy({ $0 < count }) else {
      throw input.refusal(.notCanonical)
    }
    (seatCount, self.seats) = (count, seats)
    var signatures: [Signature] = []
    for _ in seats { signatures.append(try Signature(from: &input)) }
    self.signatures = signatures
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.write(seatCount)
    var map = [UInt8](repeating: 0, count: (Int(seatCount) + 7) / 8)
    for seat in seats { map[Int(seat) / 8] |= 1 << (seat % 8) }
    output.writeBytes(map)
    for signature in signatures { signature.encode(to: &output) }
  }

  /// Checks the signatures of seats, which are all of the list.
  func verify(_ vote: Vote, by term: Term, in network: NetworkId) throws(ApprovalLaw.Violation) {
    let message = vote.message(in: network)
    for (seat, signature) in zip(seats, signatures)
    where !signature.isValid(for: message, by: term.seats[Int(seat)].key) {
      throw .signature(seat: seat)
    }
  }
}
