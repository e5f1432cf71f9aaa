// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
public import Quantities
import Wire

extension NodeMachine {
  /// Asks a peer for headers after those that this node has.
  func askHeaders(of link: Link) {
    guard peers[link]?.headersAskedAt == nil else { return }
    do {
      // A branch that is not the best one goes on where the last answer ended.
      let from = peers[link]?.continuesFrom.flatMap { chain.headers.contains($0) ? $0 : nil }
      let locator = ([from].compactMap { $0 } + (try chain.locator()))
        .prefix(Int(GetHeaders.locatorCount.upperBound))
      peers[link]?.headersAskedAt = now.milliseconds
      peers[link]?.hasMoreHeaders = false
      peers[link]?.continuesFrom = nil
      send(.getHeaders(GetHeaders(locator: Array(locator))), to: link)
    } catch { fault(error) }
  }

  /// Asks the best of the peers that have more headers, one at a time, unless bodies lag far
  /// behind. Those that this node chose itself wait for none of those that came: who says nothing
  /// costs whoever came like it, not the sync.
  func continueHeaders() {
    for isOutbound in [true, false] { continueHeaders(isOutbound: isOutbound) }
  }

  private func continueHeaders(isOutbound: Bool) {
    guard download.queue.count < limits.headersAhead,
      !peers.values.contains(where: { $0.headersAskedAt != nil && $0.isOutbound == isOutbound })
    else { return }
    let able = established.filter {
      $0.isOutbound == isOutbound && $0.hasMoreHeaders && !waitsForProducer($0)
    }
    let best = able.min {
      ($0.conduct.points, UInt64.max - $0.bestHeight, $0.link)
        < ($1.conduct.points, UInt64.max - $1.bestHeight, $1.link)
    }
    if let best { askHeaders(of: best.link) }
  }

  func received(_ answer: Headers, on link: Link) {
    guard peers[link]?.headersAskedAt != nil else {
      return punish(link, .unsolicited("headers"))
    }
    peers[link]?.headersAskedAt = nil
    var (side, isWhole) = (0, true)
    for (index, sealed) in answer.headers.enumerated() {
      let hash = sealed.header.hash
      guard index == 0 || sealed.header.previous == answer.headers[index - 1].header.hash else {
        return punish(link, .invalidBlock("headers do not follow one another"))
      }
      let isNew = !chain.headers.contains(hash)
      do throws(BlockRefusal) {
        try chain.insert(sealed, now: now.time)
        if isNew, chain.headers.bestHeader != hash { side += 1 }
      } catch {
        // What stands behind it was not looked at: there is nothing more to be asked for now.
        isWhole = false
        if case .futureTime = error, let last = answer.headers.last { hearEarly(last) }
        headerRefused(error, on: link)
        break
      }
      announced(hash, by: link)
      if let known = peers[link]?.bestHeight, sealed.header.height > known {
        peers[link]?.bestHeight = sealed.header.height
      }
    }
    guard peers[link] != nil else { return }
    peers[link]?.sideHeaders += side
    if peers[link]?.sideHeaders ?? 0 > limits.sideHeaders {
      peers[link]?.sideHeaders = 0
      punish(link, .flooding("headers beside the best chain"))
    }
    if isWhole, answer.headers.count == Int(Headers.headerCount.upperBound) {
      peers[link]?.hasMoreHeaders = true
      peers[link]?.continuesFrom = answer.headers.last?.header.hash
    }
    advanceDownload()
    continueHeaders()
  }

  /// A peer tells of a block that it has, and so of all that leads to it: they are asked of it, and
  /// what was set aside is taken up again where it has not said that it lacks it.
  func announced(_ hash: BlockHash, by link: Link) {
    peers[link]?.knownBlocks.insert(hash)
    if announcers.count > 4 * ActiveChain.headerDepth {
      announcers = announcers.filter {
        chain.headers.contains($0.key) && !chain.headers.isComplete($0.key)
      }
      // Without them bodies are asked of whoever says that its chain is as long.
      if announcers.count > 2 * ActiveChain.headerDepth { announcers = [:] }
    }
    var at = hash
    while let header = chain.headers.header(at), !chain.headers.isComplete(at),
      announcers[at, default: []].insert(link).inserted
    { at = header.previous }
    guard let root = chain.headers.aside(on: hash), lacking[root]?.contains(link) != true else {
      return
    }
    takeUp(root)
  }

  /// A header whose producer nobody here knows is not kept, not passed on, and nobody's fault: its
  /// member may have been let in on a branch whose bodies are not here. They are fetched, and the
  /// peer is asked again once its producer is known.
  private func meetStranger(_ key: PublicKey, on parent: BlockHash, of link: Link) {
    peers[link]?.hasMoreHeaders = true
    peers[link]?.stranger = (key, parent)
    guard chain.headers.contains(parent), !chain.headers.isComplete(parent),
      chain.headers.aside(on: parent) == nil
    else { return }
    download.detour = parent
  }

  /// Whether a peer's next headers are worth asking for: their producer was unknown, and still is.
  private func waitsForProducer(_ peer: Peer) -> Bool {
    guard let stranger = peer.stranger else { return false }
    guard (try? chain.mayProduce(stranger.key, on: stranger.parent)) == true else { return true }
    peer.stranger = nil
    return false
  }

  /// What follows from a header that was not taken.
  func headerRefused(_ refusal: BlockRefusal, on link: Link) {
    switch refusal {
    case .work, .transaction: punish(link, .invalidBlock(refusal.description))
    case .unknownParent: punish(link, .useless("headers that join nowhere"))
    case .futureTime(let supplied, let limit): wait(for: supplied, past: limit, on: link)
    case .stranger(let key, let parent): meetStranger(key, on: parent, of: link)
    case .tooDeep: break
    case .ownFault(let reason): fault(ChainFault(reason))
    }
  }

  /// A block came before its time: who told of it is asked again then, once however many it told.
  func wait(for supplied: UInt64, past most: UInt64, on link: Link?) {
    // Nobody waits for a block of another year.
    guard let link, supplied - most <= limits.longestEarly else { return }
    let due = now.time.advanced(by: supplied - most)
    peers[link]?.earlyBlockDue = min(peers[link]?.earlyBlockDue ?? due, due)
  }

  /// A member has signed a block of a time that this node's clock has not come to.
  func hearEarly(_ sealed: SealedHeader) {
    guard sealed.isSigned(in: chain.genesis.network), isMember(sealed.header.producer) else {
      return
    }
    earlyBlock = (sealed.header.time, now.milliseconds)
  }

  /// The time of a block that a member has signed within the last hour and that this node's clock
  /// calls the future: one of the two is wrong.
  public var statedTime: NetworkTime? {
    earlyBlock.flatMap { now.milliseconds - $0.heard < 3_600_000 ? $0.time : nil }
  }

  /// Blocks whose time has come are asked for again.
  func askForEarlyBlocks() {
    for peer in established {
      guard let due = peer.earlyBlockDue, due <= now.time else { continue }
      peers[peer.link]?.earlyBlockDue = nil
      askHeaders(of: peer.link)
    }
  }

  /// Headers that were asked for and did not come: another peer is asked.
  func dropOverdueHeaders() {
    for peer in established {
      guard let asked = peer.headersAskedAt, now.milliseconds - asked >= limits.answerTimeout
      else { continue }
      peers[peer.link]?.headersAskedAt = nil
      peers[peer.link]?.hasMoreHeaders = true
      wasLate(peer.link, "headers")
    }
    continueHeaders()
  }
}
