// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Ledger
import LedgerCrypto
import Quantities

/// Counts a chain again from the bytes of its transactions alone, by other means than the laws do:
/// a second opinion on every confirmed block. It shares no code with the laws that it checks.
struct Recount {
  private struct Cell: Hashable {
    let site: SiteId
    let interval: UInt32
  }

  struct Part: Hashable {
    var owner: MemberId
    var amount: UInt64
    var isRetired: Bool
  }

  private let genesis: Genesis
  private var sites: [SiteId: SiteRecord] = [:]
  private var keys: [MemberId: PublicKey] = [:]
  private var generated: [Cell: UInt64] = [:]
  private var consumed: [Cell: UInt64] = [:]
  private var matched: [Cell: UInt64] = [:]
  private var minted: Set<Cell> = []
  private(set) var lots: [LotId: Part] = [:]
  private var imbalance: [SiteId: Int64] = [:]
  private(set) var mintedTotal: UInt64 = 0
  private var mints: UInt64 = 0
  private var halfHours: UInt64 = 0
  private(set) var transactions = 0
  private var time: UInt64

  init(_ genesis: Genesis) {
    self.genesis = genesis
    time = genesis.rules.time.seconds
    for member in genesis.members { keys[member.id] = member.key }
  }

  /// Counts the next block of the chain.
  /// - Returns: what is wrong with it, nil when nothing is.
  mutating func add(_ block: Block) -> String? {
    if block.header.height > 0,
      block.header.hash.value > CompactTarget.expand(block.header.target)?.bytes ?? .zero
    {
      return "law 8: the hash is above the target"
    }
    if block.header.height > 0, block.header.time.seconds / 1800 <= time / 1800 {
      return "law 8: a second block of one period"
    }
    time = max(time, block.header.time.seconds)
    for transaction in block.transactions {
      transactions += 1
      if let wrong = count(transaction) { return wrong }
    }
    let living = lots.values.reduce(0) { $0 + $1.amount }
    guard living == mintedTotal else {
      return "law 3: \(mintedTotal) were minted, lots hold \(living)"
    }
    // Retired, whole and split: as many lots as mints, their half hours and their energy allow.
    let most = mints + mintedTotal / UInt64(genesis.rules.milliCoinsPerSplit) + 2 * halfHours
    return lots.count <= most ? nil : "dust: \(lots.count) lots where \(most) may be"
  }

  private mutating func count(_ transaction: EncodedTransaction) -> String? {
    switch transaction.transaction {
    case .admitMember(let admission):
      keys[admission.record.id] = admission.record.key
      return signed(transaction, by: keys[admission.operator])
    case .setStanding(let change): return signed(transaction, by: keys[change.operator])
    case .registerSite(let registration):
      sites[registration.record.id] = registration.record
      return signed(transaction, by: keys[registration.operator])
    case .report(let report):
      return signed(transaction, by: sites[report.site]?.key) ?? count(report)
    case .mint(let mint):
      return signed(transaction, by: keys[mint.exchange]) ?? count(mint, transaction)
    case .recordFinal, .contradiction: return nil
    case .moveEdition(let move): return signed(transaction, by: keys[move.operator])
    case .honour(let honour): return signed(transaction, by: keys[honour.value.exchange])
    case .restart(let restart): return signed(transaction, by: keys[restart.operator])
    case .setNodeKey(let change): return signed(transaction, by: keys[change.member])
    case .transfer(let transfer):
      return signed(transaction, by: keys[transfer.from])
        ?? move(
          transfer.lot, transfer.part, from: transfer.from, to: transfer.to, retired: false,
          transaction)
    case .retire(let retirement):
      return signed(transaction, by: keys[retirement.owner]) ?? count(retirement)
        ?? move(
          retirement.lot, retirement.part, from: retirement.owner, to: retirement.owner,
          retired: true, transaction)
    }
  }

  private func signed(_ transaction: EncodedTransaction, by key: PublicKey?) -> String? {
    guard let key, let seal = transaction.transaction.content.seal,
      seal.isValid(for: transaction.signedMessage(in: genesis.network), by: key)
    else { return "law 7: \(transaction.id) is not signed by who it speaks for" }
    return nil
  }

  private mutating func count(_ report: Report) -> String? {
    let capacity = UInt64(sites[report.site]?.capacityW ?? 0)
    for reading in report.readings {
      let cell = Cell(site: report.site, interval: reading.interval.number)
      guard generated[cell] == nil else { return "law 4: interval \(reading.interval) twice" }
      let pq1 = UInt64(reading[.generated])
      generated[cell] = pq1
      consumed[cell] = UInt64(reading[.consumed])
      let most = capacity * (1000 + UInt64(genesis.rules.roofTolerancePerMille)) / 2000
      guard pq1 <= most else { return "law 6: \(pq1) Wh of a roof of \(capacity) W" }
      let inflow = Int64(reading[.generated]) + Int64(reading[.purchased])
      let outflow = Int64(reading[.consumed]) + Int64(reading[.sold])
      imbalance[report.site, default: 0] += inflow - outflow
      guard
        imbalance[report.site, default: 0].magnitude <= UInt64(genesis.rules.balanceToleranceWh)
      else { return "law 5: the energy of \(report.site) does not balance" }
    }
    return nil
  }

  private mutating func count(_ mint: Mint, _ transaction: EncodedTransaction) -> String? {
    var energy: UInt64 = 0
    for offset in 0..<mint.length {
      let cell = Cell(site: mint.site, interval: mint.first.number + offset)
      guard minted.insert(cell).inserted else {
        return "law 2: interval \(cell.interval) minted twice"
      }
      energy += generated[cell] ?? 0
    }
    let worth = energy * UInt64(genesis.rules.milliCoinsPerKilowattHour) / 1000
    guard mint.amount.value == worth, let owner = sites[mint.site]?.member else {
      return "law 1: \(mint.amount) minted for \(energy) Wh"
    }
    lots[transaction.lotId(0)] = Part(owner: owner, amount: worth, isRetired: false)
    mintedTotal += worth
    mints += 1
    halfHours += UInt64(mint.length)
    return nil
  }

  private mutating func move(
    _ id: LotId, _ part: LotPart, from: MemberId, to: MemberId, retired: Bool,
    _ transaction: EncodedTransaction
  ) -> String? {
    guard let lot = lots.removeValue(forKey: id), !lot.isRetired, lot.owner == from else {
      return "law 3: lot \(id) is not there, retired or somebody else's"
    }
    switch part {
    case .all:
      lots[transaction.lotId(0)] = Part(owner: to, amount: lot.amount, isRetired: retired)
    case .amount(let amount):
      guard amount.value <= lot.amount else {
        return "law 3: \(amount) of a lot of \(lot.amount)"
      }
      lots[transaction.lotId(0)] = Part(owner: to, amount: amount.value, isRetired: retired)
      if amount.value < lot.amount {
        lots[transaction.lotId(1)] = Part(
          owner: from, amount: lot.amount - amount.value, isRetired: false)
      }
    case .intervals: return "a split by interval, which nobody in the simulation makes"
    }
    return nil
  }

  private mutating func count(_ retirement: Retire) -> String? {
    guard let consumption = retirement.consumption else { return nil }
    for match in consumption.matches {
      let cell = Cell(site: consumption.site, interval: match.interval.number)
      matched[cell, default: 0] += UInt64(match.energyWh)
      guard matched[cell, default: 0] <= consumed[cell, default: 0] else {
        return "law 10: more matched in \(match.interval) than was consumed"
      }
    }
    return nil
  }
}
