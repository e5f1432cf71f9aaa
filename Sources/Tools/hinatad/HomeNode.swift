// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import CanonicalCoding
import Clocks
import EchonetControl
import EchonetLite
import ExchangeDesk
import Explorer
import ExplorerIndex
import Foundation
import HTTPAPI
import HomeAssistant
import JoinFiles
import KeyFiles
import Ledger
import LedgerCrypto
import LedgerFiles
import LedgerStore
import Logging
import MQTT
import MeterServices
import Metering
import NodeConfiguration
import NodeServices
import PeerFiles
import PeerTransport
import Quantities
import ServiceLifecycle
import UnixSignals
import WebService

/// All services of one node, put together from its settings.
struct HomeNode {
  let settings: NodeSettings
  let logger: Logger
  let store: LedgerStore
  let clock: NetworkClock
  let folder: URL
  let site: SiteSettings?
  let miningKey: KeyPair?
  let exchangeKey: KeyPair?
  let peers: PeerSettings
  let access: HouseholdAccess?
  let joined = Joined()

  /// Checks every setting and opens every file.
  /// - Parameter access: who is logged in, where this node goes on after it has asked to join.
  init(_ settings: NodeSettings, access: HouseholdAccess? = nil) async throws {
    self.settings = settings
    self.access = access
    logger = Logger(label: "hinatad")
    folder = URL(fileURLWithPath: try settings.requiredText(.data), isDirectory: true)
    let genesis: Genesis
    do { genesis = try NetworkFile.load(try settings.requiredText(.genesis)) } catch let error
      as NetworkFileError
    { throw SettingError(.genesis, reason: error.description) }
    clock = try HomeNode.clock(settings, genesis.rules)
    site = try HomeNode.site(settings)
    if settings.text(.routeBPort) != nil { _ = try MeterLinks.credentials(settings) }
    miningKey = try HomeNode.key(.miningKey, settings)
    exchangeKey = try HomeNode.key(.exchangeKey, settings)
    let own = try HomeNode.key(.peersKey, settings)
    peers = try PeerSettings(
      settings, keys: [own, site?.key, miningKey, exchangeKey].compactMap { $0 },
      genesis: genesis)
    store = try LedgerStore(folder: folder.path, genesis: genesis)
  }

  private static func key(
    _ wanted: NodeSettings.Key<String?>, _ settings: NodeSettings
  ) throws(SettingError) -> KeyPair? {
    let identity = HomeIdentity(
      folder: URL(fileURLWithPath: try settings.requiredText(.data), isDirectory: true))
    // A box that has joined is known by the keys in its data folder.
    let isOwn = identity.exists && settings.text(.siteKey) == nil
    guard
      let path = settings.text(wanted)
        ?? (isOwn
          && [NodeSettings.Key.siteKey.name, NodeSettings.Key.miningKey.name].contains(wanted.name)
          ? identity.siteKey.path : nil)
    else { return nil }
    let password = try settings.password(or: identity.passwordFile.path)
    do { return try KeyFile.open(path, password: password) } catch {
      throw SettingError(wanted, reason: error.description)
    }
  }

  private static func clock(
    _ settings: NodeSettings, _ rules: NetworkRules
  ) throws(SettingError) -> NetworkClock {
    guard let anchor = settings.text(.clockAnchor) else {
      guard rules.clockFactor == 1 else {
        throw SettingError(
          .clockAnchor,
          reason: "this network's clock runs \(rules.clockFactor) times as "
            + "fast as the wall's, so it needs an anchor")
      }
      return .wall
    }
    guard let seconds = Double(anchor) else {
      throw SettingError(.clockAnchor, reason: "\"\(anchor)\" is no number of seconds")
    }
    guard let start = UInt64(try settings.requiredText(.clockStart)) else {
      throw SettingError(.clockStart, reason: "it is no number of seconds")
    }
    return NetworkClock(
      anchor: seconds, start: NetworkTime(seconds: start), factor: rules.clockFactor)
  }

  private static func site(_ settings: NodeSettings) throws(SettingError) -> SiteSettings? {
    guard let key = try key(.siteKey, settings) else { return nil }
    let clock = settings.text(.metersUTCOffset)
    guard let offset = UTCOffset(clock) else {
      throw SettingError(
        .metersUTCOffset,
        reason: "\"\(clock)\" is no offset such as +09:00 in half hours. "
          + "Zones with summer time cannot be used: meters give the time without saying which")
    }
    var devices: [ConfiguredDevice] = []
    for text in settings.list(.metersDevices) {
      guard let device = ConfiguredDevice(text) else {
        throw SettingError(
          .metersDevices,
          reason: "\"\(text)\" is not \"address object\", for example "
            + "\"192.168.1.20 028801\"")
      }
      devices.append(device)
    }
    return SiteSettings(
      key: key, offset: offset, addresses: settings.list(.metersAddresses),
      devices: devices, separateRoofs: try settings.flag(.metersSeparateRoofs),
      reportIntervals: try settings.number(.reportIntervals),
      lead: UInt64(try settings.number(.metersLead)),
      lag: UInt64(try settings.number(.metersLag)))
  }

  /// Runs until SIGTERM or SIGINT, then ends every service in the reverse order and closes every
  /// file.
  /// - Returns: who is logged in, where the node shall start anew because this box has asked to
  ///   join; else nil.
  func run() async throws -> HouseholdAccess? {
    let files = try OpenFiles(self)
    do {
      try await serve(files)
    } catch {
      // What failed first is what people need to read.
      try? files.close()
      throw error
    }
    try files.close()
    logger.info("ended; everything is kept")
    return await joined.access
  }

  private func serve(_ files: OpenFiles) async throws {
    let transport = try PeerTransport(peers.key, rules: store.genesis.rules)
    let (keeper, port) = try await keeper(transport, files.samples)
    var services = try await peerServices(keeper, transport, port)
    services += try adminServices(keeper)
    let home = try await home(keeper, files.samples)
    services += try webServices(keeper, files, home?.reader)
    services += try miningServices(keeper)
    services += try exchangeServices(keeper, files.desk)
    if let home {
      services += try meterServices(home, keeper)
      services += try claimServices(home.site, keeper)
    }
    if let notifier = ServiceNotifier(keeper: keeper, logger: logger) { services.append(notifier) }
    let group = ServiceGroup(
      configuration: .init(
        services: services.map { .init(service: $0) },
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger))
    await joined.watch(group)
    try await group.run()
  }
}

/// The files of a node beside its settings: open while it runs, closed however it ends.
struct OpenFiles {
  let store: LedgerStore
  /// The samples of a home.
  let samples: SampleStore?
  /// What an exchange's desk has decided.
  let desk: DeskStore?

  init(_ node: HomeNode) throws {
    store = node.store
    samples = try node.site.map { _ in try SampleStore(folder: node.folder.path) }
    desk = try node.exchangeKey.map { _ in try DeskStore(folder: node.folder.path) }
  }

  func close() throws {
    try samples?.close()
    try desk?.close()
    try store.close()
  }
}

/// Ends a node's services once its box has asked to join, so that it starts anew with its keys.
actor Joined {
  private(set) var access: HouseholdAccess?
  private var group: ServiceGroup?

  func watch(_ group: ServiceGroup) { self.group = group }

  /// Ends the services after the answer that says so has left.
  func startAnew(with access: HouseholdAccess) {
    self.access = access
    Task { await self.group?.triggerGracefulShutdown() }
  }
}
