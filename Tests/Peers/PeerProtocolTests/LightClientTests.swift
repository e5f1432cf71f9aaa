// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Proofs
import Quantities
import Testing
import Wire

@Suite("The light client")
struct LightClientTests {
  private let fixture = LedgerFixture()
  private let now = NetworkTime(seconds: 1 << 39)

  /// A node whose chain is final up to block 4.
  private func node(settles count: Int = 1) throws -> (node: Dialogue, chain: FixtureChain) {
    var chain = try FixtureChain.long(3, fixture)
    for _ in 0..<count { try chain.settle() }
    let node = try Dialogue(fixture)
    for block in chain.blocks[1...] { node.tell(.sealed(block)) }
    #expect(node.node.chain.tip.height == 4 + 2 * UInt64(count))
    return (node, chain)
  }

  /// What a client does once it was greeted, and the answers to it, until nobody has more to say.
  @discardableResult
  private func talk(
    _ client: inout LightClient, _ node: Dialogue, _ link: Link, _ first: [Message],
    twist: (Message) -> Message = { $0 }
  ) -> [LightClient.Action] {
    var (toClient, came) = (first, [LightClient.Action]())
    while !toClient.isEmpty {
      for action in client.receive(twist(toClient.removeFirst()), at: now) {
        guard case .send(let message) = action else {
          came.append(action)
          continue
        }
        toClient += node.receive(link, message).sent(to: link)
      }
    }
    return came
  }

  private func follow(
    _ client: inout LightClient, _ node: Dialogue, name: String = "light",
    twist: (Message) -> Message = { $0 }
  ) -> (link: Link, actions: [LightClient.Action]) {
    let (link, greeted) = node.link(name)
    let greeting = client.greeting(at: now, agent: "light")
    let first = greeted.sent(to: link) + node.receive(link, greeting).sent(to: link)
    return (link, talk(&client, node, link, first, twist: twist))
  }

  private func ask(
    _ subject: GetProof.Subject, _ client: inout LightClient, _ node: Dialogue, _ link: Link,
    twist: (Message) -> Message = { $0 }
  ) -> [LightClient.Action] {
    guard case .send(let question)? = client.ask(subject).first else { return [] }
    return talk(
      &client, node, link, node.receive(link, question).sent(to: link), twist: twist)
  }

  private func failure(_ actions: [LightClient.Action]) -> String? {
    if case .failed(let reason)? = actions.last { reason } else { nil }
  }

  @Test("A member, a site, what is not there are proven under the final block, without any header")
  func proven() throws {
    let (node, _) = try node()
    var client = try LightClient(fixture.genesis)
    let (link, actions) = follow(&client, node)
    guard case .followed(let header)? = actions.first else {
      Issue.record("\(actions)")
      return
    }
    #expect(header.height == 4)
    let absent = StateKey.lot(LotId(SHA256.digest([1])))
    for key in [
      StateKey.member(fixture.homes[0].member.id), .site(fixture.homes[0].site.id), absent,
    ] {
      guard
        case .proven(_, .entry(let proof), let header, .final(let approved))? =
          ask(.entry(key), &client, node, link).first
      else {
        Issue.record("not proven: \(key)")
        continue
      }
      #expect((proof.entry == nil) == (key == absent))
      #expect(header.height == 4 && approved.height == 4)
      #expect(proof.bytes.count < 4096, "a few kilobytes at most")
    }
  }

  @Test("A transaction is proven down to its block; one that is not final yet is not")
  func transactions() throws {
    let (node, chain) = try node()
    var client = try LightClient(fixture.genesis)
    let (link, _) = follow(&client, node)
    for height in 1...4 {
      let id = chain.blocks[height].transactions[0].id
      guard
        case .proven(_, .transaction(let proof, _), let header, .final)? =
          ask(.transaction(id), &client, node, link).first
      else {
        Issue.record("block \(height)")
        continue
      }
      #expect(header.height == UInt64(height) && proof.transaction.id == id)
    }
    guard
      case .notFinal(_, 5)? =
        ask(.transaction(chain.blocks[5].transactions[0].id), &client, node, link).first
    else {
      Issue.record("what is not final was called something else")
      return
    }
    // Headers that lead elsewhere prove nothing.
    let lied = ask(.transaction(chain.blocks[1].transactions[0].id), &client, node, link) {
      guard case .ancestors(let answer) = $0 else { return $0 }
      return .ancestors(
        Ancestors(block: answer.block, headers: chain.blocks[1...3].map(\.sealed)))
    }
    #expect(failure(lied)?.contains("do not lead down") == true)
  }

