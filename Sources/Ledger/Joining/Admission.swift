// SPDX-License-Identifier: Apache-2.0

public import Ledger
public import LedgerCrypto
public import Quantities

/// What lets a household in that has asked: its review, and what the operator signs for it.
public struct Admission: Sendable {
  public let request: JoinRequest
  public let review: JoinReview
  private let network: NetworkId
  /// A member that the asking one replaces, whose keys were lost.
  private let replaced: (id: MemberId, member: Member)?
  private let isKnown: Bool

  /// The admission of `request` by what the chain holds.
  /// - Parameters:
  ///   - members, sites, progress: all that are registered.
  ///   - replaced: a member that is suspended with it; nil for none.
  ///   - now: the network's time.
  public init(
    _ request: JoinRequest, network: NetworkId, members: [MemberId: Member],
    sites: [SiteId: SiteRecord], progress: [SiteId: SiteProgress], replacing replaced: MemberId?,
    now: NetworkTime
  ) {
    self.request = request
    self.network = network
    var members = members
    isKnown = request.member.map { members[$0.id] != nil } ?? true
    self.replaced = replaced.flatMap { id in members[id].map { (id, $0) } }
    if let replaced { members[replaced]?.isSuspended = true }
    review = JoinReview(
      request, network: network, members: members, sites: sites, progress: progress, now: now)
  }

  /// What the operator signs, in the order in which it holds.
  public func transactions(by operator: MemberId, signedBy key: KeyPair) -> [Transaction] {
    var all: [Transaction] = []
    if let (id, member) = replaced, !member.isSuspended {
      all.append(
        .setStanding(
          SetStanding(
            operator: `operator`, member: id, isSuspended: true,
            change: member.standingChanges + 1, network: network, signedBy: key)))
    }
    if let record = request.member, !isKnown {
      all.append(
        .admitMember(
          AdmitMember(operator: `operator`, record: record, network: network, signedBy: key)))
    }
    all.append(
      .registerSite(
        RegisterSite(operator: `operator`, record: request.site, network: network, signedBy: key)))
    return all
  }
}
