public import Chain
public import Ledger
public import LedgerCrypto
public import LedgerStore
public import Logging
public import Quantities

/// The one owner of the chain in a node: everything that changes it goes through here.
public actor LedgerKeeper {
  private let chain: ActiveChain
  private let clock: NetworkClock
  private let logger: Logger
  private var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
  private var nextWatcher = 0
  /// Read-only queries need not wait for the owner.
  public nonisolated let store: LedgerStore

  /// The keeper of the chain in `store`.
  public init(_ store: LedgerStore, clock: NetworkClock, logger: Logger) throws(StoreError) {
    self.store = store
    chain = try ActiveChain(store)
    self.clock = clock
    self.logger = logger
  }

  /// The tip's header and hash.
  public var tip: (header: BlockHeader, hash: BlockHash) { (chain.tip, chain.tipHash) }

  /// Signals each change of the tip or of what waits for a block, from now on.
  public func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number = nextWatcher
    nextWatcher += 1
    watchers[number] = continuation
    continuation.onTermination = { [weak self] _ in
      guard let self else { return }
      Task { await self.forget(number) }
    }
    return stream
  }

  private func forget(_ number: Int) { watchers[number] = nil }

  private func signal() { for watcher in watchers.values { watcher.yield() } }

  /// Lets a transaction wait for a block.
  public func submit(_ transaction: EncodedTransaction) throws(StoreError) {
    try store.addPending(transaction)
    logger.info(
      "transaction waits",
      metadata: ["id": "\(transaction.id)", "kind": "\(transaction.transaction.kindName)"])
    signal()
  }

  /// A template on the tip, or nil when nothing waits. What no block can hold is forgotten.
  public func template(
    producer: PublicKey, time: NetworkTime, searchSeconds: UInt32
  ) throws(StoreError) -> BlockTemplate? {
    guard
      let template = try chain.template(
        producer: producer, time: time, searchSeconds: searchSeconds)
    else { return nil }
    // What only time can heal waits on: an interval that has not ended by the block's clock.
    let hopeless = template.refused.filter { refusal in
      if case .reportsJoin(.notEnded) = refusal.reason { false } else { true }
    }
    for (transaction, reason) in hopeless {
      logger.warning(
        "transaction dropped", metadata: ["id": "\(transaction.id.hex)", "reason": "\(reason)"])
    }
    try store.dropPending(hopeless.map(\.transaction.id))
    return template.transactions.isEmpty ? nil : template
  }

  /// Takes in a block.
  public func accept(_ block: Block) throws(BlockRefusal) -> ActiveChain.Outcome {
    let outcome = try chain.accept(block, now: clock.now)
    if case .advanced(let disconnected, let connected) = outcome {
      if !disconnected.isEmpty {
        logger.notice("reorganisation", metadata: ["disconnected": "\(disconnected.count)"])
      }
      for block in connected {
        logger.info(
          "block connected",
          metadata: [
            "height": "\(block.block.header.height)", "hash": "\(block.hash)",
            "transactions": "\(block.block.transactions.count)",
          ])
      }
      signal()
    }
    return outcome
  }
}
