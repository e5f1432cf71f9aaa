// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Foundation
import Ledger
import LedgerCrypto
import LedgerStore
import NodeConfiguration
import PeerFiles
import PeerProtocol
import Product
import Wire

/// The settings that make a node a peer.
struct PeerSettings {
  /// Where to listen, or nil.
  let listen: (host: String, port: Int)?
  let targets: [PeerTarget]
  let key: KeyPair
  /// Whether the key is one of its own, not one for this run alone.
  let hasOwnKey: Bool
  /// The address for beacons on the home's network, or nil.
  let lan: String?
  let audits: Bool
  let servesSnapshots: Bool
  let startsFromSnapshot: Bool
  /// Newest block bodies to keep, 0 for all.
  let keptBlocks: UInt64
  let limits: PeerLimits

  /// Reads and checks them.
  /// - Parameter keys: the node's own keys, the one to be known by first; with none of them the node
  ///   is known by a new key at each start.
  init(_ settings: NodeSettings, keys: [KeyPair], network: String) throws(SettingError) {
    listen = try settings.text("peers.listen").map { text throws(SettingError) in
      try PeerSettings.place(text, "peers.listen")
    }
    var targets: [PeerTarget] = []
    if let file = try PeerSettings.peersFile(settings) {
      do { targets = try PeersFile.load(file, network: network) } catch {
        throw SettingError(key: "peers.file", reason: error.description)
      }
    }
    for text in settings.list("peers.targets") {
      guard let target = PeersFile.target(text) else {
        throw SettingError(
          key: "peers.targets", reason: "\"\(text)\" is not host:port or host:port#key")
      }
      targets.append(target)
    }
    self.targets = targets
    var fresh = SystemRandomNumberGenerator()
    let unknown = Bytes32(words: (fresh.next(), fresh.next(), fresh.next(), fresh.next()))
    key = keys.first ?? KeyPair(seed: unknown)
    hasOwnKey = !keys.isEmpty
    lan = settings.text("peers.lan")
    audits = try settings.flag("peers.audits", default: true)
    servesSnapshots = try settings.flag("peers.snapshots", default: true)
    startsFromSnapshot = try settings.flag("store.fastStart", default: true)
    keptBlocks = try PeerSettings.keptBlocks(settings)
    var limits = PeerLimits()
    limits.outbound = try settings.number("peers.outbound", in: 0...64, default: 8)
    limits.inbound = try settings.number("peers.inbound", in: 0...1024, default: 64)
    limits.auditOneIn = UInt64(
      try settings.number("peers.auditOneIn", in: 1...1_000_000, default: 50))
    limits.poolCount = try settings.number("pool.count", in: 100...1_000_000, default: 50_000)
    limits.poolBytes = try settings.number("pool.megabytes", in: 1...4096, default: 32) << 20
    limits.snapshotWorth = try settings.number(
      "store.fastStartBlocks", in: 8...1_000_000, default: 256)
    self.limits = limits
  }

  /// The file that is named, else `peers.json` beside the network file, where there is one.
  private static func peersFile(_ settings: NodeSettings) throws(SettingError) -> String? {
    if let file = settings.text("peers.file") { return file }
    let beside = URL(fileURLWithPath: try settings.requiredText("genesis"))
      .deletingLastPathComponent().appendingPathComponent("peers.json").path
    return FileManager.default.fileExists(atPath: beside) ? beside : nil
  }

  private static func keptBlocks(_ settings: NodeSettings) throws(SettingError) -> UInt64 {
    let key = "store.keepBlocks"
    let blocks = try settings.number(key, in: 0...100_000_000, default: 0)
    guard blocks == 0 || blocks >= LedgerStore.leastBodies else {
      throw SettingError(key: key, reason: "\(blocks) is less than \(LedgerStore.leastBodies)")
    }
    guard blocks == 0 || settings.text("exchange.key") == nil else {
      throw SettingError(
        key: key, reason: "an exchange keeps all blocks: claims may reach far back")
    }
    return UInt64(blocks)
  }

  /// A place to listen at.
  static func place(
    _ text: String, _ key: String
  ) throws(SettingError) -> (host: String, port: Int) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 2, let port = UInt16(parts[parts.count - 1]) else {
      throw SettingError(key: key, reason: "\"\(text)\" is not host:port")
    }
    let host = parts.dropLast().joined(separator: ":")
      .trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    return (host, Int(port))
  }

  /// The node's side of the protocol when it listens at `port`.
  func machine(port: UInt16, hasSamples: Bool) -> NodeMachine.Settings {
    var offers: Hello.Offers = [.relay, .proofs]
    if hasSamples { offers.insert(.evidence) }
    if servesSnapshots { offers.insert(.snapshots) }
    var machine = NodeMachine.Settings(
      key: key, port: port, offers: offers, agent: "hinatad \(Version.number)", targets: targets,
      audits: audits, limits: limits)
    machine.startsFromSnapshot = startsFromSnapshot
    machine.keepsHistory = keptBlocks == 0
    return machine
  }
}
