// SPDX-License-Identifier: Apache-2.0

extension NodeSettings {
  /// One setting: its name in files, its meaning for people, and what values it takes.
  public struct Key<Value: Sendable>: Sendable {
    public let name: String
    /// What it does, without its range and default.
    public let purpose: String
    /// The values that a whole number may have, where the setting is one.
    let range: ClosedRange<Int>?
    /// What holds where nothing is set.
    public let fallback: Value
    /// Whether its value is kept out of logs.
    let isSecret: Bool

    init(
      _ name: String, _ purpose: String, in range: ClosedRange<Int>? = nil, default fallback: Value,
      isSecret: Bool = false
    ) {
      (self.name, self.purpose, self.range) = (name, purpose, range)
      (self.fallback, self.isSecret) = (fallback, isSecret)
    }

    /// What a key means, with range and default, for `--help` and the manual page.
    var described: Described {
      let bounds = range.map { ", \($0.lowerBound)…\($0.upperBound)" } ?? ""
      let usual: String
      switch fallback {
      case let number as Int: usual = " (\(number))"
      case let flag as Bool: usual = " (\(flag))"
      case let text as String?: usual = text.map { " (\($0))" } ?? ""
      default: usual = ""
      }
      return Described(name: name, meaning: purpose + bounds + usual, isSecret: isSecret)
    }
  }

  /// A key of any kind, for people.
  public struct Described: Sendable {
    public let name: String
    public let meaning: String
    let isSecret: Bool
  }
}

extension NodeSettings.Key<String?> {
  public static let data = Self("data", "data folder of the node", default: nil)
  public static let genesis = Self(
    "genesis", "network file, for example Genesis/demo.json", default: nil)
  public static let keyPassword = Self(
    "key.password", "password of the key files (better in the environment)", default: nil,
    isSecret: true)
  public static let keyPasswordFile = Self(
    "key.passwordFile", "file that holds the password in its first line", default: nil)
  public static let miningKey = Self(
    "mining.key", "key file that seals blocks; none: this node seals none", default: nil)
  public static let siteKey = Self(
    "site.key", "key file that signs the reports of a site; its meters are read here", default: nil)
  public static let metersAddress = Self(
    "meters.address", "this node's interface (eth0) or address on the home's network", default: nil)
  public static let routeBPort = Self(
    "routeB.port", "serial port of a Wi-SUN dongle, by which the smart meter is read", default: nil)
  public static let routeBId = Self(
    "routeB.id", "Route B id, 32 digits, from the power company's letter", default: nil)
  public static let routeBPassword = Self(
    "routeB.password", "Route B password, 12 letters and digits", default: nil, isSecret: true)
  public static let exchangeKey = Self(
    "exchange.key", "key file of the exchange, where this node plays it", default: nil)
  public static let exchangePolicy = Self(
    "exchange.policy", "file that says what is minted, held and refused", default: nil)
  public static let operatorKey = Self(
    "operator.key",
    "key file with which the operator admits on /home/operator; its password is asked for each time",
    default: nil)
  public static let peersListen = Self(
    "peers.listen", "where to listen for peers, host:port; none: nowhere", default: nil)
  public static let peersFile = Self(
    "peers.file",
    "file of first peers, for example Peers/demo.json; none: peers.json beside the network file",
    default: nil)
  public static let peersKey = Self(
    "peers.key", "key file of the node's identity; none: the site's, else mining's", default: nil)
  public static let knownCheckpoint = Self(
    "store.knownCheckpoint",
    "a final block that every chain must hold, as `hinata admit` and `hinata status` print it",
    default: nil)
  public static let peersLan = Self(
    "peers.lan", "interface or address for beacons on the home's network; none: no beacons",
    default: nil)
  public static let mqttHost = Self(
    "mqtt.host", "MQTT broker of Home Assistant; none: nothing is told", default: nil)
  public static let mqttUser = Self("mqtt.user", "user at the broker", default: nil)
  public static let mqttPassword = Self(
    "mqtt.password", "password at the broker", default: nil, isSecret: true)
  public static let mqttAuthorities = Self(
    "mqtt.authorities", "file of the certificates behind the broker's; none: no TLS", default: nil)
  public static let adminListen = Self(
    "admin.listen", "where the local admin API listens, 127.0.0.1:port; none: nowhere", default: nil
  )
  public static let apiListen = Self(
    "api.listen", "where the explorer and the API are, host:port; none: nowhere", default: nil)
  public static let clockAnchor = Self(
    "clock.anchor", "demo: wall seconds at which the clock stood at start", default: nil)
  public static let clockStart = Self(
    "clock.start", "demo: network seconds at the anchor", default: nil)

  static let all: [Self] = [
    data, genesis, keyPassword, keyPasswordFile, miningKey, siteKey, metersAddress,
    routeBPort, routeBId, routeBPassword, exchangeKey, exchangePolicy, operatorKey, peersListen,
    peersFile,
    peersKey, knownCheckpoint, peersLan, mqttHost, mqttUser, mqttPassword, mqttAuthorities,
    adminListen,
    apiListen, clockAnchor, clockStart,
  ]
}

extension NodeSettings.Key<String> {
  public static let metersUTCOffset = Self(
    "meters.utcOffset", "clock of the meters, without summer time", default: "+09:00")
  public static let mqttPrefix = Self(
    "mqtt.prefix", "topic of discovery", default: "homeassistant")
  public static let logLevel = Self(
    "log.level", "trace, debug, info, notice, warning or error", default: "info")

  static let all: [Self] = [metersUTCOffset, mqttPrefix, logLevel]
}

