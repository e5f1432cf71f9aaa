// SPDX-License-Identifier: Apache-2.0

public import Chain
import Ledger
public import LedgerCrypto
public import Quantities
import Wire

extension NodeMachine {
  /// A compact block some of whose transactions were asked for.
  struct PartialBlock {
    let sealed: SealedHeader
    var transactions: [EncodedTransaction?]
    let missing: [Int]
    let link: Link
  }

  /// Connects bodies that are next and asks for those that are missing.
  func advanceDownload() {
    guard now.milliseconds >= restsUntil else { return }
    var hasCome = download.refresh(chain)
    while let first = download.queue.first, let (block, link) = download.takeBody(first) {
      accept(block, from: link)
      guard now.milliseconds >= restsUntil else { return }
      hasCome = download.refresh(chain) || hasCome
      // A body that was refused is asked for again, of another peer.
      if download.queue.first == first { break }
    }
    if hasCome { continueHeaders() }
    guard !awaitsSnapshot else { return }
    askForBodies()
    advanceHistory()
  }

  private func askForBodies() {
    let wanted = download.wanted(window: limits.blockWindow, byteLimit: limits.waitingBytes)
    guard !wanted.isEmpty else { return }
    let established = established
    var questions: [Link: [BlockHash]] = [:]
    // As many as a peer can send without its line falling behind what a link may keep.
    let size = Int(chain.genesis.rules.blockBytes)
    let most = min(limits.blocksPerPeer, max(1, (32 << 20) / max(1, size)))
    for hash in wanted {
      guard let height = chain.headers.header(hash)?.height else { continue }
      let able = able(hash, height, of: established)
      if able.isEmpty, hash == download.queue.first, established.contains(where: \.relays) {
        setAside(hash)
        return advanceDownload()
      }
      let best = able.filter { $0.blocksAsked < most }.min {
        ($0.conduct.points / 5, $0.blocksAsked, $0.link)
          < ($1.conduct.points / 5, $1.blocksAsked, $1.link)
      }
      guard let best else { continue }
      peers[best.link]?.blocksAsked += 1
      download.ask(hash, of: best.link, at: now.milliseconds)
      questions[best.link, default: []].append(hash)
    }
    for (link, hashes) in questions.sorted(by: { $0.key < $1.key }) {
      send(.getBlocks(GetBlocks(hashes: hashes)), to: link)
    }
  }

  /// Who may be asked for a body: whoever told of the block or of one after it, and who says that
  /// its chain is as long.
  private func able(_ hash: BlockHash, _ height: UInt64, of peers: [Peer]) -> [Peer] {
    peers.filter {
      ($0.hello?.lowestBody ?? 0) <= height && lacking[hash]?.contains($0.link) != true
        && ($0.bestHeight >= height || announcers[hash]?.contains($0.link) == true)
    }
  }

  /// Takes a block off the list of those asked for.
  private func answered(_ hash: BlockHash, by link: Link) -> Bool {
    guard download.asked[hash]?.link == link else { return false }
    download.clear(hash)
    if let asked = peers[link]?.blocksAsked, asked > 0 { peers[link]?.blocksAsked = asked - 1 }
    return true
  }

  func received(_ answer: BlockDelivery, on link: Link) {
    let hash = answer.block.header.hash
    if takeHistory(answer.block, hash, from: link) { return }
    let isLate = download.late.removeValue(forKey: hash) == link
    let wasAsked = answered(hash, by: link) || isLate
    if wasAsked { peers[link]?.gaveBodyAt = now.milliseconds }
    if isLate, let root = chain.headers.aside(on: hash) { takeUp(root) }
    guard chain.headers.contains(hash) else {
      return punish(link, .unsolicited("a block that nobody asked for"))
    }
    guard wasAsked || download.queue.contains(hash) else { return }
    compacts[hash] = nil
    if !chain.headers.isComplete(hash) {
      if !download.queue.contains(hash),
        chain.headers.isComplete(answer.block.header.previous)
      {
        accept(answer.block, from: link)
      } else {
        download.put(answer.block, hash: hash, from: link)
      }
    }
    if chain.headers.isComplete(hash) { forgetTellers(of: hash) }
    advanceDownload()
  }

