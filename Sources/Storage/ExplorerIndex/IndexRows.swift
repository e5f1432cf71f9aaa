// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import GRDB
import Ledger
import LedgerCrypto
import LedgerStore
import Quantities

/// Writes what a block means into the tables, and takes it out again, inside one transaction.
struct IndexRows {
  let db: Database
  let rules: NetworkRules
  private let numbers: EntityNumbers
  private let clocks = Clocks()

  /// Clocks of sites looked up in this transaction.
  private final class Clocks {
    var offsets: [Int64: UTCOffset] = [:]
  }

  init(_ db: Database, _ rules: NetworkRules) {
    self.db = db
    self.rules = rules
    numbers = EntityNumbers(db)
  }

  /// Fills an empty file with the genesis.
  func begin(_ genesis: Genesis) throws {
    let block: ConnectedBlock = try .genesis(genesis)
    try db.execute(
      sql: "INSERT INTO progress (id, network, height, hash, hollow) VALUES (0, ?, 0, ?, 0)",
      arguments: [Data(genesis.network.value.bytes), Data(block.hash.value.bytes)])
    for member in genesis.members { try add(member, height: 0) }
    try add(block.block.sealed, bytes: 0, count: 0, Sums())
  }

  /// Empties the file and begins with the genesis again.
  func clear(_ genesis: Genesis) throws {
    for table in IndexSchema.names { try db.execute(sql: "DELETE FROM \(table)") }
    try IndexRows(db, rules).begin(genesis)
  }

  func tip() throws -> (height: UInt64, hash: BlockHash) {
    guard let row = try Row.fetchOne(db, sql: "SELECT height, hash FROM progress"),
      let hash = Bytes32(row[1] as Data)
    else { throw StoreError.damaged(path: "progress", reason: "it is empty; delete the file") }
    return (UInt64(row[0] as Int64), BlockHash(hash))
  }

  /// What a block adds to the totals: Wh and milli-coins.
  struct Sums {
    var reports = 0
    var generated: UInt64 = 0
    var minted: UInt64 = 0
    var retired: UInt64 = 0
  }

  /// Puts a block on; one without a body is counted and stays hollow.
  func connect(_ sealed: SealedHeader, body: [UInt8]) throws {
    let height = sealed.header.height
    guard !body.isEmpty else {
      try add(sealed, bytes: 0, count: nil, Sums())
      return try settle(sealed.header, hollow: 1)
    }
    var input = ByteReader(body)
    let transactions = try Block.readBody(from: &input)
    var sums = Sums()
    var reports: [Report] = []
    var start = varintCount(transactions.count)
    for (position, transaction) in transactions.enumerated() {
      let place = Place(height: height, position: position, time: sealed.header.time)
      if case .report(let report) = transaction.transaction { reports.append(report) }
      start += varintCount(transaction.bytes.count)
      try take(transaction, at: place, start: start, &sums)
      start += transaction.bytes.count
    }
    try write(reports, adding: true)
    try add(sealed, bytes: body.count, count: transactions.count, sums)
    try settle(sealed.header, hollow: 0)
  }

  private func varintCount(_ value: Int) -> Int {
    var output = ByteWriter()
    output.writeVarint(UInt64(value))
    return output.bytes.count
  }

  private func settle(_ header: BlockHeader, hollow: Int) throws {
    try db.execute(
      sql: "UPDATE progress SET height = ?, hash = ?, hollow = hollow + ?",
      arguments: [Int64(header.height), Data(header.hash.value.bytes), hollow])
  }

  private func add(_ sealed: SealedHeader, bytes: Int, count: Int?, _ sums: Sums) throws {
    let header = sealed.header
    try db.execute(
      sql: """
        INSERT INTO block SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        ? + ifnull(max(total_generated), 0), ? + ifnull(max(total_minted), 0),
        ? + ifnull(max(total_retired), 0) FROM block WHERE height = ?
        """,
      arguments: [
        Int64(header.height), Data(header.hash.value.bytes), Int64(header.time.seconds),
        Data(header.producer.value.bytes), bytes, count, sums.reports, Int64(sums.generated),
        Int64(sums.minted), Int64(sums.retired), Int64(sums.generated), Int64(sums.minted),
        Int64(sums.retired), Int64(header.height) - 1,
      ])
  }

  struct Place {
    let height: UInt64
    let position: Int
    /// When the block was sealed.
    let time: NetworkTime
  }

