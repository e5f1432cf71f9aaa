// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
public import Clocks
public import Foundation
import Ledger
public import LedgerCrypto
import LedgerStore
public import Logging
import Quantities
public import ServiceLifecycle

/// What the search for nonces cost so far.
public struct MiningCost: Codable, Sendable {
  public var blocks: UInt64 = 0
  public var hashes: UInt64 = 0
  /// Estimated from the time of the search: threads × watts a thread.
  public var joules: Double = 0

  /// The file's name in a node's data folder.
  public static let fileName = "mining.json"

  /// No search yet.
  public init() {}

  /// What the node of a data folder wrote last; nil where it seals no blocks.
  public init?(folder: URL) {
    let file = folder.appendingPathComponent(MiningCost.fileName)
    guard let data = try? Data(contentsOf: file),
      let cost = try? JSONDecoder().decode(MiningCost.self, from: data)
    else { return nil }
    self = cost
  }
}

/// Seals blocks: searches for a nonce when a block is due and something waits for it, and never
/// else. The search ends at once when the tip moves.
public struct MiningService: Service {
  /// Nonces that a thread tries before it looks up: about a hundredth of a second.
  static let chunk: UInt64 = 1 << 18

  private let keeper: LedgerKeeper
  private let clock: NetworkClock
  private let key: KeyPair
  private let threads: Int
  private let wattsPerThread: Double
  private let logger: Logger
  private let costFile: URL?

  /// Mining with `key` on a number of threads; the cost so far is written to `costFile`.
  public init(
    keeper: LedgerKeeper, clock: NetworkClock, key: KeyPair, threads: Int,
    wattsPerThread: Double, costFile: URL?, logger: Logger
  ) {
    self.keeper = keeper
    self.clock = clock
    self.key = key
    self.threads = threads
    self.wattsPerThread = wattsPerThread
    self.costFile = costFile
    self.logger = logger
  }

  /// Seals blocks until shutdown.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      do { try await seal() } catch is CancellationError {} catch {
        logger.error("mining stopped", metadata: ["error": "\(error)"])
      }
    }
  }

  private func seal() async throws {
    var cost = read()
    let changes = await keeper.changes()
    var iterator = changes.makeAsyncIterator()
    // A search goes on over many templates, and states how long it took in all.
    var running: (tip: BlockHash, began: NetworkTime)?
    while !Task.isCancelled {
      while await keeper.isResting { try await Task.sleep(for: .seconds(1)) }
      let tip = await keeper.tip
      let rules = keeper.store.genesis.rules
      try await clock.sleep(until: rules.nextBlockTime(after: tip.header.time))
      let now = clock.now
      guard
        let template = try await keeper.template(
          producer: key.publicKey, time: usableTime(after: tip.header, at: now),
          searchSeconds: 0)
      else {
        running = nil
        guard await iterator.next() != nil else { return }
        continue
      }
      if running?.tip != tip.hash { running = (tip.hash, now) }
      let began = running?.began ?? now
      if let block = try await search(template, on: tip, since: began, cost: &cost) {
        await keeper.seal(block)
        write(cost)
        // A full disk keeps no block: this one is offered again, since to find another would only burn energy.
        while await keeper.isResting, await keeper.tip.hash == tip.hash {
          try await Task.sleep(for: .seconds(10))
          await keeper.seal(block)
        }
      }
    }
  }

  /// Blocks must be later than their parent's median; a demo's fast clock always is.
  private func usableTime(after tip: BlockHeader, at now: NetworkTime) -> NetworkTime {
    max(now, tip.time.advanced(by: 1))
  }

  /// Searches in rounds: each round states the time and the length of the search so far, so that a
  /// long search ends with a true header.
  private func search(
    _ template: BlockTemplate, on tip: (header: BlockHeader, hash: BlockHash),
    since began: NetworkTime, cost: inout MiningCost
  ) async throws -> Block? {
    let rules = keeper.store.genesis.rules
    let started = ContinuousClock.now
    var hashes: UInt64 = 0
    var round = template
    var nonce: UInt64?
    while nonce == nil {
      try Task.checkCancellation()
      guard await keeper.tip.hash == tip.hash, await !keeper.isResting else { break }
      let now = max(template.header.time, clock.now)
      guard template.holds(at: now, rules) else { break }
      let most = WorkLaw.searchTime(
        until: now, after: tip.header.time, period: rules.blockPeriod)
      round = template.with(time: now, searchSeconds: min(most, now.seconds(since: began)))
      nonce = await searchRound(round, on: tip.hash, hashes: &hashes)
    }
    let seconds = (ContinuousClock.now - started).components
    let elapsed = Double(seconds.seconds) + Double(seconds.attoseconds) * 1e-18
    cost.hashes += hashes
    keeper.figures.countAttempts(hashes)
    cost.joules += elapsed * Double(threads) * wattsPerThread
    guard let nonce else { return nil }
    cost.blocks += 1
    logger.info(
      "nonce found",
      metadata: [
        "hashes": "\(hashes)", "joules": "\(Int(elapsed * Double(threads) * wattsPerThread))",
      ])
    return round.sealed(
      nonce: nonce, network: keeper.store.network, rules: rules, by: key)
  }

  /// Some tenths of a second of search on all threads; ends at once when the tip moves.
  func searchRound(
    _ template: BlockTemplate, on tip: BlockHash, rounds: UInt64 = 32, hashes: inout UInt64
  ) async -> UInt64? {
    guard
      let search = NonceSearch(
        message: template.header.bytes, target: template.ownTarget.bytes)
    else { return nil }
    let changes = await keeper.changes()
    let results = await withTaskGroup(of: (nonce: UInt64?, tried: UInt64).self) { group in
      for thread in 0..<UInt64(threads) {
        group.addTask {
          var tried: UInt64 = 0
          var round: UInt64 = 0
          while round < rounds, !Task.isCancelled {
            let first = thread << 56 | round * MiningService.chunk
            tried += MiningService.chunk
            round += 1
            if let nonce = await tryChunk(search, from: first) { return (nonce, tried) }
          }
          return (nil, tried)
        }
      }
      group.addTask {
        guard await keeper.tip.hash == tip else { return (nil, 0) }
        for await _ in changes where await keeper.tip.hash != tip { break }
        return (nil, 0)
      }
      var all: [(nonce: UInt64?, tried: UInt64)] = []
      for await result in group {
        all.append(result)
        // A nonce, a moved tip, or the first thread at the end of its round ends the round for all.
        group.cancelAll()
      }
      return all
    }
    hashes += results.reduce(0) { $0 + $1.tried }
    return results.compactMap(\.nonce).first
  }

  /// Hashes on threads of their own: the tasks' threads are few, and meters must be read in time.
  private func tryChunk(_ search: NonceSearch, from first: UInt64) async -> UInt64? {
    await withCheckedContinuation { continuation in
      MiningService.queue.async {
        continuation.resume(returning: search.search(from: first, count: MiningService.chunk))
      }
    }
  }

  private static let queue = DispatchQueue(
    label: "hinata.mining", qos: .utility, attributes: .concurrent)

  /// The cost of earlier runs.
  private func read() -> MiningCost {
    guard let costFile, let data = try? Data(contentsOf: costFile) else { return MiningCost() }
    return (try? JSONDecoder().decode(MiningCost.self, from: data)) ?? MiningCost()
  }

  private func write(_ cost: MiningCost) {
    guard let costFile, let data = try? JSONEncoder().encode(cost) else { return }
    try? data.write(to: costFile, options: .atomic)
  }
}
