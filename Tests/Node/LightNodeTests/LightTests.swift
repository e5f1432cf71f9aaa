// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import LedgerCrypto
import LedgerFixtures
import LightNode
import PeerProtocol
import Testing

@Suite("A light client's link")
struct LightTests {
  private static func session(_ file: String?) throws -> LightSession {
    try LightSession(LedgerFixture().genesis, known: file, subjects: [], evidence: nil, key: nil)
  }

  @Test("Nobody there is said with the address", .timeLimit(.minutes(1)))
  func nobody() async throws {
    var session = try Self.session(nil)
    let target = PeerTarget(host: "127.0.0.1", port: 1, key: nil)
    do {
      _ = try await session.run(target, timeout: 20)
      Issue.record("somebody answered")
    } catch LightError.unusable(let reason) { #expect(reason.contains("127.0.0.1:1")) }
  }

  @Test("What was kept of another network, or bytes that are nothing, are refused")
  func otherNetwork() throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-known-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let fixture = LedgerFixture(rules: LedgerFixture.rules(rate: 500))
    var foreign = try FixtureChain(fixture)
    try foreign.seal(encoded: fixture.admissions, after: 86_400)
    try foreign.settle()
    try foreign.settle()
    let proof = try #require(foreign.settled.proof)
    try Data(proof.bytes).write(to: file)
    #expect(throws: LightError.self) { try Self.session(file.path) }
    try Data([1, 2, 3]).write(to: file)
    #expect(throws: (any Error).self) { try Self.session(file.path) }
    #expect(throws: Never.self) { try Self.session("/nowhere") }
  }
}
