// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import PeerProtocol
import Quantities
import Wire

/// One node of a simulation: the same machine as in the daemon, on a simulated disk and clock.
final class SimulatedNode {
  /// The other end of a link.
  struct End {
    let node: Int
    let link: Link
    /// Nothing sent before arrives after what is sent later.
    var lastArrival: UInt64
  }

  let index: Int
  let key: KeyPair
  let host: HostAddress
  private(set) var storage: SimulatedStorage
  var machine: NodeMachine?
  var links: [Link: End] = [:]
  /// Seconds that its clock is ahead of the simulation's.
  var skew: Int64 = 0
  var writeMilliseconds: UInt64 = 0
  /// Until then it is busy with its disk.
  var busyUntil: UInt64 = 0
  var tickAt: UInt64?
  /// The tip that it searches on.
  var miningOn: BlockHash?
  /// Its own reports in the order of signing: they survive everything, as in the daemon's own
  /// store.
  var reports: [(transaction: EncodedTransaction, end: Interval, at: UInt64)] = []
  /// Reports that could not be kept when they were signed: the daemon's home offers them again.
  var unkept: [EncodedTransaction] = []
  /// What it has on its disk of its approvals.
  var finalityMemory: FinalityMemory?
  /// What the node's owner does against the others.
  var habits: Set<HostileAct> = []
  var isHostile = false
  /// It left for good.
  var isGone = false
  /// Headers that it gives in place of its own.
  var strangerChain: [SealedHeader] = []
  /// The laws that its next blocks break.
  var lawsToBreak: [Int] = []
  /// The chain that it last had confirmed, by height.
  var confirmedHeight: UInt64 = 0
  var starts: UInt64 = 0

  init(index: Int, key: KeyPair, genesis: Genesis) throws {
    self.index = index
    self.key = key
    // Each in a part of the internet of its own.
    host = HostAddress(ipv4: UInt32(0x1400_0001) + UInt32(index) << 16)
    storage = try SimulatedStorage(genesis: genesis)
  }

  var isUp: Bool { machine != nil }

  /// The disk is gone; a new one takes its place.
  func replaceDisk() throws {
    storage = try SimulatedStorage(genesis: storage.genesis)
    confirmedHeight = 0
    finalityMemory = nil
  }

  static let port: UInt16 = 7711

  var address: PeerAddress { PeerAddress(host: host, port: SimulatedNode.port, key: key.publicKey) }
}
