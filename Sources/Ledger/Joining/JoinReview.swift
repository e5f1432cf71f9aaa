// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Ledger
import LedgerCrypto
public import Quantities

/// What the chain and a reader's eye say of a request.
public struct JoinReview: Sendable {
  /// One thing that was found.
  public enum Finding: Hashable, Sendable, CustomStringConvertible {
    case otherNetwork
    case badSignature
    case otherMember
    case unknownMember(MemberId)
    case suspended(MemberId)
    case memberKeyTaken
    case siteKeyTaken
    /// It was admitted before: nothing is left to do.
    case admitted
    case noCapacity
    case largeCapacity(watts: UInt32)
    /// A home or company that says it generates by other means than the sun.
    case otherMethod(GenerationMethod)
    /// Whoever holds it mints or admits: no household's request lets such a member in.
    case office(MemberKind)
    /// Its device moves here from another site of its member, which ends.
    case movedDevice(site: SiteId, name: String)
    /// It says of the same device another public support than the site that has it.
    case otherSupport(was: PublicSupport, says: PublicSupport)
    /// Another site reported its device's energy up to there.
    case overlap(until: Interval, site: SiteId)
    case sameSerial(site: SiteId, name: String)
    case sameDevice(site: SiteId, name: String, member: MemberId)
    case sameName(MemberId)
    case early(Interval)

    /// Whether the request cannot be granted as it is; others are for the operator to weigh.
    public var forbids: Bool {
      switch self {
      case .noCapacity, .largeCapacity, .otherMethod, .movedDevice, .otherSupport,
        .sameSerial, .sameName, .early:
        false
      default: true
      }
    }

    /// The text for people.
    public var description: String {
      switch self {
      case .otherNetwork: "it is for another network"
      case .badSignature: "it is not signed by the keys that it names"
      case .otherMember: "the site belongs to another member than the one that asks"
      case .unknownMember(let id): "there is no member \(id.hex); ask for a request of a new member"
      case .suspended(let id): "member \(id.hex) is suspended; reinstate it first"
      case .memberKeyTaken: "the member's key belongs to somebody already"
      case .siteKeyTaken:
        "the site's key belongs to somebody already: each site needs a key of its own"
      case .admitted: "it was admitted already"
      case .noCapacity: "a PV site of 0 W can never be minted"
      case .largeCapacity(let watts): "\(watts) W is much for a home's roof"
      case .otherMethod(let method):
        "it says that it generates by \(method): few homes do, and the sun cannot be held against it"
      case .office(let kind):
        "it asks to be \(kind): such members are let in by hinata operator admit, not by a request"
      case .movedDevice(let site, let name):
        "its device is that of the member's site \(name) (\(site.hex)), which ends with it"
      case .otherSupport(let was, let says):
        "its device had the support \(was), and it says \(says): see the contract, for under a feed-in tariff what is "
          + "sold gives no coins"
      case .overlap(let until, let site):
        "site \(site.hex) reported for its device up to \(until): it may begin there, not before"
      case .sameSerial(let site, let name):
        "site \(name) (\(site.hex)) has a device of another name and the same serial number"
      case .sameDevice(let site, let name, let member):
        "its device is that of site \(name) (\(site.hex)): while member \(member.hex) is not suspended, the same "
          + "generation could be reported twice (admit with --replaces \(member.hex))"
      case .sameName(let member): "member \(member.hex) has the same name"
      case .early(let interval): "it wants to report from \(interval) on, long before now"
      }
    }
  }

  /// What was found, what forbids first.
  public let findings: [Finding]

  /// Whether nothing stands in the way, as far as a machine can tell.
  public var isClean: Bool { findings.isEmpty }
  /// Whether it cannot be granted.
  public var isForbidden: Bool { findings.contains(where: \.forbids) }

