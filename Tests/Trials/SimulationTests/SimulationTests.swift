// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Simulation

@Suite("Simulated networks")
struct SimulationTests {
  @Test("The same seed gives the same run, another seed another")
  func replay() throws {
    let plan = Plan(nodes: 6, milliseconds: 6 * 3_600_000, seed: 11)
    let first = try World(plan).run()
    let second = try World(plan).run()
    #expect(first.digest == second.digest)
    #expect(first.messages == second.messages)
    let other = try World(Plan(nodes: 6, milliseconds: 6 * 3_600_000, seed: 12)).run()
    #expect(other.digest != first.digest)
  }

  @Test("Faults and hostile peers break no invariant", arguments: UInt64(1)...24)
  func seeds(_ seed: UInt64) throws {
    let plan = Plan(
      nodes: 8, milliseconds: 7 * 3_600_000, seed: seed, isOpen: seed.isMultiple(of: 4))
    let result = try World(plan).run()
    #expect(result.violations.map(\.description) == [])
    #expect(result.converged)
    #expect(result.height > 0)
  }

  @Test(
    "Seeds of the long runs that once broke: a late node that heard of nothing, withheld side blocks",
    arguments: [UInt64(22_066), 21_769, 22_528])
  func onceBroken(_ seed: UInt64) throws {
    let result = try World(Plan(nodes: 8, milliseconds: 25_920_000, seed: seed)).run()
    #expect(result.violations.map(\.description) == [])
    #expect(result.converged)
  }

  @Test(
    "Where more than a third of the seats leave for good the operator restarts, and blocks go on",
    arguments: [UInt64(1), 14])
  func leaving(_ seed: UInt64) throws {
    let plan = Plan(nodes: 16, milliseconds: 42_336_000, seed: seed, leaving: 6)
    let result = try World(plan).run()
    #expect(result.violations.isEmpty, "\(result.violations)")
    #expect(result.restarts > 0 && result.finalHeight > 15)
  }

  @Test("A canary is caught, and the list of its faults gets shorter")
  func canary() throws {
    let plan = Plan(nodes: 6, milliseconds: 8 * 3_600_000, seed: 1)
    #expect(try World(plan).run().violations.isEmpty)
    let caught = try World(plan, isCanary: true).run()
    #expect(caught.violations.first?.rule.contains("final") == true)
    let shortest = try Shrinker.shortest(plan, tries: 20) { plan in
      try !World(plan, isCanary: true).run().violations.isEmpty
    }
    #expect(shortest.faults.count < plan.faults.count)
    #expect(try !World(shortest, isCanary: true).run().violations.isEmpty)
  }
}
