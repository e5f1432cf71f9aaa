// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger

/// A light client's question about the chain under the receiver's tip.
/// Bytes: request (4) ‖ 0 ‖ state key (37) | 1 ‖ transaction (32).
public struct GetProof: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 18
  /// A number and a key.
  public static let byteLimit = 64

  /// What is to be proven.
  public enum Subject: Hashable, Sendable {
    /// What the state holds for a key: a member, a site, a lot, a site's day …
    case entry(StateKey)
    /// That a transaction, for example a report, stands in a block.
    case transaction(TransactionId)
  }

  /// The number that the answer carries.
  public let request: UInt32
  public let subject: Subject

  /// A question.
  public init(request: UInt32, subject: Subject) {
    self.request = request
    self.subject = subject
  }

  /// What it asks for.
  public var asks: (kind: UInt8, count: Int)? { (ProofDelivery.kind, 1) }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    request = try input.readFixed(UInt32.self)
    switch try input.readUInt8() {
    case 0:
      guard let kind = StateKey.Kind(rawValue: try input.readUInt8()) else {
        throw input.refusal(.unknownKind, at: input.offset - 1)
      }
      subject = .entry(
        StateKey(kind, try input.readBytes32(), try input.readFixed(UInt32.self)))
    case 1: subject = .transaction(try TransactionId(from: &input))
    default: throw input.refusal(.unknownKind, at: input.offset - 1)
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(request)
    switch subject {
    case .entry(let key):
      output.write(0)
      output.writeBytes(key.bytes)
    case .transaction(let id):
      output.write(1)
      id.encode(to: &output)
    }
  }
}
