import CanonicalCoding
import Chain
public import Ledger
public import LedgerStore
import Quantities

/// What came out of checking the chain of a data folder.
public struct ChainVerdict: Sendable {
  /// What is wrong first, nil when all laws hold.
  public private(set) var finding: Finding?
  /// Blocks (the genesis included) and transactions that hold.
  public private(set) var blocks: UInt64 = 0
  public private(set) var transactions: UInt64 = 0
  /// Blocks whose bodies were pruned: their headers hold, what they did was not counted again.
  public private(set) var pruned: UInt64 = 0
  /// Hash of the last block that holds.
  public private(set) var tip = ""
  /// Totals after it.
  public private(set) var supply = Supply()

  /// A verdict that something is wrong before any block could be checked.
  public init(finding: Finding) { self.finding = finding }

  /// Checks all of `store`; `progress` hears of each block.
  public init(checking store: LedgerStore, progress: (UInt64, UInt64) -> Void) {
    do { try check(store, progress) } catch let finding as Finding {
      self.finding = finding
    } catch {
      finding = Finding(height: nil, law: nil, reason: "\(error)")
    }
  }

  private mutating func check(
    _ store: LedgerStore, _ progress: (UInt64, UInt64) -> Void
  ) throws {
    let top = try store.height()
    var verifier = try ChainVerifier(genesis: store.genesis, first: try raw(store, 0))
    defer {
      blocks = verifier.blocks
      transactions = verifier.transactions
      tip = verifier.tip.hex
      if pruned == 0, case .supply(let known)? = verifier.state.entries[.supply] {
        supply = known
      }
    }
    let lowest = try store.lowestBody()
    guard lowest <= 1 else {
      pruned = lowest - 1
      return try checkPruned(store, &verifier, top, progress)
    }
    if top > 0 {
      for height in 1...top {
        try verifier.check(try raw(store, height))
        progress(height, top)
      }
    }
    try verifier.checkState { body in try store.visitEntries(body) }
  }

  private mutating func checkPruned(
    _ store: LedgerStore, _ verifier: inout ChainVerifier, _ top: UInt64,
    _ progress: (UInt64, UInt64) -> Void
  ) throws {
    for height in 1...top {
      let raw = try raw(store, height)
      guard raw.body.isEmpty == (height <= pruned) else {
        throw Finding(height: height, law: 8, reason: "the body is missing")
      }
      try verifier.checkPruned(raw)
      progress(height, top)
    }
    let tip = try SealedHeader(exactly: try raw(store, top).header)
    try verifier.checkStateRoot(of: tip) { body in try store.visitEntries(body) }
    if case .supply(let known)? = try store.entry(.supply) { supply = known }
  }

  private func raw(_ store: LedgerStore, _ height: UInt64) throws -> RawBlock {
    guard let raw = try store.rawBlock(height: height) else {
      throw Finding(height: height, law: 8, reason: "the block is missing")
    }
    return RawBlock(hash: raw.hash, header: raw.header, body: raw.body)
  }

  /// The verdict for scripts.
  public struct Form: Codable, Sendable {
    public let ok: Bool
    public let blocks: UInt64
    public let transactions: UInt64
    public let prunedBlocks: UInt64
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
      tip: tip,
      generatedWh: supply.generatedWh, claimedWh: supply.claimedWh,
      mintedMcoin: supply.minted.value, balanceMcoin: supply.balance.value,
      retiredMcoin: supply.retired.value, block: finding?.height, law: finding?.law,
      transaction: finding?.transaction, reason: finding?.reason)
  }
}
