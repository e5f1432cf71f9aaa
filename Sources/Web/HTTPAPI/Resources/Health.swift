// SPDX-License-Identifier: Apache-2.0

import ExplorerIndex
import HTTPTypes
import LedgerStore
import WebService

extension Resources {
  func health() -> [Endpoint] {
    [
      Endpoint(
        "/healthz", "health", "Whether the process answers.", gives: .media("text/plain"),
        isShared: false
      ) { _ in Answer(Array("ok\n".utf8), type: "text/plain", freshness: .never) },
      Endpoint(
        "/readyz", "health", "Whether the index is at the chain's tip.",
        gives: .media("text/plain"), failures: [.serviceUnavailable], isShared: false
      ) { _ in
        guard source.isReady else {
          throw Problem(
            .serviceUnavailable,
            "block \(try source.index.tip().height) of \(try source.ledger.height()) is indexed",
            headers: [.retryAfter: "5"])
        }
        return Answer(Array("ready\n".utf8), type: "text/plain", freshness: .never)
      },
      Endpoint(
        "/metrics", "health", "Counters for Prometheus.",
        gives: .media("text/plain; version=0.0.4; charset=utf-8"), isShared: false
      ) { _ in
        Answer(
          Array(try await metrics().utf8), type: "text/plain; version=0.0.4; charset=utf-8",
          freshness: .never)
      },
    ]
  }
}
