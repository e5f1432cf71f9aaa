// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Explorer

@Suite("Wrong tries at a household's password")
struct LoginTriesTests {
  private let start = ContinuousClock.Instant.now

  @Test("Five wrong tries hold up who made them for a minute, and nobody else")
  func own() {
    var tries = LoginTries()
    for second in 0..<5 {
      #expect(tries.wait("192.168.1.5", at: start + .seconds(second)) == nil)
      tries.count("192.168.1.5", isRight: false, at: start + .seconds(second))
    }
    #expect(tries.wait("192.168.1.5", at: start + .seconds(5)) == .seconds(59))
    #expect(tries.wait("192.168.1.6", at: start + .seconds(5)) == nil)
    #expect(tries.wait("192.168.1.5", at: start + .seconds(64)) == nil)
  }

  @Test("Many addresses try no more often than a few, and hold up nobody who was right before")
  func crowd() {
    var tries = LoginTries()
    tries.count("192.168.1.9", isRight: true, at: start)
    var tried = 0
    for number in 0..<4_000 {
      let client = "10.0.\(number / 250).\(number % 250)"
      let now = start + .milliseconds(10 * number)
      guard tries.wait(client, at: now) == nil else { continue }
      tries.count(client, isRight: false, at: now)
      tried += 1
    }
    #expect(tried == LoginTries.triesOfAll)
    let now = start + .seconds(41)
    #expect(tries.wait("192.168.1.9", at: now) == nil)
    #expect(tries.wait("192.168.1.10", at: now) != nil)
    #expect(tries.wait("192.168.1.10", at: now + .seconds(60)) == nil)
  }
}
