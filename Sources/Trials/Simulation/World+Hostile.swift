// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import LedgerFixtures
import PeerProtocol
import Quantities
import Wire

extension World {
  /// Whether a hostile node keeps a message back.
  func refusesToSend(_ message: Message, _ node: SimulatedNode) -> Bool {
    guard node.isHostile else { return false }
    switch message {
    case .blockDelivery, .blockTransactions, .blocksMissing:
      return node.habits.contains(.withholdBodies) || node.habits.contains(.silence)
    case .headers, .pong, .transactionDelivery, .addresses: return node.habits.contains(.silence)
    default: return false
    }
  }

  /// A hostile node does something.
  func perform(_ act: HostileAct, by node: SimulatedNode) {
    guard node.isUp else { return }
    switch act {
    case .withholdBodies, .silence, .contradict: node.habits.insert(act)
    case .invalidBlock(let law): node.lawsToBreak.append(law)
    case .headerFlood: floodHeaders(node)
    case .strangerChain:
      node.strangerChain = strangerChain(node)
      if let first = node.strangerChain.first { strangers.append(first.header.hash) }
    case .equivocate: equivocate(node)
    case .staleFork: revealFork(node)
    case .eclipse(let victim): eclipse(nodes[victim], by: node)
    case .malformed: sendJunk(node)
    case .fakeWork: claimWork(node)
    case .transactionSpam: spam(node)
    }
  }

  /// Sends messages to all peers at once.
  func tell(_ messages: [Message], _ node: SimulatedNode) {
    for link in node.links.keys.sorted() {
      for message in messages { send(message, from: node, on: link) }
    }
  }

  // MARK: Blocks

  /// A hostile node's turn to build: the first bad block that can be made goes to all.
  /// - Returns: whether there was one.
  func tellBadBlock(_ node: SimulatedNode) -> Bool {
    for (index, law) in node.lawsToBreak.enumerated() {
      guard let block = badBlock(law, by: node) else { continue }
      node.lawsToBreak.remove(at: index)
      tell([.compactBlock(CompactBlock(block)), .blockDelivery(BlockDelivery(block: block))], node)
      return true
    }
    guard node.habits.contains(.withholdBodies), let block = secretBlock(by: node) else {
      return false
    }
    tell([.compactBlock(CompactBlock(block))], node)
    return true
  }

  /// A good block with a report in it that nobody else has seen, so that all need its body.
  private func secretBlock(by node: SimulatedNode) -> Block? {
    guard let machine = node.machine, let secret = badTransaction(0, by: node) else { return nil }
    let due = fixture.genesis.rules.nextBlockTime(after: machine.chain.tip.time)
    let template = try? machine.chain.template(
      from: [secret], producer: node.key.publicKey, time: max(moment(node).time, due),
      searchSeconds: 0)
    return template.flatMap { sealed($0, node) }
  }

  /// A block that breaks one law. With the law gone from the laws it would be a good block.
  private func badBlock(_ law: Int, by node: SimulatedNode) -> Block? {
    guard let machine = node.machine else { return nil }
    let rules = fixture.genesis.rules
    let time = max(moment(node).time, rules.nextBlockTime(after: machine.chain.tip.time))
    guard law != 8 else { return badWork(node, machine, time) }
    guard let bad = badTransaction(law, by: node) else { return nil }
    // An honest report of the same site would take the bad one's place.
    let candidates = machine.pool.candidates.filter { !isReportOfSameSite($0, bad) } + [bad]
    guard
      let template = try? machine.chain.template(
        from: candidates, producer: node.key.publicKey, time: time, searchSeconds: 0)
    else { return nil }
    if template.transactions.contains(where: { $0.id == bad.id }) { return sealed(template, node) }
    // The laws would not have it: it is put in all the same.
    let header = BlockHeader(
      network: NetworkTag(fixture.network), height: template.header.height,
      previous: template.header.previous, time: time,
      transactionRoot: Block.transactionRoot(template.transactions + [bad]),
      stateRoot: template.header.stateRoot, producer: node.key.publicKey,
      target: template.header.target, searchSeconds: 0, nonce: 0)
    return sealed(header, template.transactions + [bad], template.ownTarget, node)
  }

  private func isReportOfSameSite(
    _ left: EncodedTransaction, _ right: EncodedTransaction
  ) -> Bool {
    guard case .report(let left) = left.transaction, case .report(let right) = right.transaction
    else { return false }
    return left.site == right.site
  }

