// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import ServiceLifecycle

/// An HTTP server of endpoints: it checks what comes in, bounds what it costs, and keeps what it
/// answered.
public struct WebServer: Service {
  /// What one client and all of them may cost.
  public struct Limits: Sendable {
    /// Requests a second of one address, and how many at once; 0 is no limit.
    public var requestsPerSecond = 50
    public var burst = 200
    public var connections = 1024
    /// How long a request may take to come whole, and a client to take what it is sent.
    public var patience = Duration.seconds(20)
    /// Addresses of proxies of one's own, whose word on who asks is believed.
    public var trustedProxies: Set<String> = []
    /// The names under which it answers.
    public var hosts = HostNames()
    /// Bytes of a path with its query.
    public var uriBytes = 8192

    /// The usual limits.
    public init() {}
  }

  private let responder: WebResponder
  private let host: String
  private let port: Int
  private let logger: Logger
  private let onRunning: @Sendable (Int) async -> Void

  /// A server at `host`:`port`.
  /// - Parameters:
  ///   - gate: says by the headers why a request is not let in; nil lets it in.
  ///   - page: lays out a problem for a path that people look at; nil keeps it as JSON.
  ///   - variant: what of the headers decides how a page looks, in a few words.
  ///   - onRunning: is told the port once the server listens.
  public init(
    _ endpoints: [Endpoint], host: String, port: Int, limits: Limits = Limits(),
    cache: AnswerCache, counts: RequestCounts = RequestCounts(), logger: Logger,
    gate: @escaping @Sendable (HTTPFields) -> Problem? = { _ in nil },
    page: (@Sendable (Problem, Call) -> Answer?)? = nil,
    variant: @escaping @Sendable (HTTPFields) -> String = { _ in "" },
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) {
    self.host = host
    self.port = port
    self.logger = logger
    self.onRunning = onRunning
    responder = WebResponder(
      endpoints, limits: limits, cache: cache, counts: counts, logger: logger, gate: gate,
      page: page, variant: variant)
  }

  /// Serves until shutdown.
  public func run() async throws {
    var quiet = logger
    quiet.logLevel = .warning
    let patience = TimeAmount(responder.limits.patience)
    let application = Application(
      responder: responder,
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [RequestDeadline(patience)],
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
      configuration: .init(
        address: .hostname(host, port: port), serverName: "hinata",
        availableConnectionsDelegate: MaximumAvailableConnections(responder.limits.connections)),
      onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) },
      logger: quiet)
    do { try await application.run() } catch let error as IOError {
      throw ListenFault(place: "\(host):\(port)", reason: "\(error.localizedDescription)")
    }
  }
}

/// An address that cannot be listened at.
public struct ListenFault: Error, CustomStringConvertible {
  let place: String
  let reason: String

  /// What is wrong, and what to do.
  public var description: String {
    "\(place) cannot be listened at (\(reason)): another process may have it; name another port"
  }
}

/// A request with the connection that it came over.
struct WebContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }

  /// The client's address without its port.
  var client: String { channel.remoteAddress?.ipAddress ?? "local" }
}
