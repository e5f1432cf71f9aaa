// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import CanonicalCoding
import Clocks
import EchonetControl
import ExchangeDesk
import Explorer
import ExplorerIndex
import Foundation
import HTTPAPI
import HomeAssistant
import JoinFiles
import Ledger
import LedgerCrypto
import LedgerStore
import Logging
import MQTT
import MeterServices
import MulticastUDP
import NodeConfiguration
import NodeServices
import PeerFiles
import PeerTransport
import Quantities
import ServiceLifecycle
import WebService

// The services of each area, by the settings of that area.
extension HomeNode {
  /// The keeper, and the port at which its node listens, 0 for nowhere.
  func keeper(
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
      samples: samples, approvers: approvers)
    return (try LedgerKeeper(store, clock: clock, logger: logger, peers: setup), port)
  }

  /// Each key that this node has speaks for a member, and approves for it where it has a seat.
  private var approvers: Approvers {
    var keys: [KeyPair] = []
    for key in [site?.key, miningKey, exchangeKey].compactMap({ $0 })
    where !keys.contains(where: { $0.publicKey == key.publicKey }) {
      keys.append(key)
    }
    return Approvers(keys: keys, file: FinalityFile(folder: folder))
  }

  func peerServices(
    _ keeper: LedgerKeeper, _ transport: PeerTransport, _ port: UInt16
  ) async throws -> [any Service] {
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
    return services
  }

  func adminServices(_ keeper: LedgerKeeper) throws -> [any Service] {
    guard let listen = settings.text(.adminListen) else { return [] }
    let (host, port) = try PeerSettings.place(listen, .adminListen)
    guard host == "127.0.0.1" || host == "::1", port > 0 else {
      throw SettingError(.adminListen, reason: "\"\(listen)\" is not 127.0.0.1:port")
    }
    return [AdminAPI(keeper: keeper, host: host, port: port, folder: folder, logger: logger)]
  }

  func webServices(
    _ keeper: LedgerKeeper, _ files: OpenFiles, _ reader: MeterReadingService?
  ) throws -> [any Service] {
    guard let listen = settings.text(.apiListen) else { return [] }
    let (host, port) = try PeerSettings.place(listen, .apiListen)
    let watch = reader.map { reader in HomeWatch { await reader.lookNow() } }
    let pages = try explorer(keeper, files, reader, watch, host: host, port: port)
    return (watch.map { [$0] } ?? []) + pages.services
  }

  /// The API and the explorer's pages, for everybody who reaches `api.listen`.
  private func explorer(
    _ keeper: LedgerKeeper, _ files: OpenFiles, _ reader: MeterReadingService?,
    _ watch: HomeWatch?, host: String, port: Int
  ) throws -> ExplorerServer {
    var limits = WebServer.Limits()
    limits.requestsPerSecond = try settings.number(.requestsPerSecond)
    limits.burst = 4 * limits.requestsPerSecond
    limits.trustedProxies = Set(settings.list(.trustedProxies))
    limits.hosts = HostNames(Set(settings.list(.apiHosts)))
    let index = try ExplorerIndex(
      path: folder.appendingPathComponent(ExplorerIndex.fileName).path, genesis: store.genesis)
    let household = try household(reader, watch, files.desk)
    let areOpen = try settings.flag(.apiSamples)
    let source = ExplorerSource(
      ledger: store, index: index, clock: clock, keeper: keeper, samples: files.samples,
      meters: reader,
      samplesAreOpen: areOpen, hasHome: household != nil
    ) { household?.access.isOpen(to: $0) ?? false }
    return ExplorerServer(
      source, household: household, host: host, port: port, limits: limits, logger: logger
    ) {
      logger.notice("the explorer listens", metadata: ["address": "http://\(host):\($0)/"])
    }
  }

  /// The node's own pages: of a home, of an exchange's or operator's office, and of a box that has
  /// no key yet and may ask to join.
  private func household(
    _ reader: MeterReadingService?, _ watch: HomeWatch?, _ desk: DeskStore?
  ) throws -> Household? {
    let operatorKey = settings.text(.operatorKey).map { URL(fileURLWithPath: $0) }
    if let operatorKey, !FileManager.default.isReadableFile(atPath: operatorKey.path) {
      throw SettingError(.operatorKey, reason: "\(operatorKey.path) cannot be read")
    }
    let office =
      desk == nil && operatorKey == nil ? nil : Office(desk: desk, operatorKey: operatorKey)
    let isNew =
      site == nil && miningKey == nil && exchangeKey == nil && operatorKey == nil
      && !peers.hasOwnKey
    guard site != nil || isNew || office != nil else { return nil }
    let access = try self.access ?? HouseholdAccess(folder: folder, logger: logger)
    let identity = HomeIdentity(folder: folder)
    let (network, clock, joined) = (store.network, clock, joined)
    let join: Household.Join = { answers, meters in
      _ = try identity.join(
        answers, network: network, offset: .japan,
        activeFrom: Interval(containing: clock.now).advanced(by: 1), isAnother: false,
        meters: meters)
      await joined.startAnew(with: access)
    }
    return Household(
      key: site?.key.publicKey, folder: folder, access: access, meters: reader, watch: watch,
      office: office, join: isNew ? join : nil)
  }

  func miningServices(_ keeper: LedgerKeeper) throws -> [any Service] {
    let threads = try settings.number(.miningThreads)
    guard let miningKey, threads > 0 else { return [] }
    return [
      MiningService(
        keeper: keeper, clock: clock, key: miningKey, threads: threads,
        wattsPerThread: Double(try settings.number(.miningWatts)),
        costFile: folder.appendingPathComponent(MiningCost.fileName), logger: logger)
    ]
  }

  func exchangeServices(_ keeper: LedgerKeeper, _ desk: DeskStore?) throws -> [any Service] {
    guard let exchangeKey, let desk else { return [] }
    guard let holder = try store.entry(.holder(exchangeKey.publicKey)),
      case .keyHolder(let known) = holder
    else { throw SettingError(.exchangeKey, reason: "no member of this network has it") }
    return [
      DeskService(
        keeper: keeper, desk: desk, key: exchangeKey, exchange: known.member,
        policy: try policy(), clock: clock, logger: logger)
    ]
  }

  private func policy() throws -> DeskPolicy {
    guard let file = settings.text(.exchangePolicy) else { return DeskPolicy() }
    do { return try DeskPolicy(reading: file) } catch {
      throw SettingError(.exchangePolicy, reason: "\(error)")
    }
  }

  /// Who reads a home's meters, and the links to them.
  struct Home {
    let site: SiteSettings
    let links: MeterLinks
    let controller: EchonetController
    let reader: MeterReadingService
  }

  func home(_ keeper: LedgerKeeper, _ samples: SampleStore?) async throws -> Home? {
    guard let site, let samples else { return nil }
    let links = try await MeterLinks(settings, folder: folder, logger: logger)
    // One that nobody can guess: an answer is known by it.
    let first = UInt16.random(in: 0...UInt16.max)
    let unique = SHA256.digest(Array("node profile".utf8) + site.key.publicKey.value.bytes)
    let controller = EchonetController(
      links.all, transaction: first, unique: Array(unique.bytes.prefix(13)))
    let reader = MeterReadingService(
      settings: site, controller: controller, samples: samples, keeper: keeper, clock: clock,
      routeB: links.routeB, folder: folder, logger: logger)
    return Home(site: site, links: links, controller: controller, reader: reader)
  }

  func meterServices(_ home: Home, _ keeper: LedgerKeeper) throws -> [any Service] {
    var services: [any Service] = [
      ControllerService(controller: home.controller, links: home.links.all), home.reader,
    ]
    if let host = settings.text(.mqttHost) {
      var broker = MQTTClient.Settings(host: host)
      broker.port = try settings.number(.mqttPort)
      (broker.user, broker.password) = (settings.text(.mqttUser), settings.text(.mqttPassword))
      broker.authorities = settings.text(.mqttAuthorities)
      services.append(
        try HomeAssistantService(
          keeper: keeper, meters: home.reader, broker: broker, key: home.site.key.publicKey,
          prefix: settings.text(.mqttPrefix),
          period: try settings.number(.mqttSeconds), page: homePage(),
          logger: logger))
    }
    return services
  }

  /// Where people of the home find its pages; nil where they cannot be told.
  private func homePage() -> String? {
    guard let listen = settings.text(.apiListen),
      let (host, port) = try? PeerSettings.place(listen, .apiListen), port > 0
    else { return nil }
    let isAny = host == "0.0.0.0" || host == "::"
    let own = settings.text(.metersAddress).flatMap { place in
      HomeInterface.all.first { $0.name == place }?.address ?? place
    }
    guard let name = isAny ? own : host else { return nil }
    return "http://\(name.contains(":") ? "[\(name)]" : name):\(port)/home"
  }

  func claimServices(_ site: SiteSettings, _ keeper: LedgerKeeper) throws -> [any Service] {
    guard try settings.flag(.claimsStanding) else { return [] }
    return [
      StandingClaimService(
        keeper: keeper, key: site.key, again: .seconds(try settings.number(.claimsRemind)),
        logger: logger)
    ]
  }
}
