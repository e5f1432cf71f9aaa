// SPDX-License-Identifier: Apache-2.0

import Quantities

/// How much of what a home used was its own, and how much of what it generated it kept, over half
/// hours in their order. What stores give is as much its own as what they took: a battery or a car
/// that was charged from the grid makes no home self-sufficient.
///
/// What is the home's own serves its loads first and then its stores. What stores hold at the
/// beginning is mixed as what they took over the whole time; where they took nothing, nobody knows
/// it, and it is not the home's own.
public struct HomeShares: Hashable, Sendable {
  /// PQ2, in Wh, and the part of it that was not bought at any time.
  public private(set) var used: UInt64 = 0
  public private(set) var usedOwn: UInt64 = 0
  /// The part of PQ2 that was not bought, for each half hour.
  public private(set) var ownByHalfHour: [UInt64] = []
  /// PQ1 and what else generated, in Wh, and the part of it that was not sold at any time.
  public private(set) var generated: UInt64 = 0
  public private(set) var generatedKept: UInt64 = 0

  /// The shares over half hours, oldest first.
  public init(_ halfHours: [HomeFlows]) {
    let stores = [\HomeFlows.battery, \HomeFlows.vehicle]
    var contents = stores.map { store in Content(least: halfHours.map { $0[keyPath: store] }) }
    // Once to learn from what the stores are charged, and once more with what they hold at first.
    for isFirst in [true, false] {
      (used, usedOwn, generated, generatedKept, ownByHalfHour) = (0, 0, 0, 0, [])
      for flows in halfHours { take(flows, flows.stores, &contents) }
      guard isFirst else { return }
      for index in contents.indices { contents[index].begin() }
    }
  }

  /// In thousandths: `usedOwn` of `used`, nil where nothing was used.
  public var selfSufficiency: UInt64? { HomeShares.thousandths(usedOwn, of: used) }

  /// In thousandths: `generatedKept` of `generated`, nil where nothing was generated.
  public var selfConsumption: UInt64? { HomeShares.thousandths(generatedKept, of: generated) }

  private static func thousandths(_ part: UInt64, of whole: UInt64) -> UInt64? {
    whole == 0 ? nil : min(part, whole).part(of: whole, in: 1000)
  }

  private mutating func take(
    _ flows: HomeFlows, _ stores: [HomeFlows.Store], _ contents: inout [Content]
  ) {
    let supply = HomeSupply(flows)
    let given = [supply.battery, supply.vehicle]
    var own = supply.sun + supply.other
    generated += flows.generated + flows.otherGenerated
    generatedKept += own
    for (index, store) in stores.enumerated() {
      let givenOwn = contents[index].give(store.discharged)
      let keptOwn = givenOwn.part(of: max(1, store.discharged), in: given[index])
      own += keptOwn
      // Own energy that a store sold was stored, but not used at home.
      generatedKept = generatedKept.subtractingDownToZero(givenOwn - min(givenOwn, keptOwn))
    }
    let served = min(own, flows.consumed)
    used += flows.consumed
    usedOwn += served
    ownByHalfHour.append(served)
    own -= served
    for (index, store) in stores.enumerated() {
      let chargedOwn = min(store.charged, own)
      contents[index].take(store.charged, own: chargedOwn)
      own -= chargedOwn
    }
  }
}

/// What a store holds, in Wh, and how much of it is the home's own.
private struct Content {
  /// What it must hold at the beginning, that it can give what it gave.
  private let least: UInt64
  private var held: UInt64
  private var own: UInt64 = 0
  private var taken: UInt64 = 0
  private var takenOwn: UInt64 = 0

  init(least steps: [HomeFlows.Store]) {
    var (charged, discharged, least) = (UInt64(0), UInt64(0), UInt64(0))
    for step in steps {
      discharged += step.discharged
      least = max(least, discharged.subtractingDownToZero(charged))
      charged += step.charged
    }
    self.least = least
    held = least
  }

  /// Begins anew, with what it holds mixed as what it took before.
  mutating func begin() {
    held = least
    own = taken == 0 ? 0 : takenOwn.part(of: taken, in: least)
    (taken, takenOwn) = (0, 0)
  }

  mutating func take(_ amount: UInt64, own part: UInt64) {
    held += amount
    own += part
    taken += amount
    takenOwn += part
  }

  /// - Returns: how much of what it gives is the home's own.
  mutating func give(_ amount: UInt64) -> UInt64 {
    let given = min(amount, held)
    let part = held == 0 ? 0 : own.part(of: held, in: given)
    held -= given
    own -= part
    return part
  }
}

extension HomeFlows {
  fileprivate var stores: [Store] { [battery, vehicle] }
}

extension UInt64 {
  /// This part of a whole, of an amount that is shared out as the whole is; rounded down.
  /// - Precondition: the part is no more than the whole, and the whole is not zero.
  fileprivate func part(of whole: UInt64, in amount: UInt64) -> UInt64 {
    let product = Swift.min(self, whole).multipliedFullWidth(by: amount)
    return whole.dividingFullWidth(product).quotient
  }
}
