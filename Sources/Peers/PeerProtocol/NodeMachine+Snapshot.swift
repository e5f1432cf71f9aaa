// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Quantities
import Wire

extension NodeMachine {
  /// A snapshot is served for so long before it is taken anew, in milliseconds.
  static let snapshotAge: UInt64 = 600_000

  /// How deep under the tip a snapshot lies: at the newest block that is proven to be final, in an
  /// open network where no reorganisation is likely to reach. nil where there is none.
  private func snapshotDepth() throws -> UInt64? {
    guard chain.genesis.rules.hasFinality else { return NetworkRules.workedDepth }
    return try newestFinal().map { chain.tip.height.subtractingDownToZero($0.header.height) }
  }

  private func newestFinal() throws -> FinalBlock? {
    var final: FinalBlock?
    try chain.storage.read { final = try $0.finalBlock() }
    return final
  }

  /// Whether the snapshot that is served is still the one that its askers can verify.
  private func isServedCurrent() throws -> Bool {
    guard let served, let servedAt, now.milliseconds - servedAt <= NodeMachine.snapshotAge else {
      return false
    }
    guard let final = try newestFinal() else { return true }
    return served.block == final.proof.source.block
  }

  // MARK: Serving

  func giveManifest(to link: Link) {
    guard settings.offers.contains(.snapshots) else {
      return punish(link, .useless("asks for a snapshot that is not offered"))
    }
    do {
      if try !isServedCurrent() {
        served = try snapshotDepth().flatMap { try StateSnapshot(of: chain, depth: $0) }
        servedAt = now.milliseconds
      }
      guard let served else { return }
      send(
        .snapshotManifest(SnapshotManifest(block: served.block, subtrees: served.subtrees)),
        to: link)
    } catch { fault(error) }
  }

  /// Lets go of a snapshot that nobody asks for any more.
  func dropServed() {
    guard let at = servedAt, now.milliseconds - at > NodeMachine.snapshotAge else { return }
    served = nil
    servedAt = nil
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
      // The hash does not cover the seal: the header that is kept counts, not what came.
      let whole = came.map { Block(sealed: sealed, transactions: $0.block.transactions) }
      guard let block = try whole ?? chain.block(hash) else { return }
      historyBodies[hash] = nil
      do { try check.connect(block) } catch {
        guard let came else {
          history = nil
          return breakHistory(at: sealed.header.height, error)
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
      breakHistory(at: header.height, refusal)
    }
  }

  /// A law is broken below what was called final: this node seals and approves nothing any more.
  private func breakHistory(at height: UInt64, _ refusal: BlockRefusal) {
    finality?.isBroken = true
    note(.historyBroken(height: height, reason: refusal.description))
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
