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

@Suite("Encodings")
struct EncodingTests {
  @Test(
    "A transaction of each kind has one encoding", arguments: try GoldenVector.load("Transaction"))
  func transactions(_ vector: GoldenVector) throws { try vector.check(Transaction.self) }

  @Test("A block header has one encoding", arguments: try GoldenVector.load("BlockHeader"))
  func headers(_ vector: GoldenVector) throws { try vector.check(BlockHeader.self) }

  @Test(
    "A state entry of each kind has one encoding", arguments: try GoldenVector.load("StateEntry"))
  func entries(_ vector: GoldenVector) throws {
    let kind = try #require(StateKey.Kind(rawValue: vector.bytes[0]))
    let bytes = Array(vector.bytes.dropFirst())
    guard vector.verdict == "ok" else {
      let error = #expect(throws: DecodeError.self) { try StateEntry(kind, exactly: bytes) }
      #expect(error?.description == vector.verdict)
      return
    }
    #expect(try StateEntry(kind, exactly: bytes).bytes == bytes)
  }

  @Test("Genesis, claim and block have one encoding", arguments: ["Genesis", "Claim", "Block"])
  func others(_ type: String) throws {
    for vector in try GoldenVector.load(type) {
      switch type {
      case "Genesis": try vector.check(Genesis.self)
      case "Block": try vector.check(Block.self)
      default: try vector.check(Claim.self)
      }
    }
  }

  @Test("Varints are refused in longer forms, beyond 64 bits and out of range")
  func varints() throws {
    for (bytes, refusal) in [
      ([0x80, 0x00], "not-canonical@0"), ([0x81, 0x00], "not-canonical@0"),
      ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02], "out-of-range@0"),
      ([0x80], "truncated@1"), ([0x65], "out-of-range@0"),
    ] as [([UInt8], String)] {
      var reader = ByteReader(bytes)
      let error = #expect(throws: DecodeError.self) { try reader.readVarint(in: 0...100) }
      #expect(error?.description == refusal)
    }
  }

  @Test("A list that promises more than the bytes hold is refused before it is read")
  func longLists() {
    var reader = ByteReader([0xFF, 0x01, 1, 2, 3])
    #expect(throws: DecodeError(.truncated, at: 0)) { try reader.readCount(in: 0...255) }
  }

  @Test("Series come back as they went, in few bytes, whatever they hold", arguments: 0..<200)
  func series(_ seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let bound: UInt64 = [2, 100, 3000, 1 << 31, 1 << 32].randomElement(using: &random) ?? 2
    let amounts = (0..<48).map { _ in
      Bool.random(using: &random) ? UInt64.random(in: 0..<bound, using: &random) : 0
    }
    var writer = ByteWriter()
    RiceSeries.encode(amounts, to: &writer)
    var reader = ByteReader(writer.bytes)
    #expect(try RiceSeries.decode(48, from: &reader) == amounts)
    try reader.finish()
    for position in writer.bytes.indices {
      var changed = writer.bytes
      changed[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      var input = ByteReader(changed)
      guard let other = try? RiceSeries.decode(48, from: &input),
        (try? input.finish()) != nil
      else { continue }
      var again = ByteWriter()
      RiceSeries.encode(other, to: &again)
      #expect(again.bytes == changed, "a second encoding of one series was taken")
    }
  }

  @Test("A sunny day of a home in 48 intervals takes at most 480 bytes")
  func dayOfReport() throws {
    var fixture = LedgerFixture(homes: 1)
    let generated = (0..<48).map { slot -> UInt32 in
      let height = max(0, 14 - abs(slot - 24))
      return UInt32(height * height * 9 + (height > 0 ? slot * 7 % 31 : 0))
    }
    let consumed = (0..<48).map { UInt32(150 + $0 * 37 % 420) }
    let report = try fixture.report(0, generated: generated, consumed: consumed)
    let bytes = Transaction.report(report).bytes
    #expect(bytes.count <= 480)
    #expect(try Transaction(exactly: bytes) == .report(report))
  }

  @Test("Every one-byte change of a report is refused or is another report's own encoding")
  func reportMutations() throws {
    var fixture = LedgerFixture(homes: 1)
    let report = try fixture.report(0, generated: [10, 20, 30], consumed: [5, 25, 30])
    let bytes = Transaction.report(report).bytes
    for position in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[position] ^= 1 << UInt8(bit)
        if let other = try? Transaction(exactly: changed) { #expect(other.bytes == changed) }
      }
    }
  }

}
