// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Joining
public import Ledger
public import LedgerStore
public import Quantities

extension LedgerStore {
  /// A household's request with what this chain says of it.
  /// - Parameters:
  ///   - replaced: a member that is suspended with it; nil for none.
  ///   - now: the network's time.
  public func admission(
    of request: JoinRequest, replacing replaced: MemberId?, now: NetworkTime
  ) throws -> Admission {
    var members: [MemberId: Member] = [:]
    var sites: [SiteId: SiteRecord] = [:]
    var progress: [SiteId: SiteProgress] = [:]
    try visitEntries(of: .member) { key, bytes in
      if case .member(let member) = try StateEntry(.member, exactly: bytes) {
        members[MemberId(key.id)] = member
      }
    }
    try visitEntries(of: .site) { key, bytes in
      if case .site(let record) = try StateEntry(.site, exactly: bytes) {
        sites[SiteId(key.id)] = record
      }
    }
    for id in sites.keys { progress[id] = try self.progress(id) }
    return Admission(
      request, network: network, members: members, sites: sites, progress: progress,
      replacing: replaced, now: now)
  }
}
