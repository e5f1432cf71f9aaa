// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
public import Ledger
import LedgerCrypto

/// The newest final block that a light client has verified, and the term whose seats made it final:
/// all that it keeps. Bytes: network (32) ‖ handovers from the genesis (4) ‖ term ‖ final block.
public struct KnownFinal: Hashable, Sendable, Canonical {
  let network: NetworkId
  let handovers: UInt32
  public let term: Term
  public let final: FinalBlock

  init(_ known: KnownTerm, _ final: FinalBlock, network: NetworkId) {
    self.network = network
    handovers = known.handovers
    term = known.term
    self.final = final
  }

  /// Reads one value, in the layout above.
  public init(from input: inout ByteReader) throws(DecodeError) {
    network = NetworkId(try input.readBytes32())
    handovers = try input.readFixed(UInt32.self)
    term = try Term(from: &input)
    final = try FinalBlock(from: &input)
  }

  /// Appends the value, in the layout above.
  public func encode(to output: inout ByteWriter) {
    output.write(network.value)
    output.writeFixed(handovers)
    term.encode(to: &output)
    final.encode(to: &output)
  }
}