extension NodeSettings.Key<Int> {
  public static let miningThreads = Self(
    "mining.threads", "threads that search for nonces; 0: this node seals none", in: 0...64,
    default: 1)
  public static let miningWatts = Self(
    "mining.watts", "watts of one busy thread, for the estimate", in: 1...1000, default: 10)
  public static let reportIntervals = Self(
    "site.reportIntervals", "half hours in one report", in: 1...48, default: 48)
  public static let metersLead = Self(
    "meters.lead", "seconds before a half hour to read counters", in: 1...600, default: 15)
  public static let metersLag = Self(
    "meters.lag", "seconds after a half hour to read counters", in: 1...600, default: 5)
  public static let metersTimeoutMs = Self(
    "meters.timeoutMs", "milliseconds to wait for an answer", in: 10...120_000, default: 5000)
  public static let routeBTimeoutMs = Self(
    "routeB.timeoutMs", "milliseconds to wait for one property", in: 100...120_000, default: 20_000)
  public static let routeBIntervalMs = Self(
    "routeB.intervalMs", "milliseconds between two requests", in: 1...60_000, default: 1000)
  public static let claimsRemind = Self(
    "claims.remind", "seconds until an unanswered claim is sent again", in: 1...86_400,
    default: 120)
  public static let peersOutbound = Self(
    "peers.outbound", "links this node opens", in: 0...64, default: 8)
  public static let peersInbound = Self(
    "peers.inbound", "links others may open", in: 0...1024, default: 64)
  public static let peersAuditOneIn = Self(
    "peers.auditOneIn", "of so many foreign reports audit one", in: 1...1_000_000, default: 50)
  public static let poolCount = Self(
    "pool.count", "transactions that may wait", in: 100...1_000_000, default: 50_000)
  public static let poolMegabytes = Self(
    "pool.megabytes", "megabytes that may wait", in: 1...4096, default: 32)
  public static let fastStartBlocks = Self(
    "store.fastStartBlocks", "… where at least so many blocks are missing", in: 8...1_000_000,
    default: 256)
  public static let keepBlocks = Self(
    "store.keepBlocks", "newest block bodies to keep, 288 or more; 0: all", in: 0...100_000_000,
    default: 0)
  public static let mqttPort = Self("mqtt.port", "its port", in: 1...65_535, default: 1883)
  public static let mqttSeconds = Self(
    "mqtt.seconds", "seconds between two states", in: 1...3600, default: 60)
  public static let requestsPerSecond = Self(
    "api.requestsPerSecond", "how much one address may ask the API for; 0 is no limit",
    in: 0...1_000_000, default: 50)

  static let all: [Self] = [
    miningThreads, miningWatts, reportIntervals, metersLead, metersLag, metersTimeoutMs,
    routeBTimeoutMs, routeBIntervalMs, claimsRemind, peersOutbound, peersInbound, peersAuditOneIn,
    poolCount, poolMegabytes, fastStartBlocks, keepBlocks, mqttPort, mqttSeconds, requestsPerSecond,
  ]
}

extension NodeSettings.Key<Bool> {
  public static let metersMulticast = Self(
    "meters.multicast", "look for devices by multicast", default: true)
  public static let metersSeparateRoofs = Self(
    "meters.separateRoofs", "devices that show the sun alike have roofs of their own all the same",
    default: false)
  public static let claimsStanding = Self(
    "claims.standing", "claim everything as it is recorded", default: false)
  public static let peersAudits = Self(
    "peers.audits", "look at samples under others' reports", default: true)
  public static let peersSnapshots = Self(
    "peers.snapshots", "serve snapshots of the state to new nodes", default: true)
  public static let fastStart = Self(
    "store.fastStart", "start a new ledger from a snapshot of what is proven to be final",
    default: true)
  public static let fastStartOnWork = Self(
    "store.fastStartOnWork", "start so in an open network too, where work alone vouches for it",
    default: false)
  public static let apiSamples = Self(
    "api.samples", "show the home's raw samples to everybody who reaches the API", default: false)

  static let all: [Self] = [
    metersMulticast, metersSeparateRoofs, claimsStanding, peersAudits, peersSnapshots, fastStart,
    fastStartOnWork, apiSamples,
  ]
}

extension NodeSettings.Key<[String]> {
  public static let metersAddresses = Self(
    "meters.addresses", "addresses to ask besides multicast", default: [])
  public static let metersDevices = Self(
    "meters.devices", "devices by hand, each \"address object\"", default: [])
  public static let peersTargets = Self(
    "peers.targets", "peers to keep links to, each host:port or host:port#key", default: [])
  public static let trustedProxies = Self(
    "api.trustedProxies", "addresses of your own proxies, whose X-Forwarded-For is believed",
    default: [])

  public static let apiHosts = Self(
    "api.hosts",
    "names under which the API answers, besides addresses and names of the home network",
    default: [])

  static let all: [Self] = [
    metersAddresses, metersDevices, peersTargets, trustedProxies, apiHosts,
  ]
}

extension NodeSettings {
  /// All keys, those of one area together.
  public static let keys: [Described] = {
    let all =
      Key<String?>.all.map(\.described) + Key<String>.all.map(\.described)
      + Key<Int>.all.map(\.described)
      + Key<Bool>.all.map(\.described) + Key<[String]>.all.map(\.described)
    let areas = [
      "data", "genesis", "key", "mining", "site", "meters", "routeB", "exchange", "claims", "peers",
      "pool", "store", "mqtt", "admin", "api", "clock", "log",
    ]
    func area(_ key: Described) -> Int {
      areas.firstIndex(of: String(key.name.prefix { $0 != "." })) ?? areas.count
    }
    return all.enumerated().sorted { (area($0.element), $0.offset) < (area($1.element), $1.offset) }
      .map(\.element)
  }()
}