  /// One transaction: its row, whom it touches, and what its kind means.
  private func take(
    _ encoded: EncodedTransaction, at place: Place, start: Int, _ sums: inout Sums
  ) throws {
    var subject: Int64?
    var first: Interval?
    var amount: UInt64?
    switch encoded.transaction {
    case .report(let report):
      subject = try makeNumber(of: report.site.value)
      (first, amount) = (report.first, UInt64(report.total(.generated).value))
      sums.reports += 1
      sums.generated += amount ?? 0
    case .admitMember(let admission):
      subject = try makeNumber(of: admission.record.id.value)
      try add(admission.record, height: place.height)
    case .setStanding(let change): subject = try makeNumber(of: change.member.value)
    case .setNodeKey(let change): subject = try makeNumber(of: change.member.value)
    case .moveEdition(let move): subject = try makeNumber(of: move.operator.value)
    case .honour(let honour): subject = try makeNumber(of: honour.value.member.value)
    case .restart(let restart): subject = try makeNumber(of: restart.operator.value)
    case .recordFinal, .contradiction: break
    case .registerSite(let registration):
      subject = try makeNumber(of: registration.record.id.value)
      try add(registration.record, height: place.height)
    case .mint(let mint):
      subject = try makeNumber(of: mint.site.value)
      (first, amount) = (mint.first, mint.amount.value)
      sums.minted += mint.amount.value
      try mintLot(mint, encoded, at: place)
    case .transfer(let transfer):
      subject = try makeNumber(of: transfer.lot.value)
      let taken = try splitLot(
        transfer.lot, transfer.part, owner: transfer.to, ended: nil, encoded, at: place)
      (first, amount) = (taken?.first, taken?.amount.value)
    case .retire(let retirement):
      subject = try makeNumber(of: retirement.lot.value)
      let taken = try splitLot(
        retirement.lot, retirement.part, owner: retirement.owner,
        ended: Interval(containing: place.time), encoded,
        at: place)
      (first, amount) = (taken?.first, taken?.amount.value)
      sums.retired += amount ?? 0
      try add(retirement, at: place)
    }
    let row = try db.cachedStatement(
      sql: "INSERT INTO tx VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
    row.setUncheckedArguments([
      Int64(place.height), place.position, encoded.bytes[0], Data(encoded.id.value.bytes), start,
      encoded.bytes.count, subject, first.map { Int64($0.number) }, amount.map(Int64.init),
    ])
    try row.execute()
    let touch = try db.cachedStatement(sql: "INSERT OR IGNORE INTO touch VALUES (?, ?, ?)")
    for id in encoded.touchedIds {
      touch.setUncheckedArguments([try makeNumber(of: id), Int64(place.height), place.position])
      try touch.execute()
    }
  }

  /// In whose name and why something was retired, as it is looked for.
  private func add(_ retirement: Retire, at place: Place) throws {
    let row = try db.cachedStatement(sql: "INSERT OR IGNORE INTO beneficiary VALUES (?, ?, ?)")
    for text in [retirement.beneficiary, retirement.purpose] {
      row.setUncheckedArguments([ExplorerIndex.folded(text), Int64(place.height), place.position])
      try row.execute()
    }
  }

  private func add(_ record: MemberRecord, height: UInt64) throws {
    try add(record.id.value, kind: .member, member: nil, record.name, nil, height)
  }

  private func add(_ record: SiteRecord, height: UInt64) throws {
    let member = try makeNumber(of: record.member.value)
    try add(record.id.value, kind: .site, member: member, record.name, record.utcOffset, height)
  }

  private func add(
    _ id: Bytes32, kind: NamedEntity.Kind, member: Int64?, _ name: String, _ offset: UTCOffset?,
    _ height: UInt64
  ) throws {
    try db.execute(
      sql: "INSERT OR IGNORE INTO name VALUES (?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        try makeNumber(of: id), kind.rawValue, member, name, ExplorerIndex.folded(name),
        offset?.minutes,
        Int64(height),
      ])
  }

  /// Notes that the chain changed its mind.
  func note(fork: UInt64, disconnected: Int, old: BlockHash, connected: [BlockHeader]) throws {
    guard let new = connected.last else { return }
    try db.execute(
      sql: """
        INSERT INTO reorganisation (time, fork, disconnected, connected, old_tip, new_tip)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        Int64(new.time.seconds), Int64(fork), disconnected, connected.count,
        Data(old.value.bytes), Data(new.hash.value.bytes),
      ])
  }

  /// Readings into the day of their site and into the sums of the network, or out of them again.
  func write(_ reports: [Report], adding: Bool) throws {
    var totals = NetworkSums()
    for report in reports {
      let site = try makeNumber(of: report.site.value)
      let offset = try offset(of: site)
      var open: (day: UInt32, flows: DayFlows)?
      for reading in report.readings {
        let (day, slot) = offset.day(of: reading.interval)
        if open?.day != day {
          if let open { try put(open.flows, site, open.day) }
          open = (day, try flows(site, day) ?? DayFlows())
        }
        open?.flows.set(slot, to: adding ? reading : nil)
        totals.count(reading, day: day, isFirst: slot == 0)
      }
      if let open { try put(open.flows, site, open.day) }
    }
    try totals.write(to: db, sign: adding ? 1 : -1)
  }

  /// The clock of a site; Japan's where a hollow block hid its registration.
  func offset(of site: Int64) throws -> UTCOffset {
    if let known = clocks.offsets[site] { return known }
    let minutes = try Int.fetchOne(
      db, sql: "SELECT minutes FROM name WHERE entity = ?", arguments: [site])
    let offset = minutes.flatMap(UTCOffset.init(minutes:)) ?? .japan
    clocks.offsets[site] = offset
    return offset
  }

  /// The readings of a site's day, or nil.
  func flows(_ site: Int64, _ day: UInt32) throws -> DayFlows? {
    let statement = try db.cachedStatement(
      sql: "SELECT flows FROM site_day WHERE site = ? AND day = ?")
    statement.setUncheckedArguments([site, Int64(day)])
    return try Data.fetchOne(statement).map { try DayFlows(exactly: Array($0)) }
  }

  private func put(_ flows: DayFlows, _ site: Int64, _ day: UInt32) throws {
    guard !flows.isEmpty else {
      return try db.execute(
        sql: "DELETE FROM site_day WHERE site = ? AND day = ?", arguments: [site, Int64(day)])
    }
    let statement = try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO site_day VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
    statement.setUncheckedArguments([
      site, Int64(day), Int64(flows.total(.generated)), Int64(flows.total(.consumed)),
      Int64(flows.total(.sold)), Int64(flows.total(.purchased)), flows.recorded,
      Data(flows.bytes),
    ])
    try statement.execute()
  }

  /// The short number of an id, or nil when it never occurred.
  func number(of id: Bytes32) throws -> Int64? { try numbers.number(of: id) }

  /// The short number of an id, given out where it is new.
  func makeNumber(of id: Bytes32) throws -> Int64 { try numbers.makeNumber(of: id) }
}
