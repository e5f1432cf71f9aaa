// SPDX-License-Identifier: Apache-2.0

public import CanonicalCoding
public import Chain
import Foundation
import GRDB
public import Ledger
import LedgerCrypto
public import Proofs
import Quantities

/// A transaction with its place on the chain.
public struct PlacedTransaction: Sendable {
  public let transaction: EncodedTransaction
  public let block: BlockHeader
  /// Its position in the block.
  public let index: Int
}

extension LedgerStore {
  /// The lots of a member, oldest generation first, retired ones included.
  public func lots(of owner: MemberId) throws(StoreError) -> [(id: LotId, lot: Lot)] {
    var lots: [(id: LotId, lot: Lot)] = []
    try read { db in
      try StateRows(db).visit(of: .lot) { key, bytes in
        let lot = try Lot(exactly: bytes)
        if lot.owner == owner { lots.append((LotId(key.id), lot)) }
      }
    }
    return lots.sorted { ($0.lot.first, $0.id) < ($1.lot.first, $1.id) }
  }

  /// Value of other networks that was honoured for a member, by its generation.
  public func foreignLots(of member: MemberId) throws(StoreError) -> [ForeignLot] {
    var found: [ForeignLot] = []
    try read { db in
      try StateRows(db).visit(of: .foreignLot) { _, bytes in
        let lot = try ForeignLot(exactly: bytes)
        if lot.member == member { found.append(lot) }
      }
    }
    return found.sorted { ($0.first, $0.lot) < ($1.first, $1.lot) }
  }

  /// The members whose ids begin with these hexadecimal digits.
  public func members(beginning digits: String) throws(StoreError) -> [MemberId] {
    var found: [MemberId] = []
    try read { db in
      try StateRows(db).visit(of: .member) { key, _ in
        let id = MemberId(key.id)
        if id.hex.hasPrefix(digits) { found.append(id) }
      }
    }
    return found
  }

  /// The transactions of the chain that name a member, a site or a lot, oldest first. A site's
  /// reports are not among them.
  public func transactions(naming id: Bytes32) throws(StoreError) -> [PlacedTransaction] {
    try read { db in
      guard let number = try StateRows(db).number(of: id) else { return [] }
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT b.header, b.body, e.position FROM entity_event e JOIN block b ON b.id = e.block
          WHERE e.entity = ? AND b.\(BlockRows.onChain) AND length(b.body) > 0 ORDER BY b.height, e.position
          """, arguments: [number])
      return try rows.compactMap { row in
        let block = try BlockRows.block(header: row[0], body: row[1])
        let index: Int = row[2]
        guard block.transactions.indices.contains(index) else { return nil }
        return PlacedTransaction(
          transaction: block.transactions[index], block: block.header, index: index)
      }
    }
  }

  /// A transaction of the chain with its proof and its block's header, or nil. A pruned ledger has
  /// those of its newest bodies and the home's own reports.
  public func proof(
    of id: TransactionId
  ) throws(StoreError) -> (block: SealedHeader, proof: TransactionProof)? {
    try read { db in
      let rows = BlockRows(db)
      guard let (block, position) = try rows.found(id) else {
        return try rows.keptReport(id)
      }
      return TransactionProof(index: position, in: block).map { (block.sealed, $0) }
    }
  }

  /// The sealed headers of the chain from a height on, from 1 and all unless told.
  public func sealedHeaders(
    from height: UInt64 = 1, limit: Int = .max
  ) throws(StoreError) -> [SealedHeader] {
    try read { try BlockRows($0).headers(from: height, limit: limit) }
  }
}
