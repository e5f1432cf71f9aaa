// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import CheckoutFixtures
import Foundation
import Ledger
import LedgerCrypto
import LedgerFixtures
import Quantities
import Testing
import Wire

@Suite("Messages between nodes")
struct WireTests {
  /// A frame as it lies in a stream, read whole.
  private static func rewrite(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    let (kind, count) = try WireFrame.header(bytes)
    let payload = Array(bytes.dropFirst(WireFrame.headerByteCount))
    guard payload.count >= count else { throw DecodeError(.truncated, at: bytes.count) }
    guard payload.count == count else { throw DecodeError(.trailingBytes, at: count) }
    return WireFrame.bytes(of: try Message(kind: kind, payload: payload))
  }

  @Test("A frame of each kind has one encoding", arguments: try GoldenVector.load("Frames"))
  func golden(_ vector: GoldenVector) throws { try vector.check(WireTests.rewrite) }

  @Test("The samples still give the frames of the vector file, and every kind is among them")
  func samples() throws {
    let vectors = try GoldenVector.load("Frames").filter { $0.verdict == "ok" }
    let samples = try MessageSamples.all()
    #expect(vectors.map(\.name) == samples.map(\.name))
    for (vector, sample) in zip(vectors, samples) {
      #expect(WireFrame.bytes(of: sample.message) == vector.bytes, "\(sample.name)")
    }
    #expect(Set(vectors.map { $0.bytes[4] }) == Set(Message.kinds))
  }

  @Test("No prefix of a payload is a message, and no payload goes on after its end")
  func prefixes() throws {
    for (name, message) in try MessageSamples.all() {
      let kind = type(of: message.content).kind
      let payload = message.content.bytes
      for cut in payload.indices {
        #expect(throws: DecodeError.self, "\(name) cut at \(cut)") {
          try Message(kind: kind, payload: Array(payload[..<cut]))
        }
      }
      #expect(throws: DecodeError.self) { try Message(kind: kind, payload: payload + [0]) }
    }
  }

  @Test("A frame that states more than its kind may have is refused by its first five bytes")
  func limits() throws {
    for kind in Message.kinds {
      let limit = try #require(Message.byteLimit(kind: kind))
      var output = ByteWriter()
      output.writeFixed(UInt32(limit + 2))
      output.write(kind)
      #expect(throws: DecodeError(.outOfRange, at: 0)) { try WireFrame.header(output.bytes) }
    }
    #expect(throws: DecodeError(.unknownKind, at: 4)) { try WireFrame.header([0, 0, 0, 1, 99]) }
    #expect(throws: DecodeError(.outOfRange, at: 0)) { try WireFrame.header([0, 0, 0, 0, 3]) }
  }

  @Test("No sample is longer than its kind's limit, and lists at their limits fit theirs")
  func sizes() throws {
    for (name, message) in try MessageSamples.all() {
      #expect(message.byteCount <= type(of: message.content).byteLimit, "\(name)")
    }
    let ids = (0..<1000).map { TransactionId(SHA256.digest([UInt8($0 % 256), UInt8($0 / 256)])) }
    let full = AnnounceTransactions(ids: ids)
    #expect(full.bytes.count <= AnnounceTransactions.byteLimit)
    #expect(try AnnounceTransactions(exactly: full.bytes) == full)
  }

  @Test("Addresses print as people write them and know their part of the internet")
  func addresses() throws {
    let home = try #require(HostAddress(dotted: "192.168.1.20"))
    #expect(home.description == "192.168.1.20")
    #expect(home.isLocal)
    #expect(home.group == home)
    let far = try #require(HostAddress(dotted: "203.0.113.9"))
    #expect(!far.isLocal)
    #expect(far.group == HostAddress(dotted: "203.0.0.0"))
    for wrong in ["1.2.3", "1.2.3.256", "a.b.c.d", "1..2.3", "1.2.3.4.5"] {
      #expect(HostAddress(dotted: wrong) == nil, "\(wrong)")
    }
    let six = HostAddress(high: 0x2001_0DB8_0000_0001, low: 5)
    #expect(six.description == "2001:db8:0:1:0:0:0:5")
    #expect(six.group == HostAddress(high: 0x2001_0DB8_0000_0000, low: 0))
    #expect(HostAddress(high: 0xFE80_0000_0000_0000, low: 1).isLocal)
  }

  @Test("A program's long name is cut: no node is banned for its own greeting")
  func longAgent() throws {
    for agent in [String(repeating: "x", count: 99), String(repeating: "日", count: 20)] {
      let hello = Hello(
        networkName: "fixture", network: NetworkId(.zero), offers: [], lowestBody: 0, port: 0,
        height: 0, tip: BlockHash(.zero), work: .zero, time: NetworkTime(seconds: 0), agent: agent)
      #expect(agent.hasPrefix(hello.agent) && (30...32).contains(hello.agent.utf8.count))
      #expect(try Hello(exactly: hello.bytes) == hello)
    }
  }

  @Test("A beacon is 70 bytes, and nothing else is one")
  func beacon() throws {
    let fixture = LedgerFixture()
    let beacon = LanBeacon(
      network: fixture.network, key: fixture.operatorKey.publicKey, port: 7711)
    #expect(beacon.bytes.count == 70)
    #expect(try LanBeacon(exactly: beacon.bytes) == beacon)
    #expect(throws: DecodeError(.unknownKind, at: 0)) {
      try LanBeacon(exactly: [0] + beacon.bytes.dropFirst())
    }
    #expect(throws: DecodeError(.outOfRange, at: 68)) {
      try LanBeacon(exactly: beacon.bytes.dropLast(2) + [0, 0])
    }
  }
}
