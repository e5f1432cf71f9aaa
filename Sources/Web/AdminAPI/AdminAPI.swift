// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Foundation
import HTTPTypes
import Ledger
import LedgerCrypto
import LedgerStore
public import Logging
public import NodeServices
import PeerFiles
import PeerProtocol
import Proofs
public import ServiceLifecycle
import WebService

/// The local admin API of a node: JSON over HTTP on the machine itself, opened by a token.
public struct AdminAPI: Service {
  private let keeper: LedgerKeeper
  private let host: String
  private let port: Int
  private let folder: URL
  private let logger: Logger

  /// The admin API of `keeper`, whose token is written into `folder`.
  public init(keeper: LedgerKeeper, host: String, port: Int, folder: URL, logger: Logger) {
    self.keeper = keeper
    self.host = host
    self.port = port
    self.folder = folder
    self.logger = logger
  }

  /// Serves until shutdown; then the token is worth nothing.
  /// - Throws: `ListenFault` where the address cannot be had.
  public func run() async throws {
    let access = AdminAccess(address: "\(host):\(port)")
    try access.write(to: folder)
    var limits = WebServer.Limits()
    limits.requestsPerSecond = 0
    // Digests are compared, so that time tells nothing of the token.
    let wanted = SHA256.digest(Array("Bearer \(access.token)".utf8))
    let server = WebServer(
      reading + [evidence] + actions, host: host, port: port, limits: limits,
      cache: AnswerCache(bytes: 0),
      logger: logger,
      gate: { headers in
        SHA256.digest(Array((headers[.authorization] ?? "").utf8)) == wanted
          ? nil : Problem(.unauthorized, "the token of admin.json is wanted")
      })
    try await server.run()
    try? FileManager.default.removeItem(
      at: folder.appendingPathComponent(AdminAccess.fileName))
  }

  private var reading: [Endpoint] {
    [
      form("chain", "The tip of the node's chain.") { try await ChainForm(keeper) },
      form("sync", "How far it is behind.") { await SyncForm(keeper) },
      form("peers", "Its peers and bans.") { await PeersForm(keeper) },
      form("mempool", "What waits for a block.") { await MempoolForm(keeper) },
    ]
  }

  /// The samples under a report, this node's own or asked of their home's node.
  private var evidence: Endpoint {
    Endpoint(
      "/admin/v1/evidence/{transaction}", "admin",
      "The samples under a report of any member, asked of its own node where they are not here.",
      [Parameter("transaction", .id, "The report.", isRequired: true)],
      gives: .form(LookForm.schema), isShared: false
    ) { call in
      let id = TransactionId(call.id("transaction") ?? .zero)
      guard let found = try keeper.store.proof(of: id),
        case .report(let report) = found.proof.transaction.transaction
      else { throw Problem.notFound("the chain has no report \(id.hex)") }
      return Answer(LookForm(await keeper.look(at: id, report)), freshness: .never)
    }
  }

  private func form<Given: Form>(
    _ name: String, _ summary: String, _ read: @escaping @Sendable () async throws -> Given
  ) -> Endpoint {
    Endpoint(
      "/admin/v1/\(name)", "admin", summary, gives: .form(Given.schema), isShared: false
    ) { _ in Answer(try await read(), freshness: .never) }
  }

  private var actions: [Endpoint] {
    [
      act(
        .post, "pause", "Drops all links and opens none for a while.",
        [Parameter("seconds", .integer(1...3600), "For how long.", isRequired: true)]
      ) { call in
        let seconds = UInt64(call.integer("seconds") ?? 1)
        await keeper.pausePeers(seconds: seconds)
        return "no peers for \(seconds) s"
      },
      act(
        .post, "connect", "Links to a node now.",
        [Parameter("target", .text(400), "`host:port` or `host:port#key`.", isRequired: true)]
      ) { call in
        let text = call["target"] ?? ""
        guard let target = PeersFile.target(text) else {
          throw Problem.badRequest("target \"\(text)\" is not host:port or host:port#key")
        }
        await keeper.connect(to: target)
        return "linking to \(target.host):\(target.port)"
      },
      act(
        .delete, "bans/{key}", "Ends the ban of a key.",
        [Parameter("key", .id, "The key.", isRequired: true)]
      ) { call in
        guard let key = call.id("key"), await keeper.liftBan(PublicKey(key)) else {
          throw Problem.notFound("nobody of this key is banned")
        }
        return "lifted"
      },
      act(
        .post, "claims", "Sends a site's claim to the exchanges.",
        body: (AdminClient.bodyType, 128)
      ) { call in try await claim(call.body) },
      act(
        .post, "transactions", "Offers a transaction to the pool.",
        body: (AdminClient.bodyType, Int(EncodedTransaction.limit))
      ) { call in try await transaction(call.body) },
    ]
  }

  private func act(
    _ method: HTTPRequest.Method, _ name: String, _ summary: String, _ parameters: [Parameter] = [],
    body: (type: String, most: Int)? = nil,
    _ perform: @escaping @Sendable (Call) async throws -> String
  ) -> Endpoint {
    Endpoint(
      method, "/admin/v1/\(name)", "admin", summary, parameters, body: body,
      gives: .form(DoneForm.schema)
    ) { call in Answer(DoneForm(try await perform(call)), freshness: .never) }
  }

  private func claim(_ bytes: [UInt8]) async throws -> String {
    let claim: Claim
    do { claim = try Claim(exactly: bytes) } catch {
      throw Problem.badRequest("the body is no claim: \(error)")
    }
    guard let site = try keeper.store.site(claim.site),
      claim.isSigned(by: site.key, in: keeper.store.network)
    else {
      throw Problem(.unprocessableContent, "the claim is not signed by the key of its site")
    }
    await keeper.claim(claim)
    return claim.id.hex
  }

  private func transaction(_ bytes: [UInt8]) async throws -> String {
    let transaction: EncodedTransaction
    do { transaction = try EncodedTransaction(exactly: bytes) } catch {
      throw Problem.badRequest("the body is no transaction: \(error)")
    }
    if let reason = try await keeper.offer(transaction) {
      throw Problem(.unprocessableContent, reason.description)
    }
    return transaction.id.hex
  }
}
