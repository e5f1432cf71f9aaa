// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import Quantities

/// A lot that a member holds.
public struct HeldLot: Hashable, Sendable {
  public let id: LotId
  public let lot: Lot

  /// A lot under its id.
  public init(id: LotId, lot: Lot) {
    self.id = id
    self.lot = lot
  }
}

/// Which coins go first when an amount is sent or retired. Lots never blend: an amount is made up
/// of whole lots and a part of one that may still be split.
public enum CoinSelection: Hashable, Sendable {
  /// What was generated first.
  case oldest
  /// What was generated last.
  case newest
  /// Of one site only, oldest first.
  case site(SiteId)
  /// Of generation within a range of intervals only, oldest first.
  case intervals(Range<Interval>)

  /// Why an amount cannot be made up.
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case nothingAsked
    case tooLittle(wanted: MilliCoins, found: MilliCoins)
    /// There is enough, in lots that only move as a whole.
    case indivisible(wanted: MilliCoins, smallest: MilliCoins)

    /// One line for people.
    public var description: String {
      switch self {
      case .nothingAsked: "the amount must be more than nothing"
      case .tooLittle(let wanted, let found):
        "\(wanted) are wanted; only \(found) are there by this rule"
      case .indivisible(let wanted, let smallest):
        "\(wanted) cannot be made up: what is there may be split no further, the smallest is \(smallest); send a lot as a whole"
      }
    }
  }

  /// Makes up `amount` from `lots`, of which none is retired.
  /// - Returns: lots and the part of each, in the order in which they go.
  public func select(
    _ amount: MilliCoins, from lots: [HeldLot]
  ) throws(Failure) -> [(lot: HeldLot, part: LotPart)] {
    guard amount > .zero else { throw .nothingAsked }
    let lots = ordered(lots)
    // Where the order alone does not do, what only moves as a whole goes first.
    let whole = lots.filter { $0.lot.splits == 0 }
    let others = lots.filter { $0.lot.splits > 0 }
    if let chosen = CoinSelection.make(amount, of: lots)
      ?? CoinSelection.make(amount, of: whole + others)
    {
      return chosen
    }
    let found = lots.reduce(MilliCoins.zero) { $0 + $1.lot.amount }
    guard found >= amount, let smallest = whole.map(\.lot.amount).min() else {
      throw .tooLittle(wanted: amount, found: found)
    }
    throw .indivisible(wanted: amount, smallest: smallest)
  }

  private static func make(
    _ amount: MilliCoins, of lots: [HeldLot]
  ) -> [(lot: HeldLot, part: LotPart)]? {
    var left = amount
    var chosen: [(lot: HeldLot, part: LotPart)] = []
    for held in lots where left > .zero {
      if let rest = left.subtracting(held.lot.amount) {
        chosen.append((held, .all))
        left = rest
      } else if held.lot.splits > 0 {
        chosen.append((held, .amount(left)))
        left = .zero
      }
    }
    return left == .zero ? chosen : nil
  }

  /// The lots that the rule allows, in its order; equals by their ids.
  public func ordered(_ lots: [HeldLot]) -> [HeldLot] {
    let valid = lots.filter { !$0.lot.isRetired && fits($0.lot) }
    return valid.sorted { left, right in
      guard left.lot.first != right.lot.first else { return left.id < right.id }
      return self == .newest ? left.lot.first > right.lot.first : left.lot.first < right.lot.first
    }
  }

  private func fits(_ lot: Lot) -> Bool {
    switch self {
    case .oldest, .newest: true
    case .site(let site): lot.site == site
    case .intervals(let range):
      range.contains(lot.first) && lot.first.advanced(by: lot.length) <= range.upperBound
    }
  }
}
