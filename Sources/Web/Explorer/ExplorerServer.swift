// SPDX-License-Identifier: Apache-2.0

import ExplorerIndex
public import HTTPAPI
public import Logging
import Markup
public import ServiceLifecycle
public import WebService

/// The API and the pages of one source, on one address.
public struct ExplorerServer: Sendable {
  private let source: ExplorerSource
  private let server: WebServer
  private let follower: IndexFollower

  /// A server at `host`:`port`.
  /// - Parameter onRunning: is told the port once the server listens.
  public init(
    _ source: ExplorerSource, household: Household? = nil, host: String, port: Int,
    limits: WebServer.Limits, logger: Logger,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) {
    self.source = source
    follower = IndexFollower(source, logger: logger)
    server = WebServer(
      Resources(source).endpoints
        + ExplorerPages.endpoints(
          source, isNew: household.map { $0.key == nil && $0.office == nil } ?? false)
        + (household.map { HouseholdPages.endpoints(source, $0) } ?? []), host: host, port: port,
      limits: limits, cache: source.cache, counts: source.counts, logger: logger,
      page: { NetworkPages.problem($0, $1, source) }, variant: View.variant,
      onRunning: onRunning)
  }

  /// What runs: the follower of the chain first, so that it ends last.
  public var services: [any Service] { [follower, server] }
}