  func received(_ answer: BlocksMissing, on link: Link) {
    for hash in answer.hashes where answered(hash, by: link) {
      compacts[hash] = nil
      if lacking.count > 4_096 { lacking = [:] }
      lacking[hash, default: []].insert(link)
      if announcers[hash]?.contains(link) == true {
        punish(link, .useless("has no block \(hash)"))
      } else if let height = chain.headers.header(hash)?.height,
        let known = peers[link]?.bestHeight, known >= height
      {
        // It never told of it, and has done nothing wrong: its chain is another, or not as long.
        peers[link]?.bestHeight = height - 1
      }
    }
    advanceDownload()
  }

  private func forgetTellers(of hash: BlockHash) {
    announcers[hash] = nil
    lacking[hash] = nil
  }

  /// A branch whose body nobody can give who is asked: it is not gone for any more, until somebody
  /// tells of it who has not said that it lacks it, or for some minutes.
  private func setAside(_ hash: BlockHash) {
    chain.setAside(hash)
    asideUntil[hash] = now.milliseconds + limits.asideFor
    download.invalidate()
  }

  func takeUp(_ hash: BlockHash) {
    asideUntil[hash] = nil
    lacking[hash] = nil
    chain.takeUp(hash)
    download.invalidate()
  }

  /// Tries branches again that were set aside: a line may have been down.
  func takeUpAside() {
    for (hash, until) in asideUntil where until <= now.milliseconds {
      takeUp(hash)
      lacking = [:]
    }
  }

  /// Bodies that were asked for and did not come: others are asked.
  func dropOverdueBodies() {
    let late = now.milliseconds.subtractingDownToZero(limits.answerTimeout)
    let overdue = download.overdue(before: late)
    for (hash, link) in overdue {
      compacts[hash] = nil
      _ = answered(hash, by: link)
      if download.late.count > 1_024 { download.late = [:] }
      download.late[hash] = link
    }
    // Who gives something shares its work with others that ask it: what is missing is asked
    // elsewhere, and costs nothing.
    let silent = Set(overdue.map(\.link)).filter { (peers[$0]?.gaveBodyAt ?? 0) <= late }
    for link in silent.sorted() { wasLate(link, "blocks") }
    advanceDownload()
    for (hash, link) in overdue { askElsewhere(hash, except: link) }
  }

  /// A block that would be the tip is asked of another who announced it, also where a header with
  /// more to it, whose body is withheld, is the best one: else whoever relays first could keep a
  /// node behind.
  private func askElsewhere(_ hash: BlockHash, except link: Link) {
    guard download.asked[hash] == nil, !chain.headers.isComplete(hash),
      let header = chain.headers.header(hash), chain.headers.isComplete(header.previous),
      let work = chain.headers.work(hash), let own = chain.headers.work(chain.tipHash),
      MostWorkLaw.replaces((own, chain.tipHash), by: (work, hash))
    else { return }
    let able = established.filter {
      $0.link != link && $0.knownBlocks.contains(hash) && $0.blocksAsked < limits.blocksPerPeer
    }
    let next = able.min { ($0.conduct.points, $0.link) < ($1.conduct.points, $1.link) }
    guard let next else { return }
    next.blocksAsked += 1
    download.ask(hash, of: next.link, at: now.milliseconds)
    send(.getBlocks(GetBlocks(hashes: [hash])), to: next.link)
  }

