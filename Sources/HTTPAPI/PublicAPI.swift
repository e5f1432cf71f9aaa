import CanonicalCoding
import Chain
import ChainFiles
import Foundation
import HTTPTypes
import Hummingbird
import Ledger
import LedgerStore
public import Logging
public import NodeServices
public import ServiceLifecycle

/// What a node tells everybody over HTTP, without a token and for reading alone: its tip, its whole chain
/// as a file, and what exchanges decided. The explorer of issue 5 grows on it.
public struct PublicAPI: Service {
  private let keeper: LedgerKeeper
  private let host: String
  private let port: Int
  private let logger: Logger

  /// The API of `keeper` at `host`:`port`.
  public init(keeper: LedgerKeeper, host: String, port: Int, logger: Logger) {
    self.keeper = keeper
    self.host = host
    self.port = port
    self.logger = logger
  }

  /// Serves until shutdown.
  public func run() async throws {
    let router = Router()
    let store = keeper.store
    router.get("healthz") { _, _ in "ok\n" }
    router.get("api/v1/tip") { _, _ in
      let tip = await keeper.tip
      return try Response.json(TipForm(height: tip.header.height, hash: tip.hash.hex))
    }
    router.get("api/v1/chain") { _, _ in try chain(store) }
    router.get("api/v1/decisions/:claim") { _, context in
      guard let id = context.parameters.get("claim").flatMap({ ClaimId(hex: $0) }) else {
        throw HTTPError(.badRequest, message: "a claim's id has 64 hexadecimal digits")
      }
      let decisions = try store.decisions(on: id)
      guard !decisions.isEmpty else {
        throw HTTPError(.notFound, message: "this node heard of no decision on that claim")
      }
      return try Response.json(
        decisions.map { DecisionBytes(outcome: "\($0.outcome)", bytes: $0.bytes.hex) })
    }
    var quiet = logger
    quiet.logLevel = .warning
    let application = Application(
      router: router,
      configuration: .init(address: .hostname(host, port: port), serverName: "hinatad"),
      logger: quiet)
    try await application.run()
  }

  private struct TipForm: Encodable {
    let height: UInt64
    let hash: String
  }

  /// A decision with its canonical bytes, which carry the exchange's signature.
  private struct DecisionBytes: Encodable {
    let outcome: String
    let bytes: String
  }

  /// The chain file, block after block: no more than one is in memory.
  private func chain(_ store: LedgerStore) throws -> Response {
    guard try store.lowestBody() <= 1 else {
      throw HTTPError(.notFound, message: "this node has pruned its old blocks: ask an archive")
    }
    let top = try store.height()
    return Response(
      status: .ok, headers: [.contentType: "application/octet-stream"],
      body: ResponseBody { writer in
        var encoder = ChainFileEncoder()
        try await writer.write(ByteBuffer(bytes: encoder.begin(store.genesis)))
        for height in 0...top {
          guard let raw = try store.rawBlock(height: height) else {
            throw HTTPError(.internalServerError, message: "the chain was reorganised")
          }
          try await writer.write(
            ByteBuffer(bytes: encoder.block(header: raw.header, body: raw.body)))
        }
        try await writer.write(ByteBuffer(bytes: encoder.end()))
        try await writer.finish(nil)
      })
  }
}
