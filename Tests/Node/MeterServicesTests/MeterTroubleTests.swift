// SPDX-License-Identifier: Apache-2.0

import Ledger
import Product
import Quantities
import Testing

@testable import MeterServices

@Suite("For what somebody is needed")
struct MeterTroubleTests {
  private static let now = NetworkTime(seconds: 1_782_010_800)

  @Test("A home that is well has no trouble; an inverter asleep is none before a day is over")
  func quiet() {
    var health = MeterHealth()
    health.lastReported = Self.now.seconds - 12 * 3600
    health.unknownSince["generated"] = Self.now.seconds - 12 * 3600
    health.silent = [
      .init(address: "a", object: "027901", since: Self.now.seconds - 12 * 3600, isKnown: true)
    ]
    #expect(health.troubles(.english, now: Self.now).isEmpty)
    let later = Self.now.advanced(by: 86_400)
    #expect(health.troubles(.english, now: later).count == 3)
  }

  @Test(
    "Each trouble has a sentence and an advice, in both languages", arguments: Language.allCases)
  func sentences(_ language: Language) {
    var health = MeterHealth()
    (health.otherBox, health.clockProblem, health.storeProblem) = (true, "ahead", "full")
    health.silent = [.init(address: "a", object: "027E01")]
    health.strangers = [.init(address: "z", object: "027901")]
    health.withoutScale = ["028801": "no unit"]
    (health.doubles, health.unexplained, health.aboveRoof) = (
      [.init(address: "b", object: "027901")], 2, 1
    )
    health.aboveConnection = 1
    health.unknownSince = Dictionary(
      uniqueKeysWithValues: EnergyFlow.allCases.map { ("\($0)", UInt64(0)) })
    health.refused = ["2026-06-21T03:00Z": "law 5"]
    health.lastReported = 1
    let troubles = health.troubles(language, now: Self.now)
    #expect(troubles.count == 12 + EnergyFlow.allCases.count)
    #expect(Set(troubles.map(\.text)).count == troubles.count)
    #expect(troubles.allSatisfy { !$0.text.isEmpty && !$0.advice.isEmpty })
    #expect(!troubles.contains { $0.text.contains("027") || $0.text.contains("0288") })
    health.isListedByHand = true
    #expect(health.troubles(language, now: Self.now).count == troubles.count - 1)
    #expect(troubles.prefix(3).map(\.part) == ["site", "clock", "disk"])
  }
}
