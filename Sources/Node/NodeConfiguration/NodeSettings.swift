// SPDX-License-Identifier: Apache-2.0

import Configuration
import Foundation

/// A setting that is missing or wrong, by its key.
public struct SettingError: Error, Sendable, CustomStringConvertible {
  /// The key, as in the file; in the environment it is `HINATA_` and the key in capitals.
  public let key: String
  public let reason: String

  /// An error of the setting `key`.
  public init(key: String, reason: String) {
    self.key = key
    self.reason = reason
  }

  /// `setting meters.address: …`.
  public var description: String { "setting \(key): \(reason)" }
}

/// The settings of a node: from flags, else the environment, else the file, else a default.
public struct NodeSettings: Sendable {
  /// What a key means, for `--help` and for checking files.
  public struct Key: Sendable {
    public let name: String
    public let meaning: String
  }

  /// All keys.
  public static let keys: [Key] = [
    Key(name: "data", meaning: "data folder of the node"),
    Key(name: "genesis", meaning: "network file, for example Genesis/demo.json"),
    Key(name: "key.password", meaning: "password of the key files (better in the environment)"),
    Key(name: "key.passwordFile", meaning: "file that holds the password in its first line"),
    Key(name: "mining.key", meaning: "key file that seals blocks; none: this node seals none"),
    Key(
      name: "mining.threads",
      meaning: "threads that search for nonces, 1…64, or 0: this node seals none (1)"),
    Key(name: "mining.watts", meaning: "watts of one busy thread, for the estimate (10)"),
    Key(
      name: "site.key",
      meaning: "key file that signs the reports of a site; its meters are read here"),
    Key(name: "site.reportIntervals", meaning: "half hours in one report, 1…48 (48)"),
    Key(
      name: "meters.address",
      meaning: "this node's interface (eth0) or address on the home's network"),
    Key(name: "meters.addresses", meaning: "addresses to ask besides multicast"),
    Key(name: "meters.devices", meaning: "devices by hand, each \"address object\""),
    Key(name: "meters.multicast", meaning: "look for devices by multicast (true)"),
    Key(name: "meters.utcOffset", meaning: "clock of the meters, without summer time (+09:00)"),
    Key(name: "meters.lead", meaning: "seconds before a half hour to read counters (15)"),
    Key(name: "meters.lag", meaning: "seconds after a half hour to read counters (5)"),
    Key(name: "meters.timeoutMs", meaning: "milliseconds to wait for an answer (5000)"),
    Key(
      name: "routeB.port",
      meaning: "serial port of a Wi-SUN dongle, by which the smart meter is read"),
    Key(name: "routeB.id", meaning: "Route B id, 32 digits, from the power company's letter"),
    Key(name: "routeB.password", meaning: "Route B password, 12 letters and digits"),
    Key(name: "routeB.timeoutMs", meaning: "milliseconds to wait for one property (20000)"),
    Key(name: "routeB.intervalMs", meaning: "milliseconds between two requests (1000)"),
    Key(name: "exchange.key", meaning: "key file of the exchange, where this node plays it"),
    Key(name: "exchange.policy", meaning: "file that says what is minted, held and refused"),
    Key(name: "claims.standing", meaning: "claim everything as it is recorded (false)"),
    Key(
      name: "claims.remind", meaning: "seconds until an unanswered claim is sent again (120)"),
    Key(name: "peers.listen", meaning: "where to listen for peers, host:port; none: nowhere"),
    Key(name: "peers.targets", meaning: "peers to keep links to, each host:port or host:port#key"),
    Key(
      name: "peers.file",
      meaning:
        "file of first peers, for example Peers/demo.json (peers.json beside the network file)"),
    Key(name: "peers.key", meaning: "key file of the node's identity (site's, else mining's)"),
    Key(name: "peers.outbound", meaning: "links this node opens, 0…64 (8)"),
    Key(name: "peers.inbound", meaning: "links others may open, 0…1024 (64)"),
    Key(
      name: "peers.lan",
      meaning: "interface or address for beacons on the home's network; none: no beacons"),
    Key(name: "peers.audits", meaning: "look at samples under others' reports (true)"),
    Key(name: "peers.auditOneIn", meaning: "of so many foreign reports audit one, 1…1000000 (50)"),
    Key(name: "peers.snapshots", meaning: "serve snapshots of the state to new nodes (true)"),
    Key(name: "pool.count", meaning: "transactions that may wait, 100…1000000 (50000)"),
    Key(name: "pool.megabytes", meaning: "megabytes that may wait, 1…4096 (32)"),
    Key(name: "store.fastStart", meaning: "start a new ledger from a snapshot (true)"),
    Key(
      name: "store.fastStartBlocks", meaning: "… where at least so many blocks are missing (256)"),
    Key(name: "store.keepBlocks", meaning: "newest block bodies to keep, 288 or more; 0: all (0)"),
    Key(name: "mqtt.host", meaning: "MQTT broker of Home Assistant; none: nothing is told"),
    Key(name: "mqtt.port", meaning: "its port (1883)"),
    Key(name: "mqtt.user", meaning: "user at the broker"),
    Key(name: "mqtt.password", meaning: "password at the broker"),
    Key(
      name: "mqtt.authorities",
      meaning: "file of the certificates behind the broker's; none: no TLS"),
    Key(name: "mqtt.prefix", meaning: "topic of discovery (homeassistant)"),
    Key(name: "mqtt.seconds", meaning: "seconds between two states, 1…3600 (60)"),
    Key(name: "admin.listen", meaning: "where the local admin API listens, 127.0.0.1:port"),
    Key(
      name: "api.listen",
      meaning: "where the explorer and the API are, host:port; none: nowhere"),
    Key(
      name: "api.requestsPerSecond",
      meaning: "how much one address may ask the API for; 0 is no limit (default 50)"),
    Key(
      name: "api.trustedProxies",
      meaning: "addresses of your own proxies, whose X-Forwarded-For is believed (none)"),
    Key(name: "clock.anchor", meaning: "demo: wall seconds at which the clock stood at start"),
    Key(name: "clock.start", meaning: "demo: network seconds at the anchor"),
    Key(name: "log.level", meaning: "trace, debug, info, notice, warning or error (info)"),
  ]

