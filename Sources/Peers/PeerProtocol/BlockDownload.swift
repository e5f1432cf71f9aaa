// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto

/// Which bodies are missing on the way to the best header, who was asked for which, and which came
/// before their parents.
struct BlockDownload {
  /// Missing bodies, oldest first, as of `goal`.
  private(set) var queue: ArraySlice<BlockHash> = []
  private var goal: BlockHash?
  private(set) var asked: [BlockHash: (link: Link, at: UInt64)] = [:]
  private(set) var bodies: [BlockHash: (block: Block, from: Link)] = [:]
  private(set) var bodyBytes = 0
  /// What was asked and did not come in time, and of whom: it may come yet.
  var late: [BlockHash: Link] = [:]

  /// The end of a branch that is not the best one as far as it is known, whose bodies say who was
  /// admitted on it: fetched when nothing else is missing.
  var detour: BlockHash?

  /// Brings the queue in line with the chain.
  /// - Returns: whether the bodies of a detour have all come.
  @discardableResult
  mutating func refresh(_ chain: ActiveChain) -> Bool {
    var hasCome = false
    if let end = detour,
      chain.headers.isComplete(end) || chain.headers.isInvalid(end)
        || chain.headers.aside(on: end) != nil
    {
      (detour, goal, hasCome) = (nil, nil, chain.headers.isComplete(end))
    }
    var best = chain.headers.bestHeader
    if chain.headers.isComplete(best) { best = chain.headers.bestWorked }
    if let detour, chain.headers.isComplete(best) { best = detour }
    if best != goal {
      goal = best
      queue = chain.headers.missing(to: best)[...]
      let wanted = Set(queue)
      for hash in bodies.keys where !wanted.contains(hash) { _ = takeBody(hash) }
    }
    while let first = queue.first, chain.headers.isComplete(first) { queue = queue.dropFirst() }
    return hasCome
  }

  /// Lets the next refresh look at the chain anew.
  mutating func invalidate() { goal = nil }

  mutating func ask(_ hash: BlockHash, of link: Link, at now: UInt64) { asked[hash] = (link, now) }

  mutating func clear(_ hash: BlockHash) { asked[hash] = nil }

  /// Forgets what was asked of a link that is gone.
  mutating func clear(_ link: Link) { asked = asked.filter { $0.value.link != link } }

  mutating func put(_ block: Block, hash: BlockHash, from link: Link) {
    guard bodies[hash] == nil else { return }
    bodies[hash] = (block, link)
    bodyBytes += BlockDownload.size(block)
  }

  mutating func takeBody(_ hash: BlockHash) -> (block: Block, from: Link)? {
    guard let body = bodies.removeValue(forKey: hash) else { return nil }
    bodyBytes -= BlockDownload.size(body.block)
    return body
  }

  private static func size(_ block: Block) -> Int {
    block.transactions.reduce(256) { $0 + $1.bytes.count }
  }

  /// Bodies to ask for now: within the window, asked of nobody, not here.
  func wanted(window: Int, byteLimit: Int) -> [BlockHash] {
    guard bodyBytes < byteLimit else {
      // The first one alone frees what waits for it.
      return queue.first.map { asked[$0] == nil && bodies[$0] == nil ? [$0] : [] } ?? []
    }
    return queue.prefix(window).filter { asked[$0] == nil && bodies[$0] == nil }
  }

  /// What was asked before `time` and has not come, in order.
  func overdue(before time: UInt64) -> [(hash: BlockHash, link: Link)] {
    asked.filter { $0.value.at < time }.map { ($0.key, $0.value.link) }
      .sorted { ($0.link, $0.hash) < ($1.link, $1.hash) }
  }
}
