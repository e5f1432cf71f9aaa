// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerFixtures
import Proofs
import Testing

@Suite("Proofs under a header")
struct ProofTests {
  private static func chain() throws -> FixtureChain {
    let fixture = LedgerFixture()
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 86_400)
    return chain
  }

  @Test("Each transaction of a block is proven under its header, and under no other")
  func transactions() throws {
    let chain = try Self.chain()
    let block = try #require(chain.blocks.last)
    for index in block.transactions.indices {
      let proof = try #require(TransactionProof(index: index, in: block))
      #expect(proof.isValid(under: block.header))
      #expect(!proof.isValid(under: chain.blocks[0].header))
      #expect(try TransactionProof(exactly: proof.bytes) == proof)
    }
    #expect(TransactionProof(index: block.transactions.count, in: block) == nil)
  }

  @Test("An entry, and that there is none, are proven by the state's root; another entry is not")
  func entries() throws {
    let chain = try Self.chain()
    let header = try #require(chain.blocks.last).header
    let here = chain.fixture.homes[0].member.id
    let key = StateKey.member(here)
    let proof = EntryProof(key: key, entry: chain.state.entries[key], tree: chain.tree)
    #expect(proof.isValid(under: header) && proof.entry != nil)
    #expect(!proof.isValid(under: chain.blocks[0].header))
    let absent = StateKey.coins(here)
    let none = EntryProof(key: absent, entry: nil, tree: chain.tree)
    #expect(none.isValid(under: header) && none.entry == nil)
    let denied = EntryProof(key: key, entry: nil, tree: chain.tree)
    #expect(!denied.isValid(under: header), "what is there cannot be denied")
    let other = chain.state.entries[.member(chain.fixture.homes[1].member.id)]
    #expect(!EntryProof(key: key, entry: other, tree: chain.tree).isValid(under: header))
  }
}