  private let reader: ConfigReader

  /// Reads the settings.
  /// - Parameters:
  ///   - file: a JSON file, or nil.
  ///   - flags: values from the command line by their keys.
  ///   - found: the name of a file in the data folder that holds what the node found out by itself; all else comes
  ///     before it.
  public init(
    file: String?, flags: [String: String], environment: [String: String], found: String? = nil
  ) async throws(SettingError) {
    var values: [AbsoluteConfigKey: ConfigValue] = [:]
    for (key, value) in flags {
      values[AbsoluteConfigKey(ConfigKey(key.split(separator: ".").map(String.init)))] =
        ConfigValue(.string(value), isSecret: key == "key.password")
    }
    var providers: [any ConfigProvider] = [
      InMemoryProvider(name: "flags", values: values),
      EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(
        with: ConfigKey(["hinata"])),
    ]
    if let file { providers.append(try await NodeSettings.provider(file)) }
    if let found, let data = ConfigReader(providers: providers).string(forKey: "data"),
      FileManager.default.fileExists(atPath: "\(data)/\(found)")
    {
      providers.append(try await NodeSettings.provider("\(data)/\(found)"))
    }
    reader = ConfigReader(providers: providers)
  }

  private static func provider(_ file: String) async throws(SettingError) -> any ConfigProvider {
    try checkKeys(of: file)
    let place = ConfigReader(
      provider: InMemoryProvider(values: ["filePath": ConfigValue(.string(file), isSecret: false)]))
    do { return try await FileProvider<JSONSnapshot>(config: place) } catch {
      throw SettingError(key: "(file)", reason: "\(file) is no JSON file of settings: \(error)")
    }
  }

  /// Refuses keys that nobody reads: a misspelt one would silently do nothing.
  private static func checkKeys(of file: String) throws(SettingError) {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw SettingError(key: "(file)", reason: "\(file) cannot be read")
    }
    guard let form = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw SettingError(key: "(file)", reason: "\(file) is no JSON object")
    }
    let known = Set(keys.map(\.name))
    func check(_ form: [String: Any], _ path: String) throws(SettingError) {
      for (name, value) in form.sorted(by: { $0.key < $1.key }) {
        let key = path.isEmpty ? name : "\(path).\(name)"
        if let nested = value as? [String: Any] {
          try check(nested, key)
        } else if !known.contains(key) {
          throw SettingError(key: key, reason: "there is no such setting (in \(file))")
        }
      }
    }
    try check(form, "")
  }

  private func key(_ name: String) -> ConfigKey {
    ConfigKey(name.split(separator: ".").map(String.init))
  }

  /// A text, or nil where it is not set.
  public func text(_ name: String) -> String? {
    reader.string(forKey: key(name)) ?? reader.int(forKey: key(name)).map(String.init)
      ?? reader.double(forKey: key(name)).map { "\($0)" }
  }

  /// A text that must be set.
  public func requiredText(_ name: String) throws(SettingError) -> String {
    guard let text = text(name), !text.isEmpty else {
      throw SettingError(
        key: name,
        reason: "it is missing: \(NodeSettings.keys.first { $0.name == name }?.meaning ?? "")")
    }
    return text
  }

  /// A whole number within `range`, or `fallback` where it is not set.
  public func number(
    _ name: String, in range: ClosedRange<Int>, default fallback: Int
  ) throws(SettingError) -> Int {
    guard let text = text(name) else { return fallback }
    guard let number = Int(text) else {
      throw SettingError(key: name, reason: "\"\(text)\" is no whole number")
    }
    guard range.contains(number) else {
      throw SettingError(
        key: name, reason: "\(number) is outside of \(range.lowerBound)…\(range.upperBound)")
    }
    return number
  }

  /// True or false, or `fallback` where it is not set.
  public func flag(_ name: String, default fallback: Bool) throws(SettingError) -> Bool {
    if let flag = reader.bool(forKey: key(name)) { return flag }
    guard let text = text(name) else { return fallback }
    throw SettingError(key: name, reason: "\"\(text)\" is neither true nor false")
  }

  /// A list of texts; commas part them in the environment and in flags.
  public func list(_ name: String) -> [String] {
    (reader.stringArray(forKey: key(name)) ?? text(name)?.split(separator: ",").map(String.init)
      ?? []).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  /// The password of the key files.
  /// - Parameter usual: a file that holds it where nothing is set.
  public func password(or usual: String) throws(SettingError) -> String {
    if let password = text("key.password") { return password }
    let exists = FileManager.default.fileExists(atPath: usual)
    guard let file = text("key.passwordFile") ?? (exists ? usual : nil) else {
      throw SettingError(
        key: "key.password",
        reason: "it is missing; set HINATA_KEY_PASSWORD or name key.passwordFile")
    }
    guard let data = FileManager.default.contents(atPath: file),
      let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first
    else {
      throw SettingError(key: "key.passwordFile", reason: "\(file) cannot be read or is empty")
    }
    return String(line)
  }
}
