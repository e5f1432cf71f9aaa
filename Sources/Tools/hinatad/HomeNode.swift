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
  private let settings: NodeSettings
  private let logger: Logger
  private let store: LedgerStore
  private let clock: NetworkClock
  private let folder: URL
  private let site: SiteSettings?
  private let miningKey: KeyPair?
  private let exchangeKey: KeyPair?
  private let peers: PeerSettings
  private let access: HouseholdAccess?
  private let joined = Joined()

  /// Checks every setting and opens every file.
  /// - Parameter access: who is logged in, where this node goes on after it has asked to join.
  init(_ settings: NodeSettings, access: HouseholdAccess? = nil) async throws {
    self.settings = settings
    self.access = access
    logger = Logger(label: "hinatad")
    folder = URL(fileURLWithPath: try settings.requiredText("data"), isDirectory: true)
    let genesis: Genesis
    do { genesis = try NetworkFile.load(try settings.requiredText("genesis")) } catch let error
      as NetworkFileError
    { throw SettingError(key: "genesis", reason: error.description) }
    clock = try HomeNode.clock(settings, genesis.rules)
    site = try HomeNode.site(settings)
    if settings.text("routeB.port") != nil { _ = try MeterLinks.credentials(settings) }
    miningKey = try HomeNode.key("mining.key", settings)
    exchangeKey = try HomeNode.key("exchange.key", settings)
    let own = try HomeNode.key("peers.key", settings)
    peers = try PeerSettings(
      settings, keys: [own, site?.key, miningKey, exchangeKey].compactMap { $0 },
      network: genesis.rules.name)
    store = try LedgerStore(folder: folder.path, genesis: genesis)
  }

  private static func key(
    _ name: String, _ settings: NodeSettings
  ) throws(SettingError) -> KeyPair? {
    let identity = HomeIdentity(
      folder: URL(fileURLWithPath: try settings.requiredText("data"), isDirectory: true))
    // A box that has joined is known by the keys in its data folder.
    let isOwn = identity.exists && settings.text("site.key") == nil
    guard
      let path = settings.text(name)
        ?? (isOwn && ["site.key", "mining.key"].contains(name) ? identity.siteKey.path : nil)
    else { return nil }
    let password = try settings.password(or: identity.passwordFile.path)
    do { return try KeyFile.open(path, password: password) } catch {
      throw SettingError(key: name, reason: error.description)
    }
  }

  private static func clock(
    _ settings: NodeSettings, _ rules: NetworkRules
  ) throws(SettingError) -> NetworkClock {
    guard let anchor = settings.text("clock.anchor") else {
      guard rules.clockFactor == 1 else {
        throw SettingError(
          key: "clock.anchor",
          reason: "this network's clock runs \(rules.clockFactor) times as "
            + "fast as the wall's, so it needs an anchor")
      }
      return .wall
    }
    guard let seconds = Double(anchor) else {
      throw SettingError(key: "clock.anchor", reason: "\"\(anchor)\" is no number of seconds")
    }
    guard let start = UInt64(try settings.requiredText("clock.start")) else {
      throw SettingError(key: "clock.start", reason: "it is no number of seconds")
    }
    return NetworkClock(
      anchor: seconds, start: NetworkTime(seconds: start), factor: rules.clockFactor)
  }

  private static func site(_ settings: NodeSettings) throws(SettingError) -> SiteSettings? {
    guard let key = try key("site.key", settings) else { return nil }
    let clock = settings.text("meters.utcOffset") ?? "+09:00"
    guard let offset = UTCOffset(clock) else {
      throw SettingError(
        key: "meters.utcOffset",
        reason: "\"\(clock)\" is no offset such as +09:00 in half hours. "
          + "Zones with summer time cannot be used: meters give the time without saying which")
    }
    var devices: [ConfiguredDevice] = []
    for text in settings.list("meters.devices") {
      guard let device = ConfiguredDevice(text) else {
        throw SettingError(
          key: "meters.devices",
          reason: "\"\(text)\" is not \"address object\", for example "
            + "\"192.168.1.20 028801\"")
      }
      devices.append(device)
    }
    return SiteSettings(
      key: key, offset: offset, addresses: settings.list("meters.addresses"),
      devices: devices,
      reportIntervals: try settings.number("site.reportIntervals", in: 1...48, default: 48),
      lead: UInt64(try settings.number("meters.lead", in: 1...600, default: 15)),
      lag: UInt64(try settings.number("meters.lag", in: 1...600, default: 5)))
  }

  /// The API and the explorer's pages, for everybody who reaches `api.listen`.
  private func explorer(
    _ keeper: LedgerKeeper, _ samples: SampleStore?, host: String, port: Int
  ) throws -> ExplorerServer {
    var limits = WebServer.Limits()
    limits.requestsPerSecond = try settings.number(
      "api.requestsPerSecond", in: 0...1_000_000, default: limits.requestsPerSecond)
    limits.burst = 4 * limits.requestsPerSecond
    limits.trustedProxies = Set(settings.list("api.trustedProxies"))
    let index = try ExplorerIndex(
      path: folder.appendingPathComponent(ExplorerIndex.fileName).path, genesis: store.genesis)
    let source = ExplorerSource(
      ledger: store, index: index, clock: clock, keeper: keeper, samples: samples)
    let household = try household()
    return ExplorerServer(
      source, household: household, host: host, port: port, limits: limits, logger: logger
    ) {
      logger.notice("the explorer listens", metadata: ["address": "http://\(host):\($0)/"])
    }
  }

  /// The household's own pages: of a home, and of a box that has no key yet and may ask to join.
  private func household() throws -> Household? {
    let isNew = site == nil && miningKey == nil && exchangeKey == nil && !peers.hasOwnKey
    guard site != nil || isNew else { return nil }
    let access = try self.access ?? HouseholdAccess(folder: folder, logger: logger)
    let identity = HomeIdentity(folder: folder)
    let (network, clock, joined) = (store.network, clock, joined)
    return Household(key: site?.key.publicKey, folder: folder, access: access) { answers, meters in
      _ = try identity.join(
        answers, network: network, offset: .japan,
        activeFrom: Interval(containing: clock.now).advanced(by: 1), isAnother: false,
        meters: meters)
      await joined.startAnew(with: access)
    }
  }

  /// Runs until SIGTERM or SIGINT, then ends every service in the reverse order.
  /// - Returns: who is logged in, where the node shall start anew because this box has asked to join; else nil.
  func run() async throws -> HouseholdAccess? {
    var samples: SampleStore?
    var desk: DeskStore?
    if site != nil { samples = try SampleStore(folder: folder.path) }
    let transport = try PeerTransport(peers.key)
    let (keeper, port) = try await keeper(transport, samples)
    var services: [any Service] = [
      PeerService(keeper: keeper, transport: transport, folder: folder, logger: logger)
    ]
    if peers.keptBlocks > 0 {
      services.append(
        PruningService(
          keeper: keeper, bodies: peers.keptBlocks, key: site?.key.publicKey, logger: logger))
    }
    if let lan = peers.lan, port > 0 {
      services.append(
        LanBeaconService(
          keeper: keeper, endpoint: try await LanBeaconService.endpoint(at: lan, logger: logger),
          network: store.network, key: peers.key.publicKey, port: port, logger: logger))
    }
    if let listen = settings.text("admin.listen") {
      let (host, port) = try PeerSettings.place(listen, "admin.listen")
      guard host == "127.0.0.1" || host == "::1", port > 0 else {
        throw SettingError(key: "admin.listen", reason: "\"\(listen)\" is not 127.0.0.1:port")
      }
      services.append(
        AdminAPI(keeper: keeper, host: host, port: port, folder: folder, logger: logger))
    }
    if let listen = settings.text("api.listen") {
      let (host, port) = try PeerSettings.place(listen, "api.listen")
      services += try explorer(keeper, samples, host: host, port: port).services
    }
    let threads = try settings.number("mining.threads", in: 0...64, default: 1)
    if let miningKey, threads > 0 {
      services.append(
        MiningService(
          keeper: keeper, clock: clock, key: miningKey, threads: threads,
          wattsPerThread: Double(try settings.number("mining.watts", in: 1...1000, default: 10)),
          costFile: folder.appendingPathComponent(MiningCost.fileName), logger: logger))
    }
    if let exchangeKey {
      guard let holder = try store.entry(.holder(exchangeKey.publicKey)),
        case .keyHolder(let known) = holder
      else { throw SettingError(key: "exchange.key", reason: "no member of this network has it") }
      let opened = try DeskStore(folder: folder.path)
      desk = opened
      services.append(
        DeskService(
          keeper: keeper, desk: opened, key: exchangeKey, exchange: known.member,
          policy: try policy(), clock: clock, logger: logger))
    }
    if let site, let samples {
      services += try await meterServices(site, samples, keeper)
      if try settings.flag("claims.standing", default: false) {
        services.append(
          StandingClaimService(
            keeper: keeper, key: site.key,
            again: .seconds(try settings.number("claims.remind", in: 1...86_400, default: 120)),
            logger: logger))
      }
    }
    if let notifier = ServiceNotifier(keeper: keeper, logger: logger) { services.append(notifier) }
    let group = ServiceGroup(
      configuration: .init(
        services: services.map { .init(service: $0) },
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger))
    await joined.watch(group)
    try await group.run()
    try samples?.close()
    try desk?.close()
    try store.close()
    logger.info("ended; everything is kept")
    return await joined.access
  }

  private func policy() throws -> DeskPolicy {
    guard let file = settings.text("exchange.policy") else { return DeskPolicy() }
    do { return try DeskPolicy(reading: file) } catch {
      throw SettingError(key: "exchange.policy", reason: "\(error)")
    }
  }

  /// The keeper, and the port at which its node listens, 0 for nowhere.
  private func keeper(
    _ transport: PeerTransport, _ samples: SampleStore?
  ) async throws -> (LedgerKeeper, UInt16) {
    var port: UInt16 = 0
    if let (host, wanted) = peers.listen {
      port = UInt16(clamping: try await transport.listen(host: host, port: wanted))
      logger.notice(
        "listening for peers",
        metadata: ["address": "\(host):\(port)", "key": "\(peers.key.publicKey.value.hex)"])
    }
    var random = SystemRandomNumberGenerator()
    let setup = PeerSetup(
      settings: peers.machine(port: port, hasSamples: samples != nil), transport: transport,
      memory: PeerMemory(folder: folder),
      seed: Bytes32(words: (random.next(), random.next(), random.next(), random.next())),
      samples: samples)
    return (try LedgerKeeper(store, clock: clock, logger: logger, peers: setup), port)
  }

  private func meterServices(
    _ site: SiteSettings, _ samples: SampleStore, _ keeper: LedgerKeeper
  ) async throws -> [any Service] {
    let links = try await MeterLinks(settings, folder: folder, logger: logger)
    let first = UInt16(truncatingIfNeeded: clock.now.seconds)
    let controller = EchonetController(links.all, transaction: first)
    let reader = MeterReadingService(
      settings: site, controller: controller, samples: samples, keeper: keeper, clock: clock,
      routeB: links.routeB, folder: folder, logger: logger)
    var services: [any Service] = [
      ControllerService(controller: controller, links: links.all), reader,
    ]
    if let host = settings.text("mqtt.host") {
      var broker = MQTTClient.Settings(host: host)
      broker.port = try settings.number("mqtt.port", in: 1...65_535, default: 1883)
      (broker.user, broker.password) = (settings.text("mqtt.user"), settings.text("mqtt.password"))
      broker.authorities = settings.text("mqtt.authorities")
      services.append(
        try HomeAssistantService(
          keeper: keeper, meters: reader, broker: broker, key: site.key.publicKey,
          prefix: settings.text("mqtt.prefix") ?? "homeassistant",
          period: .seconds(try settings.number("mqtt.seconds", in: 1...3600, default: 60)),
          logger: logger))
    }
    return services
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
