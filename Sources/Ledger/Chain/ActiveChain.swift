// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import LedgerCrypto
public import Quantities

/// The chain of one node: the storage, the headers it may build on and the state's tree, kept in
/// step. It is the only writer of a ledger. Not safe to share: an actor or a simulation owns it.
public final class ActiveChain: StateReading {
  /// How many newest headers are kept at hand for forks and the laws' looking back.
  public static let headerDepth = 4096

  /// What taking in a block did.
  public enum Outcome: Sendable {
    /// The block was known.
    case known
    /// The block is kept, but the chain did not change.
    case kept
    /// The chain changed: blocks taken off, newest first, and put on, oldest first.
    case advanced(disconnected: [BlockHash], connected: [ConnectedBlock])
  }

  /// Where everything is kept.
  public let storage: any ChainStorage
  public let genesis: Genesis
  public let network: NetworkId
  /// The tree of the state after the tip.
  public private(set) var tree: StateTree
  /// The headers known, their bodies or not.
  public internal(set) var headers: BlockTree
  /// The tip of the chain.
  public private(set) var tip: BlockHeader
  public private(set) var tipHash: BlockHash
  /// Signatures verified before, by who made them: a block then need not verify them again.
  public var verified: [TransactionId: PublicKey] = [:]

  /// Keys that may seal by the state after the tip.
  var knownProducers: Set<PublicKey> = []

  /// First blocks of branches that fork off deeper than this pruned node can follow.
  private var leftAside: Set<BlockHash> = []

  /// The genesis block's hash.
  public let root: BlockHash

  private var rules: NetworkRules { genesis.rules }

  private func isLeftAside(_ hash: BlockHash) -> Bool {
    var at = hash
    while let header = headers.header(at), headers.isInvalid(at) {
      if leftAside.contains(at) { return true }
      at = header.previous
    }
    return false
  }

  /// Takes up the chain that `storage` keeps.
  /// - Throws: `ChainFault` when the state is not the one that the tip binds.
  public init(_ storage: any ChainStorage) throws {
    self.storage = storage
    genesis = storage.genesis
    network = genesis.network
    root = try genesis.block().header.hash
    let depth = ActiveChain.headerDepth + HeaderContext.depth(storage.genesis.rules)
    var tree = StateTree()
    var chain: [(header: SealedHeader, work: UInt256)] = []
    try storage.read { view in
      var updates: [StateTree.Update] = []
      try view.visitState { key, entry in
        updates.append(StateTree.Update(path: key.path, value: SHA256.digest(entry)))
      }
      tree.apply(updates)
      chain = try view.newestHeaders(depth)
    }
    guard let newest = chain.last?.header.header else {
      throw ChainFault("there is no genesis block")
    }
    guard tree.root == newest.stateRoot else {
      throw ChainFault("the state is not the one of block \(newest.hash.hex)")
    }
    self.tree = tree
    tip = newest
    tipHash = newest.hash
    let rootIndex = max(0, chain.count - ActiveChain.headerDepth)
    let root = chain[rootIndex].header.header
    headers = BlockTree(
      root: root, work: chain[rootIndex].work,
      context: HeaderContext(
        parent: root, hash: root.hash,
        ancestors: chain[...rootIndex].map { HeaderContext.Ancestor($0.header.header) }),
      rules: storage.genesis.rules)
    for (sealed, _) in chain[(rootIndex + 1)...] {
      do {
        try headers.insert(sealed, network: network, now: NetworkTime(seconds: 1 << 40))
        headers.markComplete(sealed.header.hash)
      } catch { throw ChainFault("block \(sealed.header.hash.hex): \(error)") }
    }
    try noteStandings()
  }

  /// What a child of the tip looks back on.
  public var tipContext: HeaderContext? { headers.context(after: tipHash) }

