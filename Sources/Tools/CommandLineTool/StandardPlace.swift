// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Foundation

/// Where a machine's own node keeps its ledger, for whoever names no folder: as the environment
/// says (`HINATA_DATA`, `HINATA_GENESIS`), else as the settings of the packaged service, else the
/// reader's state folder. Source: XDG Base Directory Specification 0.8; `Packaging/node.json`.
public struct StandardPlace: Hashable, Sendable {
  /// The settings of the packaged service.
  public static let settings = "/etc/hinata/node.json"
  /// What `--help` says of a data folder and a network file that need not be named.
  public static let help =
    "without it HINATA_DATA and HINATA_GENESIS, /etc/hinata/node.json, ~/.local/state/hinata"

  /// The data folder.
  public let data: String
  /// The network file.
  public let genesis: String
  /// The file of settings that says so, where there is one.
  public let config: String?
  /// Why that file says nothing, where it does not.
  public let problem: String?

  /// The place by an environment and, where it can be read, a file of settings. Who names a folder
  /// gets that folder's network file, where it has one.
  public init(environment: [String: String], settings: String = StandardPlace.settings) {
    struct Form: Decodable {
      let data: String?
      let genesis: String?
    }
    func value(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
    let named = value("HINATA_DATA")
    let isThere = FileManager.default.fileExists(atPath: settings)
    let file = try? Data(contentsOf: URL(fileURLWithPath: settings))
    let form = file.flatMap { try? JSONDecoder().decode(Form.self, from: $0) }
    let own = value("HOME").map { "\($0)/.local/state" }
    // A relative path says nothing, says the specification.
    let state = value("XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? own
    let folder = named ?? form?.data ?? "\(state ?? ".")/hinata"
    data = folder
    genesis = value("HINATA_GENESIS") ?? StandardPlace.network(of: named, form?.genesis, folder)
    // Who names another folder wants nothing of the service's ports and meters.
    config = isThere && named == nil ? settings : nil
    if !isThere || named != nil || form != nil {
      problem = nil
    } else if file == nil {
      problem =
        "\(settings) cannot be read: run this as the service's user (sudo -u hinata …), or name "
        + "--data and --genesis"
    } else {
      problem = "\(settings) is no file of settings: mend it, or name --data and --genesis"
    }
  }

  private static func network(of named: String?, _ form: String?, _ folder: String) -> String {
    (named == nil ? nil : network(in: folder)) ?? form ?? "\(folder)/network.json"
  }

  /// The network file that a node's folder has, or that the settings in it name; nil where neither
  /// is there.
  static func network(in folder: String) -> String? {
    struct Form: Decodable { let genesis: String? }
    let own = "\(folder)/network.json"
    if FileManager.default.fileExists(atPath: own) { return own }
    let settings = try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/node.json"))
    let form = settings.flatMap { try? JSONDecoder().decode(Form.self, from: $0) }
    return form?.genesis.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
  }

  /// The place by this process's environment.
  public static var current: StandardPlace {
    StandardPlace(environment: ProcessInfo.processInfo.environment)
  }
}

/// The data folder of a node, where no network file is needed.
public struct FolderOptions: ParsableArguments {
  @Option(
    name: .customLong("data"), help: "Data folder of a node; \(StandardPlace.help).")
  var givenData: String?

  /// No folder is named.
  public init() {}

  /// Looks whether the folder that is not named is known.
  /// - Throws: `UsageError` with what to do.
  public func check() throws {
    if givenData == nil, let problem = StandardPlace.current.problem {
      throw UsageError(description: problem)
    }
  }

  /// Looks whether the folder is named, here or by `HINATA_DATA`: what writes is told where.
  /// - Throws: `UsageError` where it is not.
  public func checkNamed() throws {
    let named = ProcessInfo.processInfo.environment["HINATA_DATA"] ?? ""
    guard givenData == nil, named.isEmpty else { return }
    throw UsageError(
      description: "this writes into a data folder: name it with --data, or by HINATA_DATA")
  }

  /// The data folder.
  public var data: String { givenData ?? StandardPlace.current.data }
}

/// The data folder and the network file of a node.
public struct PlaceOptions: ParsableArguments {
  /// Which data folder.
  @OptionGroup public var folder: FolderOptions

  @Option(name: .customLong("genesis"), help: "Network file; without it as for --data.")
  var givenGenesis: String?

  /// No folder and no file is named.
  public init() {}

  /// The data folder.
  public var data: String { folder.data }

  /// The network file: the named one, that of the standard place, or, where a folder is named, the
  /// one in it.
  public var genesis: String {
    if let givenGenesis { return givenGenesis }
    let standard = StandardPlace.current
    guard let named = folder.givenData, named != standard.data else { return standard.genesis }
    return StandardPlace.network(in: named) ?? standard.genesis
  }
}
