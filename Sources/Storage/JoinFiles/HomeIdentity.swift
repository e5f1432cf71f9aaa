// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Foundation
public import Joining
import KeyFiles
public import Ledger
import LedgerCrypto
public import Quantities

/// Why a box cannot ask to be let in.
public struct HomeIdentityError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// Who a box is, in its data folder: `keys/site.key` signs its reports, `keys/member.key` its
/// coins, both sealed by the password in `keys/password`; `home.json` holds the settings that
/// joining found out; `join-request.json` and `join-request.svg` are for the operator.
public struct HomeIdentity: Sendable {
  private let folder: URL

  /// The identity in a data folder, whether there is one or not.
  public init(folder: URL) { self.folder = folder }

  /// The folder of the keys.
  public var keys: URL { folder.appendingPathComponent("keys", isDirectory: true) }
  /// The key of the site's reports.
  public var siteKey: URL { keys.appendingPathComponent("site.key") }
  /// The key of the member's coins.
  public var memberKey: URL { keys.appendingPathComponent("member.key") }
  /// The file with the password of the keys.
  public var passwordFile: URL { keys.appendingPathComponent("password") }
  /// The name of the file of settings that joining found out; those of the node's own file come
  /// first.
  public static let settingsFile = "home.json"
  /// That file.
  public var settings: URL { folder.appendingPathComponent(HomeIdentity.settingsFile) }
  /// The request as a file and as a picture.
  public var request: URL { folder.appendingPathComponent("join-request.json") }
  public var picture: URL { folder.appendingPathComponent("join-request.svg") }

  /// Whether this box has asked, or was let in.
  public var exists: Bool { FileManager.default.fileExists(atPath: siteKey.path) }

  /// How this node reaches its meters, as settings by their keys, for example `meters.address`.
  public typealias Meters = [String: any Sendable]

  /// Makes the keys that are missing and the request.
  /// - Parameters:
  ///   - isAnother: the member is there already and asks for another site: it moved, or has a new
  ///     inverter.
  ///   - meters: the settings of the meters; they are kept for the daemon.
  /// - Returns: the request, which is also in its files.
  public func join(
    _ answers: JoinAnswers, network: NetworkId, offset: UTCOffset, activeFrom: Interval,
    isAnother: Bool, meters: Meters
  ) throws -> JoinRequest {
    guard isAnother == exists else {
      throw HomeIdentityError(
        description: isAnother
          ? "\(siteKey.path) does not exist: this box has not joined yet"
          : "\(siteKey.path) exists: this box has asked already (for another site of the same member: --again)"
      )
    }
    // Everything is checked before anything is made.
    let (memberSeed, siteSeed) = (KeyFile.randomSeed(), KeyFile.randomSeed())
    let password = try password()
    // A member's key without a site's was left by a join that a power cut ended: it goes on.
    let hasMember = FileManager.default.fileExists(atPath: memberKey.path)
    let member =
      try hasMember
      ? KeyFile.open(memberKey.path, password: password) : KeyPair(seed: memberSeed)
    let site = KeyPair(seed: siteSeed)
    let record = try isAnother ? nil : answers.member(key: member.publicKey)
    // The last request says which member this box belongs to.
    let id = try record?.id ?? JoinRequestFile.read(self.request.path).site.member
    let asked = try answers.site(
      of: id, key: site.publicKey, offset: offset, activeFrom: activeFrom)
    let request = JoinRequest(
      network: network, member: record, site: asked, siteKey: site,
      memberKey: member)
    try keep(password)
    // The new key is whole before the old one gives up its name: a power cut between leaves one of them there.
    let fresh = siteKey.appendingPathExtension("new")
    try? FileManager.default.removeItem(at: fresh)
    try KeyFile.write(seed: siteSeed, to: fresh.path, password: password, cost: .least)
    if isAnother {
      let old = try KeyFile.publicKey(siteKey.path).value.hex.prefix(8)
      let aside = keys.appendingPathComponent("site-\(old).key")
      if !FileManager.default.fileExists(atPath: aside.path) {
        try FileManager.default.linkItem(at: siteKey, to: aside)
      }
    }
    if !hasMember {
      try KeyFile.write(seed: memberSeed, to: memberKey.path, password: password, cost: .least)
    }
    try keep(meters)
    try JoinRequestFile.data(request).write(to: self.request, options: .atomic)
    let svg = try JoinRequestPicture.svg(request)
    try Data(svg.utf8).write(to: picture, options: .atomic)
    // With its key a box has asked: until then it can be asked for again from the start.
    try HomeIdentity.rename(fresh, to: siteKey)
    return request
  }

  /// The password that seals the keys, or a new one of 256 random bits.
  public func password() throws -> String {
    guard let text = try? String(contentsOf: passwordFile, encoding: .utf8),
      let line = text.split(separator: "\n").first
    else { return KeyFile.randomSeed().hex }
    return String(line)
  }

  private func keep(_ password: String) throws {
    guard !FileManager.default.fileExists(atPath: passwordFile.path) else { return }
    try FileManager.default.createDirectory(
      at: keys, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try HomeIdentity.writeOwnerOnly(Data("\(password)\n".utf8), to: passwordFile)
  }

  /// Keeps the settings of the meters beside those that are known from before.
  private func keep(_ meters: Meters) throws {
    let known = (try? Data(contentsOf: settings)).flatMap {
      try? JSONSerialization.jsonObject(with: $0) as? [String: [String: Any]]
    }
    var form = known ?? ["claims": ["standing": true]]
    for (key, value) in meters {
      let parts = key.split(separator: ".").map(String.init)
      guard parts.count == 2 else { continue }
      form[parts[0], default: [:]][parts[1]] = value
    }
    let data = try JSONSerialization.data(
      withJSONObject: form, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    try HomeIdentity.writeOwnerOnly(data, to: settings)
  }

  /// Writes a file that nobody but its owner ever could read, whole or not at all.
  static func writeOwnerOnly(_ data: Data, to file: URL) throws {
    let temporary = file.appendingPathExtension("new")
    try? FileManager.default.removeItem(at: temporary)
    guard
      FileManager.default.createFile(
        atPath: temporary.path, contents: data, attributes: [.posixPermissions: 0o600])
    else { throw HomeIdentityError(description: "\(file.path) cannot be written") }
    try rename(temporary, to: file)
  }

  /// Gives a file another's name; that one is replaced, or still there if this fails.
  private static func rename(_ file: URL, to name: URL) throws {
    guard Foundation.rename(file.path, name.path) == 0 else {
      throw HomeIdentityError(description: "\(name.path) cannot be written")
    }
  }
}