  /// A block whose body is kept, or nil.
  public func block(_ hash: BlockHash) throws -> Block? {
    var block: Block?
    try storage.read { block = try $0.block(hash) }
    return block
  }

  /// An entry of the state after the tip, or nil.
  public func entry(_ key: StateKey) throws -> StateEntry? {
    var entry: StateEntry?
    try storage.read { entry = try $0.entry(key) }
    return entry
  }

  /// What the state after the newest block that is proven to be final held for `keys`; nil where
  /// nothing is final yet.
  public func finalEntries(
    _ keys: [StateKey]
  ) throws -> (final: FinalBlock, entries: [PastEntry])? {
    var found: (final: FinalBlock, entries: [PastEntry])?
    try storage.read { view in
      guard let final = try view.finalBlock(),
        let entries = try view.entries(of: keys, after: final.proof.source.block, tree: &tree)
      else { return }
      found = (final, entries)
    }
    return found
  }

  /// Takes in a block: checks its header, keeps it, and follows it when law 9 says so. All that a
  /// reorganisation undoes and connects happens in one transaction of the storage.
  /// - Throws: `unknownParent` also when the parent's body is not here.
  /// - Parameter arrival: when it came, where a branch that comes late is not to count yet.
  public func accept(
    _ block: Block, now: NetworkTime, arrival: Arrival? = nil
  ) throws(BlockRefusal) -> Outcome {
    let hash = block.header.hash
    guard !headers.isComplete(hash) else { return .known }
    try insert(block.sealed, now: now)
    // The hash does not cover the seal: the one that was checked counts, not what came with a body.
    let block = Block(
      sealed: headers.sealed(hash) ?? block.sealed, transactions: block.transactions)
    guard !headers.isInvalid(hash) else {
      throw isLeftAside(hash)
        ? .tooDeep(height: block.header.height) : .work(.invalidAncestor(hash))
    }
    guard headers.isComplete(block.header.previous) else {
      throw .unknownParent(block.header.previous)
    }
    // A body that is not the header's must not stand in the way of the one that is.
    try ConnectedBlock.checkBody(block, rules: rules)
    let followsTip = block.header.previous == tipHash
    if !followsTip {
      let work = headers.work(hash) ?? .zero
      do { try storage.write { try $0.keep(block, work: work) } } catch {
        throw .ownFault("\(error)")
      }
    }
    let epoch = UInt64(rules.checkpointSeconds)
    // Who is behind by an epoch takes whatever there is.
    if let arrival, !followsTip, now.seconds(since: tip.time) <= epoch,
      headers.isLate(hash, beside: tipHash, arrival)
    {
      headers.setLate(hash, until: arrival.countsFrom)
    }
    headers.markComplete(
      hash, admitting: followsTip ? [] : admitted(by: block), arrived: arrival?.milliseconds)
    do throws(BlockRefusal) {
      let outcome = try follow(newest: block)
      if followsTip { try keep(block, unlessIn: outcome) }
      trim()
      return outcome
    } catch {
      // It was not kept for itself, and is not on the chain.
      if followsTip, !headers.isInvalid(hash) { headers.markIncomplete(hash) }
      throw error
    }
  }

  /// A block on the tip that was not connected after all is kept beside the chain.
  private func keep(_ block: Block, unlessIn outcome: Outcome) throws(BlockRefusal) {
    let hash = block.header.hash
    if case .advanced(_, let connected) = outcome, connected.contains(where: { $0.hash == hash }) {
      return
    }
    do { try storage.write { try $0.keep(block, work: headers.work(hash) ?? .zero) } } catch {
      throw .ownFault("\(error)")
    }
  }

  /// Sets what the best chain has to hold, and follows it there.
  /// - Throws: `tooDeep` where this node cannot go back so far, or its own fault.
  public func anchor(_ anchors: ForkAnchors) throws(BlockRefusal) -> Outcome {
    headers.anchor(anchors)
    return try follow(newest: nil)
  }

