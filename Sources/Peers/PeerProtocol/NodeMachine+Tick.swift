// SPDX-License-Identifier: Apache-2.0

import Chain
import Ledger
import LedgerCrypto
import Quantities

extension NodeMachine {
  func tick() {
    keepLinksAlive()
    dropOverdueHeaders()
    askForEarlyBlocks()
    takeUpAside()
    releaseLate()
    dropOverdueBodies()
    dropOverdueTransactions()
    dropOverdueAudits()
    dropOverdueFastStart()
    dropOverdueHistory()
    dropServed()
    flushAnnouncements()
    askForMoreAddresses()
    openLinks()
    tickFinality()
  }

  /// When the next tick is due, in milliseconds, if nothing else happens before.
  public var nextTick: UInt64 {
    var wait = limits.pingAfter / 4
    if hasQuestions || peers.values.contains(where: { !$0.toAnnounce.isEmpty }) {
      wait = limits.announceEvery
    }
    let isAsking =
      !wanted.isEmpty || !download.queue.isEmpty || !audits.isEmpty || fastStart != nil
      || history != nil
      || peers.values.contains {
        !$0.isEstablished || $0.headersAskedAt != nil || $0.ping != nil
      }
    if isAsking { wait = min(wait, limits.answerTimeout / 4) }
    let outbound = peers.values.count { $0.isOutbound } + attempts.count
    if outbound < limits.outbound, addresses.count > peers.count { wait = min(wait, 15_000) }
    let dues = [finalityDue, chain.lateUntil].compactMap { $0 }
    if let due = (peers.values.compactMap(\.earlyBlockDue) + dues).min() {
      let factor = UInt64(max(1, chain.genesis.rules.clockFactor))
      wait = min(wait, max(20, due.seconds(since: now.time) * 1000 / factor))
    }
    if let until = asideUntil.values.min() {
      wait = min(wait, max(1, until.subtractingDownToZero(now.milliseconds)))
    }
    if peers.isEmpty { wait = min(wait, limits.retry) }
    return now.milliseconds + wait
  }
}
