// SPDX-License-Identifier: Apache-2.0

public import EchonetLite
public import Logging
public import MulticastUDP

/// ECHONET Lite over UDP port 3610 on one address or interface. Source: ECHONET Lite specification,
/// part II, 3.1; Docs/echonet.md §3.
public struct EchonetEndpoint: EchonetLink {
  /// The port of all ECHONET Lite nodes.
  public static let port = 3610
  /// The group that all nodes listen to.
  public static let group = "224.0.23.0"

  private let sockets: MulticastEndpoint
  private let withMulticast: Bool
  /// How nodes of the home's network are asked.
  public let limits: NodeSession.Limits

  /// Binds the sockets.
  /// - Parameters:
  ///   - place: an IPv4 address of this machine, or an interface such as `eth0`.
  ///   - withMulticast: false leaves the group alone, unheard and unasked; devices are then reached
  ///     by address.
  ///   - logger: is told when the network goes away.
  public static func bind(
    _ place: String, withMulticast: Bool = true, limits: NodeSession.Limits = .init(),
    logger: Logger? = nil
  ) async throws(EndpointError) -> EchonetEndpoint {
    // A node hears its own multicast and has to ignore it.
    EchonetEndpoint(
      sockets: try await MulticastEndpoint.bind(
        place, port: port, group: withMulticast ? group : nil, hearsOwn: false, logger: logger),
      withMulticast: withMulticast, limits: limits)
  }

  /// This endpoint's own address; nil while the network is away.
  public var address: String? { sockets.address }

  /// What comes in, own multicast left out. Old datagrams are dropped when nobody reads them.
  public var incoming: AsyncStream<MulticastEndpoint.Datagram> { sockets.incoming }

  /// Sends bytes to port 3610 of `address`, or to the group.
  public func send(_ bytes: [UInt8], to address: String) { sockets.send(bytes, to: address) }

  /// Sends bytes to the group, where this endpoint is in it.
  public func sendToAll(_ bytes: [UInt8]) {
    if withMulticast { send(bytes, to: EchonetEndpoint.group) }
  }

  /// Whether this is an IPv4 address.
  public func reaches(_ address: String) -> Bool { address.contains(".") }

  /// Whether this is a machine of the own network.
  public func isNear(_ address: String) -> Bool { sockets.isNear(address) }

  /// Hands over what comes in.
  public func read(_ take: @Sendable (EchonetLinkEvent) async -> Void) async {
    for await datagram in sockets.incoming {
      await take(.received(datagram.bytes, from: datagram.sender))
    }
  }

  /// Closes the sockets and ends `incoming`.
  public func close() async { await sockets.close() }
}
