// SPDX-License-Identifier: Apache-2.0

public import Ledger
import LedgerCrypto
public import Quantities

/// The headers that a chain may build on, their bodies here or not.
extension ActiveChain {
  /// Names of blocks from the best header down to the genesis, ever further apart: by them a peer
  /// finds the newest block that both know.
  public func locator() throws -> [BlockHash] {
    var locator: [BlockHash] = []
    var step = 1
    var countdown = 0
    var at = headers.bestHeader
    var height: UInt64 = 0
    while let header = headers.header(at) {
      height = header.height
      if countdown == 0 {
        locator.append(at)
        if locator.count >= 10 { step *= 2 }
        countdown = step
      }
      countdown -= 1
      at = header.previous
    }
    try storage.read { view in
      while height > UInt64(step) {
        height -= UInt64(step)
        guard let header = try view.headers(from: height, limit: 1).first else { break }
        locator.append(header.header.hash)
        step *= 2
      }
      if let first = try view.headers(from: 0, limit: 1).first {
        locator.append(first.header.hash)
      }
    }
    return locator
  }

  /// Headers of the chain after the newest block of `locator` that is on it.
  public func headers(after locator: [BlockHash], limit: Int) throws -> [SealedHeader] {
    var found: [SealedHeader] = []
    try storage.read { view in
      var from: UInt64 = 1
      for hash in locator {
        if let height = try view.heightOnChain(hash) {
          from = height + 1
          break
        }
      }
      found = try view.headers(from: from, limit: limit)
    }
    return found
  }

  /// Takes in a header whose body may come later.
  /// - Throws: what it breaks, that its parent is unknown, or that nobody here knows its producer.
  public func insert(_ sealed: SealedHeader, now: NetworkTime) throws(BlockRefusal) {
    guard !headers.contains(sealed.header.hash) else { return }
    try headers.check(sealed, network: network, now: now)
    let (producer, parent) = (sealed.header.producer, sealed.header.previous)
    do {
      guard try mayProduce(producer, on: parent) else {
        throw BlockRefusal.stranger(producer, on: parent)
      }
    } catch let refusal as BlockRefusal { throw refusal } catch { throw .ownFault("\(error)") }
    try headers.insert(proven: sealed)
  }

  /// Takes in a header on the way to a final block, which needs no other check.
  /// - Throws: that its parent is unknown.
  public func insert(proven sealed: SealedHeader) throws(BlockRefusal) {
    try headers.insert(proven: sealed)
  }

  /// Sets aside a branch from a block on whose body nobody gives.
  public func setAside(_ hash: BlockHash) { headers.setAside(hash) }

  /// Takes a branch up again that somebody tells of.
  public func takeUp(_ hash: BlockHash) { headers.takeUp(hash) }

  /// The block of the chain at a height, or nil.
  public func header(at height: UInt64) throws -> BlockHeader? {
    var found: BlockHeader?
    try storage.read { found = try $0.headers(from: height, limit: 1).first?.header }
    return found
  }

  /// The newest block of the chain before an epoch begins, or nil where it lies below the headers
  /// at hand.
  public func checkpoint(of epoch: UInt32) -> BlockHeader? {
    let start = genesis.rules.start(of: epoch)
    var at = tip
    while at.time >= start {
      guard let parent = headers.header(at.previous) else { return nil }
      at = parent
    }
    return at
  }
}
