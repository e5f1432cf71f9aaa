// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
public import Quantities
import Wire

extension NodeMachine {
  func give(_ question: GetHeaders, to link: Link) {
    do {
      let limit = Int(Headers.headerCount.upperBound)
      let headers = try chain.headers(after: question.locator, limit: limit)
      send(.headers(Headers(headers: headers)), to: link)
    } catch { fault(error) }
  }

  /// Asks a peer for headers after those that this node has.
  func askHeaders(of link: Link) {
    guard peers[link]?.headersAskedAt == nil else { return }
    do {
      let locator = try chain.locator().prefix(Int(GetHeaders.locatorCount.upperBound))
      peers[link]?.headersAskedAt = now.milliseconds
      peers[link]?.hasMoreHeaders = false
      send(.getHeaders(GetHeaders(locator: Array(locator))), to: link)
    } catch { fault(error) }
  }

  /// Asks the best of the peers that have more headers, one at a time, unless bodies lag far
  /// behind.
  func continueHeaders() {
    guard download.queue.count < limits.headersAhead,
      !peers.values.contains(where: { $0.headersAskedAt != nil })
    else { return }
    let best = established.filter { $0.hasMoreHeaders && $0.strangerAt != chain.tipHash }.min {
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
    var members: Set<PublicKey> = []
    for (index, sealed) in answer.headers.enumerated() {
      let hash = sealed.header.hash
      guard index == 0 || sealed.header.previous == answer.headers[index - 1].header.hash else {
        return punish(link, .invalidBlock("headers do not follow one another"))
      }
      let isNew = !chain.headers.contains(hash)
      let producer = sealed.header.producer
      guard !isNew || members.contains(producer) || mayHaveSealed(sealed.header) else {
        isWhole = false
        meetStranger(sealed.header, on: link)
        break
      }
      do throws(BlockRefusal) {
        members.insert(producer)
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
    }
    advanceDownload()
    continueHeaders()
  }

  /// A peer tells of a block that it has: where nobody gave the way there, it may.
  func announced(_ hash: BlockHash, by link: Link) {
    peers[link]?.knownBlocks.insert(hash)
    if chain.headers.isAside(hash), lacking[hash]?.contains(link) != true {
      chain.takeUp(hash)
      download.invalidate()
    }
  }

  func mayHaveSealed(_ header: BlockHeader) -> Bool {
    do { return try chain.mayProduce(header.producer, on: header.previous) } catch {
      fault(error)
      return false
    }
  }

  /// A header whose producer nobody here knows is not kept, not passed on, and nobody's fault: its
  /// member may have been admitted on a branch whose bodies are not here. They are fetched, and the
  /// peer is asked again then, or once this chain went on.
  func meetStranger(_ header: BlockHeader, on link: Link) {
    peers[link]?.hasMoreHeaders = true
    peers[link]?.strangerAt = chain.tipHash
    // From there on its chain is not one that this node knows.
    if let known = peers[link]?.bestHeight {
      peers[link]?.bestHeight = min(known, header.height.subtractingDownToZero(1))
    }
    guard let parent = chain.headers.header(header.previous), parent.height > 0,
      !chain.headers.isComplete(header.previous)
    else { return }
    download.detour = header.previous
  }

  /// What follows from a header that was not taken.
  func headerRefused(_ refusal: BlockRefusal, on link: Link) {
    switch refusal {
    case .work, .transaction: punish(link, .invalidBlock(refusal.description))
    case .unknownParent: punish(link, .useless("headers that join nowhere"))
    case .futureTime(let supplied, let limit): wait(for: supplied, past: limit, on: link)
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
