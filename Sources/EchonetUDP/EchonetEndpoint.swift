import CanonicalCoding
import EchonetLite
import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#endif

/// Why the node cannot speak ECHONET Lite on its network.
public struct EndpointError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// ECHONET Lite over UDP port 3610 on one address: one socket for the address itself and one for
/// the group 224.0.23.0, since a socket bound to an address hears no multicast. Both work without
/// root, several to a host on 127.0.0.x. Source: ECHONET Lite specification, part II, 3.1;
/// shared/echonet-field.md §1.
public struct EchonetEndpoint: Sendable {
  /// The port of all ECHONET Lite nodes.
  public static let port = 3610
  /// The group that all nodes listen to.
  public static let group = "224.0.23.0"

  /// Bytes that came in, and from which address.
  public struct Datagram: Sendable {
    public let bytes: [UInt8]
    public let sender: String
  }

  /// This endpoint's own address.
  public let address: String
  /// What comes in, own multicast left out. Old datagrams are dropped when nobody reads them.
  public let incoming: AsyncStream<Datagram>
  private let unicast: any Channel
  private let multicast: (any Channel)?
  private let continuation: AsyncStream<Datagram>.Continuation

  /// Binds both sockets.
  /// - Parameter withMulticast: false leaves the group alone; devices are then reached by address.
  public static func bind(
    _ address: String, withMulticast: Bool = true
  ) async throws(EndpointError) -> EchonetEndpoint {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Datagram.self, bufferingPolicy: .bufferingNewest(4096))
    do {
      let bootstrap = DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .channelOption(.socketOption(.so_reuseaddr), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
              DatagramReader(own: address, continuation: continuation))
          }
        }
      let unicast = try await bootstrap.bind(host: address, port: port).get()
      var multicast: (any Channel)?
      if withMulticast {
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
      return EchonetEndpoint(
        address: address, incoming: stream, unicast: unicast, multicast: multicast,
        continuation: continuation)
    } catch {
      continuation.finish()
      throw EndpointError(
        description: "ECHONET Lite cannot use \(address):\(port): \(error). Is another program "
          + "bound to it, or does no interface have this address?")
    }
  }

  /// Sends bytes to port 3610 of `address`, or to the group.
  public func send(_ bytes: [UInt8], to address: String) {
    guard let remote = try? SocketAddress(ipAddress: address, port: EchonetEndpoint.port) else {
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

/// Hands datagrams to the stream; a node hears its own multicast and has to ignore it.
private final class DatagramReader: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  private let own: String
  private let continuation: AsyncStream<EchonetEndpoint.Datagram>.Continuation

  init(own: String, continuation: AsyncStream<EchonetEndpoint.Datagram>.Continuation) {
    self.own = own
    self.continuation = continuation
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let envelope = unwrapInboundIn(data)
    guard let sender = envelope.remoteAddress.ipAddress, sender != own else { return }
    continuation.yield(.init(bytes: Array(envelope.data.readableBytesView), sender: sender))
  }

  /// A refused port of a device that is off comes back as an error of the socket; it stays open.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
