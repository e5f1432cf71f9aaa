// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Quantities
import Wire

extension NodeMachine {
  /// A snapshot on its way here, from one peer.
  struct SnapshotDownload {
    let link: Link
    var manifest: SnapshotManifest?
    var changes: [StateChange] = []
    /// Parts asked for and not here, and the next one to ask for.
    var asked: Set<UInt8> = []
    var next = 0
    var at: UInt64
  }

  /// Parts asked for at once.
  static let snapshotWindow = 16
  /// A snapshot is served for so long before it is taken anew, in milliseconds.
  static let snapshotAge: UInt64 = 600_000

  /// How deep under the tip a snapshot lies: at the last final block, in an open network where no
  /// reorganisation is likely to reach.
  var snapshotDepth: UInt64 {
    guard let finality else { return NetworkRules.workedDepth }
    return max(1, chain.tip.height.subtractingDownToZero(finality.block.height))
  }

  // MARK: Serving

  func giveManifest(to link: Link) {
    guard settings.offers.contains(.snapshots) else {
      return punish(link, .useless("asks for a snapshot that is not offered"))
    }
    do {
      if servedAt == nil || now.milliseconds - (servedAt ?? 0) > NodeMachine.snapshotAge {
        served = try StateSnapshot(of: chain, depth: snapshotDepth)
        servedAt = now.milliseconds
      }
      guard let served else { return }
      send(
        .snapshotManifest(SnapshotManifest(block: served.block, subtrees: served.subtrees)),
        to: link)
    } catch { fault(error) }
  }

  func give(_ question: GetSnapshotPart, to link: Link) {
    guard let served, served.block == question.block else { return }
    servedAt = now.milliseconds
    send(
      .snapshotPart(
        SnapshotPart(
          block: question.block, index: question.index,
          items: served.parts[Int(question.index)].map {
            SnapshotPart.Item(key: $0.key, entry: $0.entry)
          })), to: link)
  }

  /// Lets go of a snapshot that nobody asks for any more.
  func dropServed() {
    guard let at = servedAt, now.milliseconds - at > NodeMachine.snapshotAge else { return }
    served = nil
    servedAt = nil
  }

  // MARK: Starting from one

  /// Whether bodies wait for a snapshot: one is on its way, or worth asking for.
  var awaitsSnapshot: Bool {
    guard settings.startsFromSnapshot, !hasGivenUpSnapshots, chain.tip.height == 0 else {
      return false
    }
    if snapshot != nil { return true }
    guard download.queue.count >= limits.snapshotWorth else { return false }
    let offering = established.filter {
      $0.hello?.offers.contains(.snapshots) == true && !triedForSnapshot.contains($0.info.key)
    }
    guard let peer = offering.min(by: { $0.link < $1.link }) else { return false }
    triedForSnapshot.insert(peer.info.key)
    snapshot = SnapshotDownload(link: peer.link, at: now.milliseconds)
    send(.getSnapshot(GetSnapshot()), to: peer.link)
    return true
  }

  func received(_ manifest: SnapshotManifest, on link: Link) {
    guard var session = snapshot, session.link == link, session.manifest == nil else {
      return punish(link, .unsolicited("a snapshot"))
    }
    guard let header = chain.headers.header(manifest.block) else {
      // Its chain went on, or is another: bodies then.
      return dropSnapshot("of a block that is not on the best chain")
    }
    guard StateSubtree.root(of: manifest.subtrees) == header.stateRoot else {
      dropSnapshot("its parts are not the state that the header binds")
      return punish(link, .invalidBlock("a snapshot that is not the state of \(manifest.block)"))
    }
    session.manifest = manifest
    snapshot = session
    askForParts()
  }

  private func askForParts() {
    guard var session = snapshot, let manifest = session.manifest else { return }
    while session.asked.count < NodeMachine.snapshotWindow, session.next < StateSubtree.count {
      let index = UInt8(session.next)
      session.next += 1
      session.asked.insert(index)
      send(.getSnapshotPart(GetSnapshotPart(block: manifest.block, index: index)), to: session.link)
    }
    session.at = now.milliseconds
    snapshot = session
  }

  func received(_ part: SnapshotPart, on link: Link) {
    guard var session = snapshot, session.link == link, let manifest = session.manifest,
      part.block == manifest.block, session.asked.remove(part.index) != nil
    else { return punish(link, .unsolicited("a part of a snapshot")) }
    let items = part.items.map { (key: $0.key, entry: $0.entry) }
    guard
      let changes = StateSnapshot.changes(
        items, byte: part.index, of: manifest.subtrees[Int(part.index)])
    else {
      dropSnapshot("part \(part.index) is not what the manifest says")
      return punish(link, .invalidBlock("part \(part.index) of a snapshot is false"))
    }
    session.changes += changes
    snapshot = session
    guard session.asked.isEmpty, session.next == StateSubtree.count else { return askForParts() }
    snapshot = nil
    do {
      try chain.adopt(session.changes, after: manifest.block)
      note(.startedFromSnapshot(manifest.block, height: chain.tip.height))
      try beginHistory()
      updateFinality()
      act(.advanced(disconnected: [], connected: []))
    } catch { fault(error) }
    download.invalidate()
    advanceDownload()
  }

