// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Wire

@testable import Simulation

/// One node under test, spoken to event by event; its disk is a simulated one.
final class Dialogue {
  let fixture: LedgerFixture
  let storage: SimulatedStorage
  let node: NodeMachine
  var milliseconds: UInt64 = 1_000
  /// Network seconds since `Dialogue.time`.
  var elapsed: UInt64 = 0
  private var nextLink: UInt64 = 1
  /// Everything that the node noted, as its log would show it.
  private(set) var log: [String] = []

  init(
    _ fixture: LedgerFixture = LedgerFixture(), key: String = "node",
    limits: PeerLimits = PeerLimits(), audits: Bool = false, targets: [PeerTarget] = [],
    offers: Hello.Offers = [.relay, .proofs, .evidence], startsFromSnapshot: Bool = false,
    startsOnWork: Bool = false,
    approves: [KeyPair] = [], memory: FinalityMemory? = nil,
    known: KnownCheckpoint? = nil, storage: SimulatedStorage? = nil
  ) throws {
    self.fixture = fixture
    var settings = NodeMachine.Settings(
      key: LedgerFixture.key(key), port: 7711, offers: offers, agent: "test", targets: targets,
      audits: audits, limits: limits)
    settings.startsFromSnapshot = startsFromSnapshot
    settings.startsOnWork = startsOnWork
    settings.approvingKeys = approves.map(\.publicKey)
    settings.finalityMemory = memory
    settings.knownCheckpoint = known
    self.storage = try storage ?? SimulatedStorage(genesis: fixture.genesis)
    node = try NodeMachine(
      chain: try ActiveChain(self.storage),
      settings: settings,
      seed: SHA256.digest([1]), now: Moment(milliseconds: 0, time: Dialogue.time))
  }

  /// A node whose chain has the homes admitted.
  static func admitted(
    audits: Bool = false, limits: PeerLimits = PeerLimits()
  ) throws -> (dialogue: Dialogue, chain: FixtureChain) {
    let fixture = LedgerFixture()
    let chain = try FixtureChain.long(0, fixture)
    let dialogue = try Dialogue(fixture, limits: limits, audits: audits)
    dialogue.tell(.sealed(chain.blocks[1]))
    return (dialogue, chain)
  }

  /// A day after the fixture's genesis.
  static let time = LedgerFixture.start.advanced(by: 40 * 86_400)

  @discardableResult
  func tell(_ event: NodeEvent) -> [NodeAction] {
    let moment = Moment(
      milliseconds: milliseconds, time: Dialogue.time.advanced(by: elapsed))
    let actions = node.handle(event, at: moment)
    for case .note(let note) in actions { log.append(note.description) }
    return actions
  }

  @discardableResult
  func receive(_ link: Link, _ message: Message) -> [NodeAction] { tell(.received(link, message)) }

  /// A link to a peer of this name, not yet greeted.
  func link(
    _ name: String, host: String = "203.0.113.9", attempt: UInt64? = nil
  ) -> (link: Link, actions: [NodeAction]) {
    let link = Link(nextLink)
    nextLink += 1
    let info = LinkInfo(
      attempt: attempt, host: HostAddress(dotted: host) ?? HostAddress(ipv4: 1), port: 40_000,
      key: LedgerFixture.key(name).publicKey)
    return (link, tell(.linked(link, info)))
  }

  func hello(
    version: ProtocolVersion = .current, name: String? = nil, network: NetworkId? = nil,
    offers: Hello.Offers = [.relay, .proofs, .evidence], height: UInt64 = 0,
    tip: BlockHash? = nil, work: UInt256 = .zero
  ) -> Hello {
    Hello(
      version: version, networkName: name ?? fixture.genesis.rules.name,
      network: network ?? fixture.network, offers: offers, lowestBody: 0, port: 7711,
      height: height, tip: tip ?? node.chain.tipHash, work: work.bytes, time: Dialogue.time,
      agent: "peer")
  }

  /// A peer that has greeted.
  func peer(_ name: String, host: String = "203.0.113.9", _ hello: Hello? = nil) -> Link {
    let (link, _) = link(name, host: host)
    receive(link, .hello(hello ?? self.hello()))
    return link
  }

  /// A peer that has greeted with the tip of `chain`; what the node asked it.
  func peer(
    _ name: String, with chain: FixtureChain, host: String = "203.0.113.9"
  ) -> (link: Link, actions: [NodeAction]) {
    let (link, _) = link(name, host: host)
    let last = chain.blocks[chain.blocks.count - 1].header
    let greeting = hello(
      height: last.height, tip: last.hash, work: UInt256(UInt64(chain.blocks.count) << 32))
    return (link, receive(link, .hello(greeting)))
  }
}

extension [NodeAction] {
  /// The messages to a link.
  func sent(to link: Link) -> [Message] {
    compactMap { if case .send(link, let message) = $0 { message } else { nil } }
  }

  /// The goodbye to a link, if there is one.
  func goodbye(to link: Link) -> Goodbye.Reason? {
    for case .goodbye(let goodbye) in sent(to: link) { return goodbye.reason }
    return nil
  }

  /// Whether a link is closed.
  func closes(_ link: Link) -> Bool {
    contains { if case .close(link) = $0 { true } else { false } }
  }
}

extension FixtureChain {
  /// A chain of so many blocks after the admissions, each with a report of home 0.
  static func long(_ count: Int, _ fixture: LedgerFixture) throws -> FixtureChain {
    var fixture = fixture
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 86_400)
    for _ in 0..<count {
      let report = try fixture.report(0, generated: [5], consumed: [5])
      try chain.seal([.report(report)], after: 1_800)
    }
    return chain
  }
}
