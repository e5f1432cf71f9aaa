// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
public import LedgerCrypto
public import Quantities

/// Law 8: SHA-256 of the header is at most the target; the header binds network, height, previous
/// hash, time, roots, target, producer and nonce. In a closed network the producer is a member and
/// signs. Source: Docs/design.md §2, §7.
public enum WorkLaw {
  /// What a header did wrong.
  public enum Violation: Error, Hashable, Sendable {
    /// The header is of another network.
    case network
    /// The height is not the parent's plus one.
    case height(supplied: UInt64, expected: UInt64)
    /// The header does not follow the block that it was given with.
    case previous(supplied: BlockHash, expected: BlockHash)
    /// Not later than its parent, or in an open network than the median of the last 11 blocks.
    case tooEarly(NetworkTime, after: NetworkTime)
    /// The parent was sealed in the same period.
    case samePeriod(NetworkTime, parent: NetworkTime)
    /// The target is not the one that the last blocks dictate.
    case target(supplied: UInt32, expected: UInt32)
    /// The hash is above the producer's target.
    case noWork(hash: BlockHash, target: Bytes32)
    /// A longer search than there was time for.
    case search(supplied: UInt32, available: UInt64)
    /// The producer's signature is wrong, or one stands where none belongs.
    case signature(PublicKey)
    /// The producer is not admitted, or suspended.
    case notMember(PublicKey)
    /// The transactions are not those that the header binds.
    case transactionRoot(supplied: Bytes32, expected: Bytes32)
    /// The state after the block is not the one that the header binds.
    case stateRoot(supplied: Bytes32, expected: Bytes32)
    /// More bytes or transactions than the genesis allows.
    case tooLarge(bytes: Int, transactions: Int)
    /// No transaction: such a block says nothing and would be free.
    case empty
    /// Nothing but records of finality that end no term and are less than a day newer.
    case recordAlone
    /// The same transaction twice.
    case duplicate(TransactionId)
    /// Another block than the one that is known at its height.
    case otherCheckpoint(BlockHash, known: BlockHash)
    /// The block follows one that broke a law.
    case invalidAncestor(BlockHash)
  }

  /// Checks all of a header that its ancestors decide.
  public static func check(
    _ sealed: SealedHeader, after context: HeaderContext, network: NetworkId, rules: NetworkRules
  ) throws(Violation) {
    let header = sealed.header
    guard header.network == NetworkTag(network) else { throw .network }
    guard header.previous == context.hash else {
      throw .previous(supplied: header.previous, expected: context.hash)
    }
    guard header.height == context.height + 1 else {
      throw .height(supplied: header.height, expected: context.height + 1)
    }
    // Nobody knows who seals next in an open network: one late clock must not hold up the rest.
    let earliest = rules.membership == .closed ? context.time : context.medianTime
    guard header.time > earliest else { throw .tooEarly(header.time, after: earliest) }
    let available = try searchTime(of: header, after: context.time, period: rules.blockPeriod)
    guard UInt64(header.searchSeconds) <= available else {
      throw .search(supplied: header.searchSeconds, available: available)
    }
    let expected = context.nextTarget(rules)
    guard header.target == expected else {
      throw .target(supplied: header.target, expected: expected)
    }
    let own = context.ownTarget(of: header.producer, rules)
    let hash = header.hash
    guard hash.value <= own.bytes else { throw .noWork(hash: hash, target: own.bytes) }
    switch rules.membership {
    case .closed:
      guard sealed.isSigned(in: network) else { throw .signature(header.producer) }
    case .open:
      guard sealed.signature == SealedHeader.noSignature else {
        throw .signature(header.producer)
      }
    }
  }

  private static func searchTime(
    of header: BlockHeader, after parent: NetworkTime, period: BlockPeriod
  ) throws(Violation) -> UInt64 {
    if let start = period.start(of: header.time), parent >= start {
      throw .samePeriod(header.time, parent: parent)
    }
    return searchTime(until: header.time, after: parent, period: period)
  }

  /// The longest search that a block of `time` can state: since its period began, or on demand
  /// since its parent.
  public static func searchTime(
    until time: NetworkTime, after parent: NetworkTime, period: BlockPeriod
  ) -> UInt64 {
    time.seconds(since: period.start(of: time) ?? parent)
  }
}

extension NetworkRules {
  /// How far ahead of a node's own clock a block may be, in network seconds: an eighth of the
  /// period, 1 to 600 s, or on demand ten seconds of the wall's clock. A member who dates blocks
  /// ahead keeps nobody waiting longer. Source: Docs/design.md §7.
  public var futureSeconds: UInt64 {
    blockPeriod == .onDemand
      ? 10 * UInt64(clockFactor) : min(max(1, blockPeriod.longestSeconds / 8), 600)
  }

  /// The earliest time at which a block may be sealed after one of `parent`'s time.
  public func nextBlockTime(after parent: NetworkTime) -> NetworkTime {
    blockPeriod.end(of: parent) ?? parent
  }
}
