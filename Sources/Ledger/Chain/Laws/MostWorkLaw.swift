// SPDX-License-Identifier: Apache-2.0

public import Ledger

/// Law 9: the valid chain with the most accumulated work is the chain; equal work is decided the
/// same way on every node: the smaller block hash wins. Source: Docs/design.md §2.
public enum MostWorkLaw {
  /// Whether the chain that ends in `candidate` replaces the one that ends in `tip`.
  public static func replaces(
    _ tip: (work: UInt256, hash: BlockHash), by candidate: (work: UInt256, hash: BlockHash)
  ) -> Bool {
    candidate.work != tip.work ? candidate.work > tip.work : candidate.hash < tip.hash
  }
}
