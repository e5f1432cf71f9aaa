// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Ledger
public import LedgerCrypto
import NIOCore
import NIOPosix
import NIOSSL
public import PeerProtocol
import Synchronization
public import Wire

/// What happens on links, in the order in which it happened.
public enum TransportEvent: Sendable {
  case linked(Link, LinkInfo)
  case failed(attempt: UInt64)
  /// A message; `PeerTransport.release` says when it was worked off.
  case received(Link, Message, byteCount: Int)
  case malformed(Link, DecodeError)
  case unlinked(Link)
}

/// Why a node cannot listen.
public struct TransportError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// Links between nodes over TCP and TLS 1.3, both sides proving their Ed25519 keys. It decides
/// nothing: it carries out what the protocol's machine says and tells what happened.
public final class PeerTransport: Sendable {
  /// A TCP connection and its handshake must stand within this time.
  static let linkTimeout = TimeAmount.seconds(5)
  /// What was sent before a link is closed has this time to be taken; a peer that reads nothing
  /// holds up neither the closing nor a node's end.
  static let closeTimeout = TimeAmount.seconds(2)
  /// Handshakes under way at once.
  static let handshakeLimit = 128

  private struct State {
    var nextLink: UInt64 = 1
    var channels: [Link: any Channel] = [:]
    var backlog = SendBacklog()
    var allowances: [Link: FrameAllowance] = [:]
    var handshakes = 0
    var server: (any Channel)?
    var isClosed = false
  }

  /// What happens, for one reader.
  public let events: AsyncStream<TransportEvent>
  private let continuation: AsyncStream<TransportEvent>.Continuation
  private let client: NIOSSLContext
  private let server: NIOSSLContext
  private let state = Mutex(State())

  private let rules: NetworkRules

  /// A transport for the node whose key is `pair`, in a network with these rules.
  public init(_ pair: KeyPair, rules: NetworkRules) throws(TransportError) {
    self.rules = rules
    do {
      let identity = try PeerIdentity(pair)
      client = try identity.context(isServer: false)
      server = try identity.context(isServer: true)
    } catch { throw TransportError(description: "no TLS identity from the node's key: \(error)") }
    (events, continuation) = AsyncStream.makeStream(of: TransportEvent.self)
  }

