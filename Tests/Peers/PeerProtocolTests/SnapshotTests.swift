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

@testable import Simulation

@Suite("Starting from a snapshot")
struct SnapshotTests {
  private let fixture = LedgerFixture()

  /// A full node with a long chain, and an empty one that would rather have a snapshot.
  private func pair() throws -> (full: Dialogue, empty: Dialogue, chain: FixtureChain) {
    var chain = try FixtureChain.long(40, fixture)
    try chain.settle()
    let full = try Dialogue(fixture, key: "full", offers: [.relay, .snapshots])
    for block in chain.blocks[1...] { full.tell(.sealed(block)) }
    var limits = PeerLimits()
    limits.snapshotWorth = 8
    let empty = try Dialogue(fixture, limits: limits, startsFromSnapshot: true)
    return (full, empty, chain)
  }

  /// Lets two nodes talk until they have nothing to say; `twist` changes what the full one says.
  private func talk(
    _ full: Dialogue, _ empty: Dialogue, _ chain: FixtureChain,
    twist: (Message) -> Message = { $0 }
  ) {
    let (atFull, first) = full.link("node", host: "198.51.100.8")
    let (atEmpty, second) = empty.link("full")
    var toEmpty = first.sent(to: atFull)
    var toFull = second.sent(to: atEmpty)
    for _ in 0..<2_000 where !toEmpty.isEmpty || !toFull.isEmpty {
      if !toFull.isEmpty {
        toEmpty += full.receive(atFull, toFull.removeFirst()).sent(to: atFull)
      } else {
        toFull += empty.receive(atEmpty, twist(toEmpty.removeFirst())).sent(to: atEmpty)
      }
    }
  }

  @Test("A new node takes the state of a proven block, goes on, then checks the history")
  func fastStart() throws {
    let (full, empty, chain) = try pair()
    talk(full, empty, chain)
    #expect(empty.node.chain.tipHash == chain.context.hash)
    #expect(empty.log.contains { $0.contains("started from the state of block 41") })
    #expect(empty.log.contains { $0.contains("the history up to block 41 holds") })
    #expect(empty.storage.contents.bodiless.isEmpty, "and all bodies are here then")
    #expect(empty.storage.contents.historyGoal == nil)
    #expect(empty.storage.contents.state.entries == full.storage.contents.state.entries)
  }

  @Test(
    "A false part is found by the manifest, a false manifest by the header; bodies come instead")
  func falseParts() throws {
    for isManifest in [true, false] {
      let (full, empty, chain) = try pair()
      talk(full, empty, chain) { message in
        switch message {
        case .snapshotManifest(let manifest) where isManifest:
          return .snapshotManifest(
            SnapshotManifest(block: manifest.block, subtrees: manifest.subtrees.reversed()))
        case .snapshotPart(let part) where !isManifest && !part.items.isEmpty:
          return .snapshotPart(
            SnapshotPart(block: part.block, index: part.index, items: []))
        default: return message
        }
      }
      #expect(empty.node.chain.tip.height == 0)
      #expect(empty.log.contains { $0.contains(isManifest ? "is not the state of" : "is false") })
      #expect(empty.node.bans.list(at: 0).count == 1)
    }
  }

