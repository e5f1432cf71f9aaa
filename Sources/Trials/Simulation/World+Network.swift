// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import PeerProtocol
import Quantities
import Wire

extension World {
  /// Milliseconds that a packet takes, by chance and the lines' state.
  private func latency() -> UInt64 {
    var latency = 20 + chance.below(80)
    // A lost packet is sent again after a while; TCP keeps the order.
    while badLine > 0, chance.happens(badLine, of: 1000), latency < 20_000 { latency += 300 }
    return latency
  }

  func areApart(_ left: Int, _ right: Int) -> Bool {
    partitions.values.contains { $0.contains(left) != $0.contains(right) }
  }

  func perform(_ action: NodeAction, of node: SimulatedNode) {
    switch action {
    case .send(let link, let message): send(message, from: node, on: link)
    case .connect(let attempt, let target): connect(node, attempt, target)
    case .close(let link): close(link, of: node)
    case .pause: break
    case .advanced(let disconnected, let connected):
      advanced(node, disconnected, connected.map(\.block))
    case .poolChanged: poolChanged(node)
    case .findEvidence(let link, let request, _, _):
      give(.foundEvidence(link, request: request, bytes: nil), to: node.index)
    case .judgeEvidence, .evidenceWithheld, .evidenceNotKept, .keep, .keepClaim, .keepDecision:
      break
    case .vote(let vote, let seat, _, let memory):
      self.vote(vote, seat, memory, node)
    case .keepFinality(let memory): node.finalityMemory = memory
    case .note(let note): heard(note, of: node)
    }
  }

  private func heard(_ note: NodeNote, of node: SimulatedNode) {
    if case .startedFromSnapshot = note { result.snapshots += 1 }
    if case .historyBroken = note, !node.isHostile {
      violate("the history under a snapshot holds", node.index, note.description)
    }
    if case .ownBlockRefused = note, !node.isHostile {
      violate("no honest node refuses its own block", node.index, note.description)
    }
    heardOfFinality(note, of: node)
    guard case .banned(let peer, _, let reason) = note, !node.isHostile else { return }
    result.bans += 1
    let honest = nodes.first { !$0.isHostile && peer.hasPrefix("\($0.key.publicKey) ") }
    if let honest {
      violate("no honest node is banned", node.index, "banned node \(honest.index): \(reason)")
    }
  }

  func send(_ message: Message, from node: SimulatedNode, on link: Link) {
    guard var end = node.links[link], !refusesToSend(message, node) else { return }
    let frame = WireFrame.bytes(of: twisted(message, node))
    result.messages += 1
    result.bytes += UInt64(frame.count)
    let arrival = max(
      end.lastArrival, max(now, node.busyUntil) + latency() + UInt64(frame.count) / 1_000)
    end.lastArrival = arrival
    node.links[link] = end
    queue.put(
      .deliver(
        from: node.index, to: end.node, link: end.link, epoch: nodes[end.node].starts,
        frame: frame),
      at: arrival)
    // A bad line also breaks links, with what is under way on them.
    if badLine > 0, chance.happens(badLine, of: 200_000) { breakLink(link, of: node) }
  }

  func deliver(_ frame: [UInt8], from: Int, to index: Int, link: Link, epoch: UInt64) {
    let node = nodes[index]
    guard node.links[link] != nil, node.starts == epoch, !areApart(from, index) else { return }
    if node.busyUntil > now {
      let event = Event.deliver(from: from, to: index, link: link, epoch: epoch, frame: frame)
      return queue.put(event, at: node.busyUntil)
    }
    mix(now, UInt64(from) << 32 | UInt64(index), UInt64(frame[4]), UInt64(frame.count))
    do throws(DecodeError) {
      let (kind, count) = try WireFrame.header(Array(frame.prefix(WireFrame.headerByteCount)))
      guard frame.count == count + WireFrame.headerByteCount else {
        throw DecodeError(.truncated, at: 0)
      }
      let payload = Array(frame.dropFirst(WireFrame.headerByteCount))
      give(.received(link, try Message(kind: kind, payload: payload)), to: index)
    } catch { give(.malformed(link, error), to: index) }
  }

  private func connect(_ node: SimulatedNode, _ attempt: UInt64, _ target: PeerTarget) {
    let other = nodes.first { "\($0.host)" == target.host }
    guard let other, other.isUp, !areApart(node.index, other.index) else {
      return queue.put(
        .failed(node.index, attempt: attempt), at: now + 1_000 + chance.below(2_000))
    }
    link(node, to: other, attempt: attempt, key: node.key.publicKey)
  }

  /// Opens a link between two nodes; `key` is what the first proves.
  func link(
    _ node: SimulatedNode, to other: SimulatedNode, attempt: UInt64, key: PublicKey,
    host: HostAddress? = nil
  ) {
    let (near, far) = (Link(nextLink), Link(nextLink + 1))
    nextLink += 2
    let at = now + 2 * latency()
    node.links[near] = SimulatedNode.End(node: other.index, link: far, lastArrival: at + 1)
    other.links[far] = SimulatedNode.End(node: node.index, link: near, lastArrival: at + 1)
    queue.put(
      .linked(
        other.index, far,
        LinkInfo(attempt: nil, host: host ?? node.host, port: 40_000, key: key)), at: at)
    queue.put(
      .linked(
        node.index, near,
        LinkInfo(
          attempt: attempt, host: other.host, port: SimulatedNode.port, key: other.key.publicKey)),
      at: at)
  }

  /// Closes a link after what was sent on it.
  private func close(_ link: Link, of node: SimulatedNode) {
    guard let end = node.links.removeValue(forKey: link) else { return }
    queue.put(.unlinked(end.node, end.link), at: max(end.lastArrival, now) + 1)
  }

  /// Both ends lose a link at once.
  func breakLink(_ link: Link, of node: SimulatedNode) {
    guard let end = node.links[link] else { return }
    queue.put(.unlinked(node.index, link), at: now + 1)
    queue.put(.unlinked(end.node, end.link), at: now + 1)
  }
}
