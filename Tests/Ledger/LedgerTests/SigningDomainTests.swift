// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import LedgerCrypto
import LedgerFixtures
import Testing

@testable import Ledger

@Suite("What a signature is for")
struct SigningDomainTests {
  @Test("A signature made for one thing is worth nothing for any other, nor in another network")
  func apart() {
    let fixture = LedgerFixture()
    let key = LedgerFixture.key("signer")
    let content = [UInt8](repeating: 7, count: 100)
    for made in SigningDomain.allCases {
      let signature = key.sign(SignedMessage.bytes(made, content, in: fixture.network))
      for asked in SigningDomain.allCases {
        let message = SignedMessage.bytes(asked, content, in: fixture.network)
        #expect(signature.isValid(for: message, by: key.publicKey) == (made == asked))
      }
      let elsewhere = SignedMessage.bytes(made, content, in: NetworkId(.zero))
      #expect(!signature.isValid(for: elsewhere, by: key.publicKey))
    }
  }

  @Test(
    "Every kind of transaction begins with its domain's byte, and the list of kinds has them all")
  func kinds() {
    let domains = TransactionKind.allCases.map(\.domain)
    for kind in TransactionKind.allCases { #expect(TransactionKind(code: kind.code) == kind) }
    #expect(TransactionKind(code: SigningDomain.claim.rawValue) == nil)
    let others: Set<SigningDomain> = [
      .header, .claim, .auditNote, .decision, .certificatePage, .joinRequest, .approval,
      .nodeKey, .restartVote,
    ]
    #expect(Set(domains).union(others) == Set(SigningDomain.allCases))
    #expect(Set(domains).isDisjoint(with: others))
  }
}
