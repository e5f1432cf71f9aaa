// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import Proofs
import Quantities
import Testing

@Suite("Law 8: a block is work")
struct WorkLawTests {
  private func refusal(_ chain: FixtureChain, _ block: Block) -> WorkLaw.Violation? {
    var chain = chain
    do {
      try chain.connect(block)
      return nil
    } catch {
      if case .work(let violation) = error { return violation }
      Issue.record("refused for another reason: \(error)")
      return nil
    }
  }

  private func changed(
    _ block: Block, _ chain: FixtureChain, height: UInt64? = nil, previous: BlockHash? = nil,
    time: UInt64? = nil, search: UInt32? = nil, target: UInt32? = nil, network: NetworkId? = nil
  ) -> Block {
    let old = block.header
    let header = BlockHeader(
      network: NetworkTag(network ?? chain.fixture.network), height: height ?? old.height,
      previous: previous ?? old.previous,
      time: NetworkTime(seconds: time ?? old.time.seconds), transactionRoot: old.transactionRoot,
      stateRoot: old.stateRoot, producer: old.producer, target: target ?? old.target,
      searchSeconds: search ?? old.searchSeconds, nonce: 0)
    return chain.sealed(header, block.transactions, chain.fixture.operatorKey)
  }

  @Test("Each part that the header binds is checked, with the value that was wrong")
  func parts() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain(fixture)
    let good = try chain.block(fixture.admissions)
    #expect(refusal(chain, good) == nil)
    #expect(refusal(chain, changed(good, chain, height: 2)) == .height(supplied: 2, expected: 1))
    let stranger = BlockHash(.zero)
    #expect(
      refusal(chain, changed(good, chain, previous: stranger))
        == .previous(supplied: stranger, expected: chain.context.hash))
    let old = chain.context.time
    #expect(
      refusal(chain, changed(good, chain, time: old.seconds)) == .tooEarly(old, after: old))
    #expect(
      refusal(chain, changed(good, chain, search: 601)) == .search(supplied: 601, available: 600))
    #expect(
      refusal(chain, changed(good, chain, target: 0x207F_FFFE))
        == .target(supplied: 0x207F_FFFE, expected: 0x207F_FFFF))
    #expect(refusal(chain, changed(good, chain, network: NetworkId(.zero))) == .network)
  }

  @Test("Other transactions, another state, too little work and a foreign signature are refused")
  func content() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain(fixture)
    let good = try chain.block(fixture.admissions)
    let fewer = Block(sealed: good.sealed, transactions: Array(good.transactions.dropLast()))
    guard case .transactionRoot? = refusal(chain, fewer) else {
      Issue.record("other transactions were taken")
      return
    }
    let other = try chain.block(fixture.admissions, stateRoot: .zero)
    guard case .stateRoot(let supplied, _)? = refusal(chain, other) else {
      Issue.record("another state was taken")
      return
    }
    #expect(supplied == .zero)
    var weak = good.header
    while weak.hash.value <= chain.context.ownTarget(of: weak.producer, fixture.genesis.rules).bytes
    { weak.nonce += 1 }
    let unsealed = Block(
      sealed: SealedHeader(header: weak, network: fixture.network, signedBy: fixture.operatorKey),
      transactions: good.transactions)
    guard case .noWork(let hash, _)? = refusal(chain, unsealed) else {
      Issue.record("too little work was taken")
      return
    }
    #expect(hash == weak.hash)
    let forged = Block(
      sealed: SealedHeader(
        header: good.header, network: fixture.network, signedBy: fixture.exchangeKey),
      transactions: good.transactions)
    #expect(refusal(chain, forged) == .signature(fixture.operatorKey.publicKey))
  }

  @Test("In a closed network a stranger seals nothing, in an open one anybody does")
  func membership() throws {
    let stranger = LedgerFixture.key("stranger")
    for membership in Membership.allCases {
      let fixture = LedgerFixture(rules: LedgerFixture.rules(membership: membership))
      let chain = try FixtureChain(fixture)
      let block = try chain.block(fixture.admissions, signedBy: stranger)
      #expect(
        refusal(chain, block) == (membership == .open ? nil : .notMember(stranger.publicKey)))
    }
  }

  @Test("The target follows the searches of the window, by at most a factor of four")
  func retarget() throws {
    let rules = LedgerFixture.rules(easiestTarget: 0x1F00_FFFF, retargetBlocks: 8)
    let fixture = LedgerFixture(rules: rules)
    let key = fixture.operatorKey.publicKey
    func next(search: UInt32, target: UInt32, liars: [UInt32] = []) -> UInt32 {
      func header(_ search: UInt32) -> BlockHeader {
        BlockHeader(
          network: NetworkTag(fixture.network), height: 7, previous: BlockHash(.zero),
          time: LedgerFixture.start, transactionRoot: .zero, stateRoot: .zero, producer: key,
          target: target, searchSeconds: search, nonce: 0)
      }
      let stated = liars + [UInt32](repeating: search, count: 8 - liars.count)
      let parent = header(search)
      return HeaderContext(
        parent: parent, hash: parent.hash,
        ancestors: stated.map { HeaderContext.Ancestor(header($0)) }
      ).nextTarget(rules)
    }
    let base: UInt32 = 0x1E00_FFFF
    let value = CompactTarget.expand(base) ?? .zero
    #expect(next(search: 10, target: base) == base)
    #expect(CompactTarget.expand(next(search: 5, target: base)) ?? .zero < value)
    #expect(next(search: 0, target: base) == next(search: 2, target: base))
    for lie in [0, 1 << 30] as [UInt32] {
      #expect(
        next(search: 10, target: base, liars: [lie, lie, lie]) == base,
        "no minority of producers bends it")
    }
    #expect(next(search: 40, target: base) == next(search: 4000, target: base))
    #expect(next(search: 4000, target: 0x1F00_FFFF) == 0x1F00_FFFF, "never easier than the genesis")
  }

  @Test("A producer's own share of the recent blocks makes its own target harder")
  func shares() throws {
    var rules = LedgerFixture.rules()
    rules = NetworkRules(
      name: "shares", time: rules.time, membership: .closed, easiestTarget: rules.easiestTarget,
      searchSeconds: 10, retargetBlocks: 2016, blockPeriod: .onDemand, shareBlocks: 4,
      shareDivisor: 8,
      milliCoinsPerKilowattHour: 1000, balanceToleranceWh: 300, roofTolerancePerMille: 100,
      reportLateness: 100, claimDays: 10, clockFactor: 1, blockBytes: 100_000,
      blockTransactions: 100)
    let fixture = LedgerFixture(rules: rules)
    let chain = try FixtureChain(fixture)
    let mine = fixture.operatorKey.publicKey
    let own = HeaderContext.Ancestor(
      try chain.block(fixture.admissions).header)
    let context = HeaderContext(
      parent: chain.blocks[0].header, hash: chain.context.hash,
      ancestors: [HeaderContext.Ancestor](repeating: own, count: 4))
    let base = CompactTarget.expand(rules.easiestTarget) ?? .zero
    #expect(context.ownTarget(of: fixture.exchangeKey.publicKey, rules) == base)
    #expect(context.ownTarget(of: mine, rules).work > base.work)
  }

  @Test(
    "A member's share counts its blocks of all its keys, and a block that goes by one is refused")
  func sharesOfMember() throws {
    let fixture = LedgerFixture(homes: 3, rules: LedgerFixture.rules(shareDivisor: 16))
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 40 * 86_400)
    let (home, rules) = (fixture.homes[0], fixture.genesis.rules)
    for _ in 0..<Int(rules.shareBlocks) {
      try chain.connect(try chain.block([chain.filler], signedBy: home.memberKey))
    }
    let site = home.siteKey
    let view = Transition(rules: rules, time: chain.context.time, on: chain.state).state
    let byKey = chain.context.ownTarget(of: site.publicKey, rules)
    let byMember = try chain.context.ownTarget(of: site.publicKey, in: view, rules)
    #expect(
      try byMember == chain.context.ownTarget(of: home.memberKey.publicKey, in: view, rules))
    #expect(byMember.work > byKey.work)
    #expect(
      try chain.context.ownTarget(of: fixture.homes[1].siteKey.publicKey, in: view, rules) == byKey)
    // The header is good by its key; only the state tells whose key it is.
    let block = try chain.block([chain.filler], signedBy: site)
    var header = block.header
    while header.hash.value <= byMember.bytes || header.hash.value > byKey.bytes {
      header.nonce += 1
    }
    let easy = Block(
      sealed: SealedHeader(header: header, network: fixture.network, signedBy: site),
      transactions: block.transactions)
    #expect(refusal(chain, easy) == .noWork(hash: header.hash, target: byMember.bytes))
    try chain.connect(block)
  }
}

