// SPDX-License-Identifier: Apache-2.0

import Foundation
import LedgerCrypto
import LedgerFixtures
import NodeServices
import PeerFiles
import PeerProtocol
import Testing
import Wire

@Suite("What is remembered of peers")
struct PeerMemoryTests {
  @Test("Addresses and bans come back as they were; a file that is none is left aside")
  func roundTrip() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-memory-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let key = LedgerFixture.key("peer").publicKey
    let four = HostAddress(ipv4: 0xC000_0201)
    let six = HostAddress(high: 0x2001_0DB8_0000_0000, low: 7)
    let memory = PeerMemory(
      addresses: [four, six].map { host in
        AddressBook.Entry(
          address: PeerAddress(host: host, port: 7711, key: key), source: four, isTried: host == six
        )
      },
      bans: [BanList.Ban(key: key, host: six, until: 99, reason: "malformed: truncated@0")])
    try memory.write(to: folder)
    let again = PeerMemory(folder: folder)
    #expect(again.addresses == memory.addresses)
    #expect(again.bans == memory.bans)
    try Data("no JSON".utf8).write(to: folder.appendingPathComponent(PeerMemory.fileName))
    #expect(PeerMemory(folder: folder).addresses.isEmpty)
  }
}
