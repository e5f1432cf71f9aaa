// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import EchonetLite
import HouseModel
import Ledger
import LedgerCrypto
import Metering
import Quantities
import Testing

@Suite("From counters to readings")
struct ReadingTests {
  @Test("A day's PQ1 is the PV counter's, PQ3 and PQ4 the meter's own half hours, PQ2 the balance")
  func day() throws {
    var home = try ReadHouse()
    home.poll(at: 0)
    home.pollAround(0...48)
    var cutter = home.cutter()
    let draft = cutter.cut(home.book, first: home.interval(0), length: 48)
    #expect(draft.readings.count == 48)
    #expect(draft.readings.allSatisfy { $0[quality: .generated] <= .interpolated })
    #expect(
      draft.readings.contains { $0[quality: .generated] == .interpolated },
      "and says what was interpolated")
    let flows = home.house.flows
    let end = home.start.advanced(by: 86_400)
    let total = { (flow: EnergyFlow) in draft.readings.reduce(0) { $0 + Int64($1[flow]) } }
    #expect(total(.generated) == flows.total(.generated, at: end))
    #expect(total(.purchased) == flows.total(.purchased, at: end) / 100 * 100)
    #expect(total(.sold) == flows.total(.sold, at: end) / 100 * 100)
    #expect((total(.consumed) - flows.total(.consumed, at: end)).magnitude <= 300)
    #expect(draft.imbalance.magnitude <= WattHours(200))
    #expect(draft.registers.map(\.flow) == [.generated, .sold, .purchased])
    for register in draft.registers {
      #expect(register.energy == WattHours(total(register.flow)))
    }
    let report = try Report(
      site: SiteId(.zero), gapBefore: 0, readings: draft.readings, registers: draft.registers,
      sampleRoot: .zero, network: NetworkId(.zero), signedBy: KeyPair(seed: .zero))
    #expect(Transaction.report(report).bytes.count <= 480)
  }

  @Test("Reports cut one after another join up and lose nothing")
  func joined() throws {
    var home = try ReadHouse()
    home.poll(at: 0)
    home.pollAround(0...48)
    var cutter = home.cutter()
    var last: [MeterRegister] = []
    var sum: Int64 = 0
    for first in stride(from: 0, to: 48, by: 5) {
      let draft = cutter.cut(home.book, first: home.interval(first), length: min(5, 48 - first))
      for (register, before) in zip(draft.registers, last) {
        #expect(register.opening == before.closing && !register.isRestarted)
      }
      last = draft.registers
      home.book.goOn(from: cutter, at: draft.next.start)
      sum += draft.readings.reduce(0) { $0 + Int64($1[.generated]) }
    }
    #expect(sum == home.house.flows.total(.generated, at: home.start.advanced(by: 86_400)))
  }

  @Test("Counters that roll over go on without a jump")
  func rollOver() throws {
    var settings = EmulatedHouse.Settings()
    settings.digits = 5
    settings.purchasedStart = 99_995
    settings.generatedStart = 999_999_000
    var home = try ReadHouse(settings)
    home.poll(at: 0)
    home.pollAround(0...48)
    var cutter = home.cutter()
    let draft = cutter.cut(home.book, first: home.interval(0), length: 48)
    let generated = draft.readings.reduce(0) { $0 + Int64($1[.generated]) }
    #expect(
      generated == home.house.flows.total(.generated, at: home.start.advanced(by: 86_400)))
    #expect(draft.readings.allSatisfy { $0.isBalanced })
    #expect(draft.registers.contains { $0.closing < $0.opening })
  }

  @Test("A counter that was reset gives a gap, then a restart, and never invented energy")
  func reset() throws {
    var home = try ReadHouse()
    home.poll(at: 0)
    home.pollAround(0...20)
    let before = home
    var settings = EmulatedHouse.Settings()
    settings.generatedStart = -home.house.flows.total(
      .generated, at: home.start.advanced(by: 36_600))
    home = try ReadHouse(settings)
    home.book = before.book
    home.pollAround(21...30)
    var cutter = home.cutter()
    var drafts: [ReportDraft] = []
    var first = home.interval(0)
    while first < home.interval(30) {
      let draft = cutter.cut(
        home.book, first: first, length: Int(home.interval(30).number - first.number))
      drafts.append(draft)
      first = draft.next
    }
    let readings = drafts.flatMap(\.readings)
    #expect(readings.contains { $0[quality: .generated] == .unknown })
    #expect(
      readings.allSatisfy { $0.qualities.hasGridCounts }, "and takes no other flow with it")
    let most = home.house.flows.total(.generated, at: home.start.advanced(by: 54_000))
    #expect(readings.reduce(0) { $0 + Int64($1[.generated]) } <= most)
    let restarted = drafts.flatMap(\.registers).filter(\.isRestarted)
    #expect(restarted.map(\.flow) == [.generated])
  }

  @Test("PQ2 follows a distribution board that agrees, and the balance where it does not")
  func board() throws {
    var settings = EmulatedHouse.Settings()
    settings.classes = [0x0288, 0x0279, 0x0287]
    var home = try ReadHouse(settings)
    home.poll(at: 0)
    home.pollAround(0...48)
    var cutter = home.cutter()
    let draft = cutter.cut(home.book, first: home.interval(0), length: 48)
    let consumed = draft.readings.reduce(0) { $0 + Int64($1[.consumed]) }
    let true2 = home.house.flows.total(.consumed, at: home.start.advanced(by: 86_400))
    #expect((consumed - true2).magnitude <= 1)
    #expect(draft.boardDisagrees.isEmpty)
  }

  @Test("A unit or coefficient that the map lists but the meter leaves out is never guessed")
  func scale() throws {
    let meter = EchonetObject(0x0288)
    let values: [UInt8: [UInt8]] = [0xE1: [0x01], 0xD3: [0, 0, 0, 2], 0xD7: [6]]
    let scale = try MeterScale.of(meter, values: values, codes: [0xD3])
    #expect(scale.step == 2000 && scale.digits == 6)
    var without = values
    without[0xD3] = nil
    #expect(throws: MeterScale.Failure.noCoefficient(0xD3)) {
      try MeterScale.of(meter, values: without, codes: [0xD3])
    }
    #expect(try MeterScale.of(meter, values: without, codes: []).step == 1000)
    without[0xE1] = nil
    #expect(throws: MeterScale.Failure.noUnit(0xE1)) {
      try MeterScale.of(meter, values: without, codes: [])
    }
  }

  @Test("A car charger without a counter is integrated from its power, and the register says so")
  func integrated() throws {
    let device = MeteredDevice(
      number: 1, address: "a", object: EchonetObject(0x02A1), codes: [0xD3])
    var book = MeterBook(FlowPlan([device]), offset: .japan)
    let start = ReadHouse.HouseStart.time
    for second in stride(from: 0, through: 3600, by: 60) {
      book.record(
        Sample(
          time: start.advanced(by: UInt64(second)), device: 1, object: device.object,
          property: 0xD3, data: [0, 0, 0x0B, 0xB8]))
    }
    var cutter = ReadingCutter(tolerance: WattHours(5000), progress: nil)
    let draft = cutter.cut(book, first: Interval(containing: start), length: 2)
    #expect(draft.readings.map { $0[.vehicleCharged] } == [1500, 1500])
    #expect(draft.readings.allSatisfy { $0[quality: .vehicleCharged] == .integrated })
    #expect(draft.registers.allSatisfy { $0.isIntegrated })
  }
}

