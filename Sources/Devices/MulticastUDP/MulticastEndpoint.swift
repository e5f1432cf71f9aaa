// SPDX-License-Identifier: Apache-2.0

public import Logging
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Why a node cannot use an address of its network.
public struct EndpointError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// UDP on one address and in one multicast group: a socket for the address itself and one for the
/// group, since a socket bound to an address hears no multicast. Both work without root, several to
/// a host on 127.0.0.x. A home's network comes and goes; sockets that were lost with it are opened
/// again until `close`.
public final class MulticastEndpoint: Sendable {
  /// Bytes that came in, and from which address.
  public struct Datagram: Sendable {
    public let bytes: [UInt8]
    public let sender: String
  }

  private struct Sockets {
    let address: String
    /// The bits of the own network; 0 where nobody knows them.
    let mask: UInt32
    let unicast: any Channel
    let multicast: (any Channel)?
    var all: [any Channel] { [unicast, multicast].compactMap { $0 } }
  }

  private struct State {
    /// None while the network is away.
    var sockets: Sockets?
    var isClosed = false
    var warned: [String: ContinuousClock.Instant] = [:]
  }

  /// Where it was bound: an IPv4 address, or an interface such as `eth0` with whatever address that
  /// has.
  public let place: String
  public let port: Int
  /// What comes in. Old datagrams are dropped when nobody reads them.
  public let incoming: AsyncStream<Datagram>
  private let group: String?
  private let hearsOwn: Bool
  private let continuation: AsyncStream<Datagram>.Continuation
  private let logger: Logger?
  private let state = Mutex(State())
  private let loop = MultiThreadedEventLoopGroup.singleton.next()
  private static let firstPause = TimeAmount.milliseconds(100)
  private static let longestPause = TimeAmount.seconds(30)

