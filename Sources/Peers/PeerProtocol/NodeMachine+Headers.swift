// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Quantities
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

  /// Asks the best of the peers that have more headers, one at a time, unless bodies lag far behind.
  func continueHeaders() {
    guard download.queue.count < limits.headersAhead,
      !peers.values.contains(where: { $0.headersAskedAt != nil })
    else { return }
    let best = established.filter(\.hasMoreHeaders).min {
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
    var side = 0
    for (index, sealed) in answer.headers.enumerated() {
      let hash = sealed.header.hash
      guard index == 0 || sealed.header.previous == answer.headers[index - 1].header.hash else {
        return punish(link, .invalidBlock("headers do not follow one another"))
      }
      do throws(BlockRefusal) {
        let isNew = !chain.headers.contains(hash)
        try chain.insert(sealed, now: now.time)
        if isNew, chain.headers.bestHeader != hash { side += 1 }
      } catch {
        headerRefused(error, on: link)
        break
      }
      peers[link]?.knownBlocks.insert(hash)
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
    if answer.headers.count == Int(Headers.headerCount.upperBound) {
      peers[link]?.hasMoreHeaders = true
    }
    advanceDownload()
    continueHeaders()
  }

  /// What follows from a header that was not taken.
  func headerRefused(_ refusal: BlockRefusal, on link: Link) {
    switch refusal {
    case .work, .transaction: punish(link, .invalidBlock(refusal.description))
    case .unknownParent: punish(link, .useless("headers that join nowhere"))
    case .futureTime, .tooDeep: break
    case .ownFault(let reason): fault(ChainFault(reason))
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
