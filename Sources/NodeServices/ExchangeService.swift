import CanonicalCoding
public import Foundation
public import Ledger
public import LedgerCrypto
public import LedgerStore
public import Logging
public import Quantities
public import ServiceLifecycle

/// The exchange's role in a node: answers claims by checking them against its own chain, and mints.
/// Claims are files that the claimants put into a folder; the decision is written beside each.
public struct ExchangeService: Service {
  private let keeper: LedgerKeeper
  private let key: KeyPair
  private let exchange: MemberId
  private let folder: URL
  private let logger: Logger

  /// An exchange that signs with `key` as the member `exchange` and finds claims in `folder`.
  public init(
    keeper: LedgerKeeper, key: KeyPair, exchange: MemberId, folder: URL, logger: Logger
  ) {
    self.keeper = keeper
    self.key = key
    self.exchange = exchange
    self.folder = folder
    self.logger = logger
  }

  /// Answers claims whenever the chain moves, until shutdown.
  public func run() async throws {
    let changes = await keeper.changes()
    await cancelWhenGracefulShutdown {
      for await _ in changes {
        do { try await answerClaims() } catch {
          logger.error("claims not answered", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  private func answerClaims() async throws {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.sorted() ?? []
    for name in names where name.hasSuffix(".claim") {
      let file = folder.appendingPathComponent(name)
      guard let data = try? Data(contentsOf: file) else { continue }
      guard let claim = try? Claim(exactly: Array(data)) else {
        try decide(file, "refused: the file is no claim")
        continue
      }
      switch try ClaimCheck.verdict(on: claim, in: keeper.store) {
      case .wait: continue
      case .refuse(let reason): try decide(file, "refused: \(reason)")
      case .mint(let amount):
        let mint = Mint(
          exchange: exchange, site: claim.site, first: claim.first, length: claim.length,
          amount: amount, claim: claim.id, network: keeper.store.network, signedBy: key)
        try await keeper.submit(EncodedTransaction(.mint(mint)))
        try decide(file, "minted: \(amount)")
        logger.info("minted", metadata: ["amount": "\(amount)", "claim": "\(claim.id)"])
      }
    }
  }

  /// Writes the decision and puts the claim aside, in this order: a crash between repeats the
  /// decision, and law 2 keeps a repeated mint out.
  private func decide(_ file: URL, _ decision: String) throws {
    let decided = file.deletingPathExtension().appendingPathExtension("decision")
    try Data((decision + "\n").utf8).write(to: decided, options: .atomic)
    let kept = file.deletingPathExtension().appendingPathExtension("decided")
    _ = try? FileManager.default.removeItem(at: kept)
    try FileManager.default.moveItem(at: file, to: kept)
  }
}

/// The desk's check of a claim against the chain.
public enum ClaimCheck {
  /// What to do with a claim.
  public enum Verdict: Hashable, Sendable {
    case mint(MilliCoins)
    /// The reports under it are not yet deep enough.
    case wait
    case refuse(String)
  }

  /// Judges a claim by the chain of `store`.
  public static func verdict(
    on claim: Claim, in store: LedgerStore
  ) throws(StoreError) -> Verdict {
    guard case .site(let site)? = try store.entry(.site(claim.site)) else {
      return .refuse("no such site")
    }
    guard claim.isSigned(by: site.key, in: store.network) else {
      return .refuse("the claim is not signed by the site's key")
    }
    let end = claim.first.advanced(by: claim.length)
    guard case .progress(let progress)? = try store.entry(.progress(claim.site)),
      end <= progress.next
    else { return .wait }
    let tip = try store.height()
    let from = Interval(claim.first.number - min(claim.first.number, 48))
    for (report, _, height) in try store.reports(of: claim.site, in: from..<end)
    where report.next > claim.first {
      guard tip - height >= UInt64(store.genesis.rules.confirmations) else { return .wait }
    }
    return try worth(of: claim, site, store)
  }

  private static func worth(
    of claim: Claim, _ site: SiteRecord, _ store: LedgerStore
  ) throws(StoreError) -> Verdict {
    var generated = WattHours.zero
    for offset in 0..<claim.length {
      let interval = claim.first.advanced(by: offset)
      let (number, slot) = site.day(of: interval)
      guard case .day(let day)? = try store.entry(.day(claim.site, number)) else {
        return .refuse("interval \(interval) is not recorded")
      }
      guard day.minted & (1 << UInt64(slot)) == 0 else {
        return .refuse("interval \(interval) was minted before")
      }
      generated += WattHours(Int64(day.generated[slot]))
    }
    let amount = NoCoinWithoutEnergyLaw.worth(
      of: generated, rate: store.genesis.rules.milliCoinsPerKilowattHour)
    return amount > .zero ? .mint(amount) : .refuse("nothing was generated")
  }
}
