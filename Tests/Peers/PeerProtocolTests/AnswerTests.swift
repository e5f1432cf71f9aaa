// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing
import Wire

@testable import PeerProtocol

@Suite("Long answers to short questions")
struct AnswerTests {
  /// A node with blocks, that answers strangers ten questions a second, forty at once.
  private func node(_ questions: Int = 320) throws -> (Dialogue, FixtureChain) {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(30, fixture)
    var limits = PeerLimits()
    limits.workForStrangers = 10
    limits.questions = questions
    let dialogue = try Dialogue(fixture, limits: limits)
    for block in chain.blocks[1...] { dialogue.tell(.sealed(block)) }
    return (dialogue, chain)
  }

  private func all(_ chain: FixtureChain) -> Message {
    .getBlocks(GetBlocks(hashes: chain.blocks[1...].map(\.header.hash)))
  }

  /// How many bodies went to a link.
  private func bodies(_ actions: [NodeAction], _ link: Link) -> Int {
    actions.sent(to: link).count { if case .blockDelivery = $0 { true } else { false } }
  }

  @Test("A stranger that asks without end waits for itself; a member is answered at once")
  func members() throws {
    let (dialogue, chain) = try node()
    let stranger = dialogue.peer("stranger")
    var given = 0
    for _ in 0..<10 { given += bodies(dialogue.receive(stranger, all(chain)), stranger) }
    #expect(given == 40)
    let key = "site 0"
    let member = dialogue.peer(key)
    #expect(LedgerFixture.key(key).publicKey == dialogue.fixture.homes[0].siteKey.publicKey)
    #expect(bodies(dialogue.receive(member, all(chain)), member) == 31)
    #expect(dialogue.node.nextTick <= dialogue.milliseconds + dialogue.node.limits.announceEvery)
    dialogue.milliseconds += 1_000
    #expect(bodies(dialogue.tell(.tick), stranger) == 10)
    dialogue.milliseconds += 60_000
    let rest = bodies(dialogue.tell(.tick), stranger)
    #expect(rest > 0 && rest < 31, "what was asked again while it waited is answered once")
    #expect(dialogue.node.summaries.allSatisfy { $0.points == 0 })
  }

  @Test("Strangers are answered in turn, and none behind another's questions")
  func turns() throws {
    let (dialogue, chain) = try node()
    let greedy = dialogue.peer("greedy")
    for _ in 0..<2 { dialogue.receive(greedy, all(chain)) }
    let modest = dialogue.peer("modest")
    let question = GetBlocks(hashes: [chain.blocks[3].header.hash])
    #expect(bodies(dialogue.receive(modest, .getBlocks(question)), modest) == 0)
    dialogue.milliseconds += 200
    let actions = dialogue.tell(.tick)
    #expect(bodies(actions, greedy) == 1 && bodies(actions, modest) == 1)
  }

  @Test(
    "Whoever lets more questions wait than a sync needs is flooding; a link that ends takes them along"
  )
  func tooMany() throws {
    let (dialogue, chain) = try node(20)
    let stranger = dialogue.peer("stranger")
    dialogue.receive(stranger, all(chain))
    #expect(dialogue.node.summaries.first?.points == 20)
    dialogue.receive(stranger, all(chain))
    dialogue.tell(.unlinked(stranger))
    dialogue.milliseconds += 60_000
    #expect(bodies(dialogue.tell(.tick), stranger) == 0)
    #expect(!dialogue.node.hasQuestions)
  }

  @Test("However much a stranger and a member ask, other members are answered in their turn")
  func classes() throws {
    let fixture = LedgerFixture(homes: 3)
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 86_400)
    for _ in 0..<60 { try chain.seal(encoded: [chain.filler], after: 1_800) }
    var limits = PeerLimits()
    (limits.workForMembers, limits.workForStrangers) = (10, 10)
    let dialogue = try Dialogue(fixture, limits: limits)
    for block in chain.blocks[1...] { dialogue.tell(.sealed(block)) }
    let links = ["site 0", "stranger", "site 1", "site 2"].map { dialogue.peer($0) }
    for link in links { dialogue.receive(link, all(chain)) }
    var given = links.map { _ in 0 }
    for _ in 0..<20 {
      dialogue.milliseconds += 100
      let actions = dialogue.tell(.tick)
      for (index, link) in links.enumerated() { given[index] += bodies(actions, link) }
    }
    #expect(given[1] == 20 && [0, 2, 3].allSatisfy { (6...7).contains(given[$0]) }, "\(given)")
  }

  @Test("Of questions for headers that wait on a link the last one counts")
  func headers() throws {
    let (dialogue, chain) = try node()
    let stranger = dialogue.peer("stranger")
    for _ in 0..<2 { dialogue.receive(stranger, all(chain)) }
    for height in [1, 5] {
      let question = GetHeaders(locator: [chain.blocks[height].header.hash])
      #expect(dialogue.receive(stranger, .getHeaders(question)).isEmpty)
    }
    dialogue.milliseconds += 60_000
    let answers = dialogue.tell(.tick).sent(to: stranger).compactMap {
      if case .headers(let headers) = $0 { headers.headers.first?.header.height } else { nil }
    }
    #expect(answers == [6])
  }

  @Test("Strangers that say nothing hold up no headers of a peer that this node chose")
  func silence() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(3, fixture)
    let target = PeerTarget(host: "203.0.113.5", port: 7711, key: nil)
    let dialogue = try Dialogue(fixture, targets: [target])
    var attempt: UInt64 = 0
    for case .connect(let number, _) in dialogue.tell(.tick) { attempt = number }
    let (silent, asked) = dialogue.peer("silent", with: chain)
    func asksHeaders(_ actions: [NodeAction], _ link: Link) -> Bool {
      actions.sent(to: link).contains { if case .getHeaders = $0 { true } else { false } }
    }
    #expect(asksHeaders(asked, silent))
    let (second, secondAsked) = dialogue.peer("silent too", with: chain, host: "203.0.113.10")
    #expect(!asksHeaders(secondAsked, second), "strangers are asked one at a time")
    let (chosen, _) = dialogue.link("chosen", host: "203.0.113.5", attempt: attempt)
    let last = chain.blocks[chain.blocks.count - 1].header
    let hello = dialogue.hello(
      height: last.height, tip: last.hash, work: UInt256(UInt64(chain.blocks.count) << 32))
    #expect(asksHeaders(dialogue.receive(chosen, .hello(hello)), chosen))
  }

  @Test("Clocks of members count, one each; of fewer than three, those of chosen peers too")
  func timekeepers() throws {
    let fixture = LedgerFixture(homes: 3)
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 86_400)
    let target = PeerTarget(host: "203.0.113.5", port: 7711, key: nil)
    let dialogue = try Dialogue(fixture, targets: [target])
    dialogue.tell(.sealed(chain.blocks[1]))
    var attempt: UInt64 = 0
    for case .connect(let number, _) in dialogue.tell(.tick) { attempt = number }
    let (chosen, _) = dialogue.link("chosen", host: "203.0.113.5", attempt: attempt)
    dialogue.receive(chosen, .hello(dialogue.hello()))
    func clocks() -> [Link] { dialogue.node.timekeepers.map(\.link) }
    for name in ["one", "two", "three", "four"] { _ = dialogue.peer(name) }
    #expect(clocks() == [chosen], "whoever opens a link may state any time")
    let first = dialogue.peer("site 0")
    _ = dialogue.peer("member 0")
    #expect(clocks() == [first, chosen], "two keys of one member are one vote")
    let others = ["site 1", "site 2"].map { dialogue.peer($0) }
    #expect(clocks() == [first] + others)
  }
}