  func received(_ compact: CompactBlock, on link: Link) {
    let hash = compact.sealed.header.hash
    let height = compact.sealed.header.height
    peers[link]?.knownBlocks.insert(hash)
    guard !chain.headers.isComplete(hash) else { return }
    do throws(BlockRefusal) {
      try chain.insert(compact.sealed, now: now.time)
      announced(hash, by: link)
    } catch {
      if case .unknownParent = error { return askHeaders(of: link) }
      if case .futureTime = error { hearEarly(compact.sealed) }
      return headerRefused(error, on: link)
    }
    guard compact.shortIds.count <= Int(chain.genesis.rules.blockTransactions) else {
      return punish(link, .invalidBlock("more transactions than the genesis allows"))
    }
    if let known = peers[link]?.bestHeight, height > known { peers[link]?.bestHeight = height }
    guard chain.headers.isComplete(compact.sealed.header.previous), compacts.count < 16,
      compacts[hash] == nil
    else { return advanceDownload() }
    assemble(compact, hash, on: link)
  }

  private func assemble(_ compact: CompactBlock, _ hash: BlockHash, on link: Link) {
    var byShortId: [ShortId: EncodedTransaction] = [:]
    if !compact.shortIds.isEmpty {
      for entry in pool.entries.values {
        byShortId[ShortId(entry.transaction.id, in: hash)] = entry.transaction
      }
    }
    let transactions = compact.shortIds.map { byShortId[$0] }
    let missing = transactions.indices.filter { transactions[$0] == nil }
    let partial = PartialBlock(
      sealed: compact.sealed, transactions: transactions, missing: missing, link: link)
    if missing.isEmpty { return finish(partial, hash, from: link) }
    guard download.asked[hash] == nil else { return }
    compacts[hash] = partial
    peers[link]?.blocksAsked += 1
    download.ask(hash, of: link, at: now.milliseconds)
    send(.getBlockTransactions(GetBlockTransactions(block: hash, indexes: missing)), to: link)
  }

  func received(_ answer: BlockTransactions, on link: Link) {
    guard var partial = compacts[answer.block], partial.link == link else {
      // It may have been found elsewhere since it was asked for.
      if !chain.headers.contains(answer.block) {
        punish(link, .unsolicited("transactions of a block"))
      }
      return
    }
    compacts[answer.block] = nil
    _ = answered(answer.block, by: link)
    guard answer.transactions.count == partial.missing.count else {
      return punish(link, .useless("\(answer.transactions.count) of the transactions asked for"))
    }
    for (index, transaction) in zip(partial.missing, answer.transactions) {
      partial.transactions[index] = transaction
    }
    finish(partial, answer.block, from: link)
  }

  /// Connects a compact block that has all its parts; where two transactions share a short id the
  /// whole block is fetched.
  private func finish(_ partial: PartialBlock, _ hash: BlockHash, from link: Link) {
    let transactions = partial.transactions.compactMap { $0 }
    guard Block.transactionRoot(transactions) == partial.sealed.header.transactionRoot else {
      return advanceDownload()
    }
    accept(Block(sealed: partial.sealed, transactions: transactions), from: link)
    advanceDownload()
  }

  /// A template on the tip from what waits; nil when nothing does, or when the producer may not
  /// seal. What no block can hold is forgotten.
  public func template(
    producer: PublicKey, time: NetworkTime, searchSeconds: UInt32
  ) throws -> BlockTemplate? {
    guard chain.genesis.rules.membership == .open || isMember(producer), !isBelowKnown else {
      return nil
    }
    let template = try chain.template(
      from: finalRecords + pool.candidates, producer: producer, time: time,
      searchSeconds: searchSeconds)
    for (transaction, reason) in template?.refused ?? [] where !reason.isCurable {
      note(.dropped(transaction.id, reason: reason.description))
      pool.remove(transaction.id, chain: chain)
      forgetPending(transaction.id)
    }
    guard let template, finality?.isBroken != true,
      template.transactions.contains(where: \.isPassedOn) || recordIsWorthBlock
    else { return nil }
    return template.transactions.isEmpty ? nil : template
  }

