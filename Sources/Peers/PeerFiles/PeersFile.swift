// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Foundation
import LedgerCrypto
public import PeerProtocol

/// Why a peers file was refused.
public struct PeersFileError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, naming the file and the entry.
  public let description: String
}

/// A file of `Peers/`: where to find the first peers of a network, as a person can read and review
/// it.
public enum PeersFile {
  private struct Form: Codable {
    struct PeerForm: Codable {
      let address: String
      let key: String?
      let note: String?
    }
    let network: String
    let peers: [PeerForm]
  }

  /// The peers of the file at `path`.
  /// - Parameter network: the name of the network, which the file must be for.
  public static func load(
    _ path: String, network: String
  ) throws(PeersFileError) -> [PeerTarget] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw PeersFileError(description: "The peers file \(path) cannot be read.")
    }
    guard let form = try? JSONDecoder().decode(Form.self, from: data) else {
      throw PeersFileError(
        description: "\(path): it is no peers file: {\"network\": …, \"peers\": [{\"address\": "
          + "\"host:port\", \"key\": …}]}")
    }
    guard form.network == network else {
      throw PeersFileError(
        description: "\(path): it is for network \(form.network), not for \(network)")
    }
    var targets: [PeerTarget] = []
    for (index, peer) in form.peers.enumerated() {
      guard let target = target(peer.address + (peer.key.map { "#\($0)" } ?? "")) else {
        throw PeersFileError(
          description: "\(path): peers[\(index)] is not host:port with a key of 64 hexadecimal "
            + "digits")
      }
      targets.append(target)
    }
    return targets
  }

  /// The text of a file of these addresses, host:port or host:port#key.
  public static func text(network: String, addresses: [String]) throws -> Data {
    let peers = addresses.map { address -> Form.PeerForm in
      let parts = address.split(separator: "#", maxSplits: 1).map(String.init)
      return Form.PeerForm(
        address: parts.first ?? address, key: parts.count == 2 ? parts[1] : nil, note: nil)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(Form(network: network, peers: peers))
  }

  /// The peer that `host:port` or `host:port#key` names, or nil. IPv6 stands in brackets.
  public static func target(_ text: String) -> PeerTarget? {
    let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    guard let place = parts.first, let colon = place.lastIndex(of: ":"),
      let port = UInt16(place[place.index(after: colon)...]), port > 0
    else { return nil }
    var host = String(place[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard !host.isEmpty else { return nil }
    guard parts.count == 2 else { return PeerTarget(host: host, port: port, key: nil) }
    guard let key = Bytes32(hex: String(parts[1])) else { return nil }
    return PeerTarget(host: host, port: port, key: PublicKey(key))
  }
}
