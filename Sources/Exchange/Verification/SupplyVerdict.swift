// SPDX-License-Identifier: Apache-2.0

public import Ledger
import Quantities

/// Whether the coins of a chain are what its energy gives, counted from the single entries of the
/// state that was derived: days for the energy, lots for the coins.
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

  /// Counts the state of a chain that was checked.
  public init(_ state: CompactState, genesis: Genesis) throws {
    supply = try state.supply()
    let rate = genesis.rules.milliCoinsPerKilowattHour
    var generated: [SiteId: UInt64] = [:]
    var claimed: [SiteId: UInt64] = [:]
    try state.visit(.day) { key, entry in
      guard case .day(let day) = entry else { return }
      for slot in 0..<48 {
        generated[SiteId(key.id), default: 0] += day.generated[slot]
        if day.minted & (1 << UInt64(slot)) != 0 {
          claimed[SiteId(key.id), default: 0] += day.generated[slot]
        }
      }
    }
    var minted: [SiteId: UInt64] = [:]
    var (valid, retired) = (UInt64(0), UInt64(0))
    try state.visit(.lot) { _, entry in
      guard case .lot(let lot) = entry else { return }
      minted[lot.site, default: 0] += lot.amount.value
      if lot.isRetired { retired += lot.amount.value } else { valid += lot.amount.value }
    }
    try state.visit(.site) { key, entry in
      guard case .site(let record) = entry else { return }
      let id = SiteId(key.id)
      sites.append(
        Site(
          site: id.hex, name: record.name, member: record.member.hex,
          generatedWh: generated[id] ?? 0, claimedWh: claimed[id] ?? 0,
          mintedMcoin: minted[id] ?? 0))
    }
    sites.sort { $0.site < $1.site }
    finding = check(valid: valid, retired: retired, rate: rate)
  }

  private func check(valid: UInt64, retired: UInt64, rate: UInt32) -> Finding? {
    func differ(_ what: String, _ left: UInt64, _ right: UInt64, law: Int) -> Finding? {
      left == right ? nil : Finding(law: law, reason: "\(what): \(left) and \(right)")
    }
    let claimed = sites.reduce(0) { $0 + $1.claimedWh }
    let minted = sites.reduce(0) { $0 + $1.mintedMcoin }
    return differ("claimed Wh by days and in total", claimed, supply.claimedWh, law: 1)
      ?? differ(
        "generated Wh by days and in total", sites.reduce(0) { $0 + $1.generatedWh },
        supply.generatedWh, law: 1)
      ?? differ("milli-coins in lots and minted", minted, supply.minted.value, law: 3)
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
