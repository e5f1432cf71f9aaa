// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Testing
import Wire

@Suite("Branches that come late")
struct LateBranchTests {
  private let fixture = LedgerFixture()

  /// Three blocks of the last hour, and a longer branch from the first of them.
  private func branches() throws -> (own: FixtureChain, hidden: FixtureChain) {
    var own = try FixtureChain(fixture)
    try own.seal([], after: 40 * 86_400 - 3_000)
    var hidden = own
    for _ in 0..<2 { try own.seal([], after: 600) }
    try hidden.seal([], after: 700)
    for _ in 0..<2 { try hidden.seal([], after: 600) }
    return (own, hidden)
  }

  /// A node with the own branch that is shown the other one so many milliseconds later.
  private func shown(
    after wait: UInt64
  ) throws -> (node: Dialogue, link: Link, own: FixtureChain, hidden: FixtureChain) {
    let (own, hidden) = try branches()
    let node = try Dialogue(fixture)
    for block in own.blocks[1...] { node.tell(.sealed(block)) }
    node.milliseconds += wait
    node.elapsed += wait / 1_000
    let (link, asked) = node.peer("hider", with: hidden)
    node.serve(asked, [link: ChainPeer(chain: hidden)])
    return (node, link, own, hidden)
  }

  @Test("A longer branch that was held back does not count before the next epoch's approvals")
  func heldBack() throws {
    let (node, link, own, hidden) = try shown(after: 451_000)
    #expect(node.node.chain.tipHash == own.context.hash)
    let until = try #require(node.node.chain.lateUntil)
    let rules = fixture.genesis.rules
    let after = UInt64(rules.approveAfterSeconds)
    let now = Dialogue.time.advanced(by: node.elapsed)
    #expect(until.seconds % UInt64(rules.checkpointSeconds) == 2 * after)
    #expect(until.seconds - now.seconds > 2 * after)
    #expect(until.seconds - now.seconds <= UInt64(rules.checkpointSeconds) + 2 * after)
    #expect(node.node.nextTick <= node.milliseconds + 1_000 * (until.seconds - now.seconds))
    let wait = until.seconds - now.seconds
    node.elapsed += wait - 1
    node.milliseconds += 1_000 * (wait - 1)
    node.serve(node.tell(.tick), [link: ChainPeer(chain: hidden)])
    #expect(node.node.chain.tipHash == own.context.hash)
    node.elapsed += 1
    node.milliseconds += 1_000
    node.serve(node.tell(.tick), [link: ChainPeer(chain: hidden)])
    #expect(node.node.chain.tipHash == hidden.context.hash, "then its work counts")
    #expect(node.node.chain.lateUntil == nil)
    #expect(node.node.bans.list(at: 0).isEmpty, "to be late is no misconduct")
  }

  @Test("A branch that comes within half the time of approvals is followed at once")
  func inTime() throws {
    let (node, _, _, hidden) = try shown(after: 449_000)
    #expect(node.node.chain.tipHash == hidden.context.hash)
  }

  @Test("Dates that the hider chooses do not make a branch timely, and all are told of it at once")
  func datedAhead() throws {
    var own = try FixtureChain(fixture)
    try own.seal([], after: 40 * 86_400 - 3_000)
    var hidden = own
    for _ in 0..<2 { try own.seal([], after: 600) }
    // Each is newer than every own block, and was hashed long before.
    try hidden.seal([], after: 1_400)
    for _ in 0..<2 { try hidden.seal([], after: 600) }
    let node = try Dialogue(fixture)
    for block in own.blocks[1...] { node.tell(.sealed(block)) }
    node.milliseconds += 451_000
    node.elapsed += 451
    let neighbour = node.peer("neighbour", host: "198.51.100.3")
    let (link, asked) = node.peer("hider", with: hidden)
    var told = 0
    var actions = asked
    let peer = ChainPeer(chain: hidden)
    while !actions.isEmpty {
      guard case .send(let to, let message) = actions.removeFirst() else { continue }
      if case .compactBlock(let compact) = message, to == neighbour,
        compact.sealed.header.hash == hidden.context.hash
      {
        told += 1
      }
      guard to == link else { continue }
      for answer in peer.answers(to: message) { actions += node.receive(link, answer) }
    }
    #expect(node.node.chain.tipHash == own.context.hash)
    #expect(told == 1)
  }

