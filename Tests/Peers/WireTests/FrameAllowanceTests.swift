// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Ledger
import LedgerCrypto
import LedgerFixtures
import Testing
import Wire

@Suite("What a link may bring")
struct FrameAllowanceTests {
  private let rules = LedgerFixture.rules()

  @Test("No frame is larger than the network's own blocks, whatever the protocol would take")
  func blocks() {
    var allowance = FrameAllowance(rules)
    allowance.sent(.getBlocks(GetBlocks(hashes: [BlockHash(.zero)])))
    #expect(throws: DecodeError(.outOfRange, at: 0)) {
      try allowance.take(kind: BlockDelivery.kind, payloadByteCount: 2 * Int(rules.blockBytes))
    }
    #expect(throws: DecodeError(.outOfRange, at: 0)) {
      try allowance.take(kind: CompactBlock.kind, payloadByteCount: CompactBlock.byteLimit)
    }
    #expect(throws: Never.self) {
      try allowance.take(kind: BlockDelivery.kind, payloadByteCount: Int(rules.blockBytes))
      try allowance.take(
        kind: CompactBlock.kind, payloadByteCount: 242 + 6 * Int(rules.blockTransactions))
    }
  }

  @Test("Each question opens the door once; small frames and gossip need none")
  func asked() {
    var allowance = FrameAllowance(rules)
    let large = FrameAllowance.unasked + 1
    #expect(throws: DecodeError(.outOfRange, at: 0)) {
      try allowance.take(kind: SnapshotPart.kind, payloadByteCount: large)
    }
    allowance.sent(.getSnapshotPart(GetSnapshotPart(block: BlockHash(.zero), index: 0)))
    #expect(throws: Never.self) {
      try allowance.take(kind: SnapshotPart.kind, payloadByteCount: large)
    }
    #expect(throws: DecodeError(.outOfRange, at: 0)) {
      try allowance.take(kind: SnapshotPart.kind, payloadByteCount: large)
    }
    allowance.sent(
      .getBlocks(GetBlocks(hashes: [BlockHash(.zero), BlockHash(SHA256.digest([1]))])))
    for _ in 0..<2 {
      #expect(throws: Never.self) {
        try allowance.take(kind: BlockDelivery.kind, payloadByteCount: large)
      }
    }
    // What was asked for and came small is not saved up for something large.
    allowance.sent(.getBlocks(GetBlocks(hashes: [BlockHash(.zero)])))
    #expect(throws: Never.self) {
      try allowance.take(kind: BlockDelivery.kind, payloadByteCount: 300)
    }
    #expect(throws: DecodeError(.outOfRange, at: 0)) {
      try allowance.take(kind: BlockDelivery.kind, payloadByteCount: large)
    }
    for kind in Message.kinds {
      #expect(throws: Never.self) { try allowance.take(kind: kind, payloadByteCount: 60_000) }
    }
  }
}
