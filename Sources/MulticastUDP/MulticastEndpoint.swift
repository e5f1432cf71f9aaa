import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#endif

/// Why a node cannot use an address of its network.
public struct EndpointError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// UDP on one address and in one multicast group: a socket for the address itself and one for the
/// group, since a socket bound to an address hears no multicast. Both work without root, several to a
/// host on 127.0.0.x.
public struct MulticastEndpoint: Sendable {
  /// Bytes that came in, and from which address.
  public struct Datagram: Sendable {
    public let bytes: [UInt8]
    public let sender: String
  }

  /// This endpoint's own address.
  public let address: String
  public let port: Int
  /// What comes in. Old datagrams are dropped when nobody reads them.
  public let incoming: AsyncStream<Datagram>
  private let unicast: any Channel
  private let multicast: (any Channel)?
  private let continuation: AsyncStream<Datagram>.Continuation

  /// Binds both sockets.
  /// - Parameters:
  ///   - group: the multicast group, nil for none.
  ///   - hearsOwn: whether datagrams from the own address come in as well.
  public static func bind(
    _ address: String, port: Int, group: String?, hearsOwn: Bool
  ) async throws(EndpointError) -> MulticastEndpoint {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Datagram.self, bufferingPolicy: .bufferingNewest(4096))
    do {
      let bootstrap = DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .channelOption(.socketOption(.so_reuseaddr), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
              DatagramReader(ignored: hearsOwn ? nil : address, continuation: continuation))
          }
        }
      let unicast = try await bootstrap.bind(host: address, port: port).get()
      var multicast: (any Channel)?
      if let group {
        if let provider = unicast as? any SocketOptionProvider {
          try await provider.setIPMulticastIF(inAddress(address)).get()
          try await provider.setIPMulticastTTL(1).get()
        }
        let channel = try await bootstrap.bind(host: group, port: port).get()
        // NIO refuses to join on an interface without the multicast flag, which the loopback lacks;
        // the kernel takes it.
        if let provider = channel as? any SocketOptionProvider {
          let membership = ip_mreq(
            imr_multiaddr: try inAddress(group), imr_interface: try inAddress(address))
          try await provider.unsafeSetSocketOption(
            level: SocketOptionLevel(IPPROTO_IP), name: SocketOptionName(IP_ADD_MEMBERSHIP),
            value: membership
          ).get()
        }
        multicast = channel
      }
      return MulticastEndpoint(
        address: address, port: port, incoming: stream, unicast: unicast, multicast: multicast,
        continuation: continuation)
    } catch {
      continuation.finish()
      throw EndpointError(
        description: "UDP cannot use \(address):\(port): \(error). Is another program bound to it, "
          + "or does no interface have this address?")
    }
  }

  /// Sends bytes to the port at `address`, or at the group.
  public func send(_ bytes: [UInt8], to address: String) {
    guard let remote = try? SocketAddress(ipAddress: address, port: port) else {
      return
    }
    let envelope = AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: bytes))
    unicast.writeAndFlush(envelope, promise: nil)
  }

  /// Closes both sockets and ends `incoming`.
  public func close() async {
    try? await unicast.close().get()
    try? await multicast?.close().get()
    continuation.finish()
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
