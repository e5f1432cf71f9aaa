// SPDX-License-Identifier: Apache-2.0

public import Ledger
import Quantities

/// Whether the coins of a chain are what its energy gives, counted twice: from every report and
/// mint of the chain, and from the single entries of the state that was derived. Days leave the
/// state after `claimDays`, so nothing is summed from them.
public struct SupplyVerdict: Sendable {
  /// A site's part.
  public struct Site: Codable, Sendable {
    public let site: String
    public let name: String
    public let member: String
    public let generatedWh: UInt64
    public let claimedWh: UInt64
    public let mintedMcoin: UInt64
  }

  /// What is wrong first, nil where all agrees.
  public private(set) var finding: Finding?
  public private(set) var supply: Supply
  public private(set) var sites: [Site] = []

  /// Holds the state of a chain that was checked against a count of its transactions.
  public init(_ state: CompactState, recount: SupplyRecount, genesis: Genesis) throws {
    supply = try state.supply()
    var lots: [SiteId: UInt64] = [:]
    var (valid, retired) = (UInt64(0), UInt64(0))
    try state.visit(.lot) { _, entry in
      guard case .lot(let lot) = entry else { return }
      lots[lot.site, default: 0] += lot.amount.value
      if lot.isRetired { retired += lot.amount.value } else { valid += lot.amount.value }
    }
    var records: [SiteId: SiteRecord] = [:]
    try state.visit(.site) { key, entry in
      if case .site(let record) = entry { records[SiteId(key.id)] = record }
    }
    for (id, record) in records {
      let count = recount.sites[id] ?? SupplyRecount.Site()
      sites.append(
        Site(
          site: id.hex, name: record.name, member: record.member.hex,
          generatedWh: count.generatedWh, claimedWh: count.claimedWh,
          mintedMcoin: count.mintedMcoin))
      finding =
        try finding ?? siteFinding(id, count, try state.progress(id), lots[id] ?? 0)
    }
    sites.sort { $0.site < $1.site }
    if let (site, interval) = recount.mintedTwice {
      finding = Finding(law: 2, reason: "\(interval) of site \(site.hex) was minted twice")
    }
    finding =
      finding
      ?? check(valid: valid, retired: retired, rate: genesis.rules.milliCoinsPerKilowattHour)
  }

  private func differ(_ what: String, _ left: UInt64, _ right: UInt64, law: Int) -> Finding? {
    left == right ? nil : Finding(law: law, reason: "\(what): \(left) and \(right)")
  }

  private func siteFinding(
    _ id: SiteId, _ count: SupplyRecount.Site, _ progress: SiteProgress?, _ lots: UInt64
  ) throws -> Finding? {
    differ(
      "Wh of site \(id.hex) by its reports and in the state", count.generatedWh,
      progress?.totals[0] ?? 0, law: 1)
      ?? differ(
        "claimed Wh of site \(id.hex) by its mints and in the state", count.claimedWh,
        progress?.mintedWh ?? 0, law: 1)
      ?? differ(
        "milli-coins of site \(id.hex) minted and in lots", count.mintedMcoin, lots, law: 3)
  }

  private func check(valid: UInt64, retired: UInt64, rate: UInt32) -> Finding? {
    let claimed = sites.reduce(0) { $0 + $1.claimedWh }
    let minted = sites.reduce(0) { $0 + $1.mintedMcoin }
    return differ("claimed Wh by mints and in total", claimed, supply.claimedWh, law: 1)
      ?? differ(
        "generated Wh by reports and in total", sites.reduce(0) { $0 + $1.generatedWh },
        supply.generatedWh, law: 1)
      ?? differ("milli-coins by mints and in total", minted, supply.minted.value, law: 3)
      ?? differ("milli-coins in valid lots and the balance", valid, supply.balance.value, law: 3)
      ?? differ("milli-coins in retired lots and retired", retired, supply.retired.value, law: 3)
      ?? sites.first { $0.mintedMcoin > $0.claimedWh * UInt64(rate) / 1000 }.map {
        Finding(
          law: 1,
          reason: "\($0.mintedMcoin) milli-coins of site \($0.site) for \($0.claimedWh) Wh")
      }
      ?? (rate == 1000 ? differ("milli-coins and Wh", minted, claimed, law: 1) : nil)
  }
}
