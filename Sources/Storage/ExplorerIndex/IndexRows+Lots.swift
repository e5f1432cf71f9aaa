// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
import Chain
import Foundation
import GRDB
import Ledger
import LedgerStore
import Quantities

/// Lots with what they came from, and blocks taken off again.
extension IndexRows {
  func mintLot(_ mint: Mint, _ encoded: EncodedTransaction, at place: Place) throws {
    guard
      let owner = try Int64.fetchOne(
        db, sql: "SELECT member FROM name WHERE entity = ?",
        arguments: [try makeNumber(of: mint.site.value)]),
      let name = try Data.fetchOne(
        db, sql: "SELECT name FROM entity WHERE id = ?", arguments: [owner]),
      let member = Bytes32(name)
    else { return }
    let lot = Lot(mint: mint, id: encoded.id, owner: MemberId(member), rules: rules)
    try put(lot, encoded.lotId(0), parent: nil, at: place)
  }

  /// Ends a lot and begins its parts. Nil where a hollow block hid the lot.
  func splitLot(
    _ id: LotId, _ part: LotPart, owner: MemberId, ended: Interval?,
    _ encoded: EncodedTransaction,
    at place: Place
  ) throws -> Lot? {
    let parent = try makeNumber(of: id.value)
    guard
      let bytes = try Data.fetchOne(
        db, sql: "SELECT entry FROM lot WHERE entity = ?", arguments: [parent])
    else { return nil }
    let lot = try Lot(exactly: Array(bytes))
    let (taken, rest) = try lot.split(by: part, rate: rules.milliCoinsPerKilowattHour) {
      first, length throws(ApplyError) in
      do { return try generated(of: lot.site, first, length) } catch {
        throw .source(StateSourceError("\(error)"))
      }
    }
    try db.execute(
      sql: "UPDATE lot SET ended_height = ?, ended_position = ? WHERE entity = ?",
      arguments: [Int64(place.height), place.position, parent])
    let moved = taken.moved(to: owner, ended: ended)
    try put(moved, encoded.lotId(0), parent: parent, at: place)
    for piece in rest {
      try put(piece.lot, encoded.lotId(piece.index), parent: parent, at: place)
    }
    return moved
  }

  private func put(_ lot: Lot, _ id: LotId, parent: Int64?, at place: Place) throws {
    try db.execute(
      sql: "INSERT INTO lot VALUES (?, ?, ?, NULL, NULL, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        try makeNumber(of: id.value), Int64(place.height), place.position, parent,
        try makeNumber(of: lot.owner.value), try makeNumber(of: lot.site.value), lot.isRetired,
        Int64(lot.first.number), Int64(lot.amount.value), Data(lot.bytes),
      ])
  }

  /// What `length` intervals of a site from `first` on generated.
  private func generated(
    of site: SiteId, _ first: Interval, _ length: UInt32
  ) throws -> WattHours {
    let number = try makeNumber(of: site.value)
    let clock = try offset(of: number)
    var generated: Int64 = 0
    var open: (day: UInt32, wh: [UInt64])?
    for offset in 0..<length {
      let (day, slot) = clock.day(of: first.advanced(by: offset))
      if open?.day != day { open = (day, try flows(number, day)?[.generated] ?? []) }
      if let wh = open?.wh, !wh.isEmpty { generated += Int64(wh[slot]) }
    }
    return WattHours(generated)
  }

  /// Takes the block off that is the tip.
  /// - Returns: the tip before it.
  func disconnect(_ block: Block) throws -> (height: UInt64, hash: BlockHash) {
    let height = block.header.height
    let at: StatementArguments = [Int64(height)]
    let reports = block.transactions.compactMap { transaction -> Report? in
      guard case .report(let report) = transaction.transaction else { return nil }
      return report
    }
    try write(reports, adding: false)
    try db.execute(
      sql: "UPDATE lot SET ended_height = NULL, ended_position = NULL WHERE ended_height = ?",
      arguments: at)
    try db.execute(sql: "DELETE FROM lot WHERE born_height = ?", arguments: at)
    for table in ["block", "tx", "touch", "name", "beneficiary"] {
      try db.execute(sql: "DELETE FROM \(table) WHERE height = ?", arguments: at)
    }
    guard
      let hash = try Data.fetchOne(
        db, sql: "SELECT hash FROM block WHERE height = ?", arguments: [Int64(height) - 1]),
      let previous = Bytes32(hash)
    else { throw StoreError.damaged(path: "block", reason: "no block below \(height)") }
    try db.execute(
      sql: "UPDATE progress SET height = ?, hash = ?", arguments: [Int64(height) - 1, hash])
    return (height - 1, BlockHash(previous))
  }
}
