// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Quantities

/// The state as it will be once everything that waits is in a block: what is left of a lot that was
/// sent in part can be spent before its block is there, and what something that waits takes from
/// cannot be spent again.
public struct CoinsAhead {
  private var transition: Transition
  private let network: NetworkId
  private var waiting: [EncodedTransaction] = []
  /// What is taken from by something that waits and cannot be applied now: it may still come to it.
  private let promised: Set<LotId>

  /// The state of `source` with what waits, in whatever order it is given: after a reorganisation a
  /// transaction may lie behind those that need it.
  /// - Parameters:
  ///   - time: that of the chain's tip.
  ///   - waiting: transactions of no block.
  /// - Throws: what fails in the source.
  public init(
    rules: NetworkRules, network: NetworkId, time: NetworkTime, on source: any StateSource,
    waiting: [EncodedTransaction]
  ) throws(StateSourceError) {
    var transition = Transition(rules: rules, time: time, on: source)
    var left = waiting
    while !left.isEmpty {
      let tried = left
      left = []
      for transaction in tried {
        do { try transition.apply(transaction, in: network) } catch {
          if case .source(let fault) = error { throw fault }
          left.append(transaction)
          continue
        }
        self.waiting.append(transaction)
      }
      guard left.count < tried.count else { break }
    }
    self.transition = transition
    self.network = network
    promised = Set(left.compactMap(\.spentLot))
  }

  /// The state with what waits.
  public var state: StateView { transition.state }

  /// What a member holds then, without what is retired or promised.
  /// - Parameter known: the lots that it has now.
  public func lots(
    of member: MemberId, known: [LotId]
  ) throws(StateSourceError) -> [HeldLot] {
    var seen: Set<LotId> = []
    var found: [HeldLot] = []
    for id in known + waiting.flatMap(\.madeLots) where seen.insert(id).inserted {
      guard let lot = try lot(id), lot.owner == member, !lot.isRetired else { continue }
      found.append(HeldLot(id: id, lot: lot))
    }
    return found
  }

  /// A lot as it will be; nil where there is none, or something that waits may take it.
  public func lot(_ id: LotId) throws(StateSourceError) -> Lot? {
    promised.contains(id) ? nil : try state.lot(id)
  }

  /// Whether something that waits may take from a lot: nobody is to spend it twice.
  public func isPromised(_ id: LotId) -> Bool { promised.contains(id) }

  /// Adds a transaction on top.
  /// - Throws: the law by which no block could hold it.
  public mutating func add(_ transaction: EncodedTransaction) throws(ApplyError) {
    try transition.apply(transaction, in: network)
    waiting.append(transaction)
  }
}
