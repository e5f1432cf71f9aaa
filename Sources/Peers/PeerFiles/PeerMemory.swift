// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Foundation
import LedgerCrypto
public import PeerProtocol
import Wire

/// What a node remembers of its peers over restarts: `peers.json` in its data folder, which a
/// person can read. A file that cannot be read is left aside: it is a convenience, not a record.
public struct PeerMemory: Sendable {
  /// The file's name in the data folder.
  public static let fileName = "peers.json"

  /// The address book.
  public let addresses: [AddressBook.Entry]
  public let bans: [BanList.Ban]

  /// A memory of these.
  public init(addresses: [AddressBook.Entry] = [], bans: [BanList.Ban] = []) {
    self.addresses = addresses
    self.bans = bans
  }

  private struct Form: Codable {
    struct AddressForm: Codable {
      let host: String
      let port: UInt16
      let key: String
      let source: String
      let wasLinked: Bool
    }
    struct BanForm: Codable {
      let key: String
      let host: String?
      let untilMilliseconds: UInt64
      let reason: String
    }
    let addresses: [AddressForm]
    let bans: [BanForm]
  }

  /// Reads the memory of a data folder; an empty one where there is none.
  public init(folder: URL) {
    let file = folder.appendingPathComponent(PeerMemory.fileName)
    guard let data = try? Data(contentsOf: file),
      let form = try? JSONDecoder().decode(Form.self, from: data)
    else {
      self.init()
      return
    }
    self.init(
      addresses: form.addresses.compactMap { form in
        guard let host = PeerMemory.host(form.host), let source = PeerMemory.host(form.source),
          let key = Bytes32(hex: form.key), form.port > 0
        else { return nil }
        return AddressBook.Entry(
          address: PeerAddress(host: host, port: form.port, key: PublicKey(key)), source: source,
          isTried: form.wasLinked)
      },
      bans: form.bans.compactMap { form in
        guard let key = Bytes32(hex: form.key) else { return nil }
        return BanList.Ban(
          key: PublicKey(key), host: form.host.flatMap(PeerMemory.host),
          until: form.untilMilliseconds, reason: form.reason)
      })
  }

  private static func host(_ text: String) -> HostAddress? {
    if let host = HostAddress(dotted: text) { return host }
    return [UInt8](hex: text).flatMap(HostAddress.init)
  }

  private static func text(_ host: HostAddress) -> String {
    host.isIPv4 ? host.description : host.bytes.hex
  }

  /// Writes the memory into a data folder, in whole or not at all.
  public func write(to folder: URL) throws {
    let form = Form(
      addresses: addresses.map {
        Form.AddressForm(
          host: PeerMemory.text($0.address.host), port: $0.address.port,
          key: $0.address.key.value.hex, source: PeerMemory.text($0.source),
          wasLinked: $0.isTried)
      },
      bans: bans.map {
        Form.BanForm(
          key: $0.key.value.hex, host: $0.host.map(PeerMemory.text), untilMilliseconds: $0.until,
          reason: $0.reason)
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(form).write(
      to: folder.appendingPathComponent(PeerMemory.fileName), options: .atomic)
  }
}