@Suite("Samples as evidence")
struct EvidenceTests {
  /// A day's report with the samples under it, its PQ1 made larger by so much in one interval.
  private func day(adding extra: UInt32 = 0) throws -> (report: Report, evidence: Evidence) {
    var home = try ReadHouse()
    home.poll(at: 0)
    home.pollAround(0...48)
    var cutter = home.cutter()
    let draft = cutter.cut(home.book, first: home.interval(0), length: 48)
    var readings = draft.readings
    readings[24][.generated] += extra
    readings[24][.consumed] += extra
    let registers = draft.registers.map { register in
      MeterRegister(
        flow: register.flow, device: register.device, step: register.step, digits: register.digits,
        opening: register.opening,
        closing: register.closing + (register.flow == .generated ? UInt64(extra) : 0))
    }
    let evidence = Evidence(home.samples)
    return (
      try Report(
        site: SiteId(.zero), gapBefore: 0, readings: readings, registers: registers,
        sampleRoot: evidence.root, network: NetworkId(.zero), signedBy: KeyPair(seed: .zero)),
      evidence
    )
  }

  @Test("An auditor finds an honest day borne out, without the meter's unit among its samples")
  func honest() throws {
    let (report, evidence) = try day()
    #expect(!evidence.samples.contains { $0.property == 0xE1 && $0.object.classCode == 0x0288 })
    #expect(
      EvidenceAudit.finding(on: report, bytes: evidence.bytes, offset: .japan) == .agrees)
  }

  @Test("An auditor finds energy that no sample speaks of, other samples, and bytes that are none")
  func dishonest() throws {
    let (inflated, evidence) = try day(adding: 3_000)
    #expect(
      EvidenceAudit.finding(on: inflated, bytes: evidence.bytes, offset: .japan) == .otherEnergy)
    let (report, _) = try day()
    let fewer = Evidence(Array(evidence.samples.dropLast()))
    #expect(EvidenceAudit.finding(on: report, bytes: fewer.bytes, offset: .japan) == .otherRoot)
    #expect(EvidenceAudit.finding(on: report, bytes: [1, 2], offset: .japan) == .otherRoot)
  }

  @Test("Samples give the same counters in whatever order they come, one by one or all at once")
  func order() throws {
    var home = try ReadHouse()
    home.poll(at: 0)
    home.pollAround(0...20)
    let plan = home.book.plan
    func counts(_ samples: [Sample], atOnce: Bool) -> [[UInt64?]] {
      var book = MeterBook(plan, offset: .japan)
      if atOnce {
        book.record(samples.map { ($0, nil) })
      } else {
        for sample in samples { book.record(sample) }
      }
      return plan.sources.indices.map { index in
        (0...20).map { book.boundary(index, at: home.interval($0).start)?.count }
      }
    }
    let expected = counts(home.samples, atOnce: false)
    #expect(expected.flatMap { $0 }.contains { $0 != nil })
    var dice = Dice(state: 11)
    for samples in [home.samples.reversed(), home.samples.shuffled(using: &dice)] {
      #expect(counts(samples, atOnce: true) == expected)
      #expect(counts(samples, atOnce: false) == expected)
    }
  }

  @Test("An auditor does not fall over the largest counts and steps that a stranger can state")
  func extremes() throws {
    let start = ReadHouse.HouseStart.time
    let object = EchonetObject(0x0288)
    func sample(_ seconds: UInt64, _ property: UInt8, _ data: [UInt8]) -> Sample {
      Sample(
        time: start.advanced(by: seconds), device: 1, object: object, property: property, data: data
      )
    }
    let date = UTCOffset.japan.clock(at: start).date
    let stamp = [
      UInt8(date.year >> 8), UInt8(date.year & 255), UInt8(date.month), UInt8(date.day), 0, 30, 0,
    ]
    let evidence = Evidence([
      sample(5, 0xE0, [0, 0, 0, 1]), sample(1810, 0xEA, stamp + [0x3B, 0x9A, 0xC9, 0xFE]),
      sample(1815, 0xE0, [0, 0, 0, 2]), sample(1 << 38, 0xE0, [0x3B, 0x9A, 0xC9, 0xFF]),
    ])
    for step in [1, UInt32(MeterRegister.stepLimit.upperBound)] {
      let report = try Report(
        site: SiteId(.zero), gapBefore: 0,
        readings: [Reading(interval: Interval(containing: start), quality: .measured)],
        registers: [
          MeterRegister(
            flow: .purchased, device: 1, step: step, digits: 10, opening: 0, closing: 9_999_999_999)
        ],
        sampleRoot: evidence.root, network: NetworkId(.zero), signedBy: KeyPair(seed: .zero))
      let finding = EvidenceAudit.finding(on: report, bytes: evidence.bytes, offset: .japan)
      #expect([.agrees, .otherEnergy].contains(finding))
    }
  }

  @Test("Evidence has one encoding, and each sample a path to the root")
  func evidence() throws {
    let samples = (0..<9).map {
      Sample(
        time: NetworkTime(seconds: UInt64($0)), device: 1, object: EchonetObject(0x0288),
        property: 0xE0, data: [0, 0, 0, UInt8($0)])
    }
    let evidence = Evidence(samples)
    #expect(try Evidence(exactly: evidence.bytes) == evidence)
    let leaves = samples.map(\.leaf)
    for index in samples.indices {
      #expect(
        MerkleTree.proof(for: index, in: leaves)?.root(from: leaves[index]) == evidence.root)
    }
    #expect(Evidence(samples.reversed()).root != evidence.root)
  }
}