@Suite("Law 9: most work wins")
struct ForkTests {
  private func block(
    _ chain: FixtureChain, _ transactions: [EncodedTransaction], _ seconds: UInt64
  ) throws -> Block { try chain.block(transactions, after: seconds) }

  @Test("The longer fork takes over, and the way there undoes and connects the right blocks")
  func reorganisation() throws {
    let fixture = LedgerFixture()
    var left = try FixtureChain(fixture)
    var right = left
    var tree = BlockTree(
      root: left.blocks[0].header, work: .zero, context: left.context, rules: fixture.genesis.rules)
    let now = LedgerFixture.start.advanced(by: 1_000_000)
    try left.seal(encoded: Array(fixture.admissions[0...0]))
    try tree.insert(left.blocks[1].sealed, network: fixture.network, now: now)
    #expect(tree.bestHeader == left.context.hash)
    #expect(tree.best == left.blocks[0].header.hash, "a header without its body is no chain yet")
    #expect(tree.missing() == [left.context.hash])
    tree.markComplete(left.context.hash)
    #expect(tree.best == left.context.hash)
    try right.seal(encoded: Array(fixture.admissions[2...2]), after: 700)
    try right.seal(encoded: Array(fixture.admissions[0...0]))
    for block in right.blocks[1...] {
      try tree.insert(block.sealed, network: fixture.network, now: now)
    }
    #expect(tree.missing() == right.blocks[1...].map(\.header.hash))
    tree.markComplete(right.context.hash)
    #expect(tree.best == left.context.hash, "a body without its parent's is no chain either")
    for block in right.blocks[1...] { tree.markComplete(block.header.hash) }
    #expect(tree.best == right.context.hash)
    let path = try #require(tree.path(from: left.context.hash, to: right.context.hash))
    #expect(path.disconnect == [left.context.hash])
    #expect(path.connect == right.blocks[1...].map(\.header.hash))
    tree.markInvalid(right.blocks[1].header.hash)
    #expect(tree.best == left.context.hash, "what follows an invalid block is invalid too")
  }

