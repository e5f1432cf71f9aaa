// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
import Chain
public import Ledger
public import Proofs

/// The answer to a light client: a proof that holds under the header of the named block, which in a
/// closed network is the newest final one or, of a transaction, one below it.
/// Bytes: request (4) ‖ block (32) ‖ 0 (nothing is known) | 1 ‖ entry proof |
/// 2 ‖ height of the block (8) ‖ transaction proof | 3 ‖ height of the block (8).
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
    /// With its block's height.
    case transaction(TransactionProof, height: UInt64)
    /// It stands in a block of this height, which is not final yet.
    case notFinal(height: UInt64)
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
    case 2:
      let height = try input.readFixed(UInt64.self)
      proof = .transaction(try TransactionProof(from: &input), height: height)
    case 3: proof = .notFinal(height: try input.readFixed(UInt64.self))
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
    case .transaction(let proof, let height):
      output.write(2)
      output.writeFixed(height)
      proof.encode(to: &output)
    case .notFinal(let height):
      output.write(3)
      output.writeFixed(height)
    }
  }
}
