// SPDX-License-Identifier: Apache-2.0

import Chain
import ExplorerIndex
import Ledger
import LedgerStore
public import Logging
import NodeServices
import PeerProtocol
public import ServiceLifecycle
import WebService

/// Keeps the index at the ledger's tip and tells those who listen what happened.
public struct IndexFollower: Service {
  private let source: ExplorerSource
  private let logger: Logger

  /// Follows the ledger of `source`: a node's by its own signals, a folder's by looking each
  /// second.
  public init(_ source: ExplorerSource, logger: Logger) {
    self.source = source
    self.logger = logger
  }

  /// Follows until shutdown, and then closes the index.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await follow() }
        group.addTask { await beat() }
      }
    }
    try source.index.close()
  }

  private func beat() async {
    var linked = 0
    while (try? await Task.sleep(for: .seconds(15))) != nil {
      source.hub.beat()
      let now = await source.keeper?.peers.count { $0.hello != nil } ?? 0
      if now != linked { source.hub.send(.init("peers", PeersEvent(count: now))) }
      linked = now
    }
  }

  private func follow() async {
    await catchUp()
    if let keeper = source.keeper {
      for await _ in await keeper.changes() { await catchUp() }
    } else {
      while (try? await Task.sleep(for: .seconds(1))) != nil { await catchUp() }
    }
  }

  /// Brings the index to the tip.
  public func catchUp() async {
    do {
      let top = try source.ledger.height()
      var reported = ContinuousClock.now
      while !Task.isCancelled {
        let advance = try source.index.advance(with: source.ledger)
        let isNews = source.isReady && advance.connected.count <= 16
        if !advance.disconnected.isEmpty || !advance.connected.isEmpty {
          source.forget()
          if !advance.disconnected.isEmpty { source.reorganisations += 1 }
          if isNews { try tell(advance) }
        }
        if advance.isComplete { break }
        if ContinuousClock.now - reported > .seconds(5), let last = advance.connected.last {
          logger.info("indexing", metadata: ["height": "\(last.height)", "of": "\(top)"])
          reported = .now
        }
        await Task.yield()
      }
      source.isReady = true
    } catch {
      logger.error("the explorer's index stands still", metadata: ["error": "\(error)"])
    }
  }

  private func tell(_ advance: ExplorerIndex.Advance) throws {
    let hub = source.hub
    if let old = advance.disconnected.first, let new = advance.connected.last {
      hub.send(
        .init(
          "reorganisation",
          ReorganisationEvent(
            disconnected: advance.disconnected.count, connected: advance.connected.count,
            oldTip: old, newTip: new.hash)))
    }
    for header in advance.connected {
      guard let summary = try source.index.block(hash: header.hash) else { continue }
      hub.send(.init("block", try BlockForm(summary, source)))
      let first = try source.index.transactions(ofBlock: header.height, limit: IndexFollower.told)
      for form in first.map(TransactionForm.init) {
        guard let kind = form.kind, IndexFollower.kinds.contains(kind) else { continue }
        hub.send(.init(kind.rawValue, form))
      }
    }
  }

  /// Transactions of a block that are told one by one, and the kinds that are worth it.
  private static let told = 64
  private static let kinds: Set<TransactionKind> = [.report, .mint, .transfer, .retire]
}

/// How many peers are linked, as an event says it.
struct PeersEvent: Form {
  let count: Int

  static let name = "PeersEvent"
  static let fields: [Field<Self>] = [
    Field("peers", .count, "Linked peers.") { .unsigned(UInt64($0.count)) }
  ]
}

/// The chain changed its mind, as an event says it.
struct ReorganisationEvent: Form {
  let disconnected: Int
  let connected: Int
  let oldTip: BlockHash
  let newTip: BlockHash

  static let name = "ReorganisationEvent"
  static let fields: [Field<Self>] = [
    Field("disconnected", .count, "Blocks taken off.") { .unsigned(UInt64($0.disconnected)) },
    Field("connected", .count, "Blocks put on.") { .unsigned(UInt64($0.connected)) },
    Field("old_tip", .id, "Hash of the tip before.") { .text($0.oldTip.hex) },
    Field("new_tip", .id, "Hash of the tip after.") { .text($0.newTip.hex) },
  ]
}
