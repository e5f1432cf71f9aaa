// SPDX-License-Identifier: Apache-2.0

import LedgerCrypto
import PeerProtocol
import Quantities

extension World {
  /// Something begins to go wrong.
  func begin(_ fault: Fault, _ index: Int) {
    mix(now, UInt64(index))
    switch fault.kind {
    case .partition(let side, let milliseconds):
      partitions[index] = Set(side)
      queue.put(.heal(index), at: now + milliseconds)
    case .crash(let node, let milliseconds):
      stop(node, tellsPeers: true)
      queue.put(.heal(index), at: now + milliseconds)
    case .powerCut(let node, let lostWrites, let milliseconds):
      stop(node, tellsPeers: false)
      nodes[node].storage.lose(lostWrites)
      nodes[node].confirmedHeight = 0
      queue.put(.heal(index), at: now + milliseconds)
    case .lostDisk(let node, let milliseconds):
      stop(node, tellsPeers: true)
      do { try nodes[node].replaceDisk() } catch { violate("a disk is made", node, "\(error)") }
      queue.put(.heal(index), at: now + milliseconds)
    case .slowDisk(let node, let write, let milliseconds):
      nodes[node].writeMilliseconds = write
      queue.put(.heal(index), at: now + milliseconds)
    case .fullDisk(let node, let milliseconds):
      nodes[node].storage.isFull = true
      queue.put(.heal(index), at: now + milliseconds)
    case .clockSkew(let node, let seconds):
      nodes[node].skew = seconds
      // Who is a quarter of an hour behind takes blocks so much later: in peace clocks are right.
      queue.put(.heal(index), at: max(now, plan.peaceFrom))
    case .badLine(let perMille, let milliseconds):
      badLine = perMille
      queue.put(.heal(index), at: now + milliseconds)
    case .hostile(let node, let act): perform(act, by: nodes[node])
    }
  }

  /// It is well again.
  func end(_ fault: Fault, _ index: Int) {
    mix(now, UInt64(index), 1)
    switch fault.kind {
    case .partition:
      guard let side = partitions.removeValue(forKey: index) else { return }
      // What was sent into the void is never repeated: TCP gives such links up.
      for node in nodes {
        for (link, end) in node.links.sorted(by: { $0.key < $1.key })
        where side.contains(node.index) != side.contains(end.node) { breakLink(link, of: node) }
      }
    case .crash(let node, _), .powerCut(let node, _, _), .lostDisk(let node, _): startNode(node)
    case .slowDisk(let node, _, _): nodes[node].writeMilliseconds = 0
    case .fullDisk(let node, _): nodes[node].storage.isFull = false
    case .badLine: badLine = 0
    case .clockSkew(let node, _): nodes[node].skew = 0
    case .hostile: break
    }
  }

  /// Homes leave for good: nothing is asked of them any more.
  func leave() {
    for index in 2..<min(2 + plan.leaving, nodes.count) {
      stop(index, tellsPeers: true)
      nodes[index].isGone = true
      nodes[index].isHostile = true
    }
  }

  /// A process ends without a word.
  /// - Parameter tellsPeers: its kernel is alive and closes the connections.
  private func stop(_ index: Int, tellsPeers: Bool) {
    let node = nodes[index]
    guard node.isUp else { return }
    node.machine = nil
    node.miningOn = nil
    for (_, end) in node.links.sorted(by: { $0.key < $1.key }) {
      // After a power cut the peers find out when their packets are not acknowledged.
      let delay = tellsPeers ? 50 : 30_000 + chance.below(60_000)
      queue.put(.unlinked(end.node, end.link), at: now + delay)
    }
    node.links = [:]
  }
}
