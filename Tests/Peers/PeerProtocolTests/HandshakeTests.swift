// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Testing
import Wire

@Suite("Who may stay, and who is told to go")
struct HandshakeTests {
  @Test("Another network, another genesis and an unknown major version are refused with a word")
  func foreign() throws {
    let dialogue = try Dialogue()
    let cases: [(Hello, Goodbye.Reason)] = [
      (dialogue.hello(name: "elsewhere"), .otherNetwork),
      (dialogue.hello(network: NetworkId(SHA256.digest([9]))), .otherGenesis),
      (dialogue.hello(version: ProtocolVersion(major: 2, minor: 0)), .unknownVersion),
    ]
    for (number, (hello, reason)) in cases.enumerated() {
      let (link, _) = dialogue.link("stranger \(number)")
      let actions = dialogue.receive(link, .hello(hello))
      #expect(actions.goodbye(to: link) == reason)
      #expect(actions.closes(link))
      let key = LedgerFixture.key("stranger \(number)").publicKey
      #expect(dialogue.log.last?.contains("\(key)") == true, "the log names the peer")
      #expect(dialogue.log.last?.contains("\(reason)") == true, "and the reason")
    }
    #expect(dialogue.node.summaries.isEmpty)
  }

  @Test("A later minor version of the same major is welcome")
  func minor() throws {
    let dialogue = try Dialogue()
    let link = dialogue.peer("newer", dialogue.hello(version: ProtocolVersion(major: 1, minor: 9)))
    #expect(dialogue.node.summaries.map(\.link) == [link])
  }

  @Test("A node does not talk to itself")
  func itself() throws {
    let dialogue = try Dialogue()
    let (link, actions) = dialogue.link("node")
    #expect(actions.goodbye(to: link) == .ownSelf)
    #expect(dialogue.node.summaries.isEmpty)
  }

  @Test("A second link of the same key and direction is refused; the first stays")
  func duplicate() throws {
    let dialogue = try Dialogue()
    let first = dialogue.peer("twin")
    let (second, actions) = dialogue.link("twin")
    #expect(actions.goodbye(to: second) == .duplicate)
    #expect(dialogue.node.summaries.map(\.link) == [first])
  }

  @Test("Of two links opened at once both sides keep the one that the smaller key opened")
  func crossed() throws {
    for name in ["left", "right", "up", "down"] {
      let target = PeerTarget(
        host: "203.0.113.9", port: 7711, key: LedgerFixture.key(name).publicKey)
      let dialogue = try Dialogue(targets: [target])
      var attempt: UInt64 = 0
      for case .connect(let number, target) in dialogue.tell(.tick) { attempt = number }
      #expect(attempt > 0)
      let (inbound, _) = dialogue.link(name)
      dialogue.receive(inbound, .hello(dialogue.hello()))
      let (outbound, actions) = dialogue.link(name, attempt: attempt)
      let ownIsSmaller =
        LedgerFixture.key("node").publicKey < LedgerFixture.key(name).publicKey
      #expect(actions.goodbye(to: outbound) == (ownIsSmaller ? nil : .duplicate))
      #expect(actions.goodbye(to: inbound) == (ownIsSmaller ? .duplicate : nil))
      #expect(dialogue.node.summaries.count == 1)
    }
  }

  @Test("Another key than the one that was named is refused")
  func unexpectedKey() throws {
    let target = PeerTarget(
      host: "203.0.113.9", port: 7711, key: LedgerFixture.key("wanted").publicKey)
    let dialogue = try Dialogue(targets: [target])
    var attempt: UInt64 = 0
    for case .connect(let number, _) in dialogue.tell(.tick) { attempt = number }
    let (link, actions) = dialogue.link("impostor", attempt: attempt)
    #expect(actions.goodbye(to: link) == .unexpectedKey)
  }

  @Test("Words before the greeting, two greetings and silence end a link")
  func rude() throws {
    let dialogue = try Dialogue()
    let (early, _) = dialogue.link("early")
    dialogue.receive(early, .ping(Ping(number: 1)))
    #expect(dialogue.log.last?.contains("before a greeting") == true)
    let twice = dialogue.peer("twice")
    for _ in 0..<5 { dialogue.receive(twice, .hello(dialogue.hello())) }
    #expect(dialogue.node.bans.list(at: 0).map(\.key) == [LedgerFixture.key("twice").publicKey])
    let (silent, _) = dialogue.link("silent", host: "198.51.100.7")
    dialogue.milliseconds += PeerLimits().handshakeTimeout
    #expect(dialogue.tell(.tick).goodbye(to: silent) == .timedOut)
  }

  @Test("Inbound links are counted apart, by part of the internet and in all")
  func full() throws {
    var limits = PeerLimits()
    limits.inbound = 6
    limits.inboundPerGroup = 4
    let dialogue = try Dialogue(limits: limits)
    for number in 0..<4 { _ = dialogue.peer("near \(number)", host: "203.0.113.\(number + 1)") }
    let (fifth, crowd) = dialogue.link("near 4", host: "203.0.5.5")
    #expect(crowd.goodbye(to: fifth) == .full)
    _ = dialogue.peer("far 0", host: "198.51.100.1")
    _ = dialogue.peer("far 1", host: "192.0.2.1")
    let (last, full) = dialogue.link("far 2", host: "8.8.8.8")
    #expect(full.goodbye(to: last) == .full)
    // A member takes the place of the newest stranger.
    let (member, actions) = dialogue.link("operator", host: "9.9.9.9")
    #expect(actions.goodbye(to: member) == nil)
    #expect(dialogue.node.summaries.count == 6)
    #expect(dialogue.node.summaries.contains { $0.link == member })
  }