  @Test("Equal work is decided by the smaller hash, in whatever order the blocks come")
  func ties() throws {
    let fixture = LedgerFixture()
    let chain = try FixtureChain(fixture)
    let a = try block(chain, Array(fixture.admissions[0...0]), 600)
    let b = try block(chain, Array(fixture.admissions[2...2]), 700)
    let expected = min(a.header.hash, b.header.hash)
    for order in [[a, b], [b, a]] {
      var tree = BlockTree(
        root: chain.blocks[0].header, work: .zero, context: chain.context,
        rules: fixture.genesis.rules)
      for block in order {
        try tree.insert(
          block.sealed, network: fixture.network,
          now: LedgerFixture.start.advanced(by: 1_000_000))
        tree.markComplete(block.header.hash)
      }
      #expect(tree.best == expected)
      #expect(tree.bestHeader == expected)
    }
  }

  @Test("An unknown parent and a time too far ahead are kept apart from breaches of law")
  func consequences() throws {
    let fixture = LedgerFixture()
    var chain = try FixtureChain(fixture)
    var tree = BlockTree(
      root: chain.blocks[0].header, work: .zero, context: chain.context,
      rules: fixture.genesis.rules)
    try chain.seal(encoded: Array(fixture.admissions[0...0]), after: 90_000)
    try chain.seal(encoded: Array(fixture.admissions[2...2]))
    let now = LedgerFixture.start
    #expect {
      try tree.insert(chain.blocks[2].sealed, network: fixture.network, now: now)
    } throws: { error in
      if case BlockRefusal.unknownParent(let hash) = error {
        return hash == chain.blocks[1].header.hash
      }
      return false
    }
    #expect {
      try tree.insert(chain.blocks[1].sealed, network: fixture.network, now: now)
    } throws: { error in
      if case BlockRefusal.futureTime = error { return true }
      return false
    }
  }

  @Test(
    "Who dates a block ahead is held to an eighth of the period: the next one is not taken",
    arguments: [
      (.seconds(1800), 225), (.seconds(60), 7), (.seconds(86_400), 600), (.month(.japan), 600),
      (.onDemand, 10),
    ] as [(BlockPeriod, UInt64)])
  func datedAhead(period: BlockPeriod, most: UInt64) throws {
    let fixture = LedgerFixture(rules: LedgerFixture.rules(blockPeriod: period))
    #expect(fixture.genesis.rules.futureSeconds == most)
    var chain = try FixtureChain(fixture)
    let tree = BlockTree(
      root: chain.blocks[0].header, work: .zero, context: chain.context,
      rules: fixture.genesis.rules)
    try chain.seal(encoded: Array(fixture.admissions[0...0]), after: 90_000)
    let time = chain.blocks[1].header.time.seconds
    for (now, isTaken) in [(time - most - 1, false), (time - most, true), (time, true)] {
      var here = tree
      do {
        try here.insert(
          chain.blocks[1].sealed, network: fixture.network, now: NetworkTime(seconds: now))
        #expect(isTaken)
      } catch {
        guard case .futureTime = error else { throw error }
        #expect(!isTaken)
      }
    }
  }

  @Test("A block is later than its parent; in an open network than the median of eleven")
  func timesGrow() throws {
    for membership in [Membership.closed, .open] {
      let fixture = LedgerFixture(rules: LedgerFixture.rules(membership: membership))
      var chain = try FixtureChain(fixture)
      for _ in 0..<3 { try chain.seal(encoded: [], after: 600) }
      var header = try #require(chain.blocks.last).header
      let context = chain.context
      header = BlockHeader(
        network: header.network, height: context.height + 1, previous: context.hash,
        time: context.time, transactionRoot: header.transactionRoot, stateRoot: header.stateRoot,
        producer: header.producer, target: header.target, searchSeconds: 0, nonce: 0)
      var isEarly = false
      do throws(WorkLaw.Violation) {
        try WorkLaw.check(
          SealedHeader(header: header, signature: SealedHeader.noSignature), after: context,
          network: fixture.network, rules: fixture.genesis.rules)
      } catch { if case .tooEarly = error { isEarly = true } }
      #expect(isEarly == (membership == .closed))
    }
  }

  @Test(
    "Work and compact targets are exact",
    arguments: [0x0300_8000, 0x1D00_FFFF, 0x207F_FFFF] as [UInt32])
  func targets(_ compact: UInt32) throws {
    let target = try #require(CompactTarget.expand(compact))
    #expect(CompactTarget.compact(target) == compact)
    let known: [UInt32: String] = [0x1D00_FFFF: "4295032833", 0x207F_FFFF: "2"]
    if let work = known[compact] { #expect(target.work.description == work) }
    #expect(CompactTarget.expand(0x1D80_0000) == nil && CompactTarget.expand(0x1D00_0001) == nil)
  }

  @Test("A transaction is proven by the header of its block alone")
  func transactionProof() throws {
    let fixture = LedgerFixture(homes: 3)
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions)
    for index in fixture.admissions.indices {
      let proof = try #require(TransactionProof(index: index, in: chain.blocks[1]))
      #expect(proof.isValid(under: chain.blocks[1].header))
      #expect(!proof.isValid(under: chain.blocks[0].header))
      #expect(try TransactionProof(exactly: proof.bytes) == proof)
    }
  }

  @Test("A template takes what fits, says why not, and seals nothing when nothing waits")
  func template() throws {
    var fixture = LedgerFixture()
    var chain = try FixtureChain(fixture)
    try chain.seal(encoded: fixture.admissions, after: 86_400)
    let report = EncodedTransaction(
      .report(try fixture.report(0, generated: [5], consumed: [5])))
    let wrong = EncodedTransaction(
      .mint(fixture.mint(0, first: Interval(containing: LedgerFixture.start), length: 1, amount: 6))
    )
    var tree = chain.tree
    let template = try BlockTemplate.build(
      from: [report, wrong, report], after: chain.context, on: chain.state, tree: &tree,
      network: fixture.network, rules: fixture.genesis.rules,
      producer: fixture.operatorKey.publicKey, time: chain.context.time.advanced(by: 600),
      searchSeconds: 0)
    #expect(template.transactions == [report])
    #expect(template.refused.map(\.reason.law) == [1, 4])
    #expect(tree.root == chain.tree.root)
    let search = try #require(
      NonceSearch(message: template.header.bytes, target: template.ownTarget.bytes))
    let nonce = try #require(search.search(from: 0, count: 10_000))
    try chain.connect(
      template.sealed(
        nonce: nonce, network: fixture.network, rules: fixture.genesis.rules,
        by: fixture.operatorKey))
  }
}