  /// Lets branches that came late count whose time has come, and follows the best chain.
  /// - Throws: as `anchor`.
  public func releaseLate(at now: NetworkTime) throws(BlockRefusal) -> Outcome {
    headers.releaseLate(at: now)
    return try follow(newest: nil)
  }

  /// When the next branch that came late counts; nil where none waits.
  public var lateUntil: NetworkTime? { headers.late.values.min() }

  /// Refuses every chain that does not hold a block.
  /// - Throws: `ChainFault` where this chain does not.
  public func require(_ known: KnownCheckpoint) throws {
    guard known.network == NetworkTag(network) else {
      throw ChainFault("the known checkpoint \(known) is of another network")
    }
    headers.known = known
    try storage.read { view in
      guard let held = try view.headers(from: known.height, limit: 1).first,
        known.contradicts(held.header)
      else { return }
      throw ChainFault(
        "block \(known.height) of this ledger is \(held.header.hash.hex), and not the known checkpoint \(known.block.hex)"
      )
    }
  }

  private func follow(newest: Block?) throws(BlockRefusal) -> Outcome {
    while headers.best != tipHash {
      guard let path = headers.path(from: tipHash, to: headers.best) else {
        throw .tooDeep(height: newest?.header.height ?? tip.height)
      }
      var treeAfter = tree
      var connected: [ConnectedBlock] = []
      var invalid: (hash: BlockHash, refusal: BlockRefusal)?
      do {
        try storage.write { rows in
          connected = try apply(path, newest: newest, in: rows, tree: &treeAfter) { invalid = $0 }
        }
        tree = treeAfter
        tipHash = headers.best
        tip = headers.header(tipHash) ?? tip
        knownProducers = []
        headers.takeOver(connected.map(\.hash))
        for block in connected {
          forget(block)
          headers.note(block.hash, changing: ActiveChain.standing(in: block.changes))
        }
        return .advanced(disconnected: path.disconnect, connected: connected)
      } catch {
        if case BlockRefusal.tooDeep(let height) = error {
          // Against local policy: the branch is left aside, and its sender did nothing wrong.
          if let first = path.connect.first {
            leftAside.insert(first)
            headers.markInvalid(first)
          }
          throw .tooDeep(height: height)
        }
        guard let invalid else {
          // The block is as good as it was: it may be offered again once this node is well.
          if let newest { headers.markIncomplete(newest.header.hash) }
          throw .ownFault("\(error)")
        }
        headers.markInvalid(invalid.hash)
        do { try storage.write { try $0.markInvalid(invalid.hash) } } catch {
          throw .ownFault("\(error)")
        }
        if invalid.hash == newest?.header.hash { throw invalid.refusal }
      }
    }
    return .kept
  }

  private func forget(_ block: ConnectedBlock) {
    for transaction in block.block.transactions { verified[transaction.id] = nil }
  }

  private func apply(
    _ path: BlockTree.Path, newest: Block?, in rows: any ChainWriting, tree: inout StateTree,
    onInvalid: ((hash: BlockHash, refusal: BlockRefusal)) -> Void
  ) throws -> [ConnectedBlock] {
    if try path.disconnect.allSatisfy(rows.hasUndo) {
      for hash in path.disconnect { tree.apply(try rows.disconnect(hash)) }
    } else {
      tree = try replay(without: path.disconnect, rows)
    }
    var connected: [ConnectedBlock] = []
    for hash in path.connect {
      let kept = newest?.header.hash == hash ? newest : try rows.block(hash)
      guard let block = kept, let context = headers.context(after: block.header.previous)
      else { throw ChainFault("block \(hash.hex) is missing") }
      do {
        let next = try ConnectedBlock.connect(
          block, after: context, on: rows, tree: &tree, network: network, rules: rules,
          verified: verified)
        try rows.insert(next, work: headers.work(hash) ?? .zero)
        try rows.keepRecords(of: next, rules: rules, tree: &tree)
        connected.append(next)
      } catch let refusal as BlockRefusal {
        if case .ownFault(let reason) = refusal { throw ChainFault(reason) }
        onInvalid((hash, refusal))
        throw refusal
      }
    }
    return connected
  }

