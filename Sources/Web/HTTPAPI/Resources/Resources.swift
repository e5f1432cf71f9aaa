// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import LedgerStore
import NodeServices
import Product
public import WebService

/// Everything that the API answers, made over one source.
public struct Resources: Sendable {
  let source: ExplorerSource

  /// The resources of a source.
  public init(_ source: ExplorerSource) { self.source = source }

  /// All endpoints of the API, its description included.
  public var endpoints: [Endpoint] {
    let described =
      chain() + finality() + blocks() + transactions() + evidence() + members() + sites() + lots()
      + claims()
      + granularCertificates() + supply() + proofs() + statements() + network() + health()
    let document = OpenAPIDocument(
      title: "Hinata", version: Version.text,
      about: """
        What a network of homes recorded and what became of it. Amounts are whole numbers with their \
        unit in the name: Wh, and milli-coins of which one is a Wh at the usual rate. Lists come in pages: \
        `next` of a page is `after` of the following one. Everything is answered as the chain stands now; \
        an ETag says cheaply whether it still does.
        """,
      tags: [
        ("chain", "Blocks, and how the chain stands."),
        ("transactions", "What blocks hold."), ("energy", "What the network and its homes did."),
        ("members", "Who takes part."), ("sites", "Places with meters, and their reports."),
        ("coins", "Lots of coins, what became of them, certificates."),
        ("proofs", "What can be checked without trusting this server."),
        ("network", "This node, its peers, this description."),
      ], described
    ).json
    return described + [
      Endpoint(
        "/api/v1/openapi.json", "network", "This description.",
        gives: .media("application/json")
      ) { _ in Answer(document, type: "application/json") }
    ]
  }

  /// The running node, or why there is none.
  func node() throws(Problem) -> LedgerKeeper {
    guard let keeper = source.keeper else {
      throw Problem(
        .serviceUnavailable, "this explorer reads a folder alone; ask a node that runs")
    }
    return keeper
  }
}
