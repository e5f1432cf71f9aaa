// SPDX-License-Identifier: Apache-2.0

import Clocks
import Foundation
import Quantities
import Testing

@Suite("The network's clock")
struct ClockTests {
  @Test("It runs from its anchor, so many times as fast as the wall's, and never before its start")
  func runs() {
    let start = NetworkTime(seconds: 1_782_010_800)
    let anchor = Date().timeIntervalSince1970 - 100
    let clock = NetworkClock(anchor: anchor, start: start, factor: 60)
    let shown = clock.now.seconds(since: start)
    let passed = (Date().timeIntervalSince1970 - anchor) * 60
    #expect(shown >= 6_000 && Double(shown) <= passed)
    let future = NetworkClock(anchor: anchor + 10_000, start: start, factor: 60)
    #expect(future.now == start)
  }

  @Test("The wall's clock is the system's")
  func wall() {
    let before = UInt64(Date().timeIntervalSince1970)
    let shown = NetworkClock.wall.now.seconds
    #expect(shown >= before && shown <= UInt64(Date().timeIntervalSince1970))
  }

  @Test("Who waits for what is past goes on at once; who is cancelled does not wait")
  func waits() async throws {
    let clock = NetworkClock.wall
    try await clock.sleep(until: NetworkTime(seconds: 1))
    let waiting = Task { try await clock.sleep(seconds: 1 << 40) }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }
}
