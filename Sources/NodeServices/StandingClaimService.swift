import CanonicalCoding
public import Foundation
public import Ledger
public import LedgerCrypto
import LedgerStore
public import Logging
import Quantities
public import ServiceLifecycle

/// Claims everything that a site generated as soon as it is on the chain: for each stretch of
/// recorded intervals with generation a signed claim in the exchange's folder.
public struct StandingClaimService: Service {
  private let keeper: LedgerKeeper
  private let site: SiteId
  private let key: KeyPair
  private let folder: URL
  private let logger: Logger

  /// Standing claims of `site` by its key, put into `folder`.
  public init(keeper: LedgerKeeper, site: SiteId, key: KeyPair, folder: URL, logger: Logger) {
    self.keeper = keeper
    self.site = site
    self.key = key
    self.folder = folder
    self.logger = logger
  }

  /// Claims whenever the chain moves, until shutdown.
  public func run() async throws {
    let changes = await keeper.changes()
    await cancelWhenGracefulShutdown {
      var claimed: Interval?
      for await _ in changes {
        do { claimed = try claim(after: claimed) ?? claimed } catch {
          logger.error("no claim made", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  /// Claims the reports that came since `last`; each report once.
  private func claim(after last: Interval?) throws -> Interval? {
    guard case .site(let record)? = try keeper.store.entry(.site(site)),
      case .progress(let progress)? = try keeper.store.entry(.progress(site))
    else { return nil }
    let from = last ?? record.activeFrom
    guard from < progress.next else { return nil }
    for (report, _, _) in try keeper.store.reports(of: site, in: from..<progress.next) {
      guard report.total(.generated) > .zero else { continue }
      let claim = Claim(
        site: site, first: report.first, length: UInt32(report.readings.count),
        network: keeper.store.network, signedBy: key)
      try ClaimFolder.put(claim, into: folder)
    }
    return progress.next
  }
}

/// The folder through which claims reach an exchange on the same machine.
public enum ClaimFolder {
  /// Puts a claim into `folder`, once: a claim that was decided stays so.
  public static func put(_ claim: Claim, into folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let name = claim.id.hex.prefix(32)
    for known in ["claim", "decided"] {
      let file = folder.appendingPathComponent("\(name).\(known)")
      if FileManager.default.fileExists(atPath: file.path) { return }
    }
    let file = folder.appendingPathComponent("\(name).claim")
    try Data(claim.bytes).write(to: file, options: .atomic)
  }
}
