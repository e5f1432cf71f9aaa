// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
public import Ledger
import LedgerCrypto
import Quantities

/// What makes the block under which something is proven one that counts: in a closed network two
/// thirds of its approvers, in an open one nothing but work, which is in no proof.
/// Bytes: 0 ‖ finality proof | 1 ‖ header (178). Source: Docs/finality.md §12, §13.
public enum ProofBasis: Hashable, Sendable, Canonical {
  case final(FinalityProof)
  /// To be judged by the headers of the chain.
  case worked(BlockHeader)

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    switch try input.readUInt8() {
    case 0: self = .final(try FinalityProof(from: &input))
    case 1: self = .worked(try BlockHeader(from: &input))
    default: throw input.refusal(.unknownKind, at: input.offset - 1)
    }
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    switch self {
    case .final(let proof):
      output.write(0)
      proof.encode(to: &output)
    case .worked(let header):
      output.write(1)
      header.encode(to: &output)
    }
  }

  /// The header of the block.
  public var header: BlockHeader {
    switch self {
    case .final(let proof): proof.final.header
    case .worked(let header): header
    }
  }
}

/// Why a proof's block does not count.
public enum BasisFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is said to be final is not.
  case finality(FinalityFault)
  /// The network approves its blocks, and the proof does not say that this one was.
  case notApproved
  /// The block is not of the chain that the headers give.
  case notOnChain(height: UInt64, BlockHash)
  /// The network is open, and no headers are here to judge by.
  case noHeaders
  /// A header is of another network.
  case otherNetwork

  /// The reason in one line.
  public var description: String {
    switch self {
    case .finality(let fault): "not final: \(fault)"
    case .notApproved:
      "worked for, not approved: this network's members approve its blocks, and work alone proves "
        + "nothing here"
    case .notOnChain(let height, let hash):
      "block \(height) (\(hash.hex)) is not of the chain that the headers give"
    case .noHeaders: "the network is open: name headers to judge by with --headers or --data"
    case .otherNetwork: "the proof is of another network"
    }
  }
}

/// Judges what proofs stand on, by the genesis and what the reader has verified before.
public struct ProofJudge: Sendable {
  public let genesis: Genesis
  private let known: KnownTerm?
  private let headers: HeaderChain?

  /// A judge that believes the genesis alone.
  /// - Parameter headers: of an open network, checked from the genesis on.
  /// - Throws: `finality` where the genesis breaks a law.
  public init(_ genesis: Genesis, headers: HeaderChain? = nil) throws(BasisFault) {
    self.genesis = genesis
    self.headers = headers
    do throws(FinalityFault) {
      known = genesis.rules.hasFinality ? try KnownTerm(genesis) : nil
    } catch { throw .finality(error) }
  }

  /// What the block of a proof counts for.
  public func standing(of basis: ProofBasis) throws(BasisFault) -> Standing {
    guard basis.header.network == NetworkTag(genesis.network) else { throw .otherNetwork }
    switch basis {
    case .final(let proof):
      guard let known else { throw .finality(.openNetwork) }
      do throws(FinalityFault) {
        let term = try proof.verify(from: known)
        let source = proof.final.proof.source
        return .final(
          Standing.Approved(
            checkpoint: source, time: genesis.rules.start(of: source.epoch),
            height: proof.final.header.height, term: term.term, handovers: term.handovers))
      } catch { throw .finality(error) }
    case .worked(let header):
      guard known == nil else { throw .notApproved }
      guard let headers else { throw .noHeaders }
      let hash = header.hash
      guard let confirmations = headers.confirmations(of: hash) else {
        throw .notOnChain(height: header.height, hash)
      }
      return .worked(
        Standing.Worked(
          confirmations: confirmations, height: headers.height,
          work: headers.work(above: hash)))
    }
  }
}
