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
  /// Milliseconds between a home's reports: an hour, six in large networks.
  var reportEvery: UInt64 { (plan.nodes <= 20 ? 2 : 12) * 1_800_000 }

  /// A home signs a report of all intervals that ended since its last.
  func report(_ index: Int) {
    let next = now + reportEvery
    queue.put(.report(index), at: next.subtractingDownToZero(chance.below(60_000)))
    let node = nodes[index]
    let home = index - 2
    let last = Interval(containing: NetworkTime(seconds: World.start.seconds + now / 1000))
    guard node.isUp, last > fixture.homes[home].next else { return }
    let count = min(48, last.number - fixture.homes[home].next.number)
    var generated: [UInt32] = []
    var consumed: [UInt32] = []
    for offset in 0..<count {
      let slot = Int(fixture.homes[home].next.number + offset) % 48
      // Some sun at all hours: coins are minted from the first block on.
      let sun = max(1, 12 - abs(slot - 24))
      generated.append(UInt32(sun * 100) + UInt32(chance.below(200)))
      consumed.append(100 + UInt32(chance.below(400)))
    }
    guard let report = try? fixture.report(home, generated: generated, consumed: consumed) else {
      return violate("a report can be made", index, "the generator's report was refused")
    }
    let transaction = EncodedTransaction(.report(report))
    node.reports.append((transaction, report.next, now))
    if now > plan.peaceFrom, !node.isHostile { spreading[transaction.id] = (now, []) }
    if node.storage.isFull { node.unkept.append(transaction) }
    give(.submitted(transaction), to: index)
  }

  /// After a restart a home offers again what the chain does not have.
  func resubmit(_ node: SimulatedNode) {
    guard node.index >= 2, let chain = node.machine?.chain else { return }
    let site = fixture.homes[node.index - 2].site.id
    var next = Interval(0)
    if let progress = try? chain.progress(site) { next = progress.next }
    for report in node.reports where report.end > next {
      give(.submitted(report.transaction), to: node.index)
    }
  }

  /// The exchange mints, members send and retire.
  func live() {
    queue.put(.live, at: now + 900_000)
    for node in nodes where !node.isHostile && node.isUp { resubmitLost(node) }
    restart()
    guard nodes[1].isUp else { return }
    var mints: [Mint] = []
    for node in nodes.dropFirst(2) {
      for report in node.reports where !claimed.contains(report.transaction.id) {
        guard let mint = mint(report.transaction) else { continue }
        claimed.insert(report.transaction.id)
        mints.append(mint)
      }
    }
    for mint in mints { give(.submitted(EncodedTransaction(.mint(mint))), to: 1) }
    for _ in 0..<2 { spend() }
  }

  /// What waits in a node's own store and not in its pool is offered again, as the daemon does.
  private func resubmitLost(_ node: SimulatedNode) {
    guard let machine = node.machine else { return }
    if !node.storage.isFull {
      for transaction in node.unkept where !machine.pool.contains(transaction.id) {
        give(.submitted(transaction), to: node.index)
      }
      node.unkept = []
    }
    for transaction in node.storage.contents.pending where !machine.pool.contains(transaction.id) {
      give(.submitted(transaction), to: node.index)
    }
  }

  private func mint(_ transaction: EncodedTransaction) -> Mint? {
    guard case .report(let report) = transaction.transaction,
      let place = nodes[1].storage.contents.places[transaction.id],
      let height = nodes[1].storage.contents.heights[place.block],
      let settled = settledHeight(nodes[1]), height <= settled
    else { return nil }
    let energy = report.total(.generated)
    guard energy > .zero,
      let home = fixture.homes.firstIndex(where: { $0.site.id == report.site })
    else { return nil }
    return fixture.mint(
      home, first: report.first, length: UInt32(report.readings.count),
      amount: UInt64(energy.value))
  }

  /// Somebody sends or retires a lot.
  private func spend() {
    guard !lots.isEmpty else { return }
    let lot = lots.remove(at: Int(chance.below(UInt64(lots.count))))
    let owner = fixture.homes[lot.owner]
    let half = LotPart.amount(MilliCoins(max(1, lot.mint.amount.value / 2)))
    let transaction: Transaction
    if chance.happens(1, of: 2) {
      let to = Int(chance.below(UInt64(fixture.homes.count)))
      guard to != lot.owner else { return }
      transaction = .transfer(
        Transfer(
          from: owner.member.id, to: fixture.homes[to].member.id, lot: lot.id, part: half,
          network: fixture.network, signedBy: owner.memberKey))
    } else {
      transaction = .retire(
        Retire(
          owner: owner.member.id, lot: lot.id, part: half, purpose: "simulated",
          beneficiary: "nobody", network: fixture.network, signedBy: owner.memberKey))
    }
    give(.submitted(EncodedTransaction(transaction)), to: lot.owner + 2)
  }

  /// A node begins to search when a block is due and something waits; who finds first is chance.
  func scheduleMining(_ node: SimulatedNode) {
    guard let machine = node.machine, node.miningOn != machine.chain.tipHash,
      machine.hasWork
    else { return }
    node.miningOn = machine.chain.tipHash
    let rules = fixture.genesis.rules
    let due = rules.nextBlockTime(after: machine.chain.tip.time)
    let wait = due.seconds(since: moment(node).time) * 1000
    // The smallest of many such waits is about the network's search time.
    // Who has a bad block to show is quicker than all others.
    let isEager = !node.lawsToBreak.isEmpty || node.habits.contains(.withholdBodies)
    let searchers = isEager ? 1 : plan.nodes
    let spread = UInt64(rules.searchSeconds) * 1000 * UInt64(searchers)
    queue.put(.mine(node.index, machine.chain.tipHash), at: now + wait + chance.below(spread) + 1)
  }

  func mine(_ index: Int, on tip: BlockHash) {
    let node = nodes[index]
    guard let machine = node.machine, machine.chain.tipHash == tip, node.miningOn == tip else {
      return
    }
    node.miningOn = nil
    if tellBadBlock(node) { return }
    guard let block = block(of: node) else { return }
    give(.sealed(block), to: index)
  }

  /// A block on a node's tip, found by trying nonces against an easy target.
  private func block(of node: SimulatedNode) -> Block? {
    guard let machine = node.machine else { return nil }
    let rules = fixture.genesis.rules
    let due = rules.nextBlockTime(after: machine.chain.tip.time)
    // A machine that stalls tells a block of long ago, of before an epoch's approvals perhaps.
    let stalled = chance.happens(1, of: 12) ? chance.below(3_600) : 0
    let now = moment(node).time.seconds
    let time = max(NetworkTime(seconds: now.subtractingDownToZero(stalled)), due)
    // The search began a while ago; its header states when it ended, as the daemon's does.
    let searched = time.seconds.subtractingDownToZero(chance.below(120))
    guard
      let template = try? machine.template(
        producer: node.key.publicKey, time: max(due, NetworkTime(seconds: searched)),
        searchSeconds: 0)
    else { return nil }
    let holds = template.holds(at: time, rules)
    return sealed(holds ? template.with(time: time, searchSeconds: 0) : template, node)
  }

  func sealed(_ template: BlockTemplate, _ node: SimulatedNode) -> Block? {
    guard
      let search = NonceSearch(
        message: template.header.bytes, target: template.ownTarget.bytes),
      let nonce = search.search(from: chance.next() >> 1, count: 1 << 24)
    else { return nil }
    return template.sealed(
      nonce: nonce, network: fixture.network, rules: fixture.genesis.rules, by: node.key)
  }
}
