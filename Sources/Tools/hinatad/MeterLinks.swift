// SPDX-License-Identifier: Apache-2.0

import EchonetControl
import EchonetLite
import Foundation
import Logging
import NodeConfiguration
import RouteB
import RouteBSerial
import ServiceLifecycle

/// The ways to a home's meters, by the settings: the home's network, Route B, or both.
struct MeterLinks {
  let network: EchonetEndpoint?
  let routeB: RouteBLink?

  var all: [any EchonetLink] { [network as (any EchonetLink)?, routeB].compactMap { $0 } }

  init(_ settings: NodeSettings, folder: URL, logger: Logger) async throws {
    let port = settings.text(.routeBPort)
    guard port == nil || settings.text(.metersAddress) != nil else {
      network = nil
      routeB = try MeterLinks.routeB(port, settings, folder, logger)
      return
    }
    let limits = NodeSession.Limits(timeout: UInt64(try settings.number(.metersTimeoutMs)))
    network = try await EchonetEndpoint.bind(
      try settings.requiredText(.metersAddress),
      withMulticast: try settings.flag(.metersMulticast), limits: limits,
      logger: logger)
    routeB = try MeterLinks.routeB(port, settings, folder, logger)
  }

  private static func routeB(
    _ port: String?, _ settings: NodeSettings, _ folder: URL, _ logger: Logger
  ) throws(SettingError) -> RouteBLink? {
    guard let port else { return nil }
    let credentials = try credentials(settings)
    let timeout = UInt64(
      try settings.number(.routeBTimeoutMs))
    var asking = RouteBLink.patient
    asking.timeout = timeout
    asking.timeoutOfMany = 3 * timeout
    asking.longestTimeout = 6 * timeout
    var limits = RouteBSession.Limits()
    limits.silence = 6 * timeout
    limits.command = min(limits.command, timeout)
    limits.sendInterval = UInt64(
      try settings.number(.routeBIntervalMs))
    return RouteBLink(
      path: port, credentials: credentials, memory: folder.appendingPathComponent("route-b.json"),
      session: limits, asking: asking, logger: logger)
  }

  /// The credentials of the settings.
  static func credentials(_ settings: NodeSettings) throws(SettingError) -> RouteBCredentials {
    let id = try settings.requiredText(.routeBId)
    let password = try settings.requiredText(.routeBPassword)
    do { return try RouteBCredentials(id: id, password: password) } catch {
      switch error {
      case .id: throw SettingError(.routeBId, reason: error.description)
      case .password: throw SettingError(.routeBPassword, reason: error.description)
      }
    }
  }
}

/// Keeps the controller listening until shutdown.
struct ControllerService: Service {
  let controller: EchonetController
  let links: [any EchonetLink]

  func run() async throws {
    await withGracefulShutdownHandler {
      await controller.run()
    } onGracefulShutdown: {
      Task { for link in links { await link.close() } }
    }
  }
}
