// SPDX-License-Identifier: Apache-2.0

public import Quantities

/// Law 3: coins are conserved, for each lot, each member and the whole chain: minted = balance +
/// retired. Lots split by amount or by interval, never blend. Source: Docs/design.md §2.
public enum ConservationLaw {
  /// What a movement of coins did wrong.
  public enum Violation: Error, Hashable, Sendable {
    /// There is no such lot, or it was spent.
    case noSuchLot(LotId)
    /// The lot was retired.
    case retired(LotId)
    /// More is taken than the lot holds.
    case exceedsLot(supplied: MilliCoins, held: MilliCoins)
    /// A movement of nothing.
    case nothingMoved
    /// An interval range outside of the lot's period, or of a lot that was split by amount.
    case notThisPeriod(first: Interval, length: UInt32)
    /// The lot may be divided no further; it can only move as a whole.
    case splitTooOften(MilliCoins)
    /// A member would hold less than nothing.
    case memberBelowZero(MemberId)
    /// The chain's sum does not hold.
    case chain(minted: MilliCoins, balance: MilliCoins, retired: MilliCoins)
    /// A total would pass what the ledger encodes: 2⁵³ − 1 milli-coins or Wh.
    case tooMuch
  }

  /// What is left of `held` after `taken`.
  public static func rest(of held: MilliCoins, taking taken: MilliCoins) throws(Violation)
    -> MilliCoins
  {
    guard taken > .zero else { throw .nothingMoved }
    guard let rest = held.subtracting(taken) else {
      throw .exceedsLot(supplied: taken, held: held)
    }
    return rest
  }

  /// Checks the chain's own sum.
  public static func check(_ supply: Supply) throws(Violation) {
    guard supply.minted <= MilliCoins.limit else { throw .tooMuch }
    guard supply.minted == supply.balance + supply.retired else {
      throw .chain(minted: supply.minted, balance: supply.balance, retired: supply.retired)
    }
  }

  /// Checks that a member never gave more than it got.
  public static func check(_ coins: MemberCoins, of member: MemberId) throws(Violation) {
    for total in [coins.purchased, coins.received, coins.used, coins.retired] {
      guard total <= MilliCoins.limit else { throw .tooMuch }
    }
    guard coins.used + coins.retired <= coins.purchased + coins.received else {
      throw .memberBelowZero(member)
    }
  }

  /// The running total of an energy in Wh after `added` Wh more.
  public static func total(_ total: UInt64, adding added: UInt64) throws(Violation) -> UInt64 {
    let sum = total.addingUpToMax(added)
    guard sum <= WattHours.totalLimit else { throw .tooMuch }
    return sum
  }
}
