// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import JoinFiles
import Joining
import Ledger
import LedgerCrypto
import Quantities
import Testing

@Suite("Asking to be let in")
struct JoinRequestTests {
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

  private func review(
    _ request: JoinRequest, network: NetworkId = network, members: [Member] = [],
    sites: [SiteRecord] = [], reported: Interval? = nil
  ) -> JoinReview {
    JoinReview(
      request, network: network,
      members: Dictionary(uniqueKeysWithValues: members.map { ($0.record.id, $0) }),
      sites: Dictionary(uniqueKeysWithValues: sites.map { ($0.id, $0) }),
      progress: Dictionary(
        uniqueKeysWithValues: sites.compactMap { site in
          reported.map { (site.id, SiteProgress(next: $0)) }
        }), now: Self.now)
  }

  @Test("The encoding stays as it is, byte for byte, and comes back")
  func golden() throws {
    let request = try Self.request()
    #expect(SHA256.digest(request.bytes).hex == JoinRequestTests.digest)
    #expect(try JoinRequest(exactly: request.bytes) == request)
    #expect(try JoinRequest(exactly: Self.request(isAnother: true).bytes).member == nil)
    #expect(request.bytes.count < JoinRequest.limit)
    for cut in stride(from: 0, to: request.bytes.count, by: 7) {
      #expect(throws: DecodeError.self) { try JoinRequest(exactly: Array(request.bytes[..<cut])) }
    }
  }

  /// SHA-256 of the bytes of the request above.
  static let digest = "7ac7cc20e4eca48efe93fccb1dde6c82a4ba524e796f4b52fce55e42eded869d"

  @Test("What is asked stands in the record: capacity in W, the prefecture's area and position")
  func record() throws {
    let site = try Self.request().site
    #expect(site.capacityW == 4500 && site.batteryWh == 5000 && site.deviceId == "77")
    #expect(site.region == "JP-13" && site.gridArea == "tokyo")
    #expect(site.position == CoarsePosition(latitudeTenths: 357, longitudeTenths: 1397))
    #expect(Prefecture.all.count == 47 && Set(Prefecture.all.map(\.code)).count == 47)
    #expect(Prefecture("okinawa")?.code == "JP-47" && Prefecture("京都")?.gridArea == "kansai")
    #expect(Prefecture("13")?.english == "Tokyo" && Prefecture("Paris") == nil)
  }

  @Test(
    "A bad answer is refused by the name of its question",
    arguments: [
      ("pv", "much"), ("pv", "-1"), ("pv", "4.5678"), ("pv", "4,5"), ("pv", "99999999"),
      ("place", "Paris"), ("since", "1.4.2020"), ("since", "2020-02-30"), ("kind", "king"),
      ("kind", "operator"), ("kind", "exchange"), ("kind", "wholesaleMarket"),
      ("name", "a\u{7}b"), ("battery", "1e3"),
    ])
  func badAnswers(question: String, answer: String) {
    var values = [
      "name": "Sato", "pv": "4.5", "place": "Tokyo", "device": "x", "serial": "1",
      "since": "2020-04-01",
    ]
    values[question] = answer
    let answers = JoinAnswers(values)
    let error = #expect(throws: JoinAnswerError.self) { try Self.request(answers) }
    #expect(error?.question == question)
  }

  @Test("A clean request has no findings; each thing that is wrong is one")
  func findings() throws {
    let request = try Self.request()
    #expect(review(request).isClean)
    #expect(review(request, network: NetworkId(.zero)).findings.contains(.otherNetwork))
    var bytes = request.bytes
    bytes[bytes.count - 100] ^= 1
    #expect(try review(JoinRequest(exactly: bytes)).findings == [.badSignature])
    let member = Member(record: try #require(request.member), since: 0)
    #expect(review(request, members: [member], sites: [request.site]).findings == [.admitted])

    let another = try Self.request(isAnother: true)
    #expect(review(another).findings == [.unknownMember(another.site.member)])
    #expect(review(another, members: [member]).isClean)
    var suspended = member
    suspended.isSuspended = true
    #expect(review(another, members: [suspended]).findings == [.suspended(another.site.member)])
  }

  @Test(
    "A request of a would-be operator, exchange or market is not granted",
    arguments: [
      MemberKind.operator, .exchange, .wholesaleMarket,
    ])
  func office(kind: MemberKind) throws {
    let member = MemberRecord(kind: kind, name: "Shadow", key: Self.memberKey.publicKey)
    let site = try Self.answers.site(
      of: member.id, key: Self.siteKey.publicKey, offset: .japan,
      activeFrom: Interval(containing: Self.now))
    let request = JoinRequest(
      network: Self.network, member: member, site: site, siteKey: Self.siteKey,
      memberKey: Self.memberKey)
    #expect(review(request).findings == [.office(kind)] && review(request).isForbidden)
  }

  @Test("A home that says it has a water mill, or a power plant, is looked at before it is let in")
  func otherMethod() throws {
    let member = MemberRecord(kind: .consumer, name: "Sato", key: Self.memberKey.publicKey)
    let roof = try Self.request().site
    let plant = SiteRecord(
      member: member.id, key: roof.key, name: roof.name, method: .hydro, role: roof.role,
      capacityW: 10_000_000, batteryWh: 0, gridArea: roof.gridArea, region: roof.region,
      position: roof.position, utcOffset: roof.utcOffset, deviceName: roof.deviceName,
      deviceId: roof.deviceId, technology: roof.technology,
      commissionedDay: roof.commissionedDay, activeFrom: roof.activeFrom)
    let request = JoinRequest(
      network: Self.network, member: member, site: plant, siteKey: Self.siteKey,
      memberKey: Self.memberKey)
    #expect(
      review(request).findings == [.largeCapacity(watts: 10_000_000), .otherMethod(.hydro)])
  }

  @Test("The inverter of a member in good standing is refused to others, and moves once it is not")
  func sameDevice() throws {
    let request = try Self.request()
    let other = MemberRecord(
      kind: .consumer, name: "Sato", key: KeyPair(seed: Bytes32(words: (9, 0, 0, 0))).publicKey)
    let site = try Self.answers.site(
      of: other.id, key: KeyPair(seed: Bytes32(words: (10, 0, 0, 0))).publicKey, offset: .japan,
      activeFrom: Interval(1))
    var member = Member(record: other, since: 0)
    let found = review(request, members: [member], sites: [site])
    #expect(found.isForbidden && found.findings.count == 2)
    #expect(found.findings.contains { "\($0)".contains("reported twice") })
    member.isSuspended = true
    #expect(review(request, members: [member], sites: [site]).findings == [.sameName(other.id)])
    let answers = JoinAnswers([
      "name": "Sato", "pv": "4.5", "battery": "5", "place": "東京", "device": "Sharp JH-55",
      "serial": "77", "since": "2020-04-01", "support": "fit",
    ])
    let tariff = try answers.site(
      of: other.id, key: site.key, offset: .japan, activeFrom: Interval(1))
    #expect(
      review(request, members: [member], sites: [tariff]).findings == [
        .otherSupport(was: .feedInTariff, says: .none), .sameName(other.id),
      ], "a tariff is not shed by asking anew")
    let late = request.site.activeFrom.advanced(by: 1)
    let overlapping = review(request, members: [member], sites: [site], reported: late)
    #expect(overlapping.findings.first == .overlap(until: late, site: site.id))
    #expect(overlapping.isForbidden)
  }
}
