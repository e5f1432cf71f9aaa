// SPDX-License-Identifier: Apache-2.0

import PeerProtocol
import Testing

@testable import PeerTransport

@Suite("What waits to be sent")
struct SendBacklogTests {
  private static let link = Link(1)

  @Test("A peer that takes nothing loses its link at the limit, and what it took does not count")
  func one() {
    var backlog = SendBacklog()
    #expect(backlog.add(SendBacklog.limit, for: Self.link) == nil)
    #expect(backlog.add(1, for: Self.link) == Self.link)
    backlog.sent(2, on: Self.link)
    #expect(backlog.add(1, for: Self.link) == nil)
    backlog.end(Self.link)
    #expect(backlog.byteCount == 0)
    backlog.sent(1, on: Self.link)
    #expect(backlog.byteCount == 0, "nothing waits on a link that has ended")
  }

  @Test("Sixty-four slow peers keep no more than what is stated for all: the one with most goes")
  func all() {
    var backlog = SendBacklog()
    let share = SendBacklog.limitOfAll / 64
    for number in 1...64 as ClosedRange<UInt64> {
      let more = number == 9 ? 1 : 0
      #expect(backlog.add(share - 1 + more, for: Link(number)) == nil)
    }
    #expect(backlog.add(70, for: Link(70)) == Link(9))
    backlog.end(Link(9))
    #expect(backlog.byteCount <= SendBacklog.limitOfAll)
    #expect(backlog.add(70, for: Link(70)) == nil)
  }
}
