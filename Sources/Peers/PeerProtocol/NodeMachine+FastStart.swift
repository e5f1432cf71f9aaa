// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Proofs
import Quantities
import Wire

/// A new node starts from the state after a block that is proven to be final: the proof first, from
/// the genesis on; then the state under the block's root, and the headers down to the genesis, each
/// what its child names. Nothing of it can be false. In an open network, where nothing is final,
/// the state is that of a block some way below the best header, and rests on work alone.
/// Source: Docs/finality.md §11.
extension NodeMachine {
  /// A start that is under way, from one peer.
  struct FastStart {
    let link: Link
    /// What is proven so far; nil in an open network.
    var term: KnownTerm?
    var handovers: [Handover] = []
    var final: FinalBlock?
    /// Headers on the way down from the final block.
    var headers: [SealedHeader] = []
    var manifest: SnapshotManifest?
    var changes: [StateChange] = []
    /// Parts asked for and not here, and the next one to ask for.
    var asked: Set<UInt8> = []
    var next = 0
    var at: UInt64

    /// Whether all headers down to the genesis block's child are here.
    var hasHeaders: Bool { term == nil || headers.last?.header.height == 1 }
    var hasState: Bool { manifest != nil && asked.isEmpty && next == StateSubtree.count }
    /// Answers that may still be on their way: the proof, or headers, the manifest, and parts.
    var due: Int { asked.count + (hasHeaders ? 0 : 1) + (manifest == nil ? 1 : 0) }
  }

  /// Parts asked for at once.
  static let snapshotWindow = 16

  /// Whether bodies wait for a snapshot: one is on its way, or worth asking for.
  var awaitsSnapshot: Bool {
    guard settings.startsFromSnapshot, !hasGivenUpSnapshots, chain.tip.height == 0 else {
      return false
    }
    if fastStart != nil { return true }
    let isClosed = chain.genesis.rules.hasFinality
    guard isClosed || settings.startsOnWork && download.queue.count >= limits.snapshotWorth else {
      return false
    }
    let offering = established.filter {
      $0.hello?.offers.contains(.snapshots) == true && !triedForSnapshot.contains($0.info.key)
        && (!isClosed || $0.bestHeight >= limits.snapshotWorth)
    }
    guard let peer = offering.min(by: { $0.link < $1.link }) else { return false }
    triedForSnapshot.insert(peer.info.key)
    var start = FastStart(link: peer.link, at: now.milliseconds)
    if isClosed {
      guard let first = try? KnownTerm(chain.genesis) else { return false }
      start.term = first
      send(.getFinality(GetFinality(term: first.term.number)), to: peer.link)
    } else {
      send(.getSnapshot(GetSnapshot()), to: peer.link)
    }
    fastStart = start
    return true
  }

  // MARK: What is final

  func received(_ answer: Finality, on link: Link) {
    guard var start = fastStart, start.link == link, var term = start.term, start.final == nil
    else { return isOfDroppedStart(link, "a proof of finality") }
    do throws(FinalityFault) {
      for handover in answer.handovers { try term.advance(by: handover) }
      if let block = answer.final { try term.check(block) }
    } catch {
      dropFastStart("what it calls final is not: \(error)")
      return punish(link, .invalidBlock("a false proof of finality"))
    }
    start.term = term
    start.handovers += answer.handovers
    start.final = answer.final
    start.at = now.milliseconds
    fastStart = start
    guard let block = answer.final else {
      guard !answer.handovers.isEmpty else {
        return dropFastStart("it proves nothing to be final")
      }
      return send(.getFinality(GetFinality(term: term.term.number)), to: link)
    }
    guard block.header.height >= settings.knownCheckpoint?.height ?? 0 else {
      return dropFastStart("its final block is older than the known checkpoint")
    }
    guard block.header.height >= limits.snapshotWorth else {
      return dropFastStart("its final block is near: the blocks are as quick")
    }
    send(.getSnapshot(GetSnapshot()), to: link)
    askForAncestors(of: block.proof.source.block)
  }

  private func askForAncestors(of block: BlockHash) {
    guard let link = fastStart?.link else { return }
    send(.getAncestors(GetAncestors(block: block, lowest: 1)), to: link)
  }

