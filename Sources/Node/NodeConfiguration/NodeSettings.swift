// SPDX-License-Identifier: Apache-2.0

import Configuration
import Foundation

/// A setting that is missing or wrong, by its key.
public struct SettingError: Error, Sendable, CustomStringConvertible {
  /// The key, as in the file; in the environment it is `HINATA_` and the key in capitals.
  public let key: String
  public let reason: String

  init(key: String, reason: String) {
    self.key = key
    self.reason = reason
  }

  /// A key that no setting has.
  public init(unknown key: String) { self.init(key: key, reason: "there is no such setting") }

  /// An error of a setting.
  public init(_ key: NodeSettings.Key<String?>, reason: String) {
    self.init(key: key.name, reason: reason)
  }

  /// An error of a setting.
  public init(_ key: NodeSettings.Key<String>, reason: String) {
    self.init(key: key.name, reason: reason)
  }

  /// An error of a setting.
  public init(_ key: NodeSettings.Key<Int>, reason: String) {
    self.init(key: key.name, reason: reason)
  }

  /// An error of a setting.
  public init(_ key: NodeSettings.Key<[String]>, reason: String) {
    self.init(key: key.name, reason: reason)
  }

  /// `setting meters.address: …`.
  public var description: String { "setting \(key): \(reason)" }
}

/// The settings of a node: from flags, else the environment, else the file, else a default.
public struct NodeSettings: Sendable {
  private let reader: ConfigReader

  /// Reads the settings.
  /// - Parameters:
  ///   - file: a JSON file, or nil.
  ///   - flags: values from the command line by their keys.
  ///   - found: the name of a file in the data folder that holds what the node found out by itself;
  ///     all else comes before it.
  public init(
    file: String?, flags: [String: String], environment: [String: String], found: String? = nil
  ) async throws(SettingError) {
    var values: [AbsoluteConfigKey: ConfigValue] = [:]
    for (key, value) in flags {
      values[AbsoluteConfigKey(ConfigKey(key.split(separator: ".").map(String.init)))] =
        ConfigValue(
          .string(value), isSecret: NodeSettings.keys.contains { $0.name == key && $0.isSecret })
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

  private func path(_ name: String) -> ConfigKey {
    ConfigKey(name.split(separator: ".").map(String.init))
  }

  /// What is set, as text.
  private func text(of name: String) -> String? {
    reader.string(forKey: path(name)) ?? reader.int(forKey: path(name)).map(String.init)
      ?? reader.double(forKey: path(name)).map { "\($0)" }
  }

  /// A text, or nil where it is not set.
  public func text(_ key: Key<String?>) -> String? { text(of: key.name) }

  /// A text, else what is usual.
  public func text(_ key: Key<String>) -> String { text(of: key.name) ?? key.fallback }

  /// A text that must be set.
  public func requiredText(_ key: Key<String?>) throws(SettingError) -> String {
    guard let text = text(key), !text.isEmpty else {
      throw SettingError(key: key.name, reason: "it is missing: \(key.purpose)")
    }
    return text
  }

  /// A whole number within the key's range.
  public func number(_ key: Key<Int>) throws(SettingError) -> Int {
    guard let text = text(of: key.name) else { return key.fallback }
    guard let number = Int(text) else {
      throw SettingError(key: key.name, reason: "\"\(text)\" is no whole number")
    }
    if let range = key.range, !range.contains(number) {
      throw SettingError(
        key: key.name, reason: "\(number) is outside of \(range.lowerBound)…\(range.upperBound)")
    }
    return number
  }

  /// True or false.
  public func flag(_ key: Key<Bool>) throws(SettingError) -> Bool {
    if let flag = reader.bool(forKey: path(key.name)) { return flag }
    guard let text = text(of: key.name) else { return key.fallback }
    // From a flag all values are texts; the words are those that the environment may say.
    switch text.lowercased() {
    case "true", "yes", "1": return true
    case "false", "no", "0": return false
    default:
      throw SettingError(key: key.name, reason: "\"\(text)\" is neither true nor false")
    }
  }

  /// A list of texts; commas part them in the environment and in flags.
  public func list(_ key: Key<[String]>) -> [String] {
    (reader.stringArray(forKey: path(key.name))
      ?? text(of: key.name)?.split(separator: ",").map(String.init) ?? key.fallback)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  /// The password of the key files.
  /// - Parameter usual: a file that holds it where nothing is set.
  public func password(or usual: String) throws(SettingError) -> String {
    if let password = text(.keyPassword) { return password }
    let exists = FileManager.default.fileExists(atPath: usual)
    guard let file = text(.keyPasswordFile) ?? (exists ? usual : nil) else {
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