  func sealed(
    _ header: BlockHeader, _ transactions: [EncodedTransaction], _ target: UInt256,
    _ node: SimulatedNode
  ) -> Block? {
    guard let search = NonceSearch(message: header.bytes, target: target.bytes),
      let nonce = search.search(from: chance.next() >> 1, count: 1 << 24)
    else { return nil }
    var header = header
    header.nonce = nonce
    let seal =
      plan.isOpen
      ? SealedHeader(header: header, signature: SealedHeader.noSignature)
      : SealedHeader(header: header, network: fixture.network, signedBy: node.key)
    return Block(sealed: seal, transactions: transactions)
  }

  /// Law 8 in four ways: no work, a second block of the period, the future, another's name.
  private func badWork(
    _ node: SimulatedNode, _ machine: NodeMachine, _ time: NetworkTime
  ) -> Block? {
    guard
      let template = try? machine.chain.template(
        from: machine.pool.candidates, producer: node.key.publicKey, time: time,
        searchSeconds: 0)
    else { return nil }
    switch chance.below(4) {
    case 0:
      var header = template.header
      while header.hash.value <= template.ownTarget.bytes { header.nonce += 1 }
      return Block(
        sealed: SealedHeader(header: header, network: fixture.network, signedBy: node.key),
        transactions: template.transactions)
    case 1:
      let early = template.with(
        time: machine.chain.tip.time.advanced(by: 1), searchSeconds: 0)
      return sealed(early, node)
    case 2:
      return sealed(template.with(time: time.advanced(by: 9_000), searchSeconds: 0), node)
    default:
      guard
        let search = NonceSearch(
          message: template.header.bytes, target: template.ownTarget.bytes),
        let nonce = search.search(from: 0, count: 1 << 24)
      else { return nil }
      var header = template.header
      header.nonce = nonce
      return Block(
        sealed: SealedHeader(
          header: header, network: fixture.network,
          signedBy: LedgerFixture.key("nobody \(chance.next())")),
        transactions: template.transactions)
    }
  }

  private func revealFork(_ node: SimulatedNode) {
    guard let machine = node.machine else { return }
    let chain = node.storage.contents.chain
    guard chain.count > 4, let parent = node.storage.contents.blocks[chain[chain.count - 4]],
      let context = machine.chain.headers.context(after: parent.header.hash)
    else { return }
    // A block three below the tip whose body nobody can check against the state there.
    let rules = fixture.genesis.rules
    let header = BlockHeader(
      network: NetworkTag(fixture.network), height: context.height + 1, previous: context.hash,
      time: rules.nextBlockTime(after: context.time),
      transactionRoot: Block.transactionRoot([]), stateRoot: parent.header.stateRoot,
      producer: node.key.publicKey, target: context.nextTarget(rules), searchSeconds: 0, nonce: 0)
    guard
      let block = sealed(header, [], context.ownTarget(of: node.key.publicKey, rules), node)
    else { return }
    tell([.compactBlock(CompactBlock(block))], node)
  }

  private func floodHeaders(_ node: SimulatedNode) {
    guard let machine = node.machine else { return }
    let rules = fixture.genesis.rules
    guard let context = machine.chain.tipContext else { return }
    var headers: [SealedHeader] = []
    for number in 0..<300 {
      var root = Bytes32.zero
      root = SHA256.digest(tag: 9, root, Bytes32(words: (UInt64(number), now, 0, 0)))
      let header = BlockHeader(
        network: NetworkTag(fixture.network), height: context.height + 1, previous: context.hash,
        time: rules.nextBlockTime(after: context.time), transactionRoot: root, stateRoot: root,
        producer: node.key.publicKey, target: context.nextTarget(rules), searchSeconds: 0,
        nonce: 0)
      if let block = sealed(header, [], context.ownTarget(of: node.key.publicKey, rules), node) {
        headers.append(block.sealed)
      }
    }
    // In the short form, so that each has to be looked at by itself.
    for sealed in headers {
      tell([.compactBlock(CompactBlock(Block(sealed: sealed, transactions: [])))], node)
    }
    tell([.headers(Headers(headers: headers))], node)
  }

