// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger
public import Proofs

/// The answer to a light client: a proof that holds under the header of the named block.
/// Bytes: request (4) ‖ block (32) ‖ 0 (nothing is known) | 1 ‖ entry proof |
/// 2 ‖ transaction proof.
public struct ProofDelivery: WireMessage {
  /// The kind byte.
  public static let kind: UInt8 = 19
  /// The largest transaction or entry with its path.
  public static let byteLimit = 128 << 10

  /// What is proven.
  public enum Proof: Hashable, Sendable {
    /// There is no such transaction on this node's chain.
    case unknown
    case entry(EntryProof)
    case transaction(TransactionProof)
  }

  public let request: UInt32
  /// The block under whose header the proof holds.
  public let block: BlockHash
  public let proof: Proof

  /// An answer.
  public init(request: UInt32, block: BlockHash, proof: Proof) {
    self.request = request
    self.block = block
    self.proof = proof
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    request = try input.readFixed(UInt32.self)
    block = try BlockHash(from: &input)
    switch try input.readUInt8() {
    case 0: proof = .unknown
    case 1: proof = .entry(try EntryProof(from: &input))
    case 2: proof = .transaction(try TransactionProof(from: &input))
    default: throw input.refusal(.unknownKind, at: input.offset - 1)
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.writeFixed(request)
    block.encode(to: &output)
    switch proof {
    case .unknown: output.write(0)
    case .entry(let proof):
      output.write(1)
      proof.encode(to: &output)
    case .transaction(let proof):
      output.write(2)
      proof.encode(to: &output)
    }
  }
}
