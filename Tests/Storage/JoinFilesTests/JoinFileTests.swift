// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import JoinFiles
import Joining
import Ledger
import LedgerCrypto
import Quantities
import Testing

@Suite("Files of a request to join")
struct JoinFileTests {
  static let network = NetworkId(Bytes32(words: (1, 2, 3, 4)))
  static let memberKey = KeyPair(seed: Bytes32(words: (5, 0, 0, 0)))
  static let siteKey = KeyPair(seed: Bytes32(words: (6, 0, 0, 0)))
  static let answers = JoinAnswers([
    "name": "Sato", "pv": "4.5", "battery": "5", "place": "東京", "device": "Sharp JH-55",
    "serial": " 77 ", "since": "2020-04-01",
  ])
  static let now = NetworkTime(seconds: 1_782_010_800)

  private static func request(
    _ answers: JoinAnswers = answers, isAnother: Bool = false
  ) throws -> JoinRequest {
    let member = try answers.member(key: memberKey.publicKey)
    let site = try answers.site(
      of: member.id, key: siteKey.publicKey, offset: .japan, activeFrom: Interval(containing: now))
    return JoinRequest(
      network: network, member: isAnother ? nil : member, site: site, siteKey: siteKey,
      memberKey: memberKey)
  }

  @Test("A request comes back from its text, from its file and from neither when it is damaged")
  func files() throws {
    let request = try Self.request()
    let text = JoinRequestFile.text(request)
    #expect(try JoinRequestFile.read(text) == request)
    #expect(throws: JoinRequestError.self) { try JoinRequestFile.read(String(text.dropLast(8))) }
    #expect(throws: JoinRequestError.self) { try JoinRequestFile.read("/nonexistent") }
    #expect(try JoinRequestPicture.svg(request).hasPrefix("<svg"))
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    try JoinRequestFile.data(request).write(to: file)
    #expect(try JoinRequestFile.read(file.path) == request)
  }
}
