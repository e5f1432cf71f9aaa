// SPDX-License-Identifier: Apache-2.0

import Quantities
import Testing

@testable import MeterServices

@Suite("Whose clock is wrong")
struct ClockCheckTests {
  private static let now = NetworkTime(seconds: 1_800_000_000)

  private func problem(_ leads: [Int64], blockAge: UInt64 = 3600, factor: UInt32 = 1) -> String? {
    ClockCheck.problem(
      at: Self.now, newest: NetworkTime(seconds: Self.now.seconds - blockAge),
      leads: leads.sorted(), factor: factor)
  }

  @Test("One peer with an odd clock, or two, stop no reading")
  func oddPeers() {
    for odd: Int64 in [7200, -7200, 40 * 86_400, -40 * 86_400, .max / 2, .min / 2] {
      #expect(problem([odd]) == nil)
      #expect(problem([odd, 0]) == nil)
      #expect(problem([odd, 3, -2]) == nil)
      #expect(problem([odd, odd]) == nil || odd > 0)
    }
    #expect(problem([40 * 86_400]) == nil, "the newest block is of an hour ago: the peer is wrong")
  }

  @Test("Three peers that agree, or one and the chain, say that the own clock is wrong")
  func own() {
    #expect(problem([7200, 7205, 7190])?.contains("7200 s ahead") == true)
    #expect(problem([-7200, -7205, 9]) != nil)
    #expect(problem([1700, 1700, 1700]) == nil)
    let years: UInt64 = 5 * 365 * 86_400
    #expect(problem([Int64(years)], blockAge: years + 60)?.contains("ahead") == true)
    #expect(problem([Int64(years)], blockAge: years + 60, factor: 1800) != nil)
    #expect(problem([7200], blockAge: 7300) == nil, "two hours are no matter for one peer")
    #expect(problem([]) == nil)
  }

  @Test("A block that a member has signed says that a clock is behind where few peers can")
  func stated() {
    let now = NetworkTime(seconds: 1_800_000_000)
    let hours = now.advanced(by: 3 * 3600)
    #expect(ClockCheck.problem(at: now, stated: hours, leads: [0]) != nil)
    #expect(ClockCheck.problem(at: now, stated: hours, leads: [0, 0, 0]) == nil)
    #expect(ClockCheck.problem(at: now, stated: now.advanced(by: 1800), leads: []) == nil)
    #expect(ClockCheck.problem(at: now, stated: nil, leads: []) == nil)
  }
}
