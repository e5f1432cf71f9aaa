// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Ledger
import LedgerCrypto
import Metering
import Quantities
import Testing

@Suite("Random houses with faults against their own account")
struct RandomHouseTests {
  static let groups = 10
  static let housesInGroup = 1_000

  @Test(
    "In 10,000 houses no reading is above the truth, none below it but marked, and every report joins",
    arguments: 0..<groups)
  func houses(_ group: Int) throws {
    for number in 0..<Self.housesInGroup {
      let seed = UInt64(group * Self.housesInGroup + number)
      var house = RandomHouse(seed: seed)
      let readings = try read(&house, seed)
      try judge(readings, house, seed)
    }
  }

  /// Cuts a house's samples into reports of random length, each of which has to obey law 4.
  private func read(_ house: inout RandomHouse, _ seed: UInt64) throws -> [Reading] {
    var book = MeterBook(house.plan(), offset: .japan)
    for sample in house.samples() { book.record(sample) }
    let start = try #require(RandomHouse.start)
    let first = Interval(containing: start)
    var cutter = ReadingCutter(tolerance: WattHours(500), progress: nil)
    var known: [MeterRegister] = []
    var knownFlows: Set<EnergyFlow> = Set(EnergyFlow.allCases)
    var readings: [Reading] = []
    while readings.count < RandomHouse.intervals {
      let length = min(1 + Int(house.dice.below(6)), RandomHouse.intervals - readings.count)
      let draft = cutter.cut(
        book, first: first.advanced(by: UInt32(readings.count)), length: length)
      try #require(!draft.readings.isEmpty, "seed \(seed)")
      do {
        _ = try Report(
          site: SiteId(.zero), gapBefore: 0, readings: draft.readings, registers: draft.registers,
          sampleRoot: .zero, network: NetworkId(.zero), signedBy: Self.key)
        try ReportsJoinLaw.checkSums(draft.readings, draft.registers)
        known = try ReportsJoinLaw.joined(draft.registers, to: known) { flow in
          !knownFlows.contains(flow) || !draft.readings[0][quality: flow].isCounted
        }
      } catch { Issue.record("seed \(seed): \(error)") }
      knownFlows = Set(
        EnergyFlow.allCases.filter { draft.readings.last?[quality: $0].isCounted ?? false })
      check(draft.imbalance.magnitude <= WattHours(500)) { "seed \(seed): the balance drifts" }
      readings += draft.readings
      book.goOn(from: cutter, at: draft.next.start)
    }
    return readings
  }

  /// As an expectation, for millions of them.
  private func check(_ holds: Bool, _ words: () -> String) {
    if !holds { Issue.record("\(words())") }
  }

  private static let key = KeyPair(seed: .zero)

  /// Holds readings against what truly flowed. A count belongs to a half hour within the distance of two
  /// readings, so each stretch of known half hours is held against the truth of a little more and a
  /// little less than itself.
  private func judge(_ readings: [Reading], _ house: RandomHouse, _ seed: UInt64) throws {
    let lines: [(EnergyFlow, RandomHouse.Line)] = [
      (.generated, .sun), (.sold, .sold), (.purchased, .purchased),
      (.batteryCharged, house.kinds.contains(.hybrid) ? .input : .charged),
      (.batteryDischarged, .discharged), (.vehicleCharged, .carIn), (.vehicleDischarged, .carOut),
      (.otherGenerated, .fuel), (.consumed, .load),
    ]
    for (flow, line) in lines {
      for reading in readings where !reading[quality: flow].isCounted {
        check(reading[flow] == 0) { "seed \(seed): \(flow) without a count" }
      }
      for reading in readings where reading[quality: flow] == .none && flow != .generated {
        check(house.truth(line, until: RandomHouse.seconds) == 0) { "seed \(seed): \(flow)" }
      }
      for run in Self.runs(readings, flow) {
        let said = readings[run].reduce(0) { $0 + UInt64($1[flow]) }
        let (from, to) = (UInt64(run.lowerBound) * 1800, UInt64(run.upperBound) * 1800)
        let slack = CounterTimeline.reach
        let most = Self.wattHours(house, line, from.subtractingDownToZero(slack), to + slack)
        check(said <= most + Self.rounding(flow, house)) {
          "seed \(seed): \(flow) \(run): \(said) Wh said, at most \(most) flowed"
        }
        guard to - from > 2 * slack, !Self.isDerived(readings[run], flow) else { continue }
        let least = Self.wattHours(house, line, from + slack, to - slack)
        check(said + Self.rounding(flow, house) >= least) {
          "seed \(seed): \(flow) \(run): \(said) Wh said, at least \(least) flowed"
        }
      }
    }
  }

  private static func isDerived(_ readings: ArraySlice<Reading>, _ flow: EnergyFlow) -> Bool {
    readings.contains { $0[quality: flow] == .derived }
  }

  private static func runs(_ readings: [Reading], _ flow: EnergyFlow) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for index in readings.indices where readings[index][quality: flow].isCounted {
      if let last = runs.last, last.upperBound == index {
        runs[runs.count - 1] = last.lowerBound..<index + 1
      } else {
        runs.append(index..<index + 1)
      }
    }
    return runs
  }

  private static func wattHours(
    _ house: RandomHouse, _ line: RandomHouse.Line, _ from: UInt64, _ to: UInt64
  ) -> UInt64 {
    (house.truth(line, until: to) - house.truth(line, until: from)) / 3600
  }

  /// What rounding to steps can make of a stretch, and power that changes between two looks.
  private static func rounding(_ flow: EnergyFlow, _ house: RandomHouse) -> UInt64 {
    switch flow {
    case .sold, .purchased: 200
    case .consumed: 900
    // Power that changes between two looks a minute apart.
    case .batteryCharged, .batteryDischarged:
      house.kinds.contains(.batteryPowerOnly) ? 600 : 30
    case .vehicleCharged, .vehicleDischarged:
      house.kinds.contains(.vehiclePowerOnly) ? 900 : 30
    default: 30
    }
  }
}
