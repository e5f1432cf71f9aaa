// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerFixtures
import Quantities
import Testing

@Suite("Periods of blocks")
struct BlockPeriodTests {
  private static func time(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0) -> NetworkTime {
    CalendarDate(year: year, month: month, day: day).flatMap {
      UTCOffset.japan.time(on: $0, secondsOfDay: hour * 3600)
    } ?? NetworkTime(seconds: 0)
  }

  @Test(
    "Each period has one block: half an hour, an hour, a day, a month",
    arguments: [.seconds(1800), .seconds(3600), .seconds(86_400), .month(.japan)]
      as [BlockPeriod])
  func one(period: BlockPeriod) throws {
    var fixture = LedgerFixture(rules: LedgerFixture.rules(blockPeriod: period))
    var chain = try FixtureChain(fixture)
    let rules = fixture.genesis.rules
    try chain.seal(encoded: fixture.admissions, after: 40 * 86_400)
    let report = EncodedTransaction(
      .report(try fixture.report(0, generated: [1], consumed: [1])))
    let next = try chain.block([report])
    #expect(next.header.time >= rules.nextBlockTime(after: chain.context.time))
    var good = chain
    try good.connect(next)
    let end = try #require(period.end(of: chain.context.time))
    #expect(rules.nextBlockTime(after: chain.context.time) == end)
    let soon = NetworkTime(seconds: end.seconds - 1)
    let early = chain.sealed(
      BlockHeader(
        network: next.header.network, height: next.header.height, previous: next.header.previous,
        time: soon, transactionRoot: next.header.transactionRoot,
        stateRoot: next.header.stateRoot, producer: next.header.producer,
        target: next.header.target, searchSeconds: 0, nonce: 0),
      next.transactions, fixture.operatorKey)
    let parent = chain.context.time
    var late = chain
    #expect {
      try late.connect(early)
    } throws: { error in
      guard case BlockRefusal.work(.samePeriod(soon, parent: parent)) = error else { return false }
      return true
    }
  }

  @Test("Block N is of June 2018, block N + 1 of July 2018, as in the document")
  func juneAndJuly() throws {
    let rules = LedgerFixture.rules(blockPeriod: .month(.japan))
    let june = Self.time(2018, 6, 17, 12)
    #expect(rules.nextBlockTime(after: june) == Self.time(2018, 7, 1))
    #expect(rules.blockPeriod.start(of: june) == Self.time(2018, 6, 1))
    // The last second of June in Japan is June still, where it is the afternoon of the 30th by UTC.
    let last = NetworkTime(seconds: Self.time(2018, 7, 1).seconds - 1)
    #expect(rules.nextBlockTime(after: last) == Self.time(2018, 7, 1))
    #expect("\(last)" == "2018-06-30T14:59:59Z")
    #expect(rules.nextBlockTime(after: Self.time(2018, 7, 1)) == Self.time(2018, 8, 1))
  }

  @Test("Months are the calendar's: of 28 to 31 days, leap years and years' ends included")
  func months() {
    let period = BlockPeriod.month(.japan)
    for (year, month, next) in [
      (2023, 2, (2023, 3)), (2024, 2, (2024, 3)), (2100, 2, (2100, 3)), (2018, 12, (2019, 1)),
      (2018, 4, (2018, 5)),
    ] {
      for day in [1, 15, 28] {
        let end = period.end(of: Self.time(year, month, day, 23))
        #expect(end == Self.time(next.0, next.1, 1), "\(year)-\(month)-\(day)")
      }
    }
    #expect(BlockPeriod.month(.japan).end(of: NetworkTime(seconds: 0)) == Self.time(1970, 2, 1))
    let far = NetworkTime(seconds: .max)
    #expect(period.end(of: far) ?? far <= far)
  }

  @Test(
    "A period has one form of bytes, and no other is taken",
    arguments: [
      (.onDemand, [0]), (.seconds(60), [60]), (.seconds(1800), [0x88, 0x0E]),
      (.month(.japan), [1, 36]), (.month(UTCOffset("-03:30") ?? .japan), [1, 13]),
    ] as [(BlockPeriod, [UInt8])])
  func bytes(period: BlockPeriod, bytes: [UInt8]) throws {
    #expect(period.bytes == bytes)
    #expect(try BlockPeriod(exactly: bytes) == period)
  }

  @Test(
    "A period that is too short, too long or of no clock is refused",
    arguments: [[59], [2], [1], [1, 60], [0x80, 0xFA, 0xA3, 0x01]] as [[UInt8]])
  func refused(bytes: [UInt8]) {
    #expect(throws: DecodeError.self) { try BlockPeriod(exactly: bytes) }
  }
}
