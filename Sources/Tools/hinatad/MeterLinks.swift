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
    let port = settings.text("routeB.port")
    guard port == nil || settings.text("meters.address") != nil else {
      network = nil
      routeB = try MeterLinks.routeB(port, settings, folder, logger)
      return
    }
    var limits = NodeSession.Limits()
    limits.timeout = UInt64(
      try settings.number("meters.timeoutMs", in: 10...120_000, default: 5000))
    limits.timeoutOfMany = limits.timeout
    network = try await EchonetEndpoint.bind(
      try settings.requiredText("meters.address"),
      withMulticast: try settings.flag("meters.multicast", default: true), limits: limits,
      logger: logger)
    routeB = try MeterLinks.routeB(port, settings, folder, logger)
  }

  private static func routeB(
    _ port: String?, _ settings: NodeSettings, _ folder: URL, _ logger: Logger
  ) throws(SettingError) -> RouteBLink? {
    guard let port else { return nil }
    let credentials = try credentials(settings)
    let timeout = UInt64(
      try settings.number("routeB.timeoutMs", in: 100...120_000, default: 20_000))
    var asking = RouteBLink.patient
    asking.timeout = timeout
    asking.timeoutOfMany = 3 * timeout
    asking.longestTimeout = 6 * timeout
    var limits = RouteBSession.Limits()
    limits.silence = 6 * timeout
    limits.command = min(limits.command, timeout)
    limits.sendInterval = UInt64(
      try settings.number("routeB.intervalMs", in: 1...60_000, default: 1000))
    return RouteBLink(
      path: port, credentials: credentials, memory: folder.appendingPathComponent("route-b.json"),
      session: limits, asking: asking, logger: logger)
  }

  /// The credentials of the settings.
  static func credentials(_ settings: NodeSettings) throws(SettingError) -> RouteBCredentials {
    let id = try settings.requiredText("routeB.id")
    let password = try settings.requiredText("routeB.password")
    do { return try RouteBCredentials(id: id, password: password) } catch {
      switch error {
      case .id: throw SettingError(key: "routeB.id", reason: error.description)
      case .password: throw SettingError(key: "routeB.password", reason: error.description)
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