  func received(_ answer: Ancestors, on link: Link) {
    guard var start = fastStart, start.link == link, let final = start.final, !start.hasHeaders,
      answer.block == start.headers.last?.header.previous ?? final.proof.source.block
    else { return isOfDroppedStart(link, "headers below a block") }
    let height = start.headers.last.map { $0.header.height - 1 } ?? final.header.height
    // A hash does not cover the signature, which others will want to see.
    guard let last = answer.headers.last, answer.leadDown(from: height),
      last.header.height == 1
        || answer.headers.count == Int(Ancestors.headerCount.upperBound),
      answer.headers.allSatisfy({ $0.isSigned(in: chain.network) })
    else {
      dropFastStart("its headers do not lead down from the final block")
      return punish(link, .invalidBlock("false headers below a final block"))
    }
    if let known = settings.knownCheckpoint,
      answer.headers.contains(where: { known.contradicts($0.header) })
    {
      dropFastStart("its chain does not hold the known checkpoint")
      return punish(link, .invalidBlock("a chain without the known checkpoint"))
    }
    start.headers += answer.headers
    start.at = now.milliseconds
    fastStart = start
    guard start.hasHeaders else { return askForAncestors(of: last.header.previous) }
    guard last.header.previous == chain.root else {
      dropFastStart("its chain does not begin at the genesis")
      return punish(link, .invalidBlock("headers that lead to no genesis"))
    }
    finishFastStart()
  }

  // MARK: The state

  func received(_ manifest: SnapshotManifest, on link: Link) {
    guard var start = fastStart, start.link == link, start.manifest == nil else {
      return isOfDroppedStart(link, "a snapshot")
    }
    let header: BlockHeader?
    if let final = start.final {
      header = manifest.block == final.proof.source.block ? final.header : nil
    } else {
      header = start.term == nil ? chain.headers.header(manifest.block) : nil
    }
    guard let header else {
      // Its chain went on, or is another: bodies then, or a later start.
      return dropFastStart("of a block that is not the one that counts")
    }
    guard StateSubtree.root(of: manifest.subtrees) == header.stateRoot else {
      dropFastStart("its parts are not the state that the header binds")
      return punish(link, .invalidBlock("a snapshot that is not the state of \(manifest.block)"))
    }
    start.manifest = manifest
    fastStart = start
    askForParts()
  }

  private func askForParts() {
    guard var start = fastStart, let manifest = start.manifest else { return }
    while start.asked.count < NodeMachine.snapshotWindow, start.next < StateSubtree.count {
      let index = UInt8(start.next)
      start.next += 1
      start.asked.insert(index)
      send(.getSnapshotPart(GetSnapshotPart(block: manifest.block, index: index)), to: start.link)
    }
    start.at = now.milliseconds
    fastStart = start
  }

  func received(_ part: SnapshotPart, on link: Link) {
    guard var start = fastStart, start.link == link, let manifest = start.manifest,
      part.block == manifest.block, start.asked.remove(part.index) != nil
    else { return isOfDroppedStart(link, "a part of a snapshot") }
    let items = part.items.map { (key: $0.key, entry: $0.entry) }
    guard
      let changes = StateSnapshot.changes(
        items, byte: part.index, of: manifest.subtrees[Int(part.index)])
    else {
      dropFastStart("part \(part.index) is not what the manifest says")
      return punish(link, .invalidBlock("part \(part.index) of a snapshot is false"))
    }
    start.changes += changes
    start.at = now.milliseconds
    fastStart = start
    if start.hasState { finishFastStart() } else { askForParts() }
  }

  /// Puts the state in place once it and the headers under it are here.
  private func finishFastStart() {
    guard let start = fastStart, let manifest = start.manifest, start.hasState, start.hasHeaders
    else { return }
    fastStart = nil
    let proof = start.final.map { FinalityProof(handovers: start.handovers, final: $0) }
    do {
      for sealed in start.headers.reversed() { try chain.insert(proven: sealed) }
      try chain.adopt(start.changes, after: manifest.block, proof: proof)
      note(.startedFromSnapshot(manifest.block, height: chain.tip.height))
      try beginHistory()
      if let final = start.final { take(final) }
      updateFinality()
      act(.advanced(disconnected: [], connected: []))
    } catch { fault(error) }
    download.invalidate()
    advanceDownload()
    continueHeaders()
  }

  /// Answers to a start that was given up may still be on their way: late is not unsolicited, as
  /// many as were asked for.
  private func isOfDroppedStart(_ link: Link, _ what: String) {
    guard let due = droppedStarts[link], due > 0 else { return punish(link, .unsolicited(what)) }
    droppedStarts[link] = due - 1
  }

  func dropFastStart(_ reason: String) {
    guard let start = fastStart else { return }
    fastStart = nil
    droppedStarts[start.link] = start.due
    note(.noFastStart(peer: peers[start.link]?.name ?? "a peer", reason: reason))
    if triedForSnapshot.count >= 3 { hasGivenUpSnapshots = true }
    advanceDownload()
  }

  func dropOverdueFastStart() {
    guard let start = fastStart, now.milliseconds - start.at >= 4 * limits.answerTimeout else {
      return
    }
    dropFastStart("it did not come in time")
    wasLate(start.link, "a snapshot")
  }
}
