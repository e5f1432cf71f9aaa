// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
public import Ledger
import LedgerCrypto

/// Headers from the genesis on, each checked by its work, linkage, time and signature: all that is
/// needed to judge a proof offline. Source: Docs/design.md §5.
public struct HeaderChain: Sendable {
  /// A header that does not hold.
  public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    public let height: UInt64
    public let reason: String

    /// The fault in one line.
    public var description: String { "header \(height): \(reason)" }
  }

  /// All headers, the genesis block's left out.
  public let headers: [SealedHeader]
  /// The work in them.
  public private(set) var work = UInt256.zero
  /// The height of each block and the work up to it.
  private var places: [BlockHash: (height: UInt64, work: UInt256)] = [:]

  /// Checks `headers`, which lead from the genesis on, oldest first.
  public init(_ genesis: Genesis, _ headers: [SealedHeader]) throws(Fault) {
    self.headers = headers
    let network = genesis.network
    let root: BlockHeader
    do { root = try genesis.block().header } catch {
      throw Fault(height: 0, reason: "the genesis itself: \(error)")
    }
    let rules = genesis.rules
    let hash = root.hash
    places[hash] = (0, .zero)
    // A window that slides in steps: the laws look back on no more than its last part.
    let depth = HeaderContext.depth(rules)
    var ancestors = [HeaderContext.Ancestor(root)]
    var context = HeaderContext(parent: root, hash: hash, ancestors: ancestors)
    for (index, sealed) in headers.enumerated() {
      do { try WorkLaw.check(sealed, after: context, network: network, rules: rules) } catch {
        throw Fault(height: UInt64(index) + 1, reason: "\(error)")
      }
      let hash = sealed.header.hash
      work = work.addingSaturated(CompactTarget.expand(sealed.header.target)?.work ?? .zero)
      places[hash] = (sealed.header.height, work)
      ancestors.append(HeaderContext.Ancestor(sealed.header))
      if ancestors.count > 4 * depth { ancestors.removeFirst(ancestors.count - depth) }
      context = HeaderContext(parent: sealed.header, hash: hash, ancestors: ancestors)
    }
  }

  /// The height of the last header.
  public var height: UInt64 { UInt64(headers.count) }

  /// How many headers are on top of a block, or nil where it is not of this chain.
  public func confirmations(of block: BlockHash) -> UInt64? {
    places[block].map { height - $0.height }
  }

  /// The work in the headers on top of a block; none where it is not of this chain.
  public func work(above block: BlockHash) -> UInt256 {
    places[block].map { work.subtractingDownToZero($0.work) } ?? .zero
  }

  /// Reads headers that were written one after the other, 242 bytes each.
  public static func decode(_ bytes: [UInt8]) throws(DecodeError) -> [SealedHeader] {
    var input = ByteReader(bytes)
    var headers: [SealedHeader] = []
    while input.remaining > 0 { headers.append(try SealedHeader(from: &input)) }
    return headers
  }

  /// Headers one after the other.
  public static func encode(_ headers: [SealedHeader]) -> [UInt8] {
    var output = ByteWriter(capacity: headers.count * 242)
    for sealed in headers { sealed.encode(to: &output) }
    return output.bytes
  }
}