  /// Derives the state below a deep fork anew, where undo data is gone: takes `dropped` off the
  /// chain and connects all blocks below them again from the genesis.
  /// - Throws: `tooDeep` in a pruned ledger: what lies below its bodies is settled for this node.
  private func replay(without dropped: [BlockHash], _ rows: any ChainWriting) throws -> StateTree {
    guard try rows.lowestBody() <= 1 else {
      throw BlockRefusal.tooDeep(height: tip.height.subtractingDownToZero(UInt64(dropped.count)))
    }
    for hash in dropped { try rows.drop(hash) }
    try rows.clearDerived()
    let genesisBlock: ConnectedBlock = try .genesis(genesis)
    var tree = StateTree()
    tree.apply(genesisBlock.changes)
    try rows.insert(genesisBlock, work: .zero)
    var context = HeaderContext(
      parent: genesisBlock.block.header, hash: genesisBlock.hash,
      ancestors: [HeaderContext.Ancestor(genesisBlock.block.header)])
    while let block = try rows.block(onChainAt: context.height + 1) {
      let connected = try ConnectedBlock.connect(
        block, after: context, on: rows, tree: &tree, network: network, rules: rules)
      try rows.insert(connected, work: .zero)
      try rows.keepRecords(of: connected, rules: rules, tree: &tree)
      context = context.advanced(
        by: block.header, hash: connected.hash, depth: HeaderContext.depth(rules))
    }
    return tree
  }

  /// Starts from the state after a block instead of the blocks before it. The chain must be at its
  /// genesis, the block's header on the way to the best one.
  /// - Throws: `ChainFault` when the state is not the one that the header binds.
  ///
  /// - Parameter proof: what makes the block final, kept for others; nil in an open network.
  public func adopt(
    _ state: [StateChange], after hash: BlockHash, proof: FinalityProof?
  ) throws {
    guard tip.height == 0, let header = headers.header(hash),
      let path = headers.chain(from: tipHash, to: hash)
    else { throw ChainFault("a snapshot of block \(hash.hex) cannot be put on this chain") }
    var adopted = StateTree()
    adopted.apply(state)
    guard adopted.root == header.stateRoot else {
      throw ChainFault("the snapshot is not the state of block \(hash.hex)")
    }
    try storage.write { rows in
      try rows.install(path, state)
      guard let proof else { return }
      for handover in proof.handovers { try rows.keep(handover) }
      try rows.keep(proof.final)
    }
    for (sealed, _) in path { headers.markComplete(sealed.header.hash) }
    tree = adopted
    tipHash = hash
    tip = header
    knownProducers = []
  }

  /// Keeps the headers at hand bounded: the root follows the tip at a distance, and never lies
  /// above what is final.
  private func trim() {
    guard headers.count > 3 * ActiveChain.headerDepth else { return }
    let open = tip.height.subtractingDownToZero(headers.anchors.final?.height ?? tip.height)
    headers.reroot(below: tipHash, by: max(ActiveChain.headerDepth, Int(clamping: open)))
  }

  /// A template on top of the tip from candidates in their order.
  public func template(
    from candidates: [EncodedTransaction], producer: PublicKey, time: NetworkTime,
    searchSeconds: UInt32
  ) throws -> BlockTemplate? {
    guard let context = tipContext, !candidates.isEmpty else { return nil }
    var template: BlockTemplate?
    try storage.read { view in
      template = try BlockTemplate.build(
        from: candidates, after: context, on: view, tree: &tree, network: network, rules: rules,
        producer: producer, time: time, searchSeconds: searchSeconds, verified: verified)
    }
    return template
  }
}
