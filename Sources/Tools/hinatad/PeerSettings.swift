// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
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
  let startsOnWork: Bool
  let knownCheckpoint: KnownCheckpoint?
  /// Newest block bodies to keep, 0 for all.
  let keptBlocks: UInt64
  let limits: PeerLimits

  /// Reads and checks them.
  /// - Parameter keys: the node's own keys, the one to be known by first; with none of them the
  ///   node is known by a new key at each start.
  init(_ settings: NodeSettings, keys: [KeyPair], genesis: Genesis) throws(SettingError) {
    listen = try settings.text(.peersListen).map { text throws(SettingError) in
      try PeerSettings.place(text, .peersListen)
    }
    var targets: [PeerTarget] = []
    if let file = try PeerSettings.peersFile(settings) {
      do { targets = try PeersFile.load(file, network: genesis.rules.name) } catch {
        throw SettingError(.peersFile, reason: error.description)
      }
    }
    for text in settings.list(.peersTargets) {
      guard let target = PeersFile.target(text) else {
        throw SettingError(.peersTargets, reason: "\"\(text)\" is not host:port or host:port#key")
      }
      targets.append(target)
    }
    self.targets = targets
    var fresh = SystemRandomNumberGenerator()
    let unknown = Bytes32(words: (fresh.next(), fresh.next(), fresh.next(), fresh.next()))
    key = keys.first ?? KeyPair(seed: unknown)
    hasOwnKey = !keys.isEmpty
    lan = settings.text(.peersLan)
    audits = try settings.flag(.peersAudits)
    servesSnapshots = try settings.flag(.peersSnapshots)
    startsFromSnapshot = try settings.flag(.fastStart)
    startsOnWork = try settings.flag(.fastStartOnWork)
    knownCheckpoint = try PeerSettings.knownCheckpoint(settings, genesis)
    keptBlocks = try PeerSettings.keptBlocks(settings)
    var limits = PeerLimits()
    limits.outbound = try settings.number(.peersOutbound)
    limits.inbound = try settings.number(.peersInbound)
    limits.auditOneIn = UInt64(
      try settings.number(.peersAuditOneIn))
    limits.poolCount = try settings.number(.poolCount)
    limits.poolBytes = try settings.number(.poolMegabytes) << 20
    limits.snapshotWorth = try settings.number(.fastStartBlocks)
    self.limits = limits
  }

  /// The file that is named, else `peers.json` beside the network file, where there is one.
  private static func peersFile(_ settings: NodeSettings) throws(SettingError) -> String? {
    if let file = settings.text(.peersFile) { return file }
    let beside = URL(fileURLWithPath: try settings.requiredText(.genesis))
      .deletingLastPathComponent().appendingPathComponent("peers.json").path
    return FileManager.default.fileExists(atPath: beside) ? beside : nil
  }

  private static func knownCheckpoint(
    _ settings: NodeSettings, _ genesis: Genesis
  ) throws(SettingError) -> KnownCheckpoint? {
    guard let text = settings.text(.knownCheckpoint) else { return nil }
    guard let known = KnownCheckpoint(text: text) else {
      throw SettingError(
        .knownCheckpoint,
        reason: "\"\(text)\" is not what `hinata status` prints: 112 hexadecimal digits")
    }
    guard genesis.rules.hasFinality else {
      throw SettingError(
        .knownCheckpoint, reason: "nothing is final in \(genesis.rules.name), an open network")
    }
    guard known.network == NetworkTag(genesis.network) else {
      throw SettingError(
        .knownCheckpoint, reason: "it is of another network than \(genesis.rules.name)")
    }
    return known
  }

  private static func keptBlocks(_ settings: NodeSettings) throws(SettingError) -> UInt64 {
    let blocks = try settings.number(.keepBlocks)
    guard blocks == 0 || blocks >= LedgerStore.leastBodies else {
      throw SettingError(.keepBlocks, reason: "\(blocks) is less than \(LedgerStore.leastBodies)")
    }
    guard blocks == 0 || settings.text(.exchangeKey) == nil else {
      throw SettingError(
        .keepBlocks, reason: "an exchange keeps all blocks: claims may reach far back")
    }
    return UInt64(blocks)
  }

  /// A place to listen at.
  static func place(
    _ text: String, _ key: NodeSettings.Key<String?>
  ) throws(SettingError) -> (host: String, port: Int) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 2, let port = UInt16(parts[parts.count - 1]) else {
      throw SettingError(key, reason: "\"\(text)\" is not host:port")
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
    machine.startsOnWork = startsOnWork
    machine.knownCheckpoint = knownCheckpoint
    machine.keepsHistory = keptBlocks == 0
    return machine
  }
}