  @Test("The chain may go on between the question and its answer")
  func movesOn() throws {
    let (node, chain) = try node()
    var client = try LightClient(fixture.genesis)
    let (link, _) = follow(&client, node)
    var longer = chain
    try longer.settle()
    for block in longer.blocks[7...] { node.tell(.sealed(block)) }
    let actions = ask(.entry(.member(fixture.homes[0].member.id)), &client, node, link)
    guard case .proven(_, _, let header, _)? = actions.first else {
      Issue.record("\(actions)")
      return
    }
    #expect(header.height == 6, "what is final by now")
  }

  @Test("A false proof, a proof of something else and one that was not asked for are refused")
  func lies() throws {
    let (node, chain) = try node()
    var client = try LightClient(fixture.genesis)
    let (link, _) = follow(&client, node)
    let key = StateKey.member(fixture.homes[0].member.id)
    let other = StateKey.member(fixture.homes[1].member.id)
    let swapped = ask(.entry(key), &client, node, link) { message in
      guard case .proofDelivery(let delivery) = message else { return message }
      return node.receive(
        link, .getProof(GetProof(request: delivery.request, subject: .entry(other)))
      ).sent(to: link).first ?? message
    }
    #expect(failure(swapped)?.contains("something else") == true)
    let moved = ask(.entry(key), &client, node, link) { message in
      guard case .proofDelivery(let delivery) = message else { return message }
      return .proofDelivery(
        ProofDelivery(
          request: delivery.request, block: chain.blocks[6].header.hash, proof: delivery.proof))
    }
    #expect(failure(moved)?.contains("does not prove") == true)
    let unasked = client.receive(
      .proofDelivery(
        ProofDelivery(request: 99, block: chain.blocks[0].header.hash, proof: .unknown)),
      at: now)
    #expect(failure(unasked) != nil)
  }

  @Test("Work alone, a set of one's own and another network end it")
  func forged() throws {
    let (node, _) = try node()
    // A stranger's chain of the same network: it has worked for more, and its seats are its own.
    let stranger = LedgerFixture(named: "attacker ")
    var forged = try FixtureChain.long(9, stranger)
    try forged.settle()
    let proof = try #require(forged.settled.proof)
    var client = try LightClient(fixture.genesis)
    let (_, actions) = follow(&client, node) { message in
      guard case .finality = message else { return message }
      return .finality(Finality(handovers: [], final: proof.final))
    }
    #expect(failure(actions)?.contains("what the peer calls final is not") == true)
    #expect(client.best == nil, "nothing of it is believed")
    var other = try LightClient(fixture.genesis)
    let elsewhere = other.receive(.hello(node.hello(name: "elsewhere")), at: now)
    #expect(failure(elsewhere)?.contains("otherNetwork") == true)
    var unasked = try LightClient(fixture.genesis)
    #expect(failure(unasked.receive(.headers(Headers(headers: [])), at: now)) != nil)
  }

  @Test("What is kept is taken up again, and no peer leads back behind it")
  func kept() throws {
    let (young, _) = try node()
    let (node, _) = try node(settles: 3)
    var client = try LightClient(fixture.genesis)
    _ = follow(&client, node)
    let height = try #require(client.best).height
    var again = try LightClient(fixture.genesis, kept: client.kept)
    #expect(again.best == client.best)
    let (_, behind) = follow(&again, young)
    #expect(failure(behind)?.contains("the peer is behind") == true)
    #expect(again.best?.height == height)
    let other = LedgerFixture(rules: LedgerFixture.rules(claimDays: 300)).genesis
    #expect(throws: LightFault.self) { try LightClient(other, kept: client.kept) }
    #expect(throws: LightFault.self) {
      try LightClient(fixture.genesis, kept: client.kept.map { $0 ^ 1 })
    }
  }

  @Test("In an open network headers are followed, and a proof says what it stands on")
  func open() throws {
    let fixture = LedgerFixture(rules: LedgerFixture.rules(membership: .open))
    let chain = try FixtureChain.long(3, fixture)
    let node = try Dialogue(fixture)
    for block in chain.blocks[1...] { node.tell(.sealed(block)) }
    var client = try LightClient(fixture.genesis)
    let (link, actions) = follow(&client, node)
    guard case .followed(let header)? = actions.first else {
      Issue.record("\(actions)")
      return
    }
    #expect(header.height == 4)
    let report = chain.blocks[3].transactions[0]
    guard
      case .proven(_, .transaction, _, .worked(let worked))? =
        ask(.transaction(report.id), &client, node, link).first
    else {
      Issue.record("not proven")
      return
    }
    #expect(worked.confirmations == 1 && worked.work > .zero)
    let again = try LightClient(fixture.genesis, kept: client.kept)
    #expect(again.best == client.best)
    let jumbled = Headers(headers: [chain.blocks[2].sealed])
    var fresh = try LightClient(fixture.genesis)
    _ = fresh.receive(.hello(node.hello()), at: now)
    #expect(failure(fresh.receive(.headers(jumbled), at: now)) != nil)
  }
}
