// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Chain
import Foundation
public import Ledger
public import LedgerStore
import Quantities

/// How a chain is to be checked.
public struct CheckOptions: Sendable {
  /// Tasks at once; 1 checks on one core.
  public var jobs = 1
  /// A file to go on from, and to write to as the check advances.
  public var resume: String?
  /// Seconds between two writes of it.
  public var resumeSeconds = 60

  /// One task, no file to go on from.
  public init() {}

  /// Whether a check may go on from, and write to, the file at `path`: there is none, or one
  /// that was written so.
  public static func isResumePlace(_ path: String) -> Bool { ResumePoint.isPlace(path) }
}

/// What came out of checking a chain.
public struct ChainVerdict: Sendable {
  /// What is wrong first, nil when all laws hold.
  public private(set) var finding: Finding?
  /// Blocks (the genesis included) and transactions that hold.
  public private(set) var blocks: UInt64 = 0
  public private(set) var transactions: UInt64 = 0
  /// Blocks whose bodies were pruned: their headers hold, what they did was not counted again.
  public private(set) var pruned: UInt64 = 0
  /// The height that an earlier run had checked up to, 0 without one.
  public private(set) var resumed: UInt64 = 0
  /// Hash of the last block that holds.
  public private(set) var tip = ""
  /// Totals after it.
  public private(set) var supply = Supply()
  /// The state after it, as derived here; of a pruned chain, none.
  public private(set) var state = CompactState()

  /// A verdict that something is wrong before any block could be checked.
  public init(finding: Finding) { self.finding = finding }

  /// Checks a node's data folder.
  public init(checking store: LedgerStore) async { await self.init(checking: .store(store)) }

  /// Checks all of `source`.
  /// - Parameters:
  ///   - progress: hears of the heights as they are done, with the last.
  ///   - each: hears of each block with all that it changes, in their order.
  public init(
    checking source: BlockSource, options: CheckOptions = CheckOptions(),
    progress: (UInt64, UInt64) -> Void = { _, _ in },
    each: (ConnectedBlock) throws -> Void = { _ in }
  ) async {
    do { try await check(try source.frozen(), options, progress, each) } catch let finding
      as Finding
    {
      self.finding = finding
    } catch {
      finding = Finding(reason: "\(error)")
    }
  }

  private mutating func check(
    _ source: BlockSource, _ options: CheckOptions, _ progress: (UInt64, UInt64) -> Void,
    _ each: (ConnectedBlock) throws -> Void
  ) async throws {
    let top = try source.top()
    let lowest = try source.lowestBody()
    pruned = lowest > 1 ? lowest - 1 : 0
    var verifier = try ChainVerifier(genesis: source.genesis, first: try source.block(at: 0))
    if pruned == 0, let path = options.resume {
      resumed = try resume(&verifier, source, top, path)
    }
    var failure: (any Error)?
    do { try await walk(source, &verifier, top, options, progress, each) } catch {
      failure = error
    }
    blocks = verifier.blocks
    transactions = verifier.transactions
    tip = verifier.tip.hex
    if pruned == 0 {
      state = verifier.state
      supply = try state.supply()
    }
    if let failure { throw failure }
    if pruned == 0, let path = options.resume {
      try ResumePoint.write(verifier, network: source.genesis.network, to: path)
    }
    try checkKept(source, verifier, top)
  }

  /// Takes the verifier to where an earlier run stood, by the headers alone.
  private func resume(
    _ verifier: inout ChainVerifier, _ source: BlockSource, _ top: UInt64, _ path: String
  ) throws -> UInt64 {
    guard let point = ResumePoint(path: path, network: source.genesis.network),
      point.height > 0, point.height <= top
    else { return 0 }
    let at = try source.block(at: point.height)
    // The chain was reorganised below it since: all is checked again.
    guard at.hash == point.block.value.bytes else { return 0 }
    var ahead = verifier
    for height in 1...point.height { try ahead.skip(try source.block(at: height)) }
    do {
      try ahead.adopt(
        point.entries, transactions: point.transactions,
        under: try SealedHeader(exactly: at.header))
    } catch { return 0 }
    verifier = ahead
    return point.height
  }

  private mutating func walk(
    _ source: BlockSource, _ verifier: inout ChainVerifier, _ top: UInt64,
    _ options: CheckOptions, _ progress: (UInt64, UInt64) -> Void,
    _ each: (ConnectedBlock) throws -> Void
  ) async throws {
    let network = source.genesis.network
    func window(_ first: UInt64, _ keys: MemoryState) async throws -> [PreparedBlock] {
      try await PreparedBlock.window(
        of: source, from: first, to: top, keys: keys, network: network, jobs: options.jobs)
    }
    var written = ContinuousClock.now
    var current = try await window(verifier.height + 1, verifier.state.keys)
    while !current.isEmpty {
      let first = verifier.height + 1 + UInt64(current.count)
      let keys = verifier.state.keys
      if options.jobs > 1 {
        // The next blocks are taken apart while these are applied.
        async let next = window(first, keys)
        try apply(current, &verifier, top, progress, each)
        current = try await next
      } else {
        try apply(current, &verifier, top, progress, each)
        current = try await window(first, verifier.state.keys)
      }
      if pruned == 0, let path = options.resume,
        ContinuousClock.now - written > .seconds(options.resumeSeconds)
      {
        try ResumePoint.write(verifier, network: network, to: path)
        written = .now
      }
    }
  }

  private func apply(
    _ prepared: [PreparedBlock], _ verifier: inout ChainVerifier, _ top: UInt64,
    _ progress: (UInt64, UInt64) -> Void, _ each: (ConnectedBlock) throws -> Void
  ) throws {
    for block in prepared {
      if pruned == 0 {
        try each(try verifier.check(block))
      } else {
        guard block.raw.body.isEmpty == (block.height <= pruned) else {
          throw Finding(height: block.height, law: 8, reason: "the body is missing")
        }
        try verifier.checkPruned(block)
      }
      progress(block.height, top)
    }
  }

  /// Holds what a node keeps beside its blocks against what the blocks give.
  private mutating func checkKept(
    _ source: BlockSource, _ verifier: ChainVerifier, _ top: UInt64
  ) throws {
    guard case .store(let store) = source else { return }
    guard pruned > 0 else {
      return try verifier.checkState { body in try store.visitEntries(body) }
    }
    let tip = try SealedHeader(exactly: try source.block(at: top).header)
    try verifier.checkStateRoot(of: tip) { body in try store.visitEntries(body) }
    supply = try store.supply()
  }

  /// The verdict for scripts.
  public struct Form: Codable, Sendable {
    public let ok: Bool
    public let blocks: UInt64
    public let transactions: UInt64
    public let prunedBlocks: UInt64
    public let resumedHeight: UInt64
    public let tip: String
    public let generatedWh: UInt64
    public let claimedWh: UInt64
    public let mintedMcoin: UInt64
    public let balanceMcoin: UInt64
    public let retiredMcoin: UInt64
    public let block: UInt64?
    public let law: Int?
    public let transaction: String?
    public let reason: String?
  }

  /// The verdict for scripts.
  public var form: Form {
    Form(
      ok: finding == nil, blocks: blocks, transactions: transactions, prunedBlocks: pruned,
      resumedHeight: resumed, tip: tip, generatedWh: supply.generatedWh,
      claimedWh: supply.claimedWh, mintedMcoin: supply.minted.value,
      balanceMcoin: supply.balance.value, retiredMcoin: supply.retired.value,
      block: finding?.height, law: finding?.law, transaction: finding?.transaction,
      reason: finding?.reason)
  }
}
