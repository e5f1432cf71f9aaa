// SPDX-License-Identifier: Apache-2.0

import Chain
import Foundation
import Ledger
import LedgerCrypto
import LedgerFixtures
import LedgerStore
import PeerProtocol
import Quantities
import RawLimits

/// What a member costs that sends its coins 50,000 times, each time what the last left: as a peer
/// sends them, in any order, and as if no bound held; to libsodium's verifications of the same.
func pool() throws -> [Figure] {
  let count = 50_000
  var fixture = LedgerFixture(rules: LedgerFixture.rules(milliCoinsPerSplit: 1))
  var sealed = try FixtureChain(fixture)
  try sealed.seal(encoded: fixture.admissions, after: 10 * 86_400)
  let (generated, consumed) = (
    [UInt32](repeating: 2_000, count: 48), [UInt32](repeating: 0, count: 48)
  )
  let report = try fixture.report(0, generated: generated, consumed: consumed)
  try sealed.seal([.report(report)])
  let mint = EncodedTransaction(
    .mint(fixture.mint(0, first: report.first, length: 48, amount: 96_000)))
  try sealed.seal(encoded: [mint])
  let transfers = chained(count, from: mint.lotId(0), fixture)
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("hinata-bench-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let chain = try ActiveChain(try LedgerStore(folder: folder, genesis: fixture.genesis))
  let now = sealed.context.time.advanced(by: 60)
  for block in sealed.blocks.dropFirst() { _ = try chain.accept(block, now: now) }
  var chance = SeededGenerator(seed: 3)
  let limit = try verifications(transfers.map(\.bytes), fixture)
  let bounded = timed(transfers.shuffled(using: &chance), isOwn: false, chain, fixture, now)
  let free = timed(transfers, isOwn: true, chain, fixture, now)
  guard bounded.pool.count <= PeerLimits().poolDepth, free.pool.count == count else {
    throw BenchError(description: "the pool holds \(bounded.pool.count) and \(free.pool.count)")
  }
  var pool = free.pool
  let start = ContinuousClock.now
  let forgotten = pool.follow(confirmed: [], freed: [], chain: chain, now: now)
  let followed = seconds(since: start)
  guard forgotten.isEmpty else { throw BenchError(description: "the pool forgot what waits") }
  return [
    Figure(
      name: "pool_of_a_peer_s", value: bounded.seconds,
      unit: "s for \(count) dependent transfers in any order, \(bounded.pool.count) kept",
      ratio: bounded.seconds / limit, to: "libsodium verifications of the same signatures"),
    Figure(
      name: "pool_unbounded_s", value: free.seconds, unit: "s for the same as one's own, all kept",
      ratio: free.seconds / limit, to: "libsodium verifications of the same signatures"),
    Figure(
      name: "pool_follows_s", value: followed, unit: "s after a block, with all of them waiting",
      ratio: followed / limit, to: "libsodium verifications of the same signatures"),
  ]
}

/// Transfers of one milli-coin each, of which each spends what the one before left.
private func chained(
  _ count: Int, from lot: LotId, _ fixture: LedgerFixture
) -> [EncodedTransaction] {
  let (from, to) = (fixture.homes[0], fixture.homes[1])
  var lot = lot
  return (0..<count).map { _ in
    let transfer = EncodedTransaction(
      .transfer(
        Transfer(
          from: from.member.id, to: to.member.id, lot: lot, part: .amount(MilliCoins(1)),
          network: fixture.network, signedBy: from.memberKey)))
    lot = transfer.lotId(1)
    return transfer
  }
}

private func timed(
  _ transfers: [EncodedTransaction], isOwn: Bool, _ chain: ActiveChain, _ fixture: LedgerFixture,
  _ now: NetworkTime
) -> (pool: Mempool, seconds: Double) {
  var pool = Mempool(limits: PeerLimits(), genesis: fixture.genesis)
  chain.verified = [:]
  let start = ContinuousClock.now
  for transfer in transfers { _ = pool.add(transfer, isOwn: isOwn, chain: chain, now: now) }
  return (pool, seconds(since: start))
}

/// Seconds of libsodium for the signatures of transactions of the first home's member.
private func verifications(_ all: [[UInt8]], _ fixture: LedgerFixture) throws -> Double {
  let raws = try all.map {
    try RawMessage($0, fixture.network, fixture.homes[0].memberKey.publicKey)
  }
  let start = ContinuousClock.now
  guard raw_verify(raws.map(\.form), UInt64(raws.count)) == UInt64(raws.count) else {
    throw BenchError(description: "a signature does not hold")
  }
  return seconds(since: start)
}
