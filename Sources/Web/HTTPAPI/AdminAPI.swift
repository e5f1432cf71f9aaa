import CanonicalCoding
public import Foundation
import HTTPTypes
import Hummingbird
import Ledger
import LedgerCrypto
import LedgerStore
public import Logging
public import NodeServices
import PeerFiles
import PeerProtocol
public import ServiceLifecycle

/// Where a node's admin API listens and the token that opens it: `admin.json` in the data folder,
/// readable by its owner alone.
public struct AdminAccess: Codable, Sendable {
  /// The file's name in the data folder.
  public static let fileName = "admin.json"

  public let address: String
  public let token: String

  /// Reads the access of a running node; nil where none runs with an admin API.
  public init?(folder: String) {
    let file = URL(fileURLWithPath: folder).appendingPathComponent(AdminAccess.fileName)
    guard let data = try? Data(contentsOf: file),
      let access = try? JSONDecoder().decode(AdminAccess.self, from: data)
    else { return nil }
    self = access
  }

  /// A new token for an API at `address`.
  init(address: String) {
    self.address = address
    var random = SystemRandomNumberGenerator()
    token = Bytes32(words: (random.next(), random.next(), random.next(), random.next())).hex
  }

  func write(to folder: URL) throws {
    let file = folder.appendingPathComponent(AdminAccess.fileName)
    let data = try JSONEncoder().encode(self)
    try? FileManager.default.removeItem(at: file)
    guard
      FileManager.default.createFile(
        atPath: file.path, contents: data, attributes: [.posixPermissions: 0o600])
    else { throw CocoaError(.fileWriteUnknown) }
  }
}

/// The local admin API of a node: JSON over HTTP on the machine itself, opened by a token.
/// `GET /admin/v1/chain|sync|peers|bans|mempool`, `POST /admin/v1/pause?seconds=N`,
/// `POST /admin/v1/connect?target=host:port`, `DELETE /admin/v1/bans/KEY`,
/// `POST /admin/v1/transactions` with a transaction's bytes.
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
  public func run() async throws {
    let access = AdminAccess(address: "\(host):\(port)")
    try access.write(to: folder)
    let router = Router()
    router.add(middleware: TokenMiddleware(token: access.token))
    addReading(to: router)
    addActions(to: router)
    let application = Application(
      router: router,
      configuration: .init(
        address: .hostname(host, port: port), serverName: "hinatad"),
      logger: quiet)
    try await application.run()
    try? FileManager.default.removeItem(
      at: folder.appendingPathComponent(AdminAccess.fileName))
  }

  private var quiet: Logger {
    var logger = logger
    logger.logLevel = .warning
    return logger
  }

  private func addReading(to router: Router<BasicRequestContext>) {
    router.get("admin/v1/chain") { _, _ in try Response.json(await ChainForm(keeper)) }
    router.get("admin/v1/sync") { _, _ in try Response.json(await SyncForm(keeper)) }
    router.get("admin/v1/peers") { _, _ in try Response.json(await keeper.peers.map(PeerForm.init))
    }
    router.get("admin/v1/bans") { _, _ in try Response.json(await keeper.bans.map(BanForm.init)) }
    router.get("admin/v1/mempool") { _, _ in try Response.json(await MempoolForm(keeper)) }
  }

  private func addActions(to router: Router<BasicRequestContext>) {
    router.post("admin/v1/pause") { request, _ in
      let text = request.uri.queryParameters["seconds"].map(String.init) ?? ""
      guard let seconds = UInt64(text), (1...3600).contains(seconds) else {
        throw HTTPError(.badRequest, message: "seconds is \"\(text)\", not 1…3600")
      }
      await keeper.pausePeers(seconds: seconds)
      return try Response.json(DoneForm("no peers for \(seconds) s"))
    }
    router.post("admin/v1/connect") { request, _ in
      let text = request.uri.queryParameters["target"].map(String.init) ?? ""
      guard let target = PeersFile.target(text) else {
        throw HTTPError(
          .badRequest, message: "target \"\(text)\" is not host:port or host:port#key")
      }
      await keeper.connect(to: target)
      return try Response.json(DoneForm("linking to \(target.host):\(target.port)"))
    }
    router.delete("admin/v1/bans/:key") { _, context in
      let text = context.parameters.get("key") ?? ""
      guard let key = Bytes32(hex: text) else {
        throw HTTPError(.badRequest, message: "\"\(text)\" is no key of 64 hexadecimal digits")
      }
      guard await keeper.liftBan(PublicKey(key)) else {
        throw HTTPError(.notFound, message: "nobody of this key is banned")
      }
      return try Response.json(DoneForm("lifted"))
    }
    router.post("admin/v1/claims") { request, _ in
      let body = try await request.body.collect(upTo: 128)
      let claim: Claim
      do { claim = try Claim(exactly: Array(body.readableBytesView)) } catch {
        throw HTTPError(.badRequest, message: "the body is no claim: \(error)")
      }
      guard case .site(let site)? = try keeper.store.entry(.site(claim.site)),
        claim.isSigned(by: site.key, in: keeper.store.network)
      else {
        throw HTTPError(
          .unprocessableContent, message: "the claim is not signed by the key of its site")
      }
      await keeper.claim(claim)
      return try Response.json(DoneForm(claim.id.hex))
    }
    router.post("admin/v1/transactions") { request, _ in
      let body = try await request.body.collect(upTo: Int(EncodedTransaction.limit))
      let transaction: EncodedTransaction
      do { transaction = try EncodedTransaction(exactly: Array(body.readableBytesView)) } catch {
        throw HTTPError(.badRequest, message: "the body is no transaction: \(error)")
      }
      if let reason = try await keeper.offer(transaction) {
        throw HTTPError(.unprocessableContent, message: reason.description)
      }
      return try Response.json(DoneForm(transaction.id.hex))
    }
  }
}

/// Lets nobody in without the token.
private struct TokenMiddleware: RouterMiddleware {
  let token: String

  func handle(
    _ request: Request, context: BasicRequestContext,
    next: (Request, BasicRequestContext) async throws -> Response
  ) async throws -> Response {
    let given = request.headers[.authorization] ?? ""
    // Digests are compared, so that time tells nothing of the token.
    guard SHA256.digest(Array(given.utf8)) == SHA256.digest(Array("Bearer \(token)".utf8)) else {
      throw HTTPError(.unauthorized, message: "the token of admin.json is wanted")
    }
    return try await next(request, context)
  }
}