  @Test("After a restart, and when it is behind by an epoch, a node takes what there is")
  func behind() throws {
    let (own, hidden) = try branches()
    let before = try Dialogue(fixture)
    for block in own.blocks[1...] { before.tell(.sealed(block)) }
    let again = try Dialogue(fixture, storage: before.storage)
    again.milliseconds += 900_000
    let (link, asked) = again.peer("other", with: hidden)
    again.serve(asked, [link: ChainPeer(chain: hidden)])
    #expect(again.node.chain.tipHash == hidden.context.hash)
    let (away, _, _, longer) = try shown(after: 6_000_000)
    #expect(away.node.chain.tipHash == longer.context.hash)
  }
}

@Suite("A checkpoint that somebody told")
struct KnownCheckpointTests {
  private let fixture = LedgerFixture()

  private func known(_ height: Int, of chain: FixtureChain) -> KnownCheckpoint {
    KnownCheckpoint(
      network: fixture.network, height: UInt64(height), block: chain.blocks[height].header.hash)
  }

  @Test("As text it is read back, with spaces too; anything else is not taken")
  func text() throws {
    let checkpoint = known(0, of: try FixtureChain(fixture))
    let text = checkpoint.description
    #expect(text.count == 112 && KnownCheckpoint(text: text) == checkpoint)
    #expect(KnownCheckpoint(text: " \(text.prefix(50)) \n\(text.dropFirst(50)) ") == checkpoint)
    for wrong in ["", "00", String(text.dropLast()), text + "0", "x" + text.dropFirst()] {
      #expect(KnownCheckpoint(text: wrong) == nil)
    }
  }

  @Test("A chain without it ends where another block stands, and the true one is followed")
  func otherChain() throws {
    let chain = try FixtureChain.long(4, fixture)
    var other = try FixtureChain(fixture)
    for _ in 0..<9 { try other.seal([], after: 700) }
    let node = try Dialogue(fixture, known: known(3, of: chain))
    let (liar, asked) = node.peer("liar", with: other)
    node.serve(asked, [liar: ChainPeer(chain: other)])
    #expect(!node.node.chain.headers.contains(other.blocks[3].header.hash))
    #expect(node.node.bans.list(at: 0).count == 1)
    let (honest, first) = node.peer("honest", with: chain, host: "198.51.100.9")
    node.serve(first, [honest: ChainPeer(chain: chain)])
    #expect(node.node.chain.tipHash == chain.context.hash)
  }

  @Test("Below it nothing is sealed or called final, and its chain is better than any other")
  func below() throws {
    var chain = try FixtureChain.long(12, fixture)
    try chain.settle()
    // More work, made final by the same keys, and it ends below the known block's height.
    var other = try FixtureChain(fixture)
    for _ in 0..<6 { try other.seal([], after: 700) }
    try other.settle()
    let checkpoint = known(11, of: chain)
    let node = try Dialogue(fixture, known: checkpoint)
    node.elapsed = 40 * 86_400
    let (liar, asked) = node.peer("liar", with: other)
    node.serve(asked, [liar: ChainPeer(chain: other)])
    #expect(node.node.chain.tipHash == other.context.hash)
    #expect(node.node.finalBlock?.height == 0)
    let key = fixture.operatorKey.publicKey
    node.tell(.submitted(other.filler))
    let time = other.context.time.advanced(by: 9_000)
    #expect(try node.node.template(producer: key, time: time, searchSeconds: 0) == nil)
    node.serve(node.tell(.tick), [liar: ChainPeer(chain: other)])
    let (honest, first) = node.peer("honest", with: chain, host: "198.51.100.9")
    node.serve(first, [honest: ChainPeer(chain: chain), liar: ChainPeer(chain: other)])
    #expect(node.node.chain.tipHash == chain.context.hash)
    node.serve(node.tell(.tick), [honest: ChainPeer(chain: chain)])
    #expect(node.node.finalBlock?.height == 13)
  }

  @Test("A node whose own ledger does not hold it, or is of another network, does not start")
  func ownLedger() throws {
    let chain = try FixtureChain.long(4, fixture)
    var other = try FixtureChain(fixture)
    for _ in 0..<9 { try other.seal([], after: 700) }
    let node = try Dialogue(fixture)
    for block in chain.blocks[1...] { node.tell(.sealed(block)) }
    #expect(throws: ChainFault.self) {
      try Dialogue(fixture, known: known(3, of: other), storage: node.storage)
    }
    let again = try Dialogue(fixture, known: known(3, of: chain), storage: node.storage)
    #expect(again.node.chain.tipHash == chain.context.hash)
    let foreign = KnownCheckpoint(
      network: LedgerFixture(named: "other ").network, height: 0, block: BlockHash(.zero))
    #expect(throws: ChainFault.self) { try Dialogue(fixture, known: foreign) }
  }
}
