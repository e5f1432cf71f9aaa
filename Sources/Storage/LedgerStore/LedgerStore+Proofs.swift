// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Chain
import GRDB
public import Ledger
import LedgerCrypto
public import Proofs
import Quantities

/// Proofs for others, each on a block that counts: the newest final one, or the tip of an open
/// network.
extension LedgerStore {
  /// What proofs of this chain stand on; nil where nothing is final yet.
  public func basis() throws(StoreError) -> ProofBasis? {
    try read { try basis(BlockRows($0)) }
  }

  /// The newest block that is proven to be final, for a new box to hold on to; nil where nothing is
  /// final.
  public func knownCheckpoint() throws(StoreError) -> KnownCheckpoint? {
    try read { db in
      let rows = BlockRows(db)
      // What ended a term is final too, and newer while the next term has recorded nothing.
      var headers = try rows.handovers(from: 0, limit: .max).map(\.header)
      if let final = try rows.finalBlock() { headers.append(final.header) }
      return headers.max { $0.height < $1.height }.map {
        KnownCheckpoint(network: network, height: $0.height, block: $0.hash)
      }
    }
  }

  private func basis(_ rows: BlockRows) throws -> ProofBasis? {
    guard genesis.rules.hasFinality else {
      return try rows.newestHeaders(1).first.map { .worked($0.header.header) }
    }
    return try rows.finalityProof().map { .final($0) }
  }

  /// Proofs of what the state after that block holds for `keys`; nil where nothing is final yet.
  public func proofs(
    of keys: [StateKey]
  ) throws(StoreError) -> (basis: ProofBasis, entries: [EntryProof])? {
    try read { db in
      let rows = BlockRows(db)
      guard let basis = try basis(rows) else { return nil }
      var updates: [StateTree.Update] = []
      try rows.visitState { key, bytes in
        updates.append(StateTree.Update(path: key.path, value: SHA256.digest(bytes)))
      }
      var tree = StateTree()
      tree.apply(updates)
      return try rows.entries(of: keys, after: basis.header.hash, tree: &tree)
        .map { (basis, $0.map { EntryProof($0) }) }
    }
  }

  /// A transaction of the chain with the way from its block to the one that counts; nil where the
  /// chain has none or it is not final yet. A pruned ledger has those of its newest bodies and the
  /// home's own reports.
  public func trail(
    of id: TransactionId
  ) throws(StoreError) -> (basis: ProofBasis, trail: TransactionTrail)? {
    guard let (block, proof) = try proof(of: id) else { return nil }
    return try trail(of: proof, in: block.header)
  }

  /// The way from a transaction's block to the one that counts; nil where it is not final yet.
  public func trail(
    of proof: TransactionProof, in block: BlockHeader
  ) throws(StoreError) -> (basis: ProofBasis, trail: TransactionTrail)? {
    guard genesis.rules.hasFinality else {
      return (.worked(block), TransactionTrail(proof, headers: []))
    }
    return try read { db in
      let rows = BlockRows(db)
      guard let basis = try basis(rows), block.height <= basis.header.height else { return nil }
      let headers = try rows.headers(
        from: block.height, limit: Int(clamping: basis.header.height - block.height))
      return (basis, TransactionTrail(proof, headers: headers.map(\.header)))
    }
  }
}
