import CanonicalCoding
public import Chain
public import Ledger
import LedgerCrypto

/// A block as it lies in a file: nothing of it is believed.
public struct RawBlock: Sendable {
  public let hash: [UInt8]
  public let header: [UInt8]
  public let body: [UInt8]

  /// The bytes of a block.
  public init(hash: [UInt8], header: [UInt8], body: [UInt8]) {
    self.hash = hash
    self.header = header
    self.body = body
  }
}

/// What is wrong, and where.
public struct Finding: Error, Hashable, Sendable, CustomStringConvertible {
  /// The height of the block, nil where no single block is at fault.
  public let height: UInt64?
  /// The number of the law that is broken, nil for damage that is no breach of a law.
  public let law: Int?
  /// Index and id of the transaction, where it can be told.
  public let transaction: String?
  public let reason: String

  /// A finding with these parts.
  public init(height: UInt64?, law: Int?, transaction: String? = nil, reason: String) {
    self.height = height
    self.law = law
    self.transaction = transaction
    self.reason = reason
  }

  /// The finding in one line.
  public var description: String {
    var parts: [String] = []
    if let height { parts.append("block \(height)") }
    if let law { parts.append("law \(law) (\(Law.title(law)))") }
    if let transaction { parts.append("transaction \(transaction)") }
    return (parts + [reason]).joined(separator: ": ")
  }
}

/// Re-derives a chain from nothing: every law on every block, the state from the genesis on. It keeps
/// the state in memory and one block at a time, and believes nothing but the genesis.
public struct ChainVerifier {
  private let genesis: Genesis
  private let network: NetworkId
  private var tree = StateTree()
  /// The state after the last block that was checked.
  public private(set) var state = MemoryState()
  private var context: HeaderContext
  /// Blocks and transactions checked so far, the genesis included.
  public private(set) var blocks: UInt64 = 1
  public private(set) var transactions: UInt64 = 0
  /// The work accumulated so far.
  public private(set) var work = UInt256.zero
  /// The hash of the last block that was checked.
  public var tip: BlockHash { context.hash }

  /// A verifier at the genesis block.
  /// - Parameter first: the genesis block as it lies in the file.
  public init(genesis: Genesis, first: RawBlock) throws(Finding) {
    self.genesis = genesis
    network = genesis.network
    let expected: Block
    do {
      expected = try genesis.block()
      state.apply(try genesis.initialChanges())
      tree.apply(try genesis.initialChanges())
    } catch { throw Finding(height: 0, law: nil, reason: "the genesis itself: \(error)") }
    let hash = expected.header.hash
    guard first.header == expected.sealed.bytes, first.body == expected.bodyBytes,
      first.hash == hash.value.bytes
    else {
      throw Finding(height: 0, law: 8, reason: "this is not the genesis block of the network file")
    }
    context = HeaderContext(
      parent: expected.header, hash: hash, ancestors: [HeaderContext.Ancestor(expected.header)])
  }

  /// Checks the next block and goes on from it.
  public mutating func check(_ raw: RawBlock) throws(Finding) {
    let (sealed, hash) = try header(of: raw)
    let block = Block(sealed: sealed, transactions: try decodeBody(raw.body, sealed.header.height))
    do {
      let connected = try ConnectedBlock.connect(
        block, after: context, on: state, tree: &tree, network: network, rules: genesis.rules)
      state.apply(connected.changes)
    } catch { throw finding(error, block, sealed.header.height) }
    transactions += UInt64(block.transactions.count)
    advance(by: sealed, hash)
  }

  /// Checks the next block of a pruned file by its header, and its body, where it is kept, by the root
  /// that the header binds. What it did to the state cannot be told without the bodies before it.
  public mutating func checkPruned(_ raw: RawBlock) throws(Finding) {
    let (sealed, hash) = try header(of: raw)
    if !raw.body.isEmpty {
      let body = try decodeBody(raw.body, sealed.header.height)
      let root = Block.transactionRoot(body)
      guard root == sealed.header.transactionRoot else {
        throw Finding(
          height: sealed.header.height, law: 8,
          reason: "the transactions do not have the root that the header binds")
      }
      transactions += UInt64(body.count)
    }
    advance(by: sealed, hash)
  }

  private mutating func advance(by sealed: SealedHeader, _ hash: BlockHash) {
    context = context.advanced(
      by: sealed.header, hash: hash, depth: HeaderContext.depth(genesis.rules))
    work = work.addingSaturated(CompactTarget.expand(sealed.header.target)?.work ?? .zero)
    blocks += 1
  }

