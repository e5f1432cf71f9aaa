// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Proofs
import Quantities
import Wire

/// The headers of an open network, where nothing is final and work is all there is.
struct HeaderFollower: Sendable {
  private let network: NetworkId
  private(set) var headers: BlockTree
  private var sealed: [BlockHash: SealedHeader] = [:]

  /// Knows the genesis block alone.
  init(_ genesis: Genesis) throws(ApplyError) {
    network = genesis.network
    let header = try genesis.block().header
    headers = BlockTree(
      root: header, work: .zero,
      context: HeaderContext(
        parent: header, hash: header.hash, ancestors: [HeaderContext.Ancestor(header)]),
      rules: genesis.rules)
  }

  /// Takes in headers, each the parent of the next.
  mutating func take(_ some: [SealedHeader], at time: NetworkTime) throws(BlockRefusal) {
    for header in some {
      try headers.insert(header, network: network, now: time)
      sealed[header.header.hash] = header
    }
  }

  /// The sealed headers that lead to the best one, oldest first, the genesis left out.
  var chain: [SealedHeader] {
    var chain: [SealedHeader] = []
    var at = headers.bestHeader
    while let kept = sealed[at] {
      chain.append(kept)
      at = kept.header.previous
    }
    return chain.reversed()
  }

  var best: BlockHeader? { headers.header(headers.bestHeader) }

  var locator: [BlockHash] {
    var locator: [BlockHash] = []
    var at = headers.bestHeader
    while locator.count < 10, let header = headers.header(at) {
      locator.append(at)
      at = header.previous
    }
    return locator
  }

  /// What a block of the best chain counts for; nil for any other.
  func standing(of hash: BlockHash) -> Standing? {
    guard let height = headers.header(hash)?.height, let top = best?.height, height <= top,
      headers.isAncestor(hash, of: headers.bestHeader) == true
    else { return nil }
    let (all, own) = (headers.work(headers.bestHeader) ?? .zero, headers.work(hash) ?? .zero)
    return .worked(
      Standing.Worked(
        confirmations: top - height, height: top, work: all.subtractingDownToZero(own)))
  }
}