  private init(_ place: String, port: Int, group: String?, hearsOwn: Bool, logger: Logger?) {
    self.place = place
    self.port = port
    self.group = group
    self.hearsOwn = hearsOwn
    self.logger = logger
    (incoming, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4096))
  }

  /// Binds both sockets.
  /// - Parameters:
  ///   - place: an IPv4 address, or an interface such as `eth0`, whose address may change.
  ///   - group: the multicast group, nil for none.
  ///   - hearsOwn: whether datagrams from the own address come in as well.
  ///   - logger: is told when the sockets are lost.
  public static func bind(
    _ place: String, port: Int, group: String?, hearsOwn: Bool, logger: Logger? = nil
  ) async throws(EndpointError) -> MulticastEndpoint {
    let endpoint = MulticastEndpoint(
      place, port: port, group: group, hearsOwn: hearsOwn, logger: logger)
    do { try await endpoint.open() } catch {
      endpoint.continuation.finish()
      throw error
    }
    return endpoint
  }

  /// The own address; nil while the network is away.
  public var address: String? { state.withLock { $0.sockets?.address } }

  private enum Reach {
    /// A broadcast, a group, nobody's address: what is sent there is refused by the system, and
    /// closes the sockets.
    case nobody
    case neighbour
    /// Behind a router.
    case elsewhere
  }

  private func reach(of address: String) -> Reach {
    guard let other = MulticastEndpoint.number(address), other != 0, other >> 28 < 0xE else {
      return .nobody
    }
    guard let sockets = state.withLock({ $0.sockets }), sockets.mask != 0,
      let own = MulticastEndpoint.number(sockets.address)
    else { return .neighbour }
    guard own & sockets.mask == other & sockets.mask else { return .elsewhere }
    let host = other & ~sockets.mask
    return host == 0 || host == ~sockets.mask ? .nobody : .neighbour
  }

  /// Whether `address` is that of a machine of the own network.
  public func isNear(_ address: String) -> Bool { reach(of: address) == .neighbour }

  private static func number(_ address: String) -> UInt32? {
    (try? inAddress(address)).map { UInt32(bigEndian: $0.s_addr) }
  }

  private static func mask(of address: String) -> UInt32 {
    if address.hasPrefix("127.") { return 0xFF00_0000 }
    let known = HomeInterface.all.first { $0.address == address }?.netmask
    return known.flatMap(number) ?? 0
  }

  /// Sends bytes to the port at `address`, or at the group. While the network is away they are
  /// lost, as any datagram may be.
  public func send(_ bytes: [UInt8], to address: String) {
    guard address == group || reach(of: address) != .nobody,
      let remote = try? SocketAddress(ipAddress: address, port: port),
      let socket = state.withLock({ $0.sockets?.unicast })
    else { return }
    let envelope = AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: bytes))
    socket.writeAndFlush(envelope, promise: nil)
  }

  /// Closes both sockets and ends `incoming`.
  public func close() async {
    let sockets = state.withLock { state in
      state.isClosed = true
      return state.sockets.take()
    }
    for channel in sockets?.all ?? [] { try? await channel.close().get() }
    continuation.finish()
  }

  private func open() async throws(EndpointError) {
    do {
      let address = try MulticastEndpoint.address(of: place)
      let unicast = try await bootstrap(address).bind(host: address, port: port).get()
      do {
        let multicast = try await join(address, beside: unicast)
        keep(
          Sockets(
            address: address, mask: MulticastEndpoint.mask(of: address), unicast: unicast,
            multicast: multicast))
      } catch {
        try? await unicast.close().get()
        throw error
      }
    } catch {
      throw EndpointError(
        description: "UDP cannot use \(place):\(port): \(error). Is another program bound to it, "
          + "or does no interface have this address?")
    }
  }

  private func bootstrap(_ address: String) -> DatagramBootstrap {
    let (ignored, continuation) = (hearsOwn ? nil : address, continuation)
    return DatagramBootstrap(group: loop)
      .channelOption(.socketOption(.so_reuseaddr), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            DatagramReader(ignored: ignored, continuation: continuation))
        }
      }
  }

  private func join(_ address: String, beside unicast: any Channel) async throws -> (any Channel)? {
    guard let group else { return nil }
    if let provider = unicast as? any SocketOptionProvider {
      try await provider.setIPMulticastIF(MulticastEndpoint.inAddress(address)).get()
      try await provider.setIPMulticastTTL(1).get()
    }
    let channel = try await bootstrap(address).bind(host: group, port: port).get()
    // NIO refuses to join on an interface without the multicast flag, which the loopback lacks;
    // the kernel takes it.
    guard let provider = channel as? any SocketOptionProvider else { return channel }
    do {
      let membership = ip_mreq(
        imr_multiaddr: try MulticastEndpoint.inAddress(group),
        imr_interface: try MulticastEndpoint.inAddress(address))
      try await provider.unsafeSetSocketOption(
        level: SocketOptionLevel(IPPROTO_IP), name: SocketOptionName(IP_ADD_MEMBERSHIP),
        value: membership
      ).get()
      return channel
    } catch {
      try? await channel.close().get()
      throw error
    }
  }

  private func keep(_ sockets: Sockets) {
    let isWanted = state.withLock { state in
      if !state.isClosed { state.sockets = sockets }
      return !state.isClosed
    }
    for channel in sockets.all {
      if isWanted {
        channel.closeFuture.whenComplete { [self] _ in lost(channel) }
      } else {
        channel.close(promise: nil)
      }
    }
  }

  /// NIO closes a datagram socket for good when a send fails, as it does while an interface is
  /// down. Source: swift-nio, PendingDatagramWritesManager: all but EMSGSIZE and EHOSTUNREACH.
  private func lost(_ channel: any Channel) {
    let sockets = state.withLock { state in
      state.sockets?.all.contains { $0 === channel } == true ? state.sockets.take() : nil
    }
    guard let sockets else { return }
    for other in sockets.all where other !== channel { other.close(promise: nil) }
    warn("the network of \(place) cannot be reached; its sockets are opened anew")
    reopen(after: MulticastEndpoint.firstPause)
  }

  private func reopen(after pause: TimeAmount) {
    loop.scheduleTask(in: pause) { [self] in
      guard !state.withLock({ $0.isClosed }) else { return }
      loop.makeFutureWithTask { try await self.open() }.whenComplete { [self] result in
        guard case .failure(let error) = result else { return }
        warn("\(error)")
        reopen(after: min(pause * 2, MulticastEndpoint.longestPause))
      }
    }
  }

  /// A network may be away for days: the same words once an hour say enough.
  private func warn(_ text: String) {
    let isNew = state.withLock { state in
      state.warned = state.warned.filter { .now - $0.value < .seconds(3600) }
      return state.warned.updateValue(.now, forKey: text) == nil
    }
    if isNew { logger?.warning("\(text)") }
  }

  private static func address(of place: String) throws -> String {
    if (try? inAddress(place)) != nil { return place }
    if let known = HomeInterface.all.first(where: { $0.name == place }) { return known.address }
    throw EndpointError(description: "no interface of this name has an IPv4 address")
  }

  private static func inAddress(_ address: String) throws -> in_addr {
    var parsed = in_addr()
    guard inet_pton(AF_INET, address, &parsed) == 1 else {
      throw EndpointError(description: "\(address) is no IPv4 address")
    }
    return parsed
  }
}

/// Hands datagrams to the stream, those of an ignored sender left out.
private final class DatagramReader: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  private let ignored: String?
  private let continuation: AsyncStream<MulticastEndpoint.Datagram>.Continuation

  init(ignored: String?, continuation: AsyncStream<MulticastEndpoint.Datagram>.Continuation) {
    self.ignored = ignored
    self.continuation = continuation
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let envelope = unwrapInboundIn(data)
    guard let sender = envelope.remoteAddress.ipAddress, sender != ignored else { return }
    continuation.yield(.init(bytes: Array(envelope.data.readableBytesView), sender: sender))
  }

  /// A refused port of a device that is off comes back as an error of the socket; it stays open.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
