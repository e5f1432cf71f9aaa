// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Wire

/// A peer that answers out of a chain; `bodies` says which it gives.
struct ChainPeer {
  let chain: FixtureChain
  var bodies: (BlockHash) -> Bool = { _ in true }
  /// In place of the true one.
  var seal: Signature?

  func answers(to message: Message) -> [Message] {
    switch message {
    case .getHeaders(let question):
      let known = chain.blocks.lastIndex { question.locator.contains($0.header.hash) } ?? 0
      return [.headers(Headers(headers: chain.blocks[(known + 1)...].map(\.sealed)))]
    case .getBlocks(let question):
      let given = chain.blocks.filter {
        question.hashes.contains($0.header.hash) && bodies($0.header.hash)
      }
      let missing = question.hashes.filter { hash in
        !given.contains { $0.header.hash == hash }
      }
      return given.map { block in
        let sealed = seal.map { SealedHeader(header: block.header, signature: $0) }
        return .blockDelivery(
          BlockDelivery(
            block: Block(sealed: sealed ?? block.sealed, transactions: block.transactions)))
      }
        + (missing.isEmpty ? [] : [.blocksMissing(BlocksMissing(hashes: missing))])
    default: return []
    }
  }
}

extension Dialogue {
  /// Lets the node and its peers talk until it asks no more.
  /// - Returns: all that the node did.
  @discardableResult
  func serve(_ first: [NodeAction], _ peers: [Link: ChainPeer]) -> [NodeAction] {
    var actions = first
    var index = 0
    while index < actions.count {
      if case .send(let link, let message) = actions[index], let peer = peers[link] {
        for answer in peer.answers(to: message) { actions += receive(link, answer) }
      }
      index += 1
    }
    return actions
  }
}

extension FixtureChain {
  /// Headers behind the tip by a key, each with its work and signature; there are no bodies.
  func headers(_ count: Int, by key: KeyPair) -> [SealedHeader] {
    let rules = fixture.genesis.rules
    var (context, headers) = (context, [SealedHeader]())
    for _ in 0..<count {
      let root = SHA256.digest(tag: 9, context.hash.value, .zero)
      let header = BlockHeader(
        network: NetworkTag(fixture.network), height: context.height + 1, previous: context.hash,
        time: rules.nextBlockTime(after: context.time).advanced(by: 600), transactionRoot: root,
        stateRoot: root, producer: key.publicKey, target: context.nextTarget(rules),
        searchSeconds: 0, nonce: 0)
      let sealed = sealed(header, [], key).sealed
      headers.append(sealed)
      context = context.advanced(
        by: sealed.header, hash: sealed.header.hash, depth: HeaderContext.depth(rules))
    }
    return headers
  }
}