  func dropSnapshot(_ reason: String) {
    guard let session = snapshot else { return }
    snapshot = nil
    note(.fault("no snapshot from \(peers[session.link]?.name ?? "a peer"): \(reason)"))
    if triedForSnapshot.count >= 3 { hasGivenUpSnapshots = true }
    advanceDownload()
  }

  func dropOverdueSnapshot() {
    guard let session = snapshot, now.milliseconds - session.at >= 4 * limits.answerTimeout else {
      return
    }
    dropSnapshot("it did not come in time")
    wasLate(session.link, "a snapshot")
  }

  // MARK: The history under it

  /// Begins to check the history of a chain that started from a snapshot.
  func beginHistory() throws {
    var goal: UInt64?
    try chain.storage.read { goal = try $0.historyGoal() }
    history = try goal.map { goal throws(ApplyError) in try HistoryCheck(chain.genesis, goal: goal)
    }
    historyAsked = [:]
    historyBodies = [:]
  }

  /// Fetches and checks bodies of the history, behind everything else.
  func advanceHistory() {
    guard let check = history, !isCatchingUp, now.milliseconds >= restsUntil else {
      return
    }
    do {
      var headers: [SealedHeader] = []
      try chain.storage.read { view in
        headers = try view.headers(from: check.height + 1, limit: NodeMachine.snapshotWindow)
      }
      try connectHistory(headers)
      try askForHistory(headers)
    } catch { fault(error) }
  }

  /// Bodies that are here already, from before a restart or just come.
  private func connectHistory(_ headers: [SealedHeader]) throws {
    for sealed in headers {
      let hash = sealed.header.hash
      guard var check = history, check.tip == sealed.header.previous, !check.isComplete else {
        return
      }
      let came = historyBodies[hash]
      guard let block = try came?.block ?? chain.block(hash) else { return }
      historyBodies[hash] = nil
      do { try check.connect(block) } catch {
        guard let came else {
          history = nil
          return note(.historyBroken(height: sealed.header.height, reason: error.description))
        }
        return try judgeHistory(error, at: sealed.header, from: came.link)
      }
      history = check
      if came != nil, settings.keepsHistory { try chain.storage.write { try $0.fill(block) } }
      if check.isComplete {
        try chain.storage.write { try $0.settleHistory() }
        history = nil
        note(.historyChecked(height: check.height))
      }
    }
  }

  /// A body that is not the header's is its sender's lie; one that is and breaks a law is the
  /// history's.
  private func judgeHistory(
    _ refusal: BlockRefusal, at header: BlockHeader, from link: Link
  ) throws {
    switch refusal {
    case .work(.transactionRoot), .work(.tooLarge), .work(.duplicate):
      punish(link, .invalidBlock(refusal.description))
    case .ownFault(let reason): fault(ChainFault(reason))
    default:
      history = nil
      note(.historyBroken(height: header.height, reason: refusal.description))
    }
  }

  private func askForHistory(_ headers: [SealedHeader]) throws {
    var questions: [Link: [BlockHash]] = [:]
    for sealed in headers {
      let hash = sealed.header.hash
      guard historyBodies[hash] == nil, historyAsked[hash] == nil, try chain.block(hash) == nil
      else { continue }
      let able = established.filter {
        ($0.hello?.lowestBody ?? 0) <= 1 && $0.bestHeight >= sealed.header.height
      }
      guard
        let peer = able.min(by: {
          ($0.conduct.points / 5, $0.link) < ($1.conduct.points / 5, $1.link)
        })
      else { continue }
      historyAsked[hash] = (peer.link, now.milliseconds)
      questions[peer.link, default: []].append(hash)
    }
    for (link, hashes) in questions.sorted(by: { $0.key < $1.key }) {
      send(.getBlocks(GetBlocks(hashes: hashes)), to: link)
    }
  }

  /// Takes a body of the history.
  /// - Returns: whether it was asked for.
  func takeHistory(_ block: Block, _ hash: BlockHash, from link: Link) -> Bool {
    guard historyAsked[hash]?.link == link else { return false }
    historyAsked[hash] = nil
    historyBodies[hash] = (block, link)
    advanceHistory()
    return true
  }

  func dropOverdueHistory() {
    for (hash, question) in historyAsked
    where now.milliseconds - question.at >= limits.answerTimeout || peers[question.link] == nil {
      historyAsked[hash] = nil
    }
    advanceHistory()
  }
}
