// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Testing

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
