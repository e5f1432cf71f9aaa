// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
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
  func serve(_ first: [NodeAction], _ peers: [Link: ChainPeer]) {
    var actions = first
    while !actions.isEmpty {
      guard case .send(let link, let message) = actions.removeFirst(), let peer = peers[link] else {
        continue
      }
      for answer in peer.answers(to: message) { actions += receive(link, answer) }
    }
  }
}
