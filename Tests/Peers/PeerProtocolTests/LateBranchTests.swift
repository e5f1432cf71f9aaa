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

  /// A node with a branch, to whom another shows a longer one.
  private struct Shown {
    let node: Dialogue
    let link: Link
    let own: FixtureChain
    let hidden: FixtureChain
    /// How often a neighbour was told of the other branch's tip.
    let told: Int
  }

  /// Three blocks of the last hour, and a longer branch from the first of them, its first block so
  /// many seconds later.
  private func branches(
    _ seconds: UInt64 = 700
  ) throws -> (own: FixtureChain, hidden: FixtureChain) {
    var own = try FixtureChain(fixture)
    try own.seal([], after: 40 * 86_400 - 3_000)
    var hidden = own
    for _ in 0..<2 { try own.seal([], after: 600) }
    try hidden.seal([], after: seconds)
    for _ in 0..<2 { try hidden.seal([], after: 600) }
    return (own, hidden)
  }

  /// Shows the longer branch so many milliseconds after the own one came.
  private func shown(after wait: UInt64, dated seconds: UInt64 = 700) throws -> Shown {
    let (own, hidden) = try branches(seconds)
    let node = try Dialogue(fixture)
    for block in own.blocks[1...] { node.tell(.sealed(block)) }
    node.milliseconds += wait
    node.elapsed += wait / 1_000
    let neighbour = node.peer("neighbour", host: "198.51.100.3")
    let (link, asked) = node.peer("hider", with: hidden)
    let told = node.serve(asked, [link: ChainPeer(chain: hidden)]).sent(to: neighbour)
      .count { message in
        guard case .compactBlock(let compact) = message else { return false }
        return compact.sealed.header.hash == hidden.context.hash
      }
    return Shown(node: node, link: link, own: own, hidden: hidden, told: told)
  }

  @Test("A longer branch that was held back does not count before the next epoch's approvals")
  func heldBack() throws {
    let shown = try shown(after: 451_000)
    let (node, link, own, hidden) = (shown.node, shown.link, shown.own, shown.hidden)
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
    let shown = try shown(after: 449_000)
    #expect(shown.node.node.chain.tipHash == shown.hidden.context.hash)
  }

  @Test("Dates that the hider chooses do not make a branch timely, and all are told of it at once")
  func datedAhead() throws {
    // Each block is newer than every own one, and was hashed long before.
    let shown = try shown(after: 451_000, dated: 1_400)
    #expect(shown.node.node.chain.tipHash == shown.own.context.hash)
    #expect(shown.told == 1)
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
    let away = try shown(after: 6_000_000)
    #expect(away.node.node.chain.tipHash == away.hidden.context.hash)
  }
}
