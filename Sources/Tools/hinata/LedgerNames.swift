// SPDX-License-Identifier: Apache-2.0

import CommandLineTool
import Ledger
import LedgerCrypto
import LedgerStore

extension LedgerStore {
  /// The members of the network by their names.
  func namedMembers() throws -> [NamedThing] {
    try named(.member) { entry in
      guard case .member(let member) = entry else { return nil }
      return NamedThing(id: member.record.id.hex, name: member.record.name)
    }
  }

  /// The sites of the network by their names.
  func namedSites() throws -> [NamedThing] {
    try named(.site) { entry in
      guard case .site(let site) = entry else { return nil }
      return NamedThing(id: site.id.hex, name: site.name)
    }
  }

  private func named(
    _ kind: StateKey.Kind, _ thing: (StateEntry) -> NamedThing?
  ) throws -> [NamedThing] {
    var all: [NamedThing] = []
    try visitEntries(of: kind) { _, bytes in
      if let entry = try? StateEntry(kind, exactly: bytes), let named = thing(entry) {
        all.append(named)
      }
    }
    return all
  }

  /// The member that a text names.
  func member(named text: String, isLoose: Bool = false) throws -> MemberId {
    let found = try NamedThing.find(
      text, among: try namedMembers(), what: "member", isLoose: isLoose)
    guard let id = MemberId(hex: found.id) else {
      throw UsageError(description: "no id: \(found.id)")
    }
    return id
  }

  /// The site that a text names.
  func site(named text: String, isLoose: Bool = false) throws -> SiteId {
    let found = try NamedThing.find(text, among: try namedSites(), what: "site", isLoose: isLoose)
    guard let id = SiteId(hex: found.id) else {
      throw UsageError(description: "no id: \(found.id)")
    }
    return id
  }
}
