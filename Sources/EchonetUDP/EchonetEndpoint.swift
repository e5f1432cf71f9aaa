public import MulticastUDP

/// ECHONET Lite over UDP port 3610 on one address. Source: ECHONET Lite specification, part II, 3.1;
/// shared/echonet-field.md §1.
public struct EchonetEndpoint: Sendable {
  /// The port of all ECHONET Lite nodes.
  public static let port = 3610
  /// The group that all nodes listen to.
  public static let group = "224.0.23.0"

  private let sockets: MulticastEndpoint

  /// Binds the sockets.
  /// - Parameter withMulticast: false leaves the group alone; devices are then reached by address.
  public static func bind(
    _ address: String, withMulticast: Bool = true
  ) async throws(EndpointError) -> EchonetEndpoint {
    // A node hears its own multicast and has to ignore it.
    EchonetEndpoint(
      sockets: try await MulticastEndpoint.bind(
        address, port: port, group: withMulticast ? group : nil, hearsOwn: false))
  }

  /// This endpoint's own address.
  public var address: String { sockets.address }

  /// What comes in, own multicast left out. Old datagrams are dropped when nobody reads them.
  public var incoming: AsyncStream<MulticastEndpoint.Datagram> { sockets.incoming }

  /// Sends bytes to port 3610 of `address`, or to the group.
  public func send(_ bytes: [UInt8], to address: String) { sockets.send(bytes, to: address) }

  /// Closes the sockets and ends `incoming`.
  public func close() async { await sockets.close() }
}
