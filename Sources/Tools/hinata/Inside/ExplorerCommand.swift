// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Clocks
import CommandLineTool
import Explorer
import ExplorerIndex
import Foundation
import HTTPAPI
import LedgerStore
import Logging
import NodeServices
import ServiceLifecycle
import UnixSignals
import WebService

/// Serves the API and the explorer's pages from a data folder alone.
struct ExplorerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explorer",
    abstract: "Show a data folder in a browser, and to scripts.",
    discussion: """
      Reads the ledger of a folder, whether its node runs or not, and follows it. What it looks things up \
      by stands in explorer.sqlite beside it, or in --index where the folder is not to be written; it can \
      be deleted at any time.

      Examples:
        hinata explorer --data ~/.local/state/hinata --genesis Genesis/street.json
        hinata explorer --data DIR --genesis FILE --listen 127.0.0.1:0
        curl http://127.0.0.1:8090/api/v1/tip
      """)

  @OptionGroup var ledger: LedgerOptions

  @Option(help: "Where to listen, host:port; port 0 takes any that is free.")
  var listen = "127.0.0.1:8090"

  @Option(help: "File of the index; explorer.sqlite in the data folder unless told.")
  var index: String?

  @Option(
    name: .customLong("requests-per-second"),
    help: "How much one address may ask for; 0 is no limit.")
  var requestsPerSecond = 50

  func run() async throws {
    try await guardedAsync {
      guard let colon = listen.lastIndex(of: ":"),
        let port = Int(listen[listen.index(after: colon)...]), (0...65_535).contains(port)
      else { throw UsageError(description: "--listen \(listen) is not host:port") }
      guard (0...1_000_000).contains(requestsPerSecond) else {
        throw UsageError(description: "--requests-per-second is not in 0…1,000,000")
      }
      let host = listen[..<colon].trimmingCharacters(in: ["[", "]"])
      if index == nil { try ledger.place.folder.checkNamed() }
      let store = try ledger.follow()
      let path =
        index
        ?? URL(fileURLWithPath: ledger.data).appendingPathComponent(ExplorerIndex.fileName)
        .path
      let index = try ExplorerIndex(path: path, genesis: store.genesis)
      var limits = WebServer.Limits()
      limits.requestsPerSecond = requestsPerSecond
      limits.burst = 4 * requestsPerSecond
      LoggingSystem.bootstrap(StreamLogHandler.standardError)
      var logger = Logger(label: "hinata-explorer")
      logger.logLevel = .notice
      let server = ExplorerServer(
        ExplorerSource(ledger: store, index: index, clock: .wall), host: host, port: port,
        limits: limits, logger: logger
      ) { port in Screen.note("the explorer is at http://\(host):\(port)/") }
      let group = ServiceGroup(
        configuration: .init(
          services: server.services.map { .init(service: $0) },
          gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
      try await group.run()
    }
  }
}
