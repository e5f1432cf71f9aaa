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

@Suite("Claims and decisions between nodes")
struct ClaimTests {
  @Test(
    "Claims reach every desk, decisions come back; forged ones ban, repeated ones rest for seconds")
  func claims() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    let fixture = chain.fixture
    let (teller, other) = (dialogue.peer("teller"), dialogue.peer("other", host: "198.51.100.3"))
    func claim(_ key: KeyPair) -> Claim {
      Claim(
        site: fixture.homes[0].site.id, first: Interval(containing: LedgerFixture.start),
        length: 2, network: fixture.network, signedBy: key)
    }
    let good = Message.claims(Claims(claims: [claim(fixture.homes[0].siteKey)]))
    let first = dialogue.receive(teller, good)
    #expect(first.sent(to: other) == [good] && first.sent(to: teller).isEmpty)
    #expect(first.contains { if case .keepClaim = $0 { true } else { false } })
    #expect(dialogue.receive(teller, good).isEmpty)
    dialogue.milliseconds += 10_000
    #expect(dialogue.receive(teller, good).sent(to: other) == [good], "an exchange was away")
    func decision(_ key: KeyPair) -> ClaimDecision {
      ClaimDecision(
        claim: claim(fixture.homes[0].siteKey), outcome: .refused, amount: .zero, mint: nil,
        time: Dialogue.time, reasons: [], network: fixture.network, signedBy: key)
    }
    let decided = Message.decisions(Decisions(decisions: [decision(fixture.exchangeKey)]))
    #expect(dialogue.receive(other, decided).sent(to: teller) == [decided])
    let stranger = Message.decisions(Decisions(decisions: [decision(fixture.homes[1].memberKey)]))
    #expect(dialogue.receive(other, stranger).isEmpty, "only exchanges decide")
    let forged = Message.claims(Claims(claims: [claim(fixture.homes[1].siteKey)]))
    #expect(dialogue.receive(teller, forged).goodbye(to: teller) == .misbehaved)
  }

  @Test("A site that claims without end fills its own share, and no other's")
  func claimsWithoutEnd() throws {
    let (dialogue, chain) = try Dialogue.admitted()
    let fixture = chain.fixture
    let (teller, other) = (dialogue.peer("teller"), dialogue.peer("other", host: "198.51.100.3"))
    func claims(_ home: Int, _ range: Range<UInt32>) -> Message {
      let start = Interval(containing: LedgerFixture.start)
      return .claims(
        Claims(
          claims: range.map {
            Claim(
              site: fixture.homes[home].site.id, first: start.advanced(by: $0), length: 1,
              network: fixture.network, signedBy: fixture.homes[home].siteKey)
          }))
    }
    func passed(_ message: Message) -> Int {
      dialogue.receive(teller, message).sent(to: other).reduce(0) { count, message in
        guard case .claims(let claims) = message else { return count }
        return count + claims.claims.count
      }
    }
    let flood = (0..<4).map { passed(claims(0, (32 * $0)..<(32 * $0 + 32))) }
    #expect(flood == [32, 32, 0, 0])
    #expect(passed(claims(1, 0..<3)) == 3, "a neighbour is heard all the same")
    dialogue.milliseconds += 10_000
    #expect(passed(claims(0, 96..<128)) == 32, "and later it is heard again")
  }
}