  /// Reviews a request by what the chain holds.
  /// - Parameters:
  ///   - members, sites: all that are registered.
  ///   - progress: of the sites that have reported, or ended.
  ///   - now: the network's time.
  public init(
    _ request: JoinRequest, network: NetworkId, members: [MemberId: Member],
    sites: [SiteId: SiteRecord], progress: [SiteId: SiteProgress],
    now: NetworkTime
  ) {
    var found: [Finding] = []
    if let kind = request.member?.kind, !JoinReview.kinds.contains(kind) {
      found.append(.office(kind))
    }
    if request.network != network { found.append(.otherNetwork) }
    let id = request.member?.id ?? request.site.member
    if request.site.member != id { found.append(.otherMember) }
    let known = members[id]
    if let key = (request.member ?? known?.record)?.key {
      if !request.isSigned(memberKey: key) { found.append(.badSignature) }
    }
    if request.member == nil {
      if let known {
        if known.isSuspended { found.append(.suspended(id)) }
      } else {
        found.append(.unknownMember(id))
      }
    }
    let keys =
      members.map { (key: $1.record.key, member: $0) }
      + sites.map { (key: $1.key, member: $1.member) }
    if sites[request.site.id] != nil {
      found.append(.admitted)
    } else if keys.contains(where: { $0.key == request.site.key }) {
      found.append(.siteKeyTaken)
    }
    if let member = request.member, known == nil, keys.contains(where: { $0.key == member.key }) {
      found.append(.memberKeyTaken)
    }
    for (other, record) in sites.sorted(by: { $0.key.value.hex < $1.key.value.hex })
    where other != request.site.id && progress[other]?.isEnded != true {
      let isGood = members[record.member]?.isSuspended == false
      found += JoinReview.devices(request.site, other, record, isGood, progress[other]?.next)
    }
    found += JoinReview.doubts(request, id, members, now)
    findings = found.filter(\.forbids) + found.filter { !$0.forbids }
  }

  /// Kinds of members that a household, a school, a company or a plant asks to be.
  public static let kinds: Set<MemberKind> = [
    .consumer, .publicConsumer, .businessConsumer, .generator,
  ]

  /// What another site's device says of the one that is asked for.
  private static func devices(
    _ asked: SiteRecord, _ other: SiteId, _ record: SiteRecord, _ isGood: Bool,
    _ reported: Interval?
  ) -> [Finding] {
    guard asked.capacityW > 0, record.capacityW > 0 else { return [] }
    guard record.device == asked.device else {
      return record.deviceId == asked.deviceId && isGood
        ? [.sameSerial(site: other, name: record.name)] : []
    }
    guard record.member == asked.member || !isGood else {
      return [.sameDevice(site: other, name: record.name, member: record.member)]
    }
    var found: [Finding] = []
    if isGood { found.append(.movedDevice(site: other, name: record.name)) }
    if record.support != asked.support {
      found.append(.otherSupport(was: record.support, says: asked.support))
    }
    if let reported, asked.activeFrom < reported {
      found.append(.overlap(until: reported, site: other))
    }
    return found
  }

  private static func doubts(
    _ request: JoinRequest, _ id: MemberId, _ members: [MemberId: Member], _ now: NetworkTime
  ) -> [Finding] {
    var found: [Finding] = []
    let (site, kind) = (request.site, request.member?.kind ?? members[id]?.record.kind)
    if site.method == .photovoltaic, site.capacityW == 0 { found.append(.noCapacity) }
    if site.capacityW > 50_000, kind == .consumer {
      found.append(.largeCapacity(watts: site.capacityW))
    }
    if site.method.isRenewable, site.method != .photovoltaic, kind != .generator {
      found.append(.otherMethod(site.method))
    }
    if let member = request.member,
      let other = members.first(where: { $0.value.record.name == member.name && $0.key != id })
    {
      found.append(.sameName(other.key))
    }
    let oldest = now.seconds.subtractingDownToZero(31 * 86_400)
    if request.site.activeFrom.start.seconds < oldest {
      found.append(.early(request.site.activeFrom))
    }
    return found
  }
}
