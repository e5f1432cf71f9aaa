// SPDX-License-Identifier: Apache-2.0

public import Chain
public import Ledger
import LedgerCrypto
public import Quantities

/// Counts energy and coins a second time from the transactions of a chain as it is checked, without
/// the entries that the laws keep. What a site generated is remembered for as long as it may be
/// minted: five bytes a half hour of `claimDays`, and beyond them from what nobody claimed on.
public struct SupplyRecount: Sendable {
  /// What a site's transactions add up to.
  public struct Site: Sendable {
    public internal(set) var generatedWh: UInt64 = 0
    public internal(set) var claimedWh: UInt64 = 0
    public internal(set) var mintedMcoin: UInt64 = 0
    /// What each half hour from `first` on generated that may be minted, in Wh, and whether it is.
    fileprivate var first: UInt32 = 0
    fileprivate var generated: [UInt32] = []
    fileprivate var minted: [Bool] = []
  }

  /// By site.
  public private(set) var sites: [SiteId: Site] = [:]
  /// A half hour that two mints named, nil where none is.
  public private(set) var mintedTwice: (site: SiteId, interval: Interval)?
  /// Sites whose generation is supported.
  private var supported: [SiteId: PublicSupport] = [:]
  private let window: Int

  /// A count of nothing yet.
  public init(_ genesis: Genesis) { window = (Int(genesis.rules.claimDays) + 2) * 48 }

  /// Takes in a block of the chain; blocks come in their order.
  public mutating func follow(_ connected: ConnectedBlock) {
    for transaction in connected.block.transactions {
      switch transaction.transaction {
      case .registerSite(let register): supported[register.record.id] = register.record.support
      case .report(let report): take(report)
      case .mint(let mint): take(mint)
      default: continue
      }
    }
  }

  private mutating func take(_ report: Report) {
    var site = sites[report.site] ?? Site()
    for reading in report.readings where reading[quality: .generated] != .unknown {
      let number = reading.interval.number
      if site.generated.isEmpty { site.first = number }
      guard number >= site.first else { continue }
      let place = Int(number - site.first)
      let missing = place + 1 - site.generated.count
      if missing > 0 {
        site.generated.append(contentsOf: repeatElement(0, count: missing))
        site.minted.append(contentsOf: repeatElement(false, count: missing))
      }
      site.generated[place] = reading.creditable(under: supported[report.site] ?? .none)
      site.generatedWh = site.generatedWh.addingUpToMax(UInt64(reading[.generated]))
    }
    if site.generated.count > 2 * window {
      // After a long gap the state keeps a day that may be minted still: so does this.
      let gone = (0..<site.generated.count - window).prefix {
        site.minted[$0] || site.generated[$0] == 0
      }.count
      site.generated.removeFirst(gone)
      site.minted.removeFirst(gone)
      site.first += UInt32(gone)
    }
    sites[report.site] = site
  }

  private mutating func take(_ mint: Mint) {
    var site = sites[mint.site] ?? Site()
    for offset in 0..<mint.length {
      let interval = mint.first.advanced(by: offset)
      let place = Int(interval.number) - Int(site.first)
      guard site.generated.indices.contains(place) else { continue }
      if site.minted[place] { mintedTwice = mintedTwice ?? (mint.site, interval) }
      site.minted[place] = true
      site.claimedWh = site.claimedWh.addingUpToMax(UInt64(site.generated[place]))
    }
    site.mintedMcoin = site.mintedMcoin.addingUpToMax(mint.amount.value)
    sites[mint.site] = site
  }
}

extension Reading {
  /// What may be minted of it, in Wh: under a feed-in tariff what was neither fed in nor stored.
  /// Counted from the report itself; the law counts from the state.
  public func creditable(under support: PublicSupport) -> UInt32 {
    guard support == .feedInTariff else { return self[.generated] }
    guard qualities.hasGridCounts, isBalanced else { return 0 }
    return [EnergyFlow.sold, .batteryCharged, .vehicleCharged].reduce(self[.generated]) {
      $0.subtractingDownToZero(self[$1])
    }
  }
}
