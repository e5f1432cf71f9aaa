// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import LedgerCrypto
public import Quantities

/// A state under change by the transactions of one block.
public struct Transition {
  public let rules: NetworkRules
  /// The time of the block that the transactions are in.
  public var time: NetworkTime
  /// The id of the transaction being applied: new lots are named by it.
  public private(set) var current = TransactionId(.zero)
  /// The network of the transaction being applied: what proves itself is signed in one network.
  private(set) var network = NetworkId(.zero)
  /// The state with the changes so far.
  public var state: StateView

  /// A transition on top of `source` by so many transactions.
  public init(
    rules: NetworkRules, time: NetworkTime, on source: any StateSource, expecting count: Int = 0
  ) {
    self.rules = rules
    self.time = time
    state = StateView(source, expecting: 3 * count)
  }

  /// Applies one transaction in full, or leaves the state as it was.
  /// - Parameter verified: signatures that were verified before, by their signers.
  public mutating func apply(
    _ transaction: EncodedTransaction, in network: NetworkId,
    verified: [TransactionId: PublicKey] = [:]
  ) throws(ApplyError) {
    let content = transaction.transaction.content
    self.network = network
    if let key = try content.author(in: state), let seal = content.seal,
      verified[transaction.id] != key
    {
      do {
        try KeysLaw.check(seal, of: transaction.signedMessage(in: network), by: key)
      } catch { throw .law(.keys(error)) }
    }
    state.mark()
    current = transaction.id
    do { try content.apply(to: &self) } catch {
      state.rollBack()
      throw error
    }
  }

  /// The name of the `index`-th lot that the current transaction makes.
  public func lotId(_ index: UInt8) -> LotId {
    LotId.made(by: current, index)
  }

  /// Reads from the state; what fails there is our own fault.
  public func read<Value>(
    _ body: (StateView) throws(StateSourceError) -> Value
  ) throws(ApplyError) -> Value {
    do { return try body(state) } catch { throw .source(error) }
  }

  /// Applies a law.
  public static func obey<Value, Violation: Error>(
    _ name: (Violation) -> LawViolation, _ body: () throws(Violation) -> Value
  ) throws(ApplyError) -> Value {
    do { return try body() } catch { throw .law(name(error)) }
  }
}

extension EncodedTransaction {
  /// The name of the `index`-th lot that this transaction makes.
  public func lotId(_ index: UInt8) -> LotId { LotId.made(by: id, index) }
}

extension Identifier where Kind == LotKindTag {
  static func made(by transaction: TransactionId, _ index: UInt8) -> LotId {
    LotId(SHA256.digest(name: "hinata/lot", transaction.value.bytes + [index]))
  }
}
