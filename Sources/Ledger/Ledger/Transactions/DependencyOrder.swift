// SPDX-License-Identifier: Apache-2.0

/// The order in which waiting transactions of coins can be applied in one pass.
public enum DependencyOrder {
  /// `transactions` in their order, but each after the one among them that makes the lot it spends:
  /// a chain of n transfers costs n steps, whatever the order of their ids.
  public static func sorted(_ transactions: [EncodedTransaction]) -> [EncodedTransaction] {
    let spent = transactions.map(\.spentLot)
    guard spent.contains(where: { $0 != nil }) else { return transactions }
    var makers: [LotId: Int] = [:]
    for (index, transaction) in transactions.enumerated() {
      for lot in transaction.madeLots { makers[lot] = index }
    }
    var isPlaced = [Bool](repeating: false, count: transactions.count)
    var order: [EncodedTransaction] = []
    order.reserveCapacity(transactions.count)
    for index in transactions.indices where !isPlaced[index] {
      // An id is a hash over the lot that it spends, so there is no circle.
      var path = [index]
      while let lot = spent[path[path.count - 1]], let maker = makers[lot], !isPlaced[maker] {
        path.append(maker)
        isPlaced[maker] = true
      }
      isPlaced[index] = true
      for step in path.reversed() { order.append(transactions[step]) }
    }
    return order
  }
}

extension EncodedTransaction {
  /// The lot that this takes from, where it moves coins.
  public var spentLot: LotId? {
    switch transaction {
    case .transfer(let transfer): transfer.lot
    case .retire(let retire): retire.lot
    case .admitMember, .setStanding, .registerSite, .report, .mint, .recordFinal, .contradiction,
      .restart, .setNodeKey, .moveEdition, .honour:
      nil
    }
  }

  /// The names of lots that this may make: what moved, and what is left before and after it.
  public var madeLots: [LotId] {
    switch transaction {
    case .mint: [lotId(0)]
    case .transfer, .retire: (0...2).map { lotId($0) }
    case .admitMember, .setStanding, .registerSite, .report, .recordFinal, .contradiction,
      .restart, .setNodeKey, .moveEdition, .honour:
      []
    }
  }
}
