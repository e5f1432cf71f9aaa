public import Ledger
import LedgerStore
public import Logging
public import ServiceLifecycle

/// Keeps a ledger small: as blocks come, the bodies of old ones go. Headers, state and this home's own
/// reports with their proofs stay.
public struct PruningService: Service {
  private let keeper: LedgerKeeper
  private let bodies: UInt64
  private let sites: [SiteId]
  private let logger: Logger

  /// Keeps the newest `bodies` of a keeper's ledger, and the reports of `sites`.
  public init(keeper: LedgerKeeper, bodies: UInt64, sites: [SiteId], logger: Logger) {
    self.keeper = keeper
    self.bodies = bodies
    self.sites = sites
    self.logger = logger
  }

  /// Prunes whenever the chain moved, until shutdown.
  public func run() async throws {
    let changes = await keeper.changes()
    await cancelWhenGracefulShutdown {
      prune()
      for await _ in changes { prune() }
    }
  }

  private func prune() {
    do {
      while try keeper.store.prune(keeping: bodies, reportsOf: sites) > 0, !Task.isCancelled {}
    } catch { logger.error("not pruned", metadata: ["error": "\(error)"]) }
  }
}
