// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import LedgerCrypto
import Quantities

/// Something that goes wrong at a time of a simulation, in milliseconds since its start.
public struct Fault: Sendable, CustomStringConvertible {
  /// What goes wrong.
  public enum Kind: Sendable {
    /// The nodes of `side` and all others cannot reach each other.
    case partition(side: [Int], milliseconds: UInt64)
    /// A process is killed and comes back.
    case crash(node: Int, milliseconds: UInt64)
    /// The power goes: unsynced writes are lost, and nobody is told.
    case powerCut(node: Int, lostWrites: Int, milliseconds: UInt64)
    /// The disk is lost with all on it; the node starts anew, from a snapshot where it is worth it.
    case lostDisk(node: Int, milliseconds: UInt64)
    /// Each write takes so long.
    case slowDisk(node: Int, writeMilliseconds: UInt64, milliseconds: UInt64)
    case fullDisk(node: Int, milliseconds: UInt64)
    /// A node's clock is off from now on.
    case clockSkew(node: Int, seconds: Int64)
    /// Packets are lost, doubled or come out of order: on TCP that is delay, and links that break.
    case badLine(perMille: UInt64, milliseconds: UInt64)
    case hostile(node: Int, HostileAct)
  }

  public let at: UInt64
  public let kind: Kind

  /// For people and for the shortest list of a failure.
  public var description: String {
    let seconds = at / 1000
    let time =
      "\(seconds / 86_400)d \(seconds / 3600 % 24)h \(seconds / 60 % 60)m \(seconds % 60)s"
    return "\(time): \(kind)"
  }
}

/// What a hostile node does once.
public enum HostileAct: Hashable, Sendable {
  /// A block that breaks the law of this number.
  case invalidBlock(law: Int)
  /// Announces blocks and never gives their bodies, from now on.
  case withholdBodies
  /// Side headers by the thousand.
  case headerFlood
  /// A chain of headers by keys that nobody admitted, with a block for every period, in place of
  /// its own from now on.
  case strangerChain
  /// Two reports for one interval, to different halves of the peers.
  case equivocate
  /// A fork kept secret and shown late.
  case staleFork
  /// A victim's address book and inbound links are filled.
  case eclipse(victim: Int)
  /// Bytes that are no message, and messages where none belongs.
  case malformed
  /// Answers nothing from now on.
  case silence
  /// Approves two things at each epoch, one to each half of its peers, from now on.
  case contradict
  /// Claims more work than it has.
  case fakeWork
  /// Transactions with wrong signatures, and announcements of what does not exist.
  case transactionSpam
}

/// What a simulation is made of; everything else follows from it.
public struct Plan: Sendable {
  public let nodes: Int
  /// The virtual length in milliseconds.
  public let milliseconds: UInt64
  public let seed: UInt64
  /// How deep a block must lie before it may never change.
  public let confirmations: UInt64
  /// Anybody may build blocks.
  public let isOpen: Bool
  /// So many homes leave for good, after three tenths of the time: more than a third of the seats,
  /// and the operator restarts the network.
  public let leaving: Int
  public var faults: [Fault]

  /// The last tenth of the nodes is hostile, at least one of five.
  public var honest: Int { nodes - (nodes >= 5 ? max(1, nodes / 10) : 0) }

  /// Epochs short enough that a run sees some terms.
  public var checkpointSeconds: UInt32 {
    switch milliseconds / 3_600_000 {
    case ..<12: 1800
    case ..<48: 3600
    default: 7200
    }
  }

  /// When homes leave for good.
  public var leaveAt: UInt64 { milliseconds / 10 * 3 }

  /// The part of the time in which faults happen; then there is peace.
  public var peaceFrom: UInt64 {
    let peace = min(milliseconds / 2, 4 * 3_600_000)
    return milliseconds - peace
  }

  /// A plan whose faults follow from its seed.
  public init(
    nodes: Int, milliseconds: UInt64, seed: UInt64, confirmations: UInt64 = 6, isOpen: Bool = false,
    leaving: Int = 0
  ) {
    self.nodes = nodes
    self.milliseconds = milliseconds
    self.seed = seed
    self.confirmations = confirmations
    self.isOpen = isOpen
    self.leaving = leaving
    faults = []
    var chance = SeededGenerator(seed: seed ^ 0xFA17)
    let count = 6 + milliseconds / 3_600_000 / 2 + UInt64(nodes) / 4
    for _ in 0..<min(count, 400) {
      // The first minutes belong to the start of the network.
      let at = 120_000 + chance.below(peaceFrom.subtractingDownToZero(240_000))
      faults.append(Fault(at: at, kind: kind(&chance, until: peaceFrom - at)))
    }
    faults.sort { $0.at < $1.at }
    // One partition after the other, with time to heal: two in a row would be one long one.
    var healed: UInt64 = 0
    faults.removeAll { fault in
      guard case .partition(_, let milliseconds) = fault.kind else { return false }
      guard fault.at >= healed else { return true }
      healed = fault.at + milliseconds + 2 * 1_800_000
      return false
    }
  }

  private func kind(_ chance: inout SeededGenerator, until left: UInt64) -> Fault.Kind {
    let node = Int(chance.below(UInt64(honest)))
    // Partitions stay shorter than the confirmations, or forks would rightly be that deep.
    let long = min(left, 60_000 + chance.below(max(1, confirmations / 2) * 1_800_000))
    let short = min(left, 1_000 + chance.below(600_000))
    switch chance.below(nodes > honest ? 12 : 8) {
    case 0, 1:
      var side: [Int] = []
      for index in 0..<nodes where chance.happens(1, of: 2) { side.append(index) }
      return .partition(side: side, milliseconds: long)
    case 2:
      return chance.happens(1, of: 2)
        ? .crash(node: node, milliseconds: short) : .lostDisk(node: node, milliseconds: short)
    case 3:
      return .powerCut(
        node: node, lostWrites: Int(chance.below(8)), milliseconds: short)
    case 4:
      return .slowDisk(
        node: node, writeMilliseconds: 20 + chance.below(2_000), milliseconds: short)
    case 5: return .fullDisk(node: node, milliseconds: short)
    case 6: return .clockSkew(node: node, seconds: Int64(chance.below(2_400)) - 1_200)
    case 7: return .badLine(perMille: 10 + chance.below(200), milliseconds: short)
    default:
      let hostile = honest + Int(chance.below(UInt64(nodes - honest)))
      return .hostile(node: hostile, act(&chance))
    }
  }

  private func act(_ chance: inout SeededGenerator) -> HostileAct {
    switch chance.below(20) {
    case 0...8:
      let laws = [1, 2, 3, 4, 5, 6, 7, 8, 8, 10]
      return .invalidBlock(law: laws[Int(chance.below(10))])
    case 9, 10: return .withholdBodies
    case 11: return .headerFlood
    case 12: return .strangerChain
    case 13: return chance.happens(1, of: 2) ? .equivocate : .contradict
    case 14, 15: return .staleFork
    case 16: return .eclipse(victim: Int(chance.below(UInt64(honest))))
    case 17: return .malformed
    case 18: return chance.happens(1, of: 2) ? .silence : .fakeWork
    default: return .transactionSpam
    }
  }
}