  /// Listens at `host` and `port`; port 0 takes a free one.
  /// - Returns: the port.
  public func listen(host: String, port: Int) async throws(TransportError) -> Int {
    do {
      let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .serverChannelOption(.backlog, value: 64)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.socketOption(.so_keepalive), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try self.prepare(channel, attempt: nil) }
        }
        .bind(host: host, port: port).get()
      state.withLock { $0.server = channel }
      return channel.localAddress?.port ?? port
    } catch {
      throw TransportError(
        description: "cannot listen at \(host):\(port): \(error). Is another node running?")
    }
  }

  /// Opens a link; its outcome is an event that names the attempt.
  public func connect(attempt: UInt64, to target: PeerTarget) {
    ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connectTimeout(PeerTransport.linkTimeout)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try self.prepare(channel, attempt: attempt) }
      }
      .connect(host: target.host, port: Int(target.port))
      .whenFailure { _ in self.tell(.failed(attempt: attempt)) }
  }

  /// Puts TLS and frames on a new connection, on its event loop.
  private func prepare(_ channel: any Channel, attempt: UInt64?) throws {
    let mayStart = state.withLock { state -> Bool in
      guard !state.isClosed, state.handshakes < PeerTransport.handshakeLimit else { return false }
      state.handshakes += 1
      return true
    }
    guard mayStart else { throw TransportError(description: "too many handshakes at once") }
    let link = state.withLock { state in
      state.nextLink += 1
      return Link(state.nextLink)
    }
    let proven = ProvenKey()
    let loop = NIOLoopBound(proven, eventLoop: channel.eventLoop)
    let verify: NIOSSLCustomVerificationCallback = { chain, promise in
      let key = chain.first.flatMap(PeerIdentity.key)
      promise.futureResult.eventLoop.execute {
        loop.value.key = key
        promise.succeed(key == nil ? .failed : .certificateVerified)
      }
    }
    let handlers = channel.pipeline.syncOperations
    if attempt == nil {
      try handlers.addHandler(
        NIOSSLServerHandler(context: server, customVerificationCallback: verify))
    } else {
      try handlers.addHandler(
        NIOSSLClientHandler(
          context: client, serverHostname: nil, customVerificationCallback: verify))
    }
    try handlers.addHandler(
      LinkHandler(link, attempt: attempt, transport: self, proven: proven))
    let deadline = channel.eventLoop.scheduleTask(in: PeerTransport.linkTimeout) {
      let isLinked = self.state.withLock { $0.channels[link] != nil }
      if !isLinked { channel.close(promise: nil) }
    }
    // Also of a connection that never stood: a handler would not hear of its end.
    channel.closeFuture.whenComplete { _ in
      deadline.cancel()
      self.ended(link, attempt: attempt)
    }
  }

  func tell(_ event: TransportEvent) { continuation.yield(event) }

  /// Takes in the head of a frame, or refuses what a link may not bring.
  func admit(_ kind: UInt8, _ count: Int, on link: Link) throws(DecodeError) {
    try state.withLock { state throws(DecodeError) in
      try state.allowances[link, default: FrameAllowance(rules)].take(
        kind: kind, payloadByteCount: count)
    }
  }

  func linked(_ link: Link, _ channel: any Channel, _ info: LinkInfo) {
    state.withLock {
      $0.channels[link] = channel
      $0.handshakes -= 1
    }
    tell(.linked(link, info))
  }

  private func ended(_ link: Link, attempt: UInt64?) {
    let wasLinked = state.withLock { state -> Bool in
      state.backlog.end(link)
      state.allowances[link] = nil
      let wasLinked = state.channels.removeValue(forKey: link) != nil
      if !wasLinked { state.handshakes -= 1 }
      return wasLinked
    }
    if wasLinked {
      tell(.unlinked(link))
    } else if let attempt {
      tell(.failed(attempt: attempt))
    }
  }

  private func channel(_ link: Link) -> (any Channel)? { state.withLock { $0.channels[link] } }

  /// Sends a message. A peer that does not take what was sent before loses its link.
  /// - Returns: the bytes of the frame.
  @discardableResult
  public func send(_ message: Message, on link: Link) -> Int {
    guard let channel = channel(link) else { return 0 }
    let frame = WireFrame.bytes(of: message)
    let slowest = state.withLock { state -> Link? in
      // A link that ended a moment ago takes nothing any more.
      guard state.channels[link] != nil else { return link }
      state.allowances[link, default: FrameAllowance(rules)].sent(message)
      return state.backlog.add(frame.count, for: link)
    }
    if let slowest, let channel = self.channel(slowest) {
      channel.eventLoop.execute { self.cut(channel) }
    }
    guard slowest != link else { return 0 }
    channel.writeAndFlush(ByteBuffer(bytes: frame)).whenComplete { _ in
      self.state.withLock { $0.backlog.sent(frame.count, on: link) }
    }
    return frame.count
  }

  /// Closes a link after what was sent on it, in two seconds at most.
  public func close(_ link: Link) {
    guard let channel = channel(link) else { return }
    end(channel)
  }

  private func end(_ channel: any Channel) {
    let late = channel.eventLoop.scheduleTask(in: PeerTransport.closeTimeout) {
      self.cut(channel)
    }
    channel.closeFuture.whenComplete { _ in late.cancel() }
    channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
  }

  /// Closes the connection under TLS, which would wait for the other side's word.
  private func cut(_ channel: any Channel) {
    let handlers = channel.pipeline.syncOperations
    let context = try? handlers.context(handlerType: NIOSSLHandler.self)
    context?.close(promise: nil)
  }

  /// Says that a message was worked off.
  public func release(_ byteCount: Int, of link: Link) {
    onHandler(of: link) { $0.release(byteCount, $1) }
  }

  /// Does not read from a link for a while.
  public func pause(_ link: Link, milliseconds: UInt64) {
    onHandler(of: link) { $0.pause(true, $1) }
    channel(link)?.eventLoop.scheduleTask(in: .milliseconds(Int64(clamping: milliseconds))) {
      self.onHandler(of: link) { $0.pause(false, $1) }
    }
  }

  private func onHandler(
    of link: Link, _ body: @escaping @Sendable (LinkHandler, ChannelHandlerContext) -> Void
  ) {
    guard let channel = channel(link) else { return }
    channel.eventLoop.execute {
      let handlers = channel.pipeline.syncOperations
      guard let handler = try? handlers.handler(type: LinkHandler.self),
        let context = try? handlers.context(handlerType: LinkHandler.self)
      else { return }
      body(handler, context)
    }
  }

  /// Closes every link, all at once and in two seconds at most, and ends the events.
  public func shutDown() async {
    let (channels, server) = state.withLock { state in
      state.isClosed = true
      return (Array(state.channels.values), state.server)
    }
    try? await server?.close().get()
    for channel in channels { end(channel) }
    for channel in channels { try? await channel.closeFuture.get() }
    continuation.finish()
  }
}