  @Test("A quiet peer is asked whether it lives, and let go without an answer")
  func pings() throws {
    let dialogue = try Dialogue()
    let link = dialogue.peer("quiet")
    dialogue.milliseconds += PeerLimits().pingAfter
    guard case .ping(let ping)? = dialogue.tell(.tick).sent(to: link).first else {
      Issue.record("no ping")
      return
    }
    dialogue.milliseconds += 30
    dialogue.receive(link, .pong(Pong(number: ping.number)))
    #expect(dialogue.node.summaries.first?.latency == 30)
    dialogue.milliseconds += PeerLimits().pingAfter
    dialogue.tell(.tick)
    dialogue.milliseconds += PeerLimits().pongTimeout
    #expect(dialogue.tell(.tick).goodbye(to: link) == .timedOut)
  }
}

@Suite("Misconduct, bans and shares")
struct ConductTests {
  @Test("Bytes that are no message ban at once; the ban can be seen, keeps out, ends and is lifted")
  func ban() throws {
    let dialogue = try Dialogue()
    let link = dialogue.peer("junk")
    let key = LedgerFixture.key("junk").publicKey
    let actions = dialogue.tell(.malformed(link, DecodeError(.unknownKind, at: 4)))
    #expect(actions.goodbye(to: link) == .misbehaved)
    let now = Dialogue.time.seconds * 1000
    let ban = try #require(dialogue.node.bans.list(at: now).first)
    #expect(ban.key == key)
    #expect(ban.host == HostAddress(dotted: "203.0.113.9"), "a stranger goes with its address")
    #expect(ban.reason.contains("unknown-kind@4"))
    #expect(dialogue.node.bans.list(at: now + PeerLimits().ban).isEmpty, "bans expire")
    let (again, refused) = dialogue.link("junk", host: "198.51.100.1")
    #expect(refused.goodbye(to: again) == .banned)
    let (neighbour, also) = dialogue.link("other name", host: "203.0.113.9")
    #expect(also.goodbye(to: neighbour) == .banned)
    #expect(dialogue.node.lift(key))
    #expect(!dialogue.node.lift(key))
    let (forgiven, welcome) = dialogue.link("junk", host: "198.51.100.1")
    #expect(welcome.goodbye(to: forgiven) == nil)
  }

  @Test("A member is banned by its key alone: its neighbours share its address")
  func memberBan() throws {
    let dialogue = try Dialogue()
    let link = dialogue.peer("operator")
    dialogue.tell(.malformed(link, DecodeError(.truncated, at: 0)))
    #expect(dialogue.node.bans.list(at: 0).first?.host == nil)
    let (neighbour, actions) = dialogue.link("neighbour")
    #expect(actions.goodbye(to: neighbour) == nil)
  }

  @Test("What a stranger did at an address keeps no member out that shares it")
  func sharedAddress() throws {
    let dialogue = try Dialogue()
    let (stranger, _) = dialogue.link("junk", host: "203.0.113.9")
    dialogue.tell(.malformed(stranger, DecodeError(.truncated, at: 0)))
    let (other, refused) = dialogue.link("other name", host: "203.0.113.9")
    #expect(refused.goodbye(to: other) == .banned)
    let (member, welcome) = dialogue.link("operator", host: "203.0.113.9")
    #expect(welcome.goodbye(to: member) == nil)
    dialogue.tell(.malformed(member, DecodeError(.truncated, at: 0)))
    let (again, also) = dialogue.link("operator", host: "198.51.100.1")
    #expect(also.goodbye(to: again) == .banned, "its own ban stays")
  }

  @Test("Small faults are forgotten with time and add up without it")
  func points() throws {
    let dialogue = try Dialogue()
    let link = dialogue.peer("clumsy")
    for _ in 0..<4 { dialogue.receive(link, .pong(Pong(number: 1))) }
    #expect(dialogue.node.summaries.first?.points == 80)
    dialogue.milliseconds += 50 * PeerLimits().forgetPoint
    dialogue.receive(link, .pong(Pong(number: 1)))
    #expect(dialogue.node.summaries.first?.points == 50)
    for _ in 0..<3 { dialogue.receive(link, .pong(Pong(number: 1))) }
    #expect(dialogue.node.summaries.isEmpty)
  }

  @Test("A flood is throttled, then ends in a ban; answers that were asked for do not count")
  func flood() throws {
    var limits = PeerLimits()
    limits.messagesPerSecond = 2
    let dialogue = try Dialogue(limits: limits)
    let link = dialogue.peer("flood")
    var pauses = 0
    for number in 0..<126 as Range<UInt64> {
      for case .pause(link, _) in dialogue.receive(link, .ping(Ping(number: number))) {
        pauses += 1
      }
    }
    #expect(pauses >= 5)
    #expect(dialogue.node.summaries.isEmpty)
    #expect(dialogue.log.contains { $0.contains("flooding") })
  }
}
