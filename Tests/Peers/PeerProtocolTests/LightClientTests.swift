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

  /// A client that follows a chain of four blocks, and the node it asks.
  private func followed() throws -> (client: LightClient, node: Dialogue, link: Link) {
    let chain = try FixtureChain.long(3, fixture)
    let node = try Dialogue(fixture)
    for block in chain.blocks[1...] { node.tell(.sealed(block)) }
    var client = try LightClient(fixture.genesis)
    let (link, greeted) = node.link("light")
    var toClient = greeted.sent(to: link)
    toClient += node.receive(link, client.greeting(at: now, agent: "light")).sent(to: link)
    var height: UInt64 = 0
    while !toClient.isEmpty {
      let actions = client.receive(toClient.removeFirst(), at: now)
      for action in actions {
        if case .send(let message) = action {
          toClient += node.receive(link, message).sent(to: link)
        }
        if case .followed(let reached) = action { height = reached }
      }
    }
    #expect(height == 4)
    return (client, node, link)
  }

  private func answer(
    _ subject: GetProof.Subject, _ client: inout LightClient, _ node: Dialogue, _ link: Link,
    twist: (ProofDelivery) -> ProofDelivery = { $0 }
  ) -> [LightClient.Action] {
    guard case .send(let question)? = client.ask(subject).first,
      case .proofDelivery(let delivery)? = node.receive(link, question).sent(to: link).first
    else { return [] }
    return client.receive(.proofDelivery(twist(delivery)), at: now)
  }

  @Test("A member, a site, what is not there, and a report are proven under headers alone")
  func proven() throws {
    var (client, node, link) = try followed()
    let site = fixture.homes[0].site.id
    let absent = StateKey.lot(LotId(SHA256.digest([1])))
    for key in [StateKey.member(fixture.homes[0].member.id), .site(site), absent] {
      let actions = answer(.entry(key), &client, node, link)
      guard case .proven(_, .entry(let proof), let header, 0)? = actions.first else {
        Issue.record("not proven: \(key)")
        continue
      }
      #expect((proof.entry == nil) == (key == absent))
      #expect(header.height == 4)
      #expect(proof.bytes.count < 4096, "a few kilobytes at most")
    }
    let report = try #require(try node.node.chain.block(node.node.chain.tipHash)).transactions[0]
    guard
      case .proven(_, .transaction, _, 0)? =
        answer(.transaction(report.id), &client, node, link).first
    else {
      Issue.record("the report is not proven")
      return
    }
  }

  @Test("A false proof, a proof of something else and one that was not asked for are refused")
  func lies() throws {
    var (client, node, link) = try followed()
    let key = StateKey.member(fixture.homes[0].member.id)
    let other = StateKey.member(fixture.homes[1].member.id)
    let swapped = answer(.entry(key), &client, node, link) { delivery in
      guard
        case .proofDelivery(let wrong)? = node.receive(
          link, .getProof(GetProof(request: delivery.request, subject: .entry(other)))
        ).sent(to: link).first
      else { return delivery }
      return wrong
    }
    guard case .failed(let reason)? = swapped.first else {
      Issue.record("a proof of something else was taken")
      return
    }
    #expect(reason.contains("something else"))
    let genesis = try FixtureChain(fixture).blocks[0].header.hash
    let moved = answer(.entry(key), &client, node, link) {
      ProofDelivery(request: $0.request, block: genesis, proof: $0.proof)
    }
    guard case .failed(let old)? = moved.first else {
      Issue.record("a proof under another header was taken")
      return
    }
    #expect(old.contains("does not hold"))
    let unasked = client.receive(
      .proofDelivery(ProofDelivery(request: 99, block: genesis, proof: .unknown)), at: now)
    guard case .failed? = unasked.first else {
      Issue.record("an unasked proof was taken")
      return
    }
  }

  @Test("Headers without work and another network end it")
  func badHeaders() throws {
    var client = try LightClient(fixture.genesis)
    let node = try Dialogue(fixture)
    _ = client.receive(.hello(node.hello()), at: now)
    let chain = try FixtureChain.long(1, fixture)
    let jumbled = Headers(headers: [chain.blocks[2].sealed])
    guard case .failed? = client.receive(.headers(jumbled), at: now).first else {
      Issue.record("headers that join nowhere were taken")
      return
    }
    var stranger = try LightClient(fixture.genesis)
    let actions = stranger.receive(.hello(node.hello(name: "elsewhere")), at: now)
    guard case .failed(let reason)? = actions.first else {
      Issue.record("another network was taken")
      return
    }
    #expect(reason.contains("otherNetwork"))
  }

  @Test("Kept headers are taken up again, and those of another network are not")
  func kept() throws {
    let (client, _, _) = try followed()
    var again = try LightClient(fixture.genesis)
    #expect(again.restore(client.chain) == 4)
    #expect(again.best == client.best)
    var other = try LightClient(LedgerFixture(rules: LedgerFixture.rules(claimDays: 300)).genesis)
    #expect(other.restore(client.chain) == 0)
  }
}