  @Test("A history that breaks a law stops the node, however many approved it")
  func brokenHistory() throws {
    var chain = try FixtureChain.long(4, fixture)
    let unlawful = EncodedTransaction(
      .mint(fixture.mint(0, first: Interval(containing: LedgerFixture.start), length: 1, amount: 9))
    )
    try chain.force(try chain.block([unlawful]))
    for _ in 0..<6 { try chain.seal([]) }
    for _ in 0..<2 { try chain.settle() }
    let node = try started(on: chain)
    let last = chain.context
    #expect(node.log.contains { $0.contains("the history is BROKEN at block 6") })
    #expect(node.node.finalitySummary?.isBroken == true)
    let key = fixture.operatorKey.publicKey
    node.tell(.submitted(chain.filler))
    #expect(
      try node.node.template(producer: key, time: last.time.advanced(by: 9_000), searchSeconds: 0)
        == nil, "it seals nothing any more")
  }

  @Test("A chain of a past set's keys leads a new box astray, and none that knows a checkpoint")
  func pastKeys() throws {
    let (_, _, chain) = try pair()
    // Whoever holds the first members' keys makes as good a proof of another history.
    var forged = try FixtureChain.long(30, fixture)
    try forged.seal([], after: 90)
    for _ in 0..<20 { try forged.seal([], after: 1_800) }
    try forged.settle()
    let height = UInt64(40)
    let known = KnownCheckpoint(
      network: fixture.network, height: height, block: chain.blocks[Int(height)].header.hash)
    for knows in [false, true] {
      let node = try started(on: forged, known: knows ? known : nil)
      #expect((node.node.chain.tip.height == 0) == knows)
      let refusal = "its chain does not hold the known checkpoint"
      #expect(node.log.contains { $0.contains(refusal) } == knows)
    }
  }

  /// A new node that starts on what a set of approvers gives.
  private func started(
    on chain: FixtureChain, known: KnownCheckpoint? = nil
  ) throws -> Dialogue {
    var limits = PeerLimits()
    limits.snapshotWorth = 8
    let node = try Dialogue(fixture, limits: limits, startsFromSnapshot: true, known: known)
    let (link, first) = node.link("approvers")
    let last = chain.context
    var asked = first.sent(to: link)
    asked += node.receive(
      link,
      .hello(node.hello(offers: [.relay, .snapshots], height: last.height, tip: last.hash))
    ).sent(to: link)
    for _ in 0..<2_000 where !asked.isEmpty {
      for answer in try Self.answers(to: asked.removeFirst(), chain) {
        asked += node.receive(link, answer).sent(to: link)
      }
    }
    return node
  }

  /// What a set of approvers gives that keeps no law.
  private static func answers(to message: Message, _ chain: FixtureChain) throws -> [Message] {
    let settled = chain.settled
    guard let final = settled.final else { return [] }
    let block = final.proof.source.block
    switch message {
    case .getFinality: return [.finality(Finality(handovers: settled.handovers, final: final))]
    case .getAncestors(let question):
      guard let top = chain.blocks.lastIndex(where: { $0.header.hash == question.block }) else {
        return []
      }
      let headers = chain.blocks[1...top].reversed().map(\.sealed)
      return [.ancestors(Ancestors(block: question.block, headers: headers))]
    case .getSnapshot:
      return [.snapshotManifest(SnapshotManifest(block: block, subtrees: settled.tree.subtrees))]
    case .getSnapshotPart(let question):
      let items = settled.state.entries.filter { $0.key.path.bytes[0] == question.index }
        .sorted { $0.key < $1.key }
        .map { SnapshotPart.Item(key: $0.key, entry: $0.value.bytes) }
      return [.snapshotPart(SnapshotPart(block: block, index: question.index, items: items))]
    case .getBlocks(let question):
      return chain.blocks.filter { question.hashes.contains($0.header.hash) }
        .map { .blockDelivery(BlockDelivery(block: $0)) }
    default: return []
    }
  }

  @Test("A body of the history that is not the header's is its sender's lie, and nothing more")
  func falseBody() throws {
    let (full, empty, chain) = try pair()
    var twisted = 0
    talk(full, empty, chain) { message in
      guard case .blockDelivery(let delivery) = message, delivery.block.header.height == 5 else {
        return message
      }
      twisted += 1
      return .blockDelivery(
        BlockDelivery(block: Block(sealed: delivery.block.sealed, transactions: [])))
    }
    #expect(twisted == 1)
    #expect(
      empty.node.bans.list(at: 0).count == 1, "a body that is not the header's is its sender's lie")
    #expect(empty.node.history?.height == 4)
    #expect(empty.node.finalitySummary?.isBroken == false)
  }

  @Test("A snapshot that does not come is given up, and bodies are fetched")
  func stalled() throws {
    let (full, empty, chain) = try pair()
    _ = full
    let last = chain.blocks[chain.blocks.count - 1].header
    let link = empty.peer(
      "mute",
      empty.hello(
        offers: [.relay, .snapshots], height: last.height, tip: last.hash,
        work: UInt256(1 << 40)))
    empty.receive(link, .headers(Headers(headers: chain.blocks[1...].map(\.sealed))))
    empty.milliseconds += 4 * PeerLimits().answerTimeout
    let actions = empty.tell(.tick)
    #expect(actions.sent(to: link).contains { if case .getBlocks = $0 { true } else { false } })
    #expect(empty.log.contains { $0.contains("no snapshot from") })
  }

  @Test("Answers to a start that was given up may come late, as many as were asked for")
  func lateAnswers() throws {
    let (full, empty, chain) = try pair()
    _ = full
    let last = chain.context
    let link = empty.peer(
      "slow",
      empty.hello(
        offers: [.relay, .snapshots], height: last.height, tip: last.hash,
        work: UInt256(1 << 40)))
    empty.milliseconds += 4 * PeerLimits().answerTimeout
    empty.tell(.tick)
    let before = empty.node.summaries[0].points
    let late = Message.finality(Finality(handovers: [], final: nil))
    for _ in 0..<2 { empty.receive(link, late) }
    #expect(empty.node.summaries[0].points == before, "the proof, and a manifest")
    empty.receive(link, late)
    #expect(empty.node.summaries.first?.points ?? .max > before)
  }

  @Test("A stranger's chain, however much was worked for it, starts no node: nobody approved it")
  func strangersState() throws {
    let (full, empty, chain) = try pair()
    var own = try FixtureChain.long(60, LedgerFixture(named: "attacker "))
    try own.settle()
    let proof = try #require(own.settled.proof)
    talk(full, empty, chain) { message in
      guard case .finality = message else { return message }
      return .finality(Finality(handovers: proof.handovers, final: proof.final))
    }
    #expect(empty.log.contains { $0.contains("what it calls final is not") })
    #expect(empty.node.chain.tip.height == 0)
    #expect(empty.node.bans.list(at: 0).count == 1, "a false proof is a lie of who sends it")
  }

  @Test("Headers that lead down elsewhere, or are not signed, are found before they are kept")
  func falseHeaders() throws {
    for isSigned in [true, false] {
      let (full, empty, chain) = try pair()
      talk(full, empty, chain) { message in
        guard case .ancestors(let answer) = message else { return message }
        var headers = answer.headers
        headers[3] = SealedHeader(
          header: isSigned ? headers[2].header : headers[3].header,
          signature: isSigned ? headers[2].signature : SealedHeader.noSignature)
        return .ancestors(Ancestors(block: answer.block, headers: headers))
      }
      #expect(empty.log.contains { $0.contains("do not lead down from the final block") })
      #expect(empty.node.chain.tip.height == 0)
      #expect(empty.node.bans.list(at: 0).count == 1)
    }
  }

  @Test("Where nothing is final yet, all blocks are fetched from the genesis")
  func young() throws {
    let chain = try FixtureChain.long(40, fixture)
    let full = try Dialogue(fixture, key: "full", offers: [.relay, .snapshots])
    for block in chain.blocks[1...] { full.tell(.sealed(block)) }
    var limits = PeerLimits()
    limits.snapshotWorth = 8
    let empty = try Dialogue(fixture, limits: limits, startsFromSnapshot: true)
    talk(full, empty, chain)
    #expect(empty.log.contains { $0.contains("it proves nothing to be final") })
    #expect(empty.node.chain.tipHash == chain.context.hash)
    #expect(empty.node.bans.list(at: 0).isEmpty)
  }

  @Test("In an open network nobody starts from a snapshot unless told that work is enough")
  func open() throws {
    let fixture = LedgerFixture(rules: LedgerFixture.rules(membership: .open))
    for isTold in [true, false] {
      let chain = try FixtureChain.long(40, fixture)
      let full = try Dialogue(fixture, key: "full", offers: [.relay, .snapshots])
      for block in chain.blocks[1...] { full.tell(.sealed(block)) }
      var limits = PeerLimits()
      limits.snapshotWorth = 8
      let empty = try Dialogue(
        fixture, limits: limits, startsFromSnapshot: true, startsOnWork: isTold)
      talk(full, empty, chain)
      #expect(empty.node.chain.tipHash == chain.context.hash)
      #expect(empty.log.contains { $0.contains("started from the state of block") } == isTold)
    }
  }

  @Test("The subtrees of a state fold to its root, also where a leaf stands alone")
  func subtrees() throws {
    var random = SeededGenerator(seed: 3)
    for count in [0, 1, 2, 3, 40, 700] {
      var tree = StateTree()
      tree.apply(
        (0..<count).map { _ in
          StateTree.Update(
            path: SHA256.digest([UInt8(random.below(256)), UInt8(random.below(256))]),
            value: SHA256.digest([UInt8(random.below(256))]))
        }.reduce(into: [Bytes32: StateTree.Update]()) { $0[$1.path] = $1 }.values.map { $0 })
      #expect(StateSubtree.root(of: tree.subtrees) == tree.root, "\(count)")
    }
  }
}
