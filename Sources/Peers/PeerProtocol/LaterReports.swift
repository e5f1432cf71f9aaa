// SPDX-License-Identifier: Apache-2.0

import Ledger
import Quantities

/// Reports that wait for an earlier one of their site. Those that are nearest to their turn stay.
struct LaterReports {
  private var bySite: [SiteId: [(first: Interval, entry: Mempool.Entry)]] = [:]
  private var ids: Set<TransactionId> = []

  func contains(_ id: TransactionId) -> Bool { ids.contains(id) }

  /// Sites of which something waits.
  var sites: [SiteId] { bySite.keys.sorted() }

  /// Takes in a report.
  /// - Returns: what had to make room, perhaps this one.
  mutating func add(_ entry: Mempool.Entry, _ limits: PeerLimits) -> [TransactionId] {
    guard case .report(let report) = entry.transaction.transaction,
      ids.insert(entry.transaction.id).inserted
    else { return [] }
    var own = bySite[report.site] ?? []
    let place = own.firstIndex { $0.first > report.first } ?? own.count
    own.insert((report.first, entry), at: place)
    bySite[report.site] = own
    var gone: [TransactionId] = []
    if own.count > limits.poolLaterOfSite { gone.append(removeLast(of: report.site)) }
    if ids.count > limits.poolLater,
      let most = bySite.max(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) })
    {
      gone.append(removeLast(of: most.key))
    }
    return gone
  }

  private mutating func removeLast(of site: SiteId) -> TransactionId {
    var own = bySite[site] ?? []
    let last = own.removeLast().entry.transaction.id
    bySite[site] = own.isEmpty ? nil : own
    ids.remove(last)
    return last
  }

  /// Takes out what waits of a site, in order.
  mutating func take(of site: SiteId) -> [Mempool.Entry] {
    let own = bySite.removeValue(forKey: site)?.map(\.entry) ?? []
    for entry in own { ids.remove(entry.transaction.id) }
    return own
  }

  /// Forgets reports.
  /// - Returns: their ids.
  mutating func drop(where isOver: (Mempool.Entry) -> Bool) -> [TransactionId] {
    var gone: [TransactionId] = []
    for (site, own) in bySite {
      let kept = own.filter { !isOver($0.entry) }
      gone += own.filter { isOver($0.entry) }.map(\.entry.transaction.id)
      bySite[site] = kept.isEmpty ? nil : kept
    }
    ids.subtract(gone)
    return gone
  }
}
