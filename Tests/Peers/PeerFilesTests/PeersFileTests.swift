// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import CheckoutFixtures
import Foundation
import LedgerCrypto
import LedgerFixtures
import PeerFiles
import PeerProtocol
import Testing

@Suite("Files of first peers")
struct PeersFileTests {
  private func file(_ text: String) throws -> String {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("hinata-peers-\(UUID().uuidString).json")
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  @Test("Hosts, ports and keys are read; IPv6 stands in brackets")
  func reads() throws {
    let key = LedgerFixture.key("peer").publicKey
    let path = try file(
      """
      {"network": "street", "peers": [{"address": "home.example:7711", "key": "\(key.value.hex)"},
        {"address": "[2001:db8::1]:7712", "note": "the operator's"}]}
      """)
    #expect(
      try PeersFile.load(path, network: "street") == [
        PeerTarget(host: "home.example", port: 7711, key: key),
        PeerTarget(host: "2001:db8::1", port: 7712, key: nil),
      ])
  }

  @Test("Another network's file, a wrong address and a file that is none are refused with a word")
  func refuses() throws {
    for (text, word) in [
      (#"{"network": "other", "peers": []}"#, "for network other"),
      (#"{"network": "street", "peers": [{"address": "home"}]}"#, "peers[0]"),
      (#"{"network": "street", "peers": [{"address": "h:1", "key": "12"}]}"#, "peers[0]"),
      ("[]", "no peers file"),
    ] {
      let path = try file(text)
      let error = #expect(throws: PeersFileError.self) {
        try PeersFile.load(path, network: "street")
      }
      #expect(error?.description.contains(word) == true, "\(text)")
    }
    for wrong in ["", ":1", "h", "h:0", "h:70000", "h:1#zz"] {
      #expect(PeersFile.target(wrong) == nil, "\(wrong)")
    }
  }

  @Test("The peers files of the repository are for its networks")
  func ours() throws {
    for network in ["demo", "street"] {
      _ = try PeersFile.load(
        Checkout.root.appendingPathComponent("Peers/\(network).json").path, network: network)
    }
  }
}
