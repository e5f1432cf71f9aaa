// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Ledger
public import LedgerCrypto
public import Logging
public import MulticastUDP
public import ServiceLifecycle
import Wire

/// Calls out on the home's network where this node listens, and hears its neighbours.
public struct LanBeaconService: Service {
  /// Between two calls; the first ones come faster, so that a street that starts up finds itself.
  static let pause = Duration.seconds(30)
  static let firstPause = Duration.seconds(1)
  static let firstCalls = 5

  private let keeper: LedgerKeeper
  private let endpoint: MulticastEndpoint
  private let beacon: LanBeacon
  private let logger: Logger

  /// Beacons of a node that listens at `port` with the identity `key`.
  public init(
    keeper: LedgerKeeper, endpoint: MulticastEndpoint, network: NetworkId, key: PublicKey,
    port: UInt16, logger: Logger
  ) {
    self.keeper = keeper
    self.endpoint = endpoint
    beacon = LanBeacon(network: network, key: key, port: port)
    self.logger = logger
  }

  /// Opens the sockets that beacons need at an address or interface of the home's network.
  /// - Parameter logger: is told when the network goes away.
  public static func endpoint(
    at address: String, logger: Logger? = nil
  ) async throws(EndpointError) -> MulticastEndpoint {
    try await MulticastEndpoint.bind(
      address, port: LanBeacon.groupPort, group: LanBeacon.group, hearsOwn: true, logger: logger)
  }

  /// Calls and listens until shutdown.
  public func run() async throws {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await listen() }
      group.addTask {
        await cancelWhenGracefulShutdown { await call() }
        await endpoint.close()
      }
      await group.waitForAll()
    }
  }

  private func call() async {
    var calls = 0
    while !Task.isCancelled {
      endpoint.send(beacon.bytes, to: LanBeacon.group)
      calls += 1
      let pause =
        calls < LanBeaconService.firstCalls
        ? LanBeaconService.firstPause : LanBeaconService.pause
      do { try await Task.sleep(for: pause) } catch { return }
    }
  }

  private func listen() async {
    for await datagram in endpoint.incoming {
      guard let heard = try? LanBeacon(exactly: datagram.bytes), heard.network == beacon.network,
        heard.key != beacon.key, let host = HostAddress(dotted: datagram.sender)
      else { continue }
      await keeper.discovered(PeerAddress(host: host, port: heard.port, key: heard.key))
    }
  }
}