  /// The next header, held against its ancestors.
  private func header(of raw: RawBlock) throws(Finding) -> (SealedHeader, BlockHash) {
    let height = context.height + 1
    let sealed: SealedHeader
    do { sealed = try SealedHeader(exactly: raw.header) } catch {
      throw Finding(height: height, law: 8, reason: "the header is malformed (\(error))")
    }
    let hash = sealed.header.hash
    do {
      try WorkLaw.check(sealed, after: context, network: network, rules: genesis.rules)
    } catch { throw Finding(height: height, law: 8, reason: "\(error)") }
    guard raw.hash == hash.value.bytes else {
      throw Finding(
        height: height, law: 8, reason: "it is filed under \(raw.hash.hex), but is \(hash.hex)")
    }
    return (sealed, hash)
  }

  private func decodeBody(
    _ body: [UInt8], _ height: UInt64
  ) throws(Finding) -> [EncodedTransaction] {
    var input = ByteReader(body)
    do {
      let transactions = try Block.readBody(from: &input)
      try input.finish()
      return transactions
    } catch {
      throw Finding(
        height: height, law: 8, transaction: transactionIndex(at: error.offset, in: body),
        reason: "the body is not the one that the header binds: malformed (\(error))")
    }
  }

  /// Which transaction of a body holds the byte at `offset`, as far as the lengths can be followed.
  private func transactionIndex(at offset: Int, in body: [UInt8]) -> String? {
    var input = ByteReader(body)
    guard let count = try? input.readVarint() else { return nil }
    for index in 0..<count {
      guard let length = try? input.readVarint(in: 0...UInt64(body.count)),
        (try? input.readBytes(Int(length))) != nil
      else { return nil }
      if offset < input.offset { return "\(index)" }
    }
    return nil
  }

  private func finding(_ refusal: BlockRefusal, _ block: Block, _ height: UInt64) -> Finding {
    switch refusal {
    case .transaction(let index, let id, let violation):
      return Finding(
        height: height, law: violation.law, transaction: "\(index) (\(id.hex))",
        reason: "\(violation.finding)")
    case .work(.transactionRoot(let supplied, let expected)):
      return Finding(
        height: height, law: 8, transaction: forged(block),
        reason: "the transactions do not have the root that the header binds: "
          + "\(supplied.hex) expected, \(expected.hex) found")
    case .work(let violation): return Finding(height: height, law: 8, reason: "\(violation)")
    default: return Finding(height: height, law: refusal.law, reason: "\(refusal)")
    }
  }

  /// The first transaction of a changed body that does not hold by itself: the changed one, unless the
  /// change left its signature whole.
  private func forged(_ block: Block) -> String? {
    var transition = Transition(
      rules: genesis.rules, time: block.header.time, on: state)
    for (index, transaction) in block.transactions.enumerated() {
      do { try transition.apply(transaction, in: network) } catch {
        return "\(index) (\(transaction.id.hex))"
      }
    }
    return nil
  }

  /// Holds a kept state against the root that the last header binds: all of a pruned file's state.
  public func checkStateRoot(
    of tip: SealedHeader, _ visit: ((StateKey, [UInt8]) throws -> Void) throws -> Void
  ) throws {
    var updates: [StateTree.Update] = []
    try visit { key, bytes in
      updates.append(StateTree.Update(path: key.path, value: SHA256.digest(bytes)))
    }
    var tree = StateTree()
    tree.apply(updates)
    guard tree.root == tip.header.stateRoot else {
      throw Finding(
        height: tip.header.height, law: nil,
        reason: "the kept state does not have the root that the tip's header binds")
    }
  }

  /// Compares a state that was kept beside the chain with the one derived here.
  /// - Parameter visit: calls its argument with every kept entry.
  public func checkState(
    _ visit: ((StateKey, [UInt8]) throws -> Void) throws -> Void
  ) throws {
    var seen = 0
    try visit { key, bytes in
      seen += 1
      guard let entry = state.entries[key], entry.bytes == bytes else {
        throw Finding(
          height: nil, law: nil,
          reason: "the kept state of \(key.kind) \(key.id.hex) is not what the chain gives")
      }
    }
    guard seen == state.entries.count else {
      throw Finding(
        height: nil, law: nil,
        reason: "the kept state has \(seen) entries, the chain gives \(state.entries.count)")
    }
  }
}
