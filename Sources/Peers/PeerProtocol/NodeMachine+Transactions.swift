// SPDX-License-Identifier: Apache-2.0

import Chain
public import Ledger
import LedgerCrypto
import Quantities
import Wire

extension NodeMachine {
  func received(_ announcement: AnnounceTransactions, on link: Link) {
    guard let peer = peers[link] else { return }
    var question: [TransactionId] = []
    for id in announcement.ids {
      peer.known.insert(id.mark)
      guard !isCatchingUp, !pool.contains(id), !confirmed.contains(id), !refused.contains(id)
      else { continue }
      if let known = wanted[id] {
        if known.others.count < 3, known.link != link {
          wanted[id] = (known.link, known.at, known.others + [link])
        }
        continue
      }
      guard peer.transactionsAsked < limits.transactionsPerPeer else { break }
      peer.transactionsAsked += 1
      wanted[id] = (link, now.milliseconds, [])
      question.append(id)
    }
    if !question.isEmpty { send(.getTransactions(GetTransactions(ids: question)), to: link) }
  }

  func give(_ question: GetTransactions, to link: Link) {
    var batch: [EncodedTransaction] = []
    var size = 0
    for id in question.ids {
      guard let transaction = pool[id] else { continue }
      if size + transaction.bytes.count > TransactionDelivery.byteLimit / 2 {
        send(.transactionDelivery(TransactionDelivery(transactions: batch)), to: link)
        batch = []
        size = 0
      }
      batch.append(transaction)
      size += transaction.bytes.count + 4
    }
    if !batch.isEmpty {
      send(.transactionDelivery(TransactionDelivery(transactions: batch)), to: link)
    }
  }

  func received(_ answer: TransactionDelivery, on link: Link) {
    for transaction in answer.transactions {
      peers[link]?.known.insert(transaction.id.mark)
      if let question = wanted.removeValue(forKey: transaction.id) {
        release(question.link)
      } else if !pool.contains(transaction.id), !confirmed.contains(transaction.id),
        !refused.contains(transaction.id)
      {
        punish(link, .unsolicited("a transaction"))
        continue
      }
      submit(transaction, from: link)
      guard peers[link] != nil else { return }
    }
  }

  private func release(_ link: Link) {
    if let asked = peers[link]?.transactionsAsked, asked > 0 {
      peers[link]?.transactionsAsked = asked - 1
    }
  }

  /// Takes a transaction into the pool, tells others of it, or says why not.
  func submit(_ transaction: EncodedTransaction, from link: Link?) {
    guard transaction.isPassedOn else {
      refused.insert(transaction.id)
      return punish(link, .unfitTransaction("records of finality are not passed on"))
    }
    let verdict = pool.add(transaction, isOwn: link == nil, chain: chain, now: now.time)
    switch verdict {
    case .accepted, .later:
      if link == nil { keepPending(transaction) }
      announce(pool.takeAccepted(), except: link)
      act(.poolChanged)
    // It may wait in memory alone, since the disk was full when it came.
    case .known: if link == nil { keepPending(transaction) }
    case .full: break
    case .conflict(let other):
      refused.insert(transaction.id)
      if case .report(let report) = transaction.transaction {
        note(.equivocation(report.site, first: other, second: transaction.id))
      }
    case .fault(let reason): fault(ChainFault(reason))
    case .refused(let violation):
      refused.insert(transaction.id)
      judge(violation, transaction, from: link)
    }
  }

  private func judge(
    _ violation: LawViolation, _ transaction: EncodedTransaction, from link: Link?
  ) {
    if violation.isCurable {
      // This node's own is kept and offered again.
      if link == nil { keepPending(transaction) }
      return
    }
    switch violation {
    case .keys(.signature): punish(link, .invalidSignature(transaction.id.hex))
    case .keys(.alreadyThere), .keys(.keyTaken), .reportsJoin(.notAdjacent), .reportsJoin(.ended),
      .noEnergyTwice,
      .keys(.standingOrder), .approvals(.alreadyBarred), .approvals(.otherTerm),
      .approvals(.keyOrder), .approvals(.keyTooSoon), .approvals(.noCheckpoint),
      .approvals(.restarted), .approvals(.restartTooSoon), .keys(.editionOrder),
      .keys(.editionWaits), .keys(.editionTooSoon):
      // What a block confirmed a moment ago looks like this when it comes again.
      break
    default: punish(link, .unfitTransaction("\(transaction.id): \(violation)"))
    }
    if link == nil {
      note(.dropped(transaction.id, reason: violation.description))
      forgetPending(transaction.id)
    }
  }

  /// Forgets own transactions that no block can hold any more.
  public func withdraw(_ ids: [TransactionId]) {
    for id in ids {
      pool.remove(id, chain: chain)
      forgetPending(id)
    }
  }

  private func keepPending(_ transaction: EncodedTransaction) {
    do { try chain.storage.write { try $0.addPending(transaction) } } catch { fault(error) }
  }

  func forgetPending(_ id: TransactionId) {
    do { try chain.storage.write { try $0.dropPending([id]) } } catch { fault(error) }
  }

  /// Lets all peers who may not have them know of transactions: at once after a quiet time, else
  /// with the next gathering.
  func announce(_ ids: [TransactionId], except link: Link?) {
    guard !ids.isEmpty else { return }
    for peer in peers.values where peer.relays && peer.link != link {
      let news = ids.filter { !peer.known.contains($0.mark) }
      peers[peer.link]?.toAnnounce += news
    }
    flushAnnouncements()
  }

  /// Sends what was gathered.
  func flushAnnouncements() {
    guard now.milliseconds.subtractingDownToZero(announcedAt) >= limits.announceEvery else {
      return
    }
    announcedAt = now.milliseconds
    for peer in established where !peer.toAnnounce.isEmpty {
      let limit = Int(AnnounceTransactions.idCount.upperBound)
      let ids = peer.toAnnounce.prefix(limit).filter {
        pool[$0] != nil && peer.known.insert($0.mark)
      }
      peer.toAnnounce.removeFirst(min(limit, peer.toAnnounce.count))
      if !ids.isEmpty { send(.announceTransactions(AnnounceTransactions(ids: ids)), to: peer.link) }
    }
  }

  /// Transactions that were asked for and did not come: whoever else announced them is asked.
  func dropOverdueTransactions() {
    let overdue = wanted.filter { now.milliseconds - $0.value.at >= limits.answerTimeout }
    reassign(overdue.keys.sorted())
  }

  func forgetWanted(of link: Link) {
    reassign(wanted.filter { $0.value.link == link }.keys.sorted())
  }

  private func reassign(_ ids: [TransactionId]) {
    var questions: [Link: [TransactionId]] = [:]
    for id in ids {
      guard let question = wanted.removeValue(forKey: id) else { continue }
      release(question.link)
      guard let next = question.others.first(where: { peers[$0] != nil }) else { continue }
      wanted[id] = (next, now.milliseconds, question.others.filter { $0 != next })
      peers[next]?.transactionsAsked += 1
      questions[next, default: []].append(id)
    }
    for (link, ids) in questions.sorted(by: { $0.key < $1.key }) {
      var rest = ids[...]
      while !rest.isEmpty {
        let limit = Int(GetTransactions.idCount.upperBound)
        send(.getTransactions(GetTransactions(ids: Array(rest.prefix(limit)))), to: link)
        rest = rest.dropFirst(limit)
      }
    }
  }
}
