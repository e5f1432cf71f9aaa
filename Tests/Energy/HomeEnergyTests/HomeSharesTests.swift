// SPDX-License-Identifier: Apache-2.0

import HomeEnergy
import Testing

private func flows(
  sun: UInt64 = 0, used: UInt64 = 0, sold: UInt64 = 0, bought: UInt64 = 0,
  battery: (UInt64, UInt64) = (0, 0), car: (UInt64, UInt64) = (0, 0)
) -> HomeFlows {
  var flows = HomeFlows()
  (flows.generated, flows.consumed, flows.sold, flows.purchased) = (sun, used, sold, bought)
  flows.battery = .init(charged: battery.0, discharged: battery.1)
  flows.vehicle = .init(charged: car.0, discharged: car.1)
  return flows
}

@Suite("What of a home's energy is its own")
struct HomeSharesTests {
  @Test("Sun alone: all that is used is own, and what is sold was not kept")
  func sun() {
    let shares = HomeShares([flows(sun: 10, used: 4, sold: 6)])
    #expect(shares.selfSufficiency == 1000)
    #expect(shares.selfConsumption == 400)
  }

  @Test("A home that only buys is not self-sufficient, and one that makes nothing keeps no share")
  func bought() {
    let shares = HomeShares([flows(used: 4, bought: 4)])
    #expect(shares.selfSufficiency == 0)
    #expect(shares.selfConsumption == nil)
    #expect(HomeShares([]).selfSufficiency == nil)
  }

  @Test("What a battery took from the sun is own when it gives it back")
  func stored() {
    let shares = HomeShares([
      flows(sun: 10, used: 2, battery: (8, 0)), flows(used: 8, battery: (0, 8)),
    ])
    #expect(shares.selfSufficiency == 1000)
    #expect(shares.selfConsumption == 1000)
  }

  @Test("A battery or a car that is charged from the grid makes no home self-sufficient")
  func chargedFromGrid() {
    let battery = [
      flows(bought: 10, battery: (10, 0)), flows(used: 10, battery: (0, 10)),
    ]
    #expect(HomeShares(battery).selfSufficiency == 0)
    let car = [flows(bought: 10, car: (10, 0)), flows(used: 10, car: (0, 10))]
    #expect(HomeShares(car).selfSufficiency == 0)
  }

  @Test("A car that charges from the grid beside the sun takes no sun from the house")
  func besides() {
    let shares = HomeShares([flows(sun: 5, used: 5, bought: 20, car: (20, 0))])
    #expect(shares.selfSufficiency == 1000)
    #expect(shares.selfConsumption == 1000)
  }

  @Test("A battery that took half of the sun and half of the grid gives half of its own")
  func mixed() {
    let shares = HomeShares([
      flows(bought: 10, battery: (10, 0)), flows(sun: 10, battery: (10, 0)),
      flows(used: 20, battery: (0, 20)),
    ])
    #expect(shares.selfSufficiency == 500)
    #expect(shares.selfConsumption == 1000)
  }

  @Test("What a battery holds at midnight is mixed as what it takes by day")
  func atMidnight() {
    let shares = HomeShares([
      flows(used: 10, battery: (0, 10)), flows(sun: 30, used: 10, bought: 10, battery: (30, 0)),
    ])
    // Of 30 Wh charged 20 were the sun's: 6 of the 10 Wh at night, and the 10 Wh by day.
    #expect(shares.usedOwn == 16)
    #expect(shares.used == 20)
    #expect(HomeShares([flows(used: 10, battery: (0, 10))]).selfSufficiency == 0)
  }

  @Test("Sun that a battery stored and then sold was not kept")
  func soldLater() {
    let shares = HomeShares([
      flows(sun: 10, battery: (10, 0)), flows(sold: 10, battery: (0, 10)),
    ])
    #expect(shares.selfConsumption == 0)
  }

  @Test("Parts of a bar: sold is the sun's first, then the stores'")
  func supply() {
    let supply = HomeSupply(flows(sun: 10, used: 3, sold: 12, bought: 1, battery: (0, 4)))
    #expect(supply.sun == 0)
    #expect(supply.battery == 2)
    #expect(supply.purchased == 1)
    #expect(supply.total == 3)
  }

  @Test("Numbers that cannot be true lead to shares and never beyond one", arguments: 0..<200)
  func impossible(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state % 3 == 0 ? 0 : state >> UInt64(32 + state % 24)
    }
    let shares = HomeShares(
      (0..<20).map { _ in
        flows(
          sun: next(), used: next(), sold: next(), bought: next(), battery: (next(), next()),
          car: (next(), next()))
      })
    #expect(shares.usedOwn <= shares.used)
    #expect(shares.generatedKept <= shares.generated)
  }
}