  /// Lets the laws judge a block; follows the chain when it changed.
  func accept(_ block: Block, from link: Link?) {
    do throws(BlockRefusal) {
      guard
        case .advanced(let disconnected, let connected) = try chain.accept(
          block, now: now.time, arrival: arrival)
      else { return tellOfLate(block) }
      follow(disconnected, connected)
    } catch {
      switch error {
      case .work, .transaction:
        download.invalidate()
        if isToBlame(link, for: block.header) || error.isOfBody {
          punish(link, .invalidBlock(error.description))
        }
        if link == nil { note(.ownBlockRefused(reason: error.description)) }
        return
      case .ownFault(let reason):
        download.invalidate()
        fault(ChainFault(reason))
        return
      case .futureTime(let supplied, let limit): wait(for: supplied, past: limit, on: link)
      case .unknownParent, .stranger, .tooDeep: break
      }
      if link == nil { note(.fault("own block refused: \(error)")) }
    }
  }

  /// Whether a link answers for a block that breaks a law: in an open network who told of it, where
  /// members sign the one who sealed it. Others may have passed on a branch that came late, and
  /// could not judge it either.
  private func isToBlame(_ link: Link?, for header: BlockHeader) -> Bool {
    guard let link, let peer = peers[link] else { return false }
    guard announcers[header.hash]?.contains(link) == true else { return false }
    guard chain.genesis.rules.membership == .closed else { return true }
    guard let producer = member(behind: header.producer) else {
      return peer.info.key == header.producer
    }
    return member(behind: peer.info.key) == producer
  }

  func follow(_ disconnected: [BlockHash], _ connected: [ConnectedBlock]) {
    progressedAt = now.milliseconds
    for block in connected { forgetTellers(of: block.hash) }
    var ids: [TransactionId] = []
    for transaction in connected.flatMap(\.block.transactions) {
      ids.append(transaction.id)
      confirmed.insert(transaction.id)
      wanted[transaction.id] = nil
    }
    var freed: [EncodedTransaction] = []
    do {
      for hash in disconnected.reversed() { freed += try chain.block(hash)?.transactions ?? [] }
    } catch { fault(error) }
    refused = RecentSet(limit: 10_000)
    for (transaction, violation) in pool.follow(
      confirmed: ids, freed: freed, chain: chain, now: now.time)
    where violation?.isCurable != true {
      let reason = violation?.description ?? "it waited too long"
      note(.dropped(transaction.id, reason: reason))
      forgetPending(transaction.id)
    }
    announce(pool.takeAccepted(), except: nil)
    remind()
    act(.advanced(disconnected: disconnected, connected: connected))
    relayTip()
    for block in connected { chooseAudits(block.block) }
    updateFinality()
    continueHeaders()
  }

  /// A block left out what waited for half a period: whoever builds them may never have heard of
  /// it, or forgotten it, so it is announced to all once more.
  private func remind() {
    guard !isCatchingUp, !pool.entries.isEmpty else { return }
    let patience = max(60, chain.genesis.rules.blockPeriod.longestSeconds / 2)
    let before = chain.tip.time.seconds
    let time = NetworkTime(seconds: before.subtractingDownToZero(patience))
    let ids = pool.waiting(since: time, limit: Int(AnnounceTransactions.idCount.upperBound))
    guard !ids.isEmpty else { return }
    for peer in established where peer.relays {
      send(.announceTransactions(AnnounceTransactions(ids: ids)), to: peer.link)
    }
  }

  /// Bodies come in one after the other: what others announce cannot be judged yet. A header whose
  /// body is withheld must not keep a node in this state, or one liar would silence a street.
  var isCatchingUp: Bool {
    download.queue.count > 4 && now.milliseconds.subtractingDownToZero(progressedAt) < 30_000
  }

  /// Sends the tip in its short form to all who may not have it; who is known to be higher does not
  /// need it.
  private func relayTip() {
    guard let block = try? chain.block(chain.tipHash) else { return }
    let height = chain.tip.height
    let compact = Message.compactBlock(CompactBlock(block))
    for peer in established
    where peer.relays && peer.bestHeight <= height && !peer.knownBlocks.contains(chain.tipHash) {
      peers[peer.link]?.knownBlocks.insert(chain.tipHash)
      send(compact, to: peer.link)
    }
  }
}
