// SPDX-License-Identifier: Apache-2.0

import Ledger
public import LedgerCrypto
import LedgerStore
public import Logging
public import ServiceLifecycle

/// Keeps a ledger small: as blocks come, the bodies of old ones go. Headers, state and this home's
/// own reports with their proofs stay.
public struct PruningService: Service {
  private let keeper: LedgerKeeper
  private let bodies: UInt64
  private let key: PublicKey?
  private let logger: Logger

  /// Keeps the newest `bodies` of a keeper's ledger, and the reports that `key` signed.
  public init(keeper: LedgerKeeper, bodies: UInt64, key: PublicKey?, logger: Logger) {
    self.keeper = keeper
    self.bodies = bodies
    self.key = key
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
      let sites = try [key].compactMap { try $0.flatMap(keeper.store.site(of:)) }
      while try keeper.store.prune(keeping: bodies, reportsOf: sites) > 0, !Task.isCancelled {}
    } catch { logger.error("not pruned", metadata: ["error": "\(error)"]) }
  }
}
