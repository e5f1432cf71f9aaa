import Ledger
import LedgerStore
import TruthChecks

extension DeskPolicy {
  /// What the truth checks say of the days of a claim, by what the chain recorded of the site and of its
  /// neighbours.
  func review(_ claim: Claim, in store: LedgerStore) throws -> [TruthFinding] { [] }
}