  /// A closed network's headers from the genesis on, by a key that nobody admitted: more work than
  /// in all others, since it fills each period.
  private func strangerChain(_ node: SimulatedNode) -> [SealedHeader] {
    guard !plan.isOpen, let chain = node.machine?.chain,
      var context = chain.headers.context(after: chain.root)
    else { return [] }
    let (rules, key) = (fixture.genesis.rules, LedgerFixture.key("stranger \(chance.next())"))
    let root = SHA256.digest(tag: 9, Bytes32.zero, key.publicKey.value)
    var headers: [SealedHeader] = []
    while headers.count < 1_000 {
      let time = rules.nextBlockTime(after: context.time)
      guard time <= moment(node).time else { break }
      let header = BlockHeader(
        network: NetworkTag(fixture.network), height: context.height + 1, previous: context.hash,
        time: time, transactionRoot: root, stateRoot: root, producer: key.publicKey,
        target: context.nextTarget(rules), searchSeconds: 0, nonce: 0)
      let own = context.ownTarget(of: key.publicKey, rules)
      guard let block = sealed(header, [], own, node) else { break }
      let found = SealedHeader(header: block.header, network: fixture.network, signedBy: key)
      headers.append(found)
      context = context.advanced(
        by: found.header, hash: found.header.hash, depth: HeaderContext.depth(rules))
    }
    return headers
  }

  /// What a hostile node says in place of a message.
  func twisted(_ message: Message, _ node: SimulatedNode) -> Message {
    guard case .headers = message, !node.strangerChain.isEmpty else { return message }
    return .headers(Headers(headers: node.strangerChain))
  }

  // MARK: Messages

  private func sendJunk(_ node: SimulatedNode) {
    let link = node.links.keys.min()
    guard let link, let end = node.links[link] else { return }
    var frame = [UInt8](repeating: 0, count: 64)
    for index in frame.indices { frame[index] = UInt8(truncatingIfNeeded: chance.next()) }
    // Sometimes a frame that states a gigabyte, sometimes a known kind with nonsense in it.
    if chance.happens(1, of: 2) {
      frame.replaceSubrange(0..<5, with: [0, 0, 0, 60, GetHeaders.kind])
    }
    queue.put(
      .deliver(
        from: node.index, to: end.node, link: end.link, epoch: nodes[end.node].starts, frame: frame),
      at: now + 50)
  }

  private func claimWork(_ node: SimulatedNode) {
    let tip = BlockHash(SHA256.digest([7]))
    let hello = Hello(
      networkName: fixture.genesis.rules.name, network: fixture.network, offers: [.relay],
      lowestBody: 0, port: SimulatedNode.port, height: 1 << 40, tip: tip,
      work: UInt256.max.bytes, time: moment(node).time, agent: "hostile")
    node.habits.insert(.silence)
    for other in nodes where !other.isHostile && other.isUp {
      let near = Link(nextLink)
      let attempt: UInt64 = 1 << 40 + nextLink
      link(node, to: other, attempt: attempt, key: LedgerFixture.key("liar \(nextLink)").publicKey)
      send(.hello(hello), from: node, on: near)
    }
  }

  private func eclipse(_ victim: SimulatedNode, by node: SimulatedNode) {
    guard victim.isUp else { return }
    // Addresses that lead nowhere, all in the attacker's part of the internet …
    let addresses = (0..<250).map { number in
      PeerAddress(
        host: HostAddress(ipv4: 0x5A00_0000 + UInt32(number) << 16), port: 1,
        key: LedgerFixture.key("eclipse \(number)").publicKey)
    }
    for link in node.links.keys.sorted() where node.links[link]?.node == victim.index {
      send(.addresses(Addresses(addresses: addresses)), from: node, on: link)
    }
    // … and as many links as the victim takes, each under a name of its own.
    for number in 0..<100 {
      let key = LedgerFixture.key("eclipse \(number) \(now)").publicKey
      let host = HostAddress(ipv4: 0x5A00_0000 + UInt32(number % 20) << 16)
      link(node, to: victim, attempt: 1 << 41 + UInt64(number), key: key, host: host)
    }
  }

  private func spam(_ node: SimulatedNode) {
    let ids = (0..<1000).map { TransactionId(SHA256.digest([UInt8($0 & 255), UInt8($0 >> 8)])) }
    tell([.announceTransactions(AnnounceTransactions(ids: ids))], node)
    if let forged = badTransaction(7, by: node) {
      tell([.announceTransactions(AnnounceTransactions(ids: [forged.id]))], node)
      tell([.transactionDelivery(TransactionDelivery(transactions: [forged]))], node)
    }
  }
}
